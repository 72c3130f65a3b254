"""The invoices that an invoice names: those it corrects, replaces or gathers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import FrozenColumns
from lonja.accounts.models import OrganisationModel
from lonja.billing.models.invoice import Invoice
from lonja.billing.models.line import LINE_FROZEN


class ReferenceRole(models.TextChoices):
    CORRECTS = "corrects", _("Rectifica")
    SUBSTITUTES = "substitutes", _("Sustituye")
    RECAPITULATES = "recapitulates", _("Recapitula")
    ADVANCE = "advance", _("Descuenta el anticipo")


class InvoiceReference(OrganisationModel):
    """`invoice` names another one; frozen with it.

    `target` is ours, or null for an invoice of another program: then number, date and `legal`
    (F1, F2…) say which.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="references")
    role = models.CharField(max_length=13, choices=ReferenceRole.choices)
    target = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="named_by"
    )
    number = models.CharField(_("número"), max_length=60)
    issued_on = models.DateField(_("fecha de expedición"))
    operation_on = models.DateField(_("fecha de operación"), null=True, blank=True)
    legal = models.CharField(max_length=2, blank=True)

    database_lock = FrozenColumns(
        when=LINE_FROZEN,
        columns=(
            "invoice_id",
            "role",
            "target_id",
            "number",
            "issued_on",
            "operation_on",
            "legal",
        ),
    )

    class Meta:
        verbose_name = _("factura de referencia")
        ordering = ["issued_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "invoice", "role", "number"], name="invoice_reference_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "target"], name="invoice_reference_target")]

    def __str__(self) -> str:
        return f"{self.role} {self.number}"
