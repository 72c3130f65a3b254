"""Quotes to begin from."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership, OrganisationModel


class QuoteTemplate(OrganisationModel):
    """A quote without client: `content` has its fields and `lines`, numbers as text.

    A line with a product takes the price of the day, unless `price_by_hand` says that it is fixed.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nombre"), max_length=120)
    content = models.JSONField(default=dict)
    retired_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("plantilla de presupuesto")
        verbose_name_plural = _("plantillas de presupuesto")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "name"], name="quote_template_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
