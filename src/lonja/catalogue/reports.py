"""Reads of the catalogue: search, options of the line editor, families, margins."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from lonja.accounts.textsearch import filter_text
from lonja.catalogue.models import Product, ProductKind
from lonja.kit.money import format_unit_price, round_to
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


def options(member: Membership, text: str, limit: int = 20) -> list[dict[str, Any]]:
    """Active products for the line editor; those whose code or name begins so come first."""
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
    return [option(product) for product in found[:limit]]


def option(product: Product) -> dict[str, Any]:
    """What a line takes from a product. `price` is text as typed in Spanish, without tax."""
    return {
        "value": product.pk,
        "id": product.pk,
        "text": product.name,
        "sub": f"{product.code} · {format_unit_price(product.price)}\u00a0€",
        "code": product.code,
        "name": product.name,
        "detail": product.description,
        "unit": product.unit,
        "price": format_unit_price(product.price),
        "price_text": f"{format_unit_price(product.price)}\u00a0€",
        "tax_category": product.tax_category,
        "unit_of_time": "month" if product.kind == ProductKind.SUBSCRIPTION else "",
        "icon": "package" if product.kind == ProductKind.PRODUCT else "tool",
    }


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
