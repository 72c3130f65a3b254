"""Reads of the catalogue: search, options of the line editor, families, margins."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from lonja.accounts.textsearch import filter_text
from lonja.catalogue.models import PriceList, Product, ProductKind
from lonja.catalogue.pricing import Price, PriceBook
from lonja.kit.money import format_quantity, format_unit_price, round_to
from lonja.kit.text import search_text

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.ui.registry import Hit


def find(queryset: Any, text: str) -> Any:
    """Products whose code, name or family holds every word."""
    return filter_text(queryset, search_text(text)[:100])


def margin(product: Product) -> Decimal | None:
    """Margin on the price, in per cent; None without cost or without price."""
    if product.cost is None or not product.price:
        return None
    return round_to((product.price - product.cost) * 100 / product.price, 1)


def find_products(member: Membership, text: str, limit: int) -> list[Hit]:
    """For the palette."""
    from lonja.ui.registry import Hit

    products = Product.objects.visible_to(member).filter(is_active=True)
    found = find(products, text).order_by("name", "pk") if text else products.order_by("-pk")
    return [
        Hit(
            product.name,
            f"{product.code} · {format_unit_price(product.price)}\u00a0€",
            reverse("catalogue:product", args=[product.pk]),
            "box",
        )
        for product in found[:limit]
    ]


def options(
    member: Membership,
    text: str,
    limit: int = 20,
    *,
    price_list: PriceList | None = None,
    on: date | None = None,
) -> list[dict[str, Any]]:
    """Active products for the line editor; those whose code or name begins so come first.

    With a tarifa and a day, at its price for one unit.
    """
    products = Product.objects.visible_to(member).filter(is_active=True)
    found = list(find(products, text).order_by("name", "pk")[: limit * 3])
    words = search_text(text)
    found.sort(
        key=lambda product: (
            search_text(product.code) != words,
            not search_text(product.code).startswith(words),
            not search_text(product.name).startswith(words),
        )
    )
    book = PriceBook(price_list, on, found[:limit]) if price_list and on else None
    return [
        option(product, book.price(product, Decimal(1)) if book else None)
        for product in found[:limit]
    ]


def option(product: Product, price: Price | None = None) -> dict[str, Any]:
    """What a line takes from a product. `price` is text as typed in Spanish, without tax."""
    unit_price = price.unit_price if price else product.price
    discount = price.discount_pct if price else Decimal(0)
    where = f" · {price.origin}" if price and price.from_list else ""
    return {
        "value": product.pk,
        "id": product.pk,
        "text": product.name,
        "sub": f"{product.code} · {format_unit_price(unit_price)}\u00a0€",
        "code": f"{product.code}{where}",
        "name": product.name,
        "detail": product.description,
        "unit": product.unit,
        "price": format_unit_price(unit_price),
        "discount": format_quantity(discount) if discount else "",
        "suggested": f"{_plain(unit_price)};{_plain(discount)}",
        "price_text": f"{format_unit_price(price.net if price else product.price)}\u00a0€",
        "tax_category": product.tax_category,
        "unit_of_time": "month" if product.kind == ProductKind.SUBSCRIPTION else "",
        "icon": "package" if product.kind == ProductKind.PRODUCT else "tool",
    }


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def line_values(chosen: dict[str, Any], *, unit_in_quantity: bool = False) -> dict[str, Any]:
    """Field of a line of a document → value, for a product given as `option`.

    With `unit_in_quantity` the line has one field for both: «1 h».
    """
    unit = chosen["unit"]
    quantity = {"quantity": f"1 {unit}".strip()} if unit_in_quantity else {"unit": unit}
    return {
        "product": chosen["id"],
        "concept": chosen["name"],
        "detail": chosen["detail"][:2000],
        **quantity,
        "unit_price": chosen["price"],
        "discount_pct": chosen["discount"],
        "suggested": chosen["suggested"],
        "tax_category": chosen["tax_category"],
        "unit_of_time": chosen["unit_of_time"],
    }


def families(member: Membership) -> list[tuple[str, str]]:
    """Those in use, in order."""
    rows = (
        Product.objects.visible_to(member)
        .exclude(family="")
        .order_by("family")
        .values_list("family", flat=True)
        .distinct()[:200]
    )
    return [(family, family) for family in rows]
