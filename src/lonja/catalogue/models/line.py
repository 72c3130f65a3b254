"""The abstract priced line that quotes, plans and invoices share."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel


class PricedLine(OrganisationModel):
    """A concept with quantity, price without tax, discount and tax category.

    `net_cents` is the rounded net amount of the line, written when totals are computed.
    """

    position = models.PositiveSmallIntegerField(default=0)
    product = models.ForeignKey(
        "catalogue.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    concept = models.CharField(_("concepto"), max_length=300)
    detail = models.TextField(_("detalle"), blank=True)
    quantity = models.DecimalField(
        _("cantidad"), max_digits=18, decimal_places=6, default=Decimal(1)
    )
    unit = models.CharField(_("unidad"), max_length=20, blank=True)
    unit_price = models.DecimalField(_("precio"), max_digits=18, decimal_places=6, default=0)
    discount_pct = models.DecimalField(
        _("descuento (%)"), max_digits=7, decimal_places=4, default=0
    )
    tax_category = models.CharField(_("impuesto"), max_length=40, default="iva_general")
    net_cents = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.concept
