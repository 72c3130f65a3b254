"""Tarifas: prices of products for some clients, by volume and by date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
    ScopedQuerySet,
)
from lonja.catalogue.models.product import Product
from lonja.kit.text import search_text
from lonja.parties.models import Party


class PriceListQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        """Those of its companies, and those of all."""
        granted = member.company_ids()
        if not granted:
            return self
        return self.filter(Q(company=None) | Q(company_id__in=granted))


class PriceListItemQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        granted = member.company_ids()
        if not granted:
            return self
        own = Q(price_list__company=None) | Q(price_list__company_id__in=granted)
        return self.filter(own)


class PriceList(OrganisationModel):
    """A tarifa. Without company it is of all of them; out of its dates or retired it gives none."""

    name = models.CharField(_("nombre"), max_length=60)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    valid_from = models.DateField(_("desde"), null=True, blank=True)
    valid_until = models.DateField(_("hasta"), null=True, blank=True)
    retired_at = models.DateTimeField(null=True, editable=False)
    folded_name = models.CharField(max_length=120, editable=False, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(PriceListQuerySet)()

    class Meta:
        verbose_name = _("tarifa")
        verbose_name_plural = _("tarifas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "folded_name"], name="price_list_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.folded_name = search_text(self.name)[:120]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def is_in_force(self, on: date) -> bool:
        return (
            self.retired_at is None
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_until is None or on <= self.valid_until)
        )


class PriceListItem(OrganisationModel):
    """The price of a product from a quantity on (a *tramo*), between two days.

    `unit_price` without tax; None: the price of the catalogue, with `discount_pct` taken off.
    """

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="price_items")
    min_quantity = models.DecimalField(
        _("desde cantidad"), max_digits=18, decimal_places=6, default=Decimal(0)
    )
    unit_price = models.DecimalField(
        _("precio"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    discount_pct = models.DecimalField(
        _("descuento (%)"), max_digits=7, decimal_places=4, default=Decimal(0)
    )
    valid_from = models.DateField(_("desde"), null=True, blank=True)
    valid_until = models.DateField(_("hasta"), null=True, blank=True)

    objects = ScopedManager.from_queryset(PriceListItemQuerySet)()

    class Meta:
        verbose_name = _("precio de tarifa")
        verbose_name_plural = _("precios de tarifa")
        ordering = ["product_id", "min_quantity", "valid_from", "id"]
        indexes = [
            models.Index(
                fields=["organisation", "price_list", "product", "min_quantity"],
                name="price_item_product",
            )
        ]

    def __str__(self) -> str:
        return f"{self.price_list_id}: {self.product_id}"


class PartyPriceList(OrganisationModel):
    """The tarifa of a client: at most one for each company (the action sees to it)."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="price_lists")
    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="clients")

    class Meta:
        verbose_name = _("tarifa de cliente")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "party", "price_list"], name="party_price_list_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.price_list_id}"
