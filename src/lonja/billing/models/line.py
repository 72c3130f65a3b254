"""Lines and tax breakdown of an invoice, frozen with it."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import FrozenColumns
from lonja.accounts.models import OrganisationModel
from lonja.billing.models.invoice import Invoice
from lonja.catalogue.models import PricedLine

LINE_FROZEN = "(SELECT number FROM billing_invoice WHERE id = OLD.invoice_id) <> ''"


class InvoiceLine(PricedLine):
    """A line of an invoice; frozen with it."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    operation_on = models.DateField(null=True, blank=True)
    withheld = models.BooleanField(_("sujeta a retención"), default=True)
    is_disbursement = models.BooleanField(_("suplido"), default=False)
    # Discounts on top of `discount_pct`, chained: «5+3» are two.
    extra_discounts = models.CharField(max_length=40, blank=True, default="")

    database_lock = FrozenColumns(
        when=LINE_FROZEN,
        columns=(
            "invoice_id",
            "position",
            "concept",
            "detail",
            "quantity",
            "unit",
            "unit_price",
            "discount_pct",
            "extra_discounts",
            "operation_on",
            "withheld",
            "is_disbursement",
            "tax_category",
            "net_cents",
        ),
    )

    class Meta(PricedLine.Meta):
        abstract = False
        verbose_name = _("línea de factura")
        indexes = [models.Index(fields=["organisation", "invoice"], name="invoiceline_invoice")]

    @property
    def discounts(self) -> tuple[Decimal, ...]:
        """Every discount of the line, in order, as percentages."""
        return chained_discounts(self.discount_pct, self.extra_discounts)


def chained_discounts(first: Decimal, extra: str = "") -> tuple[Decimal, ...]:
    """(10, 5) of a first discount of 10 and «5» more; empty without any."""
    rest = tuple(Decimal(part) for part in extra.split("+")) if extra else ()
    return (first, *rest) if first or rest else ()


class InvoiceTax(OrganisationModel):
    """One row of the tax breakdown of an issued invoice, as the fiscal record carries it."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="taxes")
    position = models.PositiveSmallIntegerField(default=0)
    tax = models.CharField(max_length=2)  # Impuesto: 01 IVA, 02 IPSI, 03 IGIC
    regime = models.CharField(max_length=2, blank=True)
    qualification = models.CharField(max_length=2, blank=True)
    exemption = models.CharField(max_length=2, blank=True)
    rate = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    surcharge_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    base_cents = models.BigIntegerField()
    tax_cents = models.BigIntegerField(default=0)
    surcharge_cents = models.BigIntegerField(default=0)

    database_lock = FrozenColumns(
        when=LINE_FROZEN,
        columns=(
            "invoice_id",
            "tax",
            "regime",
            "qualification",
            "exemption",
            "rate",
            "surcharge_rate",
            "base_cents",
            "tax_cents",
            "surcharge_cents",
        ),
    )

    class Meta:
        verbose_name = _("desglose de impuestos")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["organisation", "invoice"], name="invoicetax_invoice")]

    def __str__(self) -> str:
        return f"{self.tax} {self.rate or self.exemption or self.qualification}"

    @property
    def label(self) -> str:
        """«IVA 21 %», «Exenta», «No sujeta»…"""
        name = {"01": "IVA", "02": "IPSI", "03": "IGIC"}.get(self.tax, "")
        if self.exemption:
            return f"{name} exento"
        if self.qualification in ("N1", "N2"):
            return "No sujeta"
        if self.qualification == "S2":
            return "Inversión del sujeto pasivo"  # literal
        rate = format((self.rate or Decimal(0)).normalize(), "f").replace(".", ",")
        return f"{name} {rate} %"
