"""The prices of the lines of a draft: those of the tarifa, unless somebody typed another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from lonja.catalogue.models import Product
from lonja.catalogue.pricing import PriceBook
from lonja.kit.errors import Refused
from lonja.sales.choices import plain
from lonja.sales.models import Quote, QuoteLine


def price_lines(quote: Quote, rows: Sequence[QuoteLine], untouched: Sequence[bool]) -> None:
    """Put on each line what the tarifa says of its product for its quantity, without saving.

    A line whose price nobody touched takes it; another keeps its own, and remembers it was by
    hand. The day is that of the quote, so that opening it again changes nothing.
    """
    products: dict[int, Product] = {
        row.product_id: row.product for row in rows if row.product is not None and row.product_id
    }
    book = PriceBook(quote.price_list, quote.created_on, products.values())
    for row, free in zip(rows, untouched, strict=True):
        product = row.product
        row.list_price, row.unit_cost, row.tiers = None, None, []
        row.price_origin, row.price_by_hand = "", False
        if product is None:
            continue
        price = book.price(product, row.quantity)
        if free:
            row.unit_price, row.discount_pct = price.unit_price, price.discount_pct
        row.list_price, row.unit_cost = price.net, product.cost
        row.price_origin = price.origin[:120]
        same = (row.unit_price, row.discount_pct) == (price.unit_price, price.discount_pct)
        row.price_by_hand = not same
        if same:
            row.tiers = [
                [plain(t.min_quantity), plain(t.price.unit_price), plain(t.price.discount_pct)]
                for t in book.tiers(product)
            ]


def refuse_withdrawn(quote: Quote, rows: Sequence[QuoteLine]) -> None:
    """Raise Refused("product_withdrawn") for a product no longer offered that the quote had not."""
    gone = {row.product_id: row for row in rows if row.product and not row.product.is_active}
    if not gone:
        return
    had = set(quote.lines.filter(product_id__in=gone).values_list("product_id", flat=True))
    for product_id, row in gone.items():
        if product_id not in had:
            raise Refused(
                "product_withdrawn",
                _("«%(name)s» ya no se ofrece. Quítalo o elige otro producto.")
                % {"name": row.product.name},  # type: ignore[union-attr]
            )


def refuse_bad_lines(rows: Sequence[QuoteLine]) -> None:
    """Raise Refused for limits that do not hold the quantity, or groups that cannot be chosen."""
    groups: dict[str, list[QuoteLine]] = {}
    for row in rows:
        words: dict[str, Any] = {"concept": row.concept}
        low, high = row.min_quantity, row.max_quantity
        if (low is not None and (low < 0 or low > row.quantity)) or (
            high is not None and high < row.quantity
        ):
            text = _("En «%(concept)s», la cantidad tiene que estar entre la mínima y la máxima.")
            raise Refused("quantity_limits", text % words)
        if row.group:
            groups.setdefault(row.group, []).append(row)
    for name, members in groups.items():
        if len(members) < 2:
            text = _("«%(name)s» tiene una sola alternativa: añade otra o quita el grupo.")
            raise Refused("group_alone", text % {"name": name})
        if len([row for row in members if row.chosen]) != 1:
            for n, row in enumerate(members):
                row.chosen = n == 0
        paces = {(row.unit_of_time, row.every) for row in members}
        if len({section.section for section in members}) > 1 or len(paces) > 1:
            text = _("Las alternativas de «%(name)s» van en la misma sección y periodicidad.")
            raise Refused("group_split", text % {"name": name})
