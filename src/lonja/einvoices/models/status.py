"""States of issued electronic invoices (RD 238/2026)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import Membership, OrganisationModel
from lonja.billing.models import Invoice


class InvoiceStatus(models.TextChoices):
    """What the recipient does with an invoice. Acceptance, rejection and full payment are
    compulsory to report; the rest is voluntary."""

    ACCEPTED = "accepted", _("Aceptada")
    REJECTED = "rejected", _("Rechazada")
    PAID = "paid", _("Pagada")
    PARTLY_PAID = "partly_paid", _("Pagada en parte")
    WITHDRAWN = "withdrawn", _("Estado anulado")


TONES = {
    InvoiceStatus.ACCEPTED: "info",
    InvoiceStatus.REJECTED: "bad",
    InvoiceStatus.PAID: "ok",
    InvoiceStatus.PARTLY_PAID: "warn",
    InvoiceStatus.WITHDRAWN: "mut",
}


class Source(models.TextChoices):
    PERSON = "person", _("Apuntado a mano")
    FACE = "face", "FACe"


class IssuedStatus(OrganisationModel):
    """A state told by the recipient of an issued invoice, with its day; only added.

    «Withdrawn» takes the previous one back, as the CANCEL messages of the public solution do.
    """

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="electronic_statuses"
    )
    status = models.CharField(_("estado"), max_length=12, choices=InvoiceStatus.choices)
    on = models.DateField(_("fecha"))
    reason = models.CharField(_("motivo"), max_length=300, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.PERSON)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("estado de una factura electrónica emitida")
        indexes = [models.Index(fields=["organisation", "invoice", "id"], name="issued_status")]

    def __str__(self) -> str:
        return str(self.get_status_display())
