"""Prices of tarifas in the words of the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lonja.catalogue.models import PriceListItem
from lonja.kit.dates import format_date
from lonja.kit.money import format_percent, format_quantity, format_unit_price


@dataclass(frozen=True)
class PriceText:
    """`price` «620,00 €» or «−10 % → 620,10 €»; `when` «desde 10 · del 01/12/2026»."""

    item: PriceListItem
    price: str
    when: str


def price_rows(items: Iterable[PriceListItem], catalogue: Decimal | None = None) -> list[PriceText]:
    """In the order given; `catalogue` is the price of the product when all are of one."""
    return [_row(item, item.product.price if catalogue is None else catalogue) for item in items]


def _row(item: PriceListItem, catalogue: Decimal) -> PriceText:
    base = catalogue if item.unit_price is None else item.unit_price
    price = f"{format_unit_price(base)}\u00a0€"
    if item.discount_pct:
        net = base * (100 - item.discount_pct) / 100
        price = f"−{format_percent(item.discount_pct)} → {format_unit_price(net)}\u00a0€"
    words = []
    if item.min_quantity > 1:
        words.append(_("desde %(n)s") % {"n": format_quantity(item.min_quantity)})
    if item.valid_from:
        words.append(_("a partir del %(date)s") % {"date": format_date(item.valid_from)})
    if item.valid_until:
        words.append(_("hasta el %(date)s") % {"date": format_date(item.valid_until)})
    return PriceText(item, price, " · ".join(words) or _("cualquier cantidad"))
