"""Who answers for this program here, and what was declared of each version."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import Membership, OrganisationModel


class Producer(OrganisationModel):
    """Who deploys the program and signs for it (RD 1007/2023, art. 13).

    Free software has no seller: whoever installs or integrates it answers.
    """

    name = models.CharField(_("nombre o razón social"), max_length=120)
    nif = models.CharField(_("NIF"), max_length=20)
    address = models.CharField(_("dirección postal"), max_length=250)
    contact = models.CharField(_("otro medio de contacto"), max_length=120, blank=True)
    place = models.CharField(_("lugar de la firma"), max_length=80)

    class Meta:
        verbose_name = _("productor del sistema")
        constraints = [models.UniqueConstraint(fields=["organisation"], name="producer_once")]

    def __str__(self) -> str:
        return self.name


class Declaration(OrganisationModel):
    """A declaración responsable as it was signed for a version; kept for ever."""

    version = models.CharField(max_length=50)
    signed_on = models.DateField()
    # The labelled sections in order: [letter, title, text or list of texts].
    sections = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("declaración responsable")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version", "sha256"], name="declaration_once"
            )
        ]

    def __str__(self) -> str:
        return self.version
