"""What we sell."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel
from lonja.kit.money import format_unit_price
from lonja.kit.text import search_text


class ProductKind(models.TextChoices):
    PRODUCT = "product", _("Producto")
    SERVICE = "service", _("Servicio")
    SUBSCRIPTION = "subscription", _("Suscripción")


class Product(OrganisationModel):
    """A product or service with its price without tax and its tax category (`lonja.tax`)."""

    code = models.CharField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=200)
    description = models.TextField(_("descripción"), blank=True)
    family = models.CharField(_("familia"), max_length=60, blank=True)
    kind = models.CharField(
        _("tipo"), max_length=12, choices=ProductKind.choices, default=ProductKind.SERVICE
    )
    unit = models.CharField(_("unidad"), max_length=20, blank=True)
    price = models.DecimalField(_("precio"), max_digits=18, decimal_places=6, default=0)
    cost = models.DecimalField(_("coste"), max_digits=18, decimal_places=6, null=True, blank=True)
    tax_category = models.CharField(_("impuesto"), max_length=40, default="iva_general")
    is_active = models.BooleanField(_("activo"), default=True)
    search_text = models.TextField(editable=False, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("producto")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="product_code_once")
        ]
        indexes = [
            models.Index(fields=["organisation", "name", "id"], name="product_name"),
            models.Index(fields=["organisation", "family", "name", "id"], name="product_family"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search_text()
        super().save(*args, **kwargs)

    @property
    def price_text(self) -> str:
        """«420,00 €», with more decimals when it has them."""
        return f"{format_unit_price(self.price)}\u00a0€"

    @property
    def cost_text(self) -> str:
        return f"{format_unit_price(self.cost)}\u00a0€" if self.cost is not None else ""

    def fill_search_text(self) -> None:
        """Folded text for search; call it before a bulk write."""
        self.search_text = search_text(self.code, self.name, self.family)
