"""Tarifas and their prices as lists."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.accounts.textsearch import filter_text
from lonja.catalogue import permissions
from lonja.catalogue.models import PartyPriceList, PriceList, PriceListItem, Product
from lonja.imports.links import import_action
from lonja.kit.money import format_unit_price
from lonja.kit.text import search_text
from lonja.ui import cells
from lonja.ui.tables import Action, Column, Empty, RowFilter, Tab, Table


def state_of(price_list: PriceList) -> tuple[Any, str]:
    today = timezone.localdate()
    if price_list.retired_at is not None:
        return _("Retirada"), "mut"
    if price_list.valid_until is not None and price_list.valid_until < today:
        return _("Caducada"), "bad"
    if price_list.valid_from is not None and price_list.valid_from > today:
        return _("Futura"), "info"
    return _("En vigor"), "ok"


def _counted(model: Any) -> Any:
    rows = model.objects.filter(price_list=OuterRef("pk")).order_by().values("price_list")
    field = "product" if model is PriceListItem else "party"
    counted = rows.annotate(n=Count(field, distinct=True)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


class PriceListTable(Table):
    slug, title, permission = "catalogue.price_lists", _("Tarifas"), permissions.VIEW
    search_hint, default_order = _("Nombre"), "name"
    columns = (
        Column("name", _("Nombre"), key=True, sort="name", card="title"),
        Column("state", _("Estado"), card="sub2", read=lambda one: state_of(one)[0],
               cell=lambda one: cells.badge(*state_of(one))),
        Column("products", _("Productos"), kind="number", card="end"),
        Column("parties", _("Clientes"), kind="number"),
        Column("valid_from", _("Desde"), kind="date"),
        Column("valid_until", _("Hasta"), kind="date", card="sub"),
        Column("company.display_name", _("Empresa"), default=False),
    )  # fmt: skip
    tabs = (
        Tab("", _("En uso"), lambda q, m: q.filter(retired_at=None)),
        Tab("retiradas", _("Retiradas"), lambda q, m: q.exclude(retired_at=None), count=False),
    )
    primary = Action(
        _("Nueva tarifa"), "catalogue:price_list_new", permission=permissions.PRICES, drawer=True
    )
    secondary = (
        import_action("prices", permissions.PRICES),
        Action(_("Todos los precios"), "catalogue:price_item_list", "list-details"),
    )
    empty = Empty(
        "tags", _("Pon precios por cliente, por volumen y con fechas, y se aplican solos.")
    )

    def rows(self) -> Any:
        return (
            PriceList.objects.visible_to(self.member)
            .select_related("company")
            .annotate(products=_counted(PriceListItem), parties=_counted(PartyPriceList))
        )

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(folded_name__contains=search_text(text)[:60])

    def row_url(self, row: PriceList) -> str:
        return reverse("catalogue:price_list", args=[row.pk])


def _lists(member: Membership) -> Any:
    return PriceList.objects.visible_to(member).order_by("name")


class PriceItemTable(Table):
    """Every price, to search and to take to a spreadsheet; the importer reads the same columns."""

    slug, title, permission = "catalogue.prices", _("Precios de tarifas"), permissions.VIEW
    search_hint = _("Referencia o nombre del producto")
    columns = (
        Column("product.code", _("Referencia"), key=True, card="sub"),
        Column("product.name", _("Producto"), sort="product__name", cut=True, card="title"),
        Column("price_list.name", _("Tarifa"), sort="price_list__name", card="sub2"),
        Column("min_quantity", _("Desde cantidad"), kind="number"),
        Column("unit_price", _("Precio"), kind="money", card="end",
               cell=lambda one: f"{format_unit_price(one.unit_price)}\u00a0€"
               if one.unit_price is not None else _("Catálogo"),
               export=lambda one: one.unit_price),
        Column("discount_pct", _("Descuento %"), kind="pct",
               export=lambda one: one.discount_pct),
        Column("valid_from", _("Válido desde"), kind="date"),
        Column("valid_until", _("Válido hasta"), kind="date"),
    )  # fmt: skip
    default_order = "product__name"
    filters = (RowFilter("tarifa", _("Tarifa"), _lists, field="price_list"),)
    secondary = (import_action("prices", permissions.PRICES),)
    empty = Empty("tags", _("Los precios de tus tarifas aparecerán aquí."))

    def rows(self) -> Any:
        rows = PriceListItem.objects.visible_to(self.member)
        return rows.select_related("product", "price_list")

    def search(self, queryset: Any, text: str) -> Any:
        found = filter_text(Product.objects.all(), search_text(text)[:100])
        return queryset.filter(product__in=found.values("pk"))

    def row_url(self, row: PriceListItem) -> str:
        return reverse("catalogue:prices_edit", args=[row.price_list_id, row.product_id])
