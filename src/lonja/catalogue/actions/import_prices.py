"""The prices of tarifas from a spreadsheet: the one the list of prices gives, or another."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.activity import record_many
from lonja.catalogue import permissions
from lonja.catalogue.actions.price_lists import PriceRow, refuse_bad_rows
from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.imports import CREATED, UNCHANGED, UPDATED, Field, Importer, Row
from lonja.kit.dates import parse_date
from lonja.kit.errors import Refused
from lonja.kit.money import parse_percent, parse_quantity, parse_unit_price
from lonja.kit.text import clean_line, search_text

# literals: headings of other programs' lists, recognised and never shown as ours

Tier = tuple[int, int, Decimal]  # the prices of a product in a tarifa from a quantity on
Key = tuple[int, int, Decimal, Any]

FIELDS = (
    Field("list", gettext_lazy("Tarifa"), ("Lista de precios", "Price list", "Lista"),
          required=True, example=("Hostelería", "Hostelería")),
    Field("code", gettext_lazy("Referencia"), ("Código", "Ref", "SKU", "Code", "Artículo"),
          required=True, example=("SP-35", "SP-35")),
    Field("min_quantity", gettext_lazy("Desde cantidad"), ("Desde", "Cantidad", "Tramo",
          "Cantidad mínima", "Min quantity"), hint=gettext_lazy("Vacía, cualquier cantidad."),
          example=("", "10")),
    Field("unit_price", gettext_lazy("Precio"), ("Precio tarifa", "PVP", "Price", "Importe"),
          hint=gettext_lazy("Sin IVA; vacío, el del catálogo."), example=("650,00", "620,00")),
    Field("discount_pct", gettext_lazy("Descuento %"), ("Descuento", "Dto", "Dto. %",
          "Discount"), example=("", "")),
    Field("valid_from", gettext_lazy("Válido desde"), ("Fecha desde", "Inicio", "From"),
          example=("", "")),
    Field("valid_until", gettext_lazy("Válido hasta"), ("Fecha hasta", "Fin", "Until"),
          example=("", "")),
)  # fmt: skip


class PriceImporter(Importer):
    """A price is the same one with the same tarifa, product, quantity and first day.

    A row that would leave two prices for the same days, after those above it, stays out.
    """

    kind = "prices"
    label = gettext_lazy("Precios de tarifas")
    icon = "tags"
    permission = permissions.PRICES
    order = 25
    fields = FIELDS
    result_url = "catalogue:price_list_list"
    result_label = gettext_lazy("Ver las tarifas")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lists: dict[str, PriceList] = {}
        self.hidden: set[str] = set()
        self._empty()

    def _empty(self) -> None:
        self.products: dict[str, Product] = {}
        self.known: dict[Key, PriceListItem] = {}
        self.tiers: dict[Tier, list[PriceListItem]] = {}
        self.new: list[PriceListItem] = []
        self.new_lists: list[PriceList] = []
        self.changed: dict[int, PriceListItem] = {}

    def prepare(self, rows: Sequence[Row]) -> None:
        codes = {clean_line(row.text("code")) for row in rows}
        self.products = {one.code: one for one in Product.objects.filter(code__in=codes)}
        lists = PriceList.objects.all()
        seen = lists if self.by is None else lists.visible_to(self.by)
        self.lists = {one.folded_name: one for one in seen}
        self.hidden = set(lists.values_list("folded_name", flat=True)) - self.lists.keys()
        items = PriceListItem.objects.filter(product__in=list(self.products.values()))
        self.known = {
            (one.price_list_id, one.product_id, one.min_quantity, one.valid_from): one
            for one in items
        }
        for one in items:
            tier = (one.price_list_id, one.product_id, one.min_quantity)
            self.tiers.setdefault(tier, []).append(one)

    def row(self, row: Row) -> str:
        price_list = self._list(row)
        product = self.products.get(clean_line(row.text("code")))
        if product is None:
            row.error("code", "product_unknown", _("No hay ningún producto con esa referencia."))
        least = row.read("min_quantity", parse_quantity) or Decimal(0)
        price = row.read("unit_price", parse_unit_price)
        discount = row.read("discount_pct", parse_percent) or Decimal(0)
        begins = row.read("valid_from", lambda text: parse_date(text, self.today))
        ends = row.read("valid_until", lambda text: parse_date(text, self.today))
        if least < 0 or (price is not None and price < 0):
            row.error("unit_price", "price_negative", _("Ni precios ni cantidades negativos."))
        if price is None and not discount and not row.is_refused:
            row.error("unit_price", "price_empty", _("Falta el precio o el descuento."))
        if begins and ends and ends < begins:
            row.error("valid_until", "price_dates", _("Termina antes de empezar."))
        if row.is_refused or product is None or price_list is None:
            return UNCHANGED
        values = {"unit_price": price, "discount_pct": discount, "valid_until": ends}
        tier = (price_list.pk or -id(price_list), product.pk, least)
        key = (*tier, begins)
        found = self.known.get(key)
        others = [one for one in self.tiers.get(tier, []) if one is not found]
        try:
            refuse_bad_rows([PriceRow(least, price, discount, begins, ends), *map(_typed, others)])
        except Refused as refused:
            row.error("valid_from", refused.code, refused.message)
            return UNCHANGED
        if found is None:
            found = PriceListItem(
                price_list=price_list,
                product=product,
                min_quantity=least,
                valid_from=begins,
                **values,
            )
            self.known[key] = found
            self.tiers.setdefault(tier, []).append(found)
            self.new.append(found)
            return CREATED
        if all(getattr(found, name) == value for name, value in values.items()):
            return UNCHANGED
        for name, value in values.items():
            setattr(found, name, value)
        if found.pk is not None:
            self.changed[found.pk] = found
        return UPDATED

    def _list(self, row: Row) -> PriceList | None:
        name = row.line("list", 60)
        folded = search_text(name)[:120]
        if not folded:
            row.error("list", "price_list_missing", _("Falta el nombre de la tarifa."))
            return None
        if folded in self.hidden:
            text = _("La tarifa «%(name)s» es de una empresa que no llevas: elige otro nombre.")
            row.error("list", "price_list_hidden", text % {"name": name})
            return None
        found = self.lists.get(folded)
        if found is None:
            found = self.lists[folded] = PriceList(name=name)
            self.new_lists.append(found)
        return found

    def forget(self) -> None:
        self._empty()

    def flush(self) -> None:
        for one in self.new_lists:
            one.save()
        for item in self.new:
            item.price_list_id = item.price_list.pk
        PriceListItem.objects.bulk_create(self.new)
        PriceListItem.objects.bulk_update(
            self.changed.values(), ["unit_price", "discount_pct", "valid_until"], batch_size=500
        )
        touched = {item.price_list_id for item in [*self.new, *self.changed.values()]}
        lists = [one for one in self.lists.values() if one.pk in touched]
        record_many(
            self.by, "catalogue.prices_imported", [(one, {"import": self.run_id}) for one in lists]
        )
        self._empty()


def _typed(item: PriceListItem) -> PriceRow:
    return PriceRow(
        item.min_quantity, item.unit_price, item.discount_pct, item.valid_from, item.valid_until
    )
