"""Quotes: made and sent from outside; signing them is for the customer, on their page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic import Field

from lonja.accounts.textsearch import filter_text
from lonja.api.door.call import Answer, Call, etag
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Block,
    Day,
    DayOut,
    Email,
    Id,
    In,
    Line,
    Moment,
    MomentOut,
    MoneyOut,
    NumberOut,
    Out,
    Page,
    Paged,
    Percent,
    Quantity,
    Words,
    day,
    moment,
    money,
    number,
)
from lonja.api.v1.lines import PricedIn, priced
from lonja.catalogue.models import PriceList
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.sales import permissions
from lonja.sales.actions import create_quote, save_quote, send_quote
from lonja.sales.actions.edit import LINE_FIELDS
from lonja.sales.links import link_url
from lonja.sales.models import Quote

READ, WRITE = "presupuestos:leer", "presupuestos:escribir"


class QuoteLineIn(PricedIn):
    discount_pct: Percent = Decimal(0)
    unit_of_time: Annotated[
        Literal["", "day", "week", "month", "quarter", "year"],
        Field(description="Vacía, una sola vez."),
    ] = ""
    every: Annotated[int, Field(ge=1, le=120)] = 1
    optional: Annotated[bool, Field(description="El cliente la elige o no.")] = False
    chosen: Annotated[bool, Field(description="Si es opcional, ya elegida.")] = True
    section: Annotated[str, Line(120), Field(description="Título de su sección.")] = ""
    section_detail: Annotated[str, Line(300)] = ""
    group: Annotated[
        str, Line(60), Field(description="De las líneas con el mismo grupo el cliente elige una.")
    ] = ""
    min_quantity: Annotated[
        Quantity | None, Field(description="Hasta dónde puede bajar el cliente la cantidad.")
    ] = None
    max_quantity: Annotated[Quantity | None, Field(description="Y hasta dónde subirla.")] = None


class QuoteFields(In):
    title: Annotated[str, Line(160)] = ""
    valid_until: Annotated[Day | None, Field(description="Vacía, treinta días.")] = None
    contact_name: Annotated[str, Line(120)] = ""
    email: Email = ""
    greeting: Annotated[str, Line(300)] = ""
    conditions: Annotated[str, Block(20000)] = ""
    global_discount_pct: Percent = Decimal(0)
    deposit_pct: Annotated[
        Percent, Field(description="Anticipo al aceptar, del total que se cobra una vez.")
    ] = Decimal(0)
    price_list_id: Annotated[
        Id | None, Field(description="La tarifa; sin indicarla, la del cliente.")
    ] = None
    probability_pct: Annotated[int, Field(ge=0, le=100)] = 50
    expected_on: Day | None = None
    service_starts_on: Annotated[
        Day | None, Field(description="Al firmar, las líneas periódicas se facturan desde ahí.")
    ] = None
    lines: Annotated[list[QuoteLineIn], Field(max_length=300)] = []


class QuoteNew(QuoteFields):
    client_id: Id
    company_id: Id | None = None


class QuoteChange(QuoteFields):
    pass


class QuoteSend(In):
    to: Annotated[list[Email], Field(max_length=20, description="Vacía, el correo que lleva.")] = []
    message: Annotated[str, Block(5000)] = ""


class QuoteLineOut(Out):
    product_id: int | None
    concept: str
    detail: str
    quantity: NumberOut
    unit: str
    unit_price: NumberOut
    discount_pct: NumberOut
    tax_category: str
    unit_of_time: str
    every: int
    optional: bool
    chosen: bool
    section: str
    section_detail: str
    group: str
    min_quantity: NumberOut | None
    max_quantity: NumberOut | None
    price_origin: Annotated[str, Field(description="De dónde sale el precio del producto.")]
    price_by_hand: bool
    net: MoneyOut


class QuoteOut(Out):
    id: int
    company_id: int
    client_id: int
    number: str
    title: str
    status: str
    version: int
    created_on: DayOut
    valid_until: DayOut
    agent_id: int | None
    contact_name: str
    email: str
    greeting: str
    conditions: str
    global_discount_pct: NumberOut
    deposit_pct: NumberOut
    price_list_id: int | None
    probability_pct: int
    expected_on: DayOut | None
    service_starts_on: DayOut | None
    base: MoneyOut
    total: Annotated[MoneyOut, Field(description="De lo que se cobra una vez.")]
    monthly: Annotated[MoneyOut, Field(description="Lo periódico, por mes y sin impuestos.")]
    sent_at: MomentOut | None
    first_viewed_at: MomentOut | None
    views: int
    accepted_at: MomentOut | None
    rejected_at: MomentOut | None
    reject_reason: str
    service_started_at: MomentOut | None
    lines: list[QuoteLineOut]
    updated_at: MomentOut


class QuoteSentOut(Out):
    quote: QuoteOut
    url: Annotated[str, Field(description="El enlace privado donde se firma.")]


class QuoteQuery(Paged):
    q: Words = ""
    client_id: Id | None = None
    status: Literal["", "draft", "sent", "accepted", "rejected"] = ""
    created_from: Day | None = None
    created_to: Annotated[Day | None, Field(description="Incluido.")] = None
    changed_since: Moment | None = None


def shown(quote: Quote) -> dict[str, Any]:
    """A quote as `QuoteOut`."""
    same = ("number", "title", "status", "version", "agent_id", "contact_name", "email", "greeting")
    more = ("conditions", "probability_pct", "views", "reject_reason", "company_id")
    days = ("created_on", "valid_until", "expected_on", "service_starts_on")
    moments = ("sent_at", "first_viewed_at", "accepted_at", "rejected_at", "service_started_at")
    return {
        "id": quote.pk,
        "client_id": quote.party_id,
        **{field: getattr(quote, field) for field in (*same, *more)},
        **{field: day(getattr(quote, field)) for field in days},
        **{field: moment(getattr(quote, field)) for field in (*moments, "updated_at")},
        "global_discount_pct": number(quote.global_discount_pct),
        "deposit_pct": number(quote.deposit_pct),
        "price_list_id": quote.price_list_id,
        "base": money(quote.base_cents),
        "total": money(quote.total_cents),
        "monthly": money(quote.recurring_monthly_cents),
        "lines": [
            {
                **{
                    field: getattr(line, field)
                    for field in (
                        *("product_id", "concept", "detail", "unit", "tax_category"),
                        *("unit_of_time", "every", "optional", "chosen", "section"),
                        *("section_detail", "group", "price_origin", "price_by_hand"),
                    )
                },
                "quantity": number(line.quantity),
                "unit_price": number(line.unit_price),
                "discount_pct": number(line.discount_pct),
                "min_quantity": None if line.min_quantity is None else number(line.min_quantity),
                "max_quantity": None if line.max_quantity is None else number(line.max_quantity),
                "net": money(line.net_cents),
            }
            for line in quote.lines.all()
        ],
    }


def _rows() -> Any:
    return Quote.objects.select_related("company", "party").prefetch_related("lines")


def _answer(quote: Quote, status: int = HTTPStatus.OK) -> Answer:
    fresh = _rows().get(pk=quote.pk)
    headers = {"ETag": etag(fresh.edited)}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"/api/v1/presupuestos/{fresh.pk}"
    return Answer(shown(fresh), status, headers)


@route(
    "GET",
    "/presupuestos",
    tag="Presupuestos",
    title="Lista de presupuestos",
    scope=READ,
    permissions=permissions.VIEW,
    query=QuoteQuery,
    answer=Page[QuoteOut],
)
def quote_list(call: Call, query: QuoteQuery) -> dict[str, Any]:
    """Por fecha, los últimos primero."""
    rows = Quote.objects.visible_to(call.member).prefetch_related("lines")
    if query.q:
        rows = filter_text(rows, search_text(query.q))
    if query.client_id is not None:
        rows = rows.filter(party_id=query.client_id)
    if query.status:
        rows = rows.filter(status=query.status)
    if query.created_from is not None:
        rows = rows.filter(created_on__gte=query.created_from)
    if query.created_to is not None:
        rows = rows.filter(created_on__lte=query.created_to)
    if query.changed_since is not None:
        rows = rows.filter(updated_at__gte=query.changed_since)
    return page(rows, query, shown, by="created_on")


@route(
    "POST",
    "/presupuestos",
    tag="Presupuestos",
    title="Crear un presupuesto",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=QuoteNew,
    answer=QuoteOut,
    status=201,
    versioned=True,
    example={
        "client_id": 1,
        "title": "Climatización de la planta baja",
        "lines": [
            {"concept": "Instalación", "unit_price": "3616.00"},
            {"concept": "Mantenimiento", "unit_price": "35.00", "unit_of_time": "month"},
        ],
    },
)
def quote_create(call: Call, body: QuoteNew) -> Answer:
    """Un borrador con su número."""
    company = call.company_of(body.company_id)
    rows = Party.objects.filter(archived_at__isnull=True)
    party = call.referred(rows, body.client_id, "client_id", _("No existe ese cliente."))
    quote = create_quote(company=company, party=party, by=call.member)
    _save(call, quote, body)
    return _answer(quote, HTTPStatus.CREATED)


def _save(call: Call, quote: Quote, body: QuoteFields) -> None:
    fields = body.given(but=("lines", "client_id", "company_id", "price_list_id"))
    if "price_list_id" in body.model_fields_set:
        fields["price_list"] = _price_list(call, quote, body.price_list_id)
    for name in ("valid_until", "email", "contact_name"):
        if not fields.get(name, ...):
            del fields[name]  # what creating it put there stays
    if "lines" in body.model_fields_set:
        lines = _lines(quote, body.lines)
    else:
        kept = quote.lines.select_related("product")
        lines = [{name: getattr(line, name) for name in LINE_FIELDS} for line in kept]
    save_quote(quote, fields=fields, lines=lines, edited=quote.edited, by=call.member)


def _price_list(call: Call, quote: Quote, pk: int | None) -> PriceList | None:
    if pk is None:
        return None
    rows = PriceList.objects.visible_to(call.member).filter(
        Q(company=None) | Q(company=quote.company_id), retired_at=None
    )
    return call.referred(rows, pk, "price_list_id", _("No existe esa tarifa."))


@route(
    "GET",
    "/presupuestos/{id}",
    tag="Presupuestos",
    title="Ver un presupuesto",
    scope=READ,
    permissions=permissions.VIEW,
    answer=QuoteOut,
    versioned=True,
)
def quote(call: Call, pk: int) -> Answer:
    """Con su estado: si se ha enviado, visto, firmado o rechazado."""
    found = call.visible(_rows(), pk)
    return Answer(shown(found), headers={"ETag": etag(found.edited)})


@route(
    "PATCH",
    "/presupuestos/{id}",
    tag="Presupuestos",
    title="Cambiar un presupuesto",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=QuoteChange,
    answer=QuoteOut,
    versioned=True,
    example={"title": "Climatización de las dos plantas"},
)
def quote_update(call: Call, pk: int, body: QuoteChange) -> Answer:
    """Solo un borrador: uno enviado ya no cambia (409)."""
    found = call.visible(_rows(), pk)
    call.if_match(etag(found.edited))
    _save(call, found, body)
    return _answer(found)


@route(
    "POST",
    "/presupuestos/{id}/envio",
    tag="Presupuestos",
    title="Enviar un presupuesto",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=QuoteSend,
    body_required=False,
    answer=QuoteSentOut,
    example={"to": ["direccion@mirador.example"], "message": "Lo que hablamos."},
)
def quote_send(call: Call, pk: int, body: QuoteSend) -> dict[str, Any]:
    """Lo congela, hace su PDF y pone en el correo saliente el enlace donde se firma."""
    found = call.visible(_rows(), pk)
    to = [address for address in body.to if address]
    base = call.base_url()
    usual = found.email or found.party.email
    link = send_quote(
        found,
        by=call.member,
        to=to or ([usual] if usual else []),
        message=body.message,
        base_url=base,
    )
    return {"quote": shown(_rows().get(pk=found.pk)), "url": link_url(link.token, base)}


# --- lines ----------------------------------------------------------------------------------------
def _lines(quote: Quote, sent: Sequence[QuoteLineIn]) -> list[dict[str, Any]]:
    """The lines as `save_quote` wants them."""
    values = priced(quote.company.territory, quote.party, sent)
    own = (
        *("discount_pct", "unit_of_time", "every", "optional", "chosen", "section"),
        *("section_detail", "group", "min_quantity", "max_quantity"),
    )
    return [
        {
            **one,
            **{name: getattr(line, name) for name in own},
            # Without price nor discount, those of the tarifa.
            "untouched": line.unit_price is None and not line.discount_pct,
        }
        for line, one in zip(sent, values, strict=True)
    ]
