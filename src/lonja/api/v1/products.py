"""The catalogue."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Answer, Call, etag
from lonja.api.door.paging import page
from lonja.api.door.problems import Problem
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Block,
    Filled,
    In,
    Line,
    Moment,
    MomentOut,
    NumberOut,
    Out,
    Page,
    Paged,
    Price,
    Words,
    moment,
    number,
)
from lonja.catalogue import permissions, reports
from lonja.catalogue.actions import products as actions
from lonja.catalogue.models import Product
from lonja.kit.errors import Refused
from lonja.tax.categories import categories, category

READ, WRITE = "productos:leer", "productos:escribir"


class ProductFields(In):
    description: Annotated[str, Block(2000)] = ""
    family: Annotated[str, Line(60)] = ""
    kind: Literal["product", "service", "subscription"] = "service"
    unit: Annotated[str, Line(20)] = ""
    price: Annotated[Price, Field(description="Sin impuestos.")] = Decimal(0)
    cost: Annotated[Price | None, Field(description="Solo si tu rol ve costes.")] = None
    tax_category: Annotated[
        str,
        Line(40),
        Field(description="Por ejemplo «iva_general»; vacío al crear, el general."),
    ] = ""
    active: bool = True


class ProductNew(ProductFields):
    code: Annotated[str, Filled(40)]
    name: Annotated[str, Filled(200)]


class ProductChange(ProductFields):
    code: Annotated[str, Filled(40)] = ""
    name: Annotated[str, Filled(200)] = ""


class ProductOut(Out):
    id: int
    code: str
    name: str
    description: str
    family: str
    kind: str
    unit: str
    price: NumberOut
    cost: Annotated[NumberOut | None, Field(description="Null si tu rol no ve costes.")]
    tax_category: str
    active: bool
    created_at: MomentOut
    updated_at: MomentOut


class ProductQuery(Paged):
    q: Annotated[Words, Field(description="Palabras del código, nombre o familia.")] = ""
    code: Words = ""
    family: Words = ""
    active: bool | None = None
    changed_since: Moment | None = None


def shown(product: Product, *, sees_cost: bool) -> dict[str, Any]:
    """A product as `ProductOut`."""
    return ProductOut(
        id=product.pk,
        code=product.code,
        name=product.name,
        description=product.description,
        family=product.family,
        kind=product.kind,
        unit=product.unit,
        price=number(product.price),
        cost=number(product.cost) if sees_cost and product.cost is not None else None,
        tax_category=product.tax_category,
        active=product.is_active,
        created_at=moment(product.created_at) or "",
        updated_at=moment(product.updated_at) or "",
    ).model_dump()


def version(product: Product) -> str:
    return etag(f"{product.updated_at.timestamp():.6f}{'' if product.is_active else '-'}")


def _answer(call: Call, product: Product, status: int = HTTPStatus.OK) -> Answer:
    fresh = Product.objects.get(pk=product.pk)
    headers = {"ETag": version(fresh)}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"/api/v1/productos/{fresh.pk}"
    return Answer(shown(fresh, sees_cost=call.may(permissions.COST)), status, headers)


@route(
    "GET",
    "/productos",
    tag="Productos",
    title="Lista de productos",
    scope=READ,
    permissions=permissions.VIEW,
    query=ProductQuery,
    answer=Page[ProductOut],
)
def product_list(call: Call, query: ProductQuery) -> dict[str, Any]:
    """Los últimos creados primero."""
    rows = Product.objects.visible_to(call.member)
    if query.q:
        rows = reports.find(rows, query.q)
    if query.code:
        rows = rows.filter(code=query.code)
    if query.family:
        rows = rows.filter(family=query.family)
    if query.active is not None:
        rows = rows.filter(is_active=query.active)
    if query.changed_since is not None:
        rows = rows.filter(updated_at__gte=query.changed_since)
    sees_cost = call.may(permissions.COST)
    return page(rows, query, lambda product: shown(product, sees_cost=sees_cost))


@route(
    "POST",
    "/productos",
    tag="Productos",
    title="Crear un producto",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=ProductNew,
    answer=ProductOut,
    status=201,
    versioned=True,
    example={
        "code": "SER-001",
        "name": "Mantenimiento preventivo",
        "price": "420.00",
        "unit": "mes",
        "tax_category": "iva_general",
    },
)
def product_create(call: Call, body: ProductNew) -> Answer:
    """El código no se repite: si lo tiene otro, 422 «product_code_taken»."""
    product = Product(tax_category=_usual_tax(call))
    _fill(call, product, body.given())
    actions.save_product(product, by=call.member)
    return _answer(call, product, HTTPStatus.CREATED)


@route(
    "GET",
    "/productos/{id}",
    tag="Productos",
    title="Ver un producto",
    scope=READ,
    permissions=permissions.VIEW,
    answer=ProductOut,
    versioned=True,
)
def product(call: Call, pk: int) -> Answer:
    """Con su coste, si tu rol lo ve."""
    found = call.visible(Product, pk)
    shape = shown(found, sees_cost=call.may(permissions.COST))
    return Answer(shape, headers={"ETag": version(found)})


@route(
    "PATCH",
    "/productos/{id}",
    tag="Productos",
    title="Cambiar un producto",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=ProductChange,
    answer=ProductOut,
    versioned=True,
    example={"price": "435.00"},
)
def product_update(call: Call, pk: int, body: ProductChange) -> Answer:
    """Solo cambia lo que se envía. Los documentos hechos guardan su precio."""
    found = call.visible(Product.objects.select_for_update(), pk)
    call.if_match(version(found))
    was_active = found.is_active
    given = body.given()
    _fill(call, found, given)
    found.is_active = was_active
    if given.keys() - {"active"}:
        actions.save_product(found, by=call.member)
    if "active" in given:
        actions.set_active(found, given["active"], by=call.member)
    return _answer(call, found)


def _fill(call: Call, product: Product, given: dict[str, Any]) -> None:
    if "cost" in given and not call.may(permissions.COST):
        text = _("El rol en cuyo nombre actúa la clave no ve ni cambia costes.")
        raise Problem(HTTPStatus.FORBIDDEN, "permission_missing", text, fields={"cost": text})
    if given.get("cost") is not None and given["cost"] < 0:
        text = _("No puede ser negativo.")
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", text, fields={"cost": text})
    if not given.get("tax_category"):
        given.pop("tax_category", None)
    else:
        try:
            category(given["tax_category"])
        except Refused as refused:
            raise Refused(refused.code, str(refused), field="tax_category") from refused
    for field, value in given.items():
        setattr(product, "is_active" if field == "active" else field, value)


def _usual_tax(call: Call) -> str:
    territory = call.companies[0].territory if call.companies else "peninsula"
    return categories(territory)[0].code
