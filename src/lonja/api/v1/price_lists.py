"""Tarifas: read, and given to clients. They are made in the catalogue."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    DayOut,
    Id,
    In,
    MomentOut,
    NumberOut,
    Out,
    Page,
    Paged,
    Query,
    Words,
    day,
    moment,
    number,
)
from lonja.api.v1.clients import READ as READ_CLIENTS
from lonja.api.v1.clients import WRITE as WRITE_CLIENTS
from lonja.api.v1.products import READ
from lonja.catalogue import permissions
from lonja.catalogue.actions.price_lists import assign_price_list, take_price_list
from lonja.catalogue.models import PriceList, PriceListItem
from lonja.catalogue.pricing import price_list_of
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.parties.permissions import VIEW as VIEW_CLIENTS


class PriceListOut(Out):
    id: int
    name: str
    company_id: Annotated[int | None, Field(description="Null: de todas tus empresas.")]
    valid_from: DayOut | None
    valid_until: DayOut | None
    in_force: Annotated[bool, Field(description="Fuera de sus fechas, o retirada, no da precios.")]
    retired: bool
    updated_at: MomentOut


class PriceListQuery(Paged):
    q: Annotated[Words, Field(description="Palabras del nombre.")] = ""
    retired: Annotated[bool, Field(description="Las retiradas, en vez de las que se usan.")] = False


class TierOut(Out):
    id: int
    product_id: int
    min_quantity: Annotated[NumberOut, Field(description="Desde cuántas unidades.")]
    unit_price: Annotated[
        NumberOut | None, Field(description="Sin impuestos; null, el del catálogo.")
    ]
    discount_pct: NumberOut
    valid_from: DayOut | None
    valid_until: DayOut | None


class TierQuery(Paged):
    product_id: Annotated[Id | None, Field(description="Solo los de un producto.")] = None


class GivenQuery(Query):
    company_id: Annotated[Id | None, Field(description="La tarifa en una de tus empresas.")] = None


class GivenIn(In):
    price_list_id: Annotated[Id | None, Field(description="Null se la quita.")]


class GivenOut(Out):
    client_id: int
    price_list_id: Annotated[int | None, Field(description="Null: los precios del catálogo.")]
    name: str


def shown(call: Call, one: PriceList) -> dict[str, Any]:
    """A tarifa as `PriceListOut`."""
    return {
        "id": one.pk,
        "name": one.name,
        "company_id": one.company_id,
        "valid_from": day(one.valid_from),
        "valid_until": day(one.valid_until),
        "in_force": one.is_in_force(call.today),
        "retired": one.retired_at is not None,
        "updated_at": moment(one.updated_at) or "",
    }


@route(
    "GET",
    "/tarifas",
    tag="Tarifas",
    title="Lista de tarifas",
    scope=READ,
    permissions=permissions.VIEW,
    query=PriceListQuery,
    answer=Page[PriceListOut],
)
def price_list_list(call: Call, query: PriceListQuery) -> dict[str, Any]:
    """Las últimas creadas primero."""
    rows = PriceList.objects.visible_to(call.member).filter(retired_at__isnull=not query.retired)
    for word in search_text(query.q).split():
        rows = rows.filter(folded_name__contains=word)
    return page(rows, query, lambda one: shown(call, one))


@route(
    "GET",
    "/tarifas/{id}",
    tag="Tarifas",
    title="Ver una tarifa",
    scope=READ,
    permissions=permissions.VIEW,
    answer=PriceListOut,
)
def price_list(call: Call, pk: int) -> dict[str, Any]:
    """Sus fechas, y si da precios hoy."""
    return shown(call, call.visible(PriceList, pk))


@route(
    "GET",
    "/tarifas/{id}/precios",
    tag="Tarifas",
    title="Precios de una tarifa",
    scope=READ,
    permissions=permissions.VIEW,
    query=TierQuery,
    answer=Page[TierOut],
)
def price_list_prices(call: Call, pk: int, query: TierQuery) -> dict[str, Any]:
    """Un precio por producto, tramo y fechas. De dos que coinciden vale el que empezó después."""
    rows = PriceListItem.objects.filter(price_list=call.visible(PriceList, pk))
    if query.product_id is not None:
        rows = rows.filter(product_id=query.product_id)
    return page(rows, query, _tier)


def _tier(item: PriceListItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "product_id": item.product_id,
        "min_quantity": number(item.min_quantity),
        "unit_price": None if item.unit_price is None else number(item.unit_price),
        "discount_pct": number(item.discount_pct),
        "valid_from": day(item.valid_from),
        "valid_until": day(item.valid_until),
    }


@route(
    "GET",
    "/clientes/{id}/tarifa",
    tag="Tarifas",
    title="Tarifa de un cliente",
    scope=READ_CLIENTS,
    permissions=(VIEW_CLIENTS, permissions.VIEW),
    query=GivenQuery,
    answer=GivenOut,
)
def client_price_list(call: Call, pk: int, query: GivenQuery) -> dict[str, Any]:
    """La que llevan sus presupuestos y facturas nuevas."""
    return _given(call, call.visible(Party, pk), query.company_id)


@route(
    "POST",
    "/clientes/{id}/tarifa",
    tag="Tarifas",
    title="Dar una tarifa a un cliente",
    scope=WRITE_CLIENTS,
    permissions=(VIEW_CLIENTS, permissions.PRICES),
    body=GivenIn,
    answer=GivenOut,
    example={"price_list_id": 1},
)
def client_price_list_give(call: Call, pk: int, body: GivenIn) -> dict[str, Any]:
    """En lugar de la que tuviera. Lo ya hecho guarda sus precios."""
    party = call.visible(Party, pk)
    if body.price_list_id is None:
        had = price_list_of(party, call.company_of(None))
        if had is not None:
            take_price_list(party, had, by=call.member)
        return _given(call, Party.objects.get(pk=party.pk), None)
    rows = PriceList.objects.visible_to(call.member)
    said = _("No existe esa tarifa.")
    chosen = call.referred(rows, body.price_list_id, "price_list_id", said)
    assign_price_list(party, chosen, by=call.member)
    return _given(call, Party.objects.get(pk=party.pk), chosen.company_id)


def _given(call: Call, party: Party, company_id: int | None) -> dict[str, Any]:
    company = call.company_of(company_id)
    found = price_list_of(party, company)
    return {
        "client_id": party.pk,
        "price_list_id": found.pk if found is not None else None,
        "name": found.name if found is not None else "",
    }
