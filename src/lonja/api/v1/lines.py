"""The priced line that invoices, plans and quotes share: what the catalogue gives to what is left
out, and the limits within which the totals fit in the fiscal record."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.problems import Problem
from lonja.api.door.shapes import Block, Id, In, Line, Price, Quantity
from lonja.catalogue.models import Product
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.tax.categories import categories, category

_LARGEST = Decimal("999999999")


class PricedIn(In):
    product_id: Annotated[
        Id | None,
        Field(description="Del catálogo: da concepto, precio, unidad e impuesto a lo que falte."),
    ] = None
    concept: Annotated[str, Line(300)] = ""
    detail: Annotated[str, Block(2000)] = ""
    quantity: Quantity = Decimal(1)
    unit: Annotated[str, Line(20)] = ""
    unit_price: Annotated[
        Price | None, Field(description="Sin impuestos; vacío, el del producto o 0.")
    ] = None
    tax_category: Annotated[
        str,
        Line(40),
        Field(description="Vacía: la del cliente, la del producto o la general."),
    ] = ""


def wrong(field: str, text: str, code: str = "invalid") -> Problem:
    """A mistake in a field of the body."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, text, fields={field: text})


def priced(
    territory: str, party: Party, sent: Sequence[PricedIn], *, needs_concept: bool = True
) -> list[dict[str, Any]]:
    """The values of each line, in order, `product` included. Raises Problem on its place.

    One query for the products of all of them.
    """
    asked = {line.product_id for line in sent if line.product_id is not None}
    products = Product.objects.in_bulk(asked) if asked else {}
    usual = categories(territory)[0].code
    told = []
    for place, line in enumerate(sent):
        where = f"lines.{place}"
        product = products.get(line.product_id) if line.product_id is not None else None
        if line.product_id is not None and product is None:
            raise wrong(f"{where}.product_id", _("No existe ese producto."), "product_unknown")
        values = _values(line, product, party.tax_category, usual)
        if needs_concept and not values["concept"]:
            raise wrong(f"{where}.concept", _("Falta el concepto."), "blank")
        if abs(line.quantity * values["unit_price"]) > _LARGEST:
            raise wrong(f"{where}.unit_price", _("El importe de la línea es demasiado grande."))
        try:
            category(values["tax_category"])
        except Refused as refused:
            raise wrong(f"{where}.tax_category", str(refused), refused.code) from refused
        told.append(values)
    return told


def _values(line: PricedIn, product: Product | None, agreed: str, usual: str) -> dict[str, Any]:
    price, tax = line.unit_price, line.tax_category or agreed
    if product is not None:
        return {
            "product": product,
            "concept": line.concept or product.name,
            "detail": line.detail or product.description,
            "quantity": line.quantity,
            "unit": line.unit or product.unit,
            "unit_price": product.price if price is None else price,
            "tax_category": tax or product.tax_category,
        }
    return {
        "product": None,
        "concept": line.concept,
        "detail": line.detail,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price": Decimal(0) if price is None else price,
        "tax_category": tax or usual,
    }
