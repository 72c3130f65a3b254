"""The electronic copies of an invoice: made once and kept."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import OrganisationModel
from lonja.billing.models import Invoice
from lonja.files.models import StoredFile


class Format(models.TextChoices):
    """`ubl_copy`: the faithful copy for the public solution (Orden HAC/1028/2026)."""

    FACTURAE = "facturae", _("Facturae 3.2.2 firmada")
    UBL = "ubl", _("UBL 2.1 (EN 16931)")
    CII = "cii", _("CII (EN 16931)")
    FACTURX = "facturx", _("Factur-X (PDF con CII dentro)")
    UBL_COPY = "ubl_copy", _("Copia fiel en UBL")


class ElectronicCopy(OrganisationModel):
    """An issued invoice in an electronic format; from then on always the same bytes."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="electronic_copies")
    format = models.CharField(_("formato"), max_length=10, choices=Format.choices)
    # The DIR3 codes inside a Facturae: with other codes, it is another document.
    variant = models.CharField(max_length=60, blank=True, default="")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("copia electrónica")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "invoice", "format", "variant"], name="electronic_copy_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} · {self.format}"
