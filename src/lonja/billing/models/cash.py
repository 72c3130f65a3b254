"""The client of the invoices that say no client."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel
from lonja.parties.models import Party


class CashClient(OrganisationModel):
    """Which party stands for whoever buys without giving a name: one for each organisation."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("cliente de contado")
        constraints = [models.UniqueConstraint(fields=["organisation"], name="cash_client_once")]

    def __str__(self) -> str:
        return str(self.party)
