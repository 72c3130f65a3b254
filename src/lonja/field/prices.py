"""The specification of prices in the field: a snapshot, a cart, and what it costs.

The telephone computes with the same data (`frontend/src/js/field/money.js` and `prices.js`); a test
compares both over hundreds of carts, to the cent. Numbers travel as text, exact.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.catalogue.models import PriceList, PriceListItem, Product, ProductKind
from lonja.kit.errors import Refused
from lonja.kit.money import round_to
from lonja.sales.choices import plain
from lonja.sales.snapshot import Figures, QuoteSnapshot, figures
from lonja.tax.categories import categories, category

_HUNDRED = Decimal(100)
MAX_LINES = 200

Content = dict[str, Any]
Line = dict[str, Any]


def content_of(company: Company, on: date, products: Iterable[Product] | None = None) -> Content:
    """The prices of a company on a day: products in use, tarifas not over, and taxes.

    `products`: those instead of the ones in use (also withdrawn ones).
    """
    if products is None:
        products = Product.objects.filter(is_active=True).order_by("pk")
    rows = list(products)
    lists = PriceList.objects.filter(retired_at=None).filter(
        Q(company=None) | Q(company=company), Q(valid_until=None) | Q(valid_until__gte=on)
    )
    known = {one.pk: one for one in lists.order_by("pk")}
    items = PriceListItem.objects.filter(price_list__in=known).filter(
        Q(valid_until=None) | Q(valid_until__gte=on)
    )
    if products is not None:
        items = items.filter(product__in=[row.pk for row in rows])
    tarifas: dict[str, Any] = {
        str(pk): {
            "name": one.name,
            "from": _day(one.valid_from),
            "until": _day(one.valid_until),
            "items": {},
        }
        for pk, one in known.items()
    }
    # Of two prices of the same tramo the one that began later wins: they come in that order.
    order = sorted(items, key=lambda one: (one.min_quantity, one.valid_from or date.min, one.pk))
    for item in order:
        kept = tarifas[str(item.price_list_id)]["items"].setdefault(str(item.product_id), [])
        kept.append(
            [
                plain(item.min_quantity),
                None if item.unit_price is None else plain(item.unit_price),
                plain(item.discount_pct),
                _day(item.valid_from),
                _day(item.valid_until),
            ]
        )
    codes = {one.code for one in categories(company.territory)} | {row.tax_category for row in rows}
    return {
        "v": 1,
        "company": company.pk,
        "products": {
            str(row.pk): {
                "name": row.name,
                "price": plain(row.price),
                "tax": row.tax_category,
                "unit": row.unit,
                "pace": "month" if row.kind == ProductKind.SUBSCRIPTION else "",
            }
            for row in rows
        },
        "lists": tarifas,
        "taxes": {code: _tax(code, on) for code in sorted(codes)},
    }


def digest_of(content: Any) -> str:
    """The fingerprint of a content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _tax(code: str, on: date) -> dict[str, Any]:
    kind = category(code)
    try:
        rate, surcharge = kind.rate_on(on), kind.surcharge_on(on)
        label = kind.label_on(on)
    except Refused:  # no rate in force: it cannot be sold, and the server says so
        rate, surcharge, label = None, None, kind.label
    return {
        "tax": kind.tax,
        "regime": kind.regime,
        "qualification": kind.qualification,
        "exemption": kind.exemption,
        "rate": None if rate is None else plain(rate),
        "surcharge": None if surcharge is None else plain(surcharge),
        "label": label,
    }


# --- the price of a product -----------------------------------------------------------------------
def unit_price(
    content: Content, product: str, quantity: Decimal, price_list: str, on: date
) -> tuple[Decimal, Decimal, str | None]:
    """(unit price without tax, discount in per cent, last day it holds) of so many units.

    As `lonja.catalogue.pricing.PriceBook.price`, from the snapshot.
    """
    base = Decimal(content["products"][product]["price"])
    tarifa = content["lists"].get(price_list)
    day = on.isoformat()
    if tarifa is None or not _within(tarifa["from"], tarifa["until"], day):
        return base, Decimal(0), None
    found = None
    for item in tarifa["items"].get(product, []):
        if _within(item[3], item[4], day) and Decimal(item[0]) <= max(abs(quantity), Decimal(1)):
            found = item
    if found is None:
        return base, Decimal(0), None
    ends = [one for one in (found[4], tarifa["until"]) if one]
    price = base if found[1] is None else Decimal(found[1])
    return price, Decimal(found[2]), min(ends) if ends else None


