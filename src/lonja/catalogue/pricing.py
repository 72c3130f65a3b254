"""What a product costs a client: tarifa, volume and date.

Every screen, document and import asks here; a price typed by hand is theirs to keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.kit.dates import format_date
from lonja.kit.money import format_quantity, round_to
from lonja.kit.text import search_text

if TYPE_CHECKING:
    from lonja.accounts.models import Company
    from lonja.parties.models import Party

_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Price:
    """A unit price without tax and the discount of the tarifa, with where they come from.

    `valid_until` is the last day it holds (None: no end). `warning` is said when there is a tarifa
    but it gives no price any more.
    """

    unit_price: Decimal
    discount_pct: Decimal
    valid_until: date | None
    origin: str  # «Catálogo», «Tarifa Hostelería», «Tarifa Hostelería, desde 10»
    from_list: bool = False
    warning: str = ""

    @property
    def net(self) -> Decimal:
        """The unit price less the discount, with up to six decimals."""
        return round_to(self.unit_price * (_HUNDRED - self.discount_pct) / _HUNDRED, 6)


@dataclass(frozen=True)
class Tier:
    """The price from a quantity on."""

    min_quantity: Decimal
    price: Price


class PriceBook:
    """The prices of some products on a day, read at once: one query for each book."""

    def __init__(
        self, price_list: PriceList | None, on: date, products: Iterable[Product] | None = None
    ) -> None:
        self.price_list = price_list
        self.warning = warning_of(price_list, on)
        self.items: dict[int, list[PriceListItem]] = {}
        if price_list is None or self.warning:
            return
        rows = price_list.items.filter(
            Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_until=None) | Q(valid_until__gte=on)
        )
        if products is not None:
            rows = rows.filter(product__in=[product.pk for product in products])
        # Of two prices of the same tramo the one that began later wins.
        for item in rows.order_by("min_quantity", "valid_from", "pk"):
            self.items.setdefault(item.product_id, []).append(item)

    def price(self, product: Product, quantity: Decimal) -> Price:
        """The price of so many units (negative quantities, as of so many returned)."""
        found: PriceListItem | None = None
        for item in self.items.get(product.pk, []):
            if item.min_quantity <= max(abs(quantity), Decimal(1)):  # half an hour is «from 1»
                found = _later(found, item)
        if found is None:
            return Price(product.price, Decimal(0), None, _("Catálogo"), False, self.warning)
        return self._of(found, product)

    def tiers(self, product: Product) -> list[Tier]:
        """The tramos of a product, from the smallest quantity up; none if its price is one."""
        chosen: dict[Decimal, PriceListItem] = {}
        for item in self.items.get(product.pk, []):
            chosen[item.min_quantity] = _later(chosen.get(item.min_quantity), item)
        rows = [Tier(item.min_quantity, self._of(item, product)) for item in chosen.values()]
        if rows and rows[0].min_quantity > 1:  # below the first tramo, the catalogue
            rows.insert(0, Tier(Decimal(0), self.price(product, Decimal(1))))
        return rows if len(rows) > 1 else []

    def _of(self, item: PriceListItem, product: Product) -> Price:
        assert self.price_list is not None  # noqa: S101
        origin = _("Tarifa %(name)s") % {"name": self.price_list.name}
        if item.min_quantity > 1:
            origin = _("%(list)s, desde %(quantity)s") % {
                "list": origin,
                "quantity": format_quantity(item.min_quantity),
            }
        ends = [day for day in (item.valid_until, self.price_list.valid_until) if day]
        return Price(
            product.price if item.unit_price is None else item.unit_price,
            item.discount_pct,
            min(ends) if ends else None,
            origin,
            True,
        )


def _later(one: PriceListItem | None, other: PriceListItem) -> PriceListItem:
    """Of two prices that apply: the greater tramo, then the one that began later."""
    if one is None:
        return other
    key = (one.min_quantity, one.valid_from or date.min, one.pk)
    return other if (other.min_quantity, other.valid_from or date.min, other.pk) >= key else one


def price_for(
    product: Product, *, quantity: Decimal, on: date, price_list: PriceList | None = None
) -> Price:
    """The price of a product for so many units on a day, from the tarifa if it has one in force.

    Out of its dates a tarifa gives no prices: those of the catalogue apply, with a warning.
    """
    return PriceBook(price_list, on, [product]).price(product, quantity)


def price_list_of(party: Party, company: Company | None) -> PriceList | None:
    """The tarifa of a client in a company: the one its text «tarifa» names, else the assigned one.

    Also one that is over or retired, so that the screen may say so.
    """
    named = search_text(party.tariff)[:120] if party.tariff else ""
    own = Q(clients__party=party.pk)
    rows = PriceList.objects.filter(own | Q(folded_name=named) if named else own)
    if company is not None:
        rows = rows.filter(Q(company=None) | Q(company=company))
    found = list(rows.distinct().order_by("pk"))
    found.sort(key=lambda one: (one.folded_name != named, one.company_id is None))
    return found[0] if found else None


def warning_of(price_list: PriceList | None, on: date) -> str:
    """Why a tarifa gives no prices on that day; empty when it does."""
    if price_list is None or price_list.is_in_force(on):
        return ""
    words = {"name": price_list.name}
    if price_list.retired_at is not None:
        return _("La tarifa %(name)s está retirada: se aplican los precios del catálogo.") % words
    if price_list.valid_from is not None and on < price_list.valid_from:
        text = _("La tarifa %(name)s empieza el %(date)s: hasta entonces, precios del catálogo.")
        return text % {**words, "date": format_date(price_list.valid_from)}
    assert price_list.valid_until is not None  # noqa: S101
    text = _("La tarifa %(name)s caducó el %(date)s: se aplican los precios del catálogo.")
    return text % {**words, "date": format_date(price_list.valid_until)}