def _within(since: str | None, until: str | None, day: str) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)


# --- a cart ---------------------------------------------------------------------------------------
def priced(content: Content, cart: Content, on: date) -> list[Line]:
    """The lines of a cart with their price and tax, as `sales.snapshot.SnapshotLine`.

    With a discount of its own the line carries the net price of the tarifa and that discount;
    without it, the price and the discount of the tarifa. Raises KeyError for a product the
    snapshot has not.
    """
    lines = []
    taken = chosen_of(cart["lines"])
    for key, asked in enumerate(cart["lines"], 1):
        product = content["products"][str(asked["product"])]
        quantity, own = Decimal(asked["quantity"]), Decimal(asked["discount_pct"])
        price, discount, until = unit_price(
            content, str(asked["product"]), quantity, str(cart["price_list"] or ""), on
        )
        if own:
            price, discount = round_to(price * (_HUNDRED - discount) / _HUNDRED, 6), own
        tax = content["taxes"][cart["tax_category"] or product["tax"]]
        lines.append(
            {
                "key": key,
                "product_id": int(asked["product"]),
                "concept": product["name"],
                "quantity": plain(quantity),
                "unit": product["unit"],
                "unit_price": plain(price),
                "discount_pct": plain(discount),
                "tax_category": product["tax"],
                "tax": {**tax, "surcharge": tax["surcharge"] if cart["surcharge"] else None},
                "optional": bool(asked["optional"] or asked.get("group")),
                "chosen": key - 1 in taken,
                "group": asked.get("group", ""),
                "unit_of_time": product["pace"],
                "every": 1,
                "section": asked["section"],
                "own_discount": plain(own),
                "until": until,
            }
        )
    return lines


def chosen_of(lines: list[Content]) -> set[int]:
    """The places of the lines that are in: those that are not for the customer to decide, the
    options ticked, and of each group the first that is ticked, or the first (as
    `sales.choices.taken_keys`)."""
    taken, groups = set(), dict[str, list[int]]()
    for place, asked in enumerate(lines):
        if asked.get("group"):
            groups.setdefault(asked["group"], []).append(place)
        elif asked["chosen"] or not asked["optional"]:
            taken.add(place)
    for places in groups.values():
        taken.add(next((one for one in places if lines[one]["chosen"]), places[0]))
    return taken


def totals(lines: list[Line], cart: Content) -> Figures:
    """The amounts of priced lines, by the rule of every quote (`sales.snapshot.figures`)."""
    snapshot: Any = {"lines": lines, "global_discount_pct": cart["global_discount_pct"]}
    return figures(QuoteSnapshot(**snapshot))  # type: ignore[typeddict-item]


def amounts(numbers: Figures) -> dict[str, Any]:
    """The amounts as the telephone says them, in cents."""
    return {
        "base": numbers.base_cents,
        "total": numbers.total_cents,
        "recurring": {part.unit: int(part.totals.total.scaleb(2)) for part in numbers.recurring},
    }


def price_cart(content: Content, cart: Content, on: date) -> dict[str, Any]:
    """The amounts of a cart with those prices on a day, in cents (the net of each line too)."""
    lines = priced(content, cart, on)
    numbers = totals(lines, cart)
    return amounts(numbers) | {"nets": [int(numbers.nets[line["key"]].scaleb(2)) for line in lines]}


def greatest_discount(cart: Content) -> Decimal:
    """The greatest discount of a cart in per cent, a line's and the whole's together."""
    whole = Decimal(cart["global_discount_pct"])
    worst = max((Decimal(one["discount_pct"]) for one in cart["lines"]), default=Decimal(0))
    left = (_HUNDRED - worst) * (_HUNDRED - whole) / _HUNDRED
    return round_to(_HUNDRED - left, 2)


def refuse_too_many(cart: Content) -> None:
    if not cart["lines"]:
        raise Refused("cart_empty", _("El presupuesto no tiene ningún producto."))
    if len(cart["lines"]) > MAX_LINES:
        raise Refused(
            "cart_too_long",
            _("El presupuesto tiene más de %(most)s líneas: repártelo en dos.")
            % {"most": MAX_LINES},
        )
