"""Plans: services that invoice themselves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.accounts.textsearch import filter_text
from lonja.api.door.call import Answer, Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Day,
    DayOut,
    Email,
    Filled,
    Hour,
    Id,
    In,
    Line,
    MomentOut,
    MoneyOut,
    NumberOut,
    Out,
    Page,
    Paged,
    Percent,
    Words,
    day,
    moment,
    money,
    number,
)
from lonja.api.v1.lines import PricedIn, priced
from lonja.kit.errors import Refused
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.subscriptions import permissions
from lonja.subscriptions.actions import plans as actions
from lonja.subscriptions.models import Plan

READ, WRITE = "plantillas:leer", "plantillas:escribir"
Unit = Literal["once", "day", "week", "month", "quarter", "year"]


class PlanLineIn(PricedIn):
    discount_pct: Percent = Decimal(0)


class PlanFields(In):
    unit: Annotated[Unit, Field(description="Cada cuánto: «once» es una sola vez.")] = "month"
    every: Annotated[int, Field(ge=1, le=120, description="Cada tantas unidades.")] = 1
    send_time: Annotated[Hour | None, Field(description="Hora de la empresa; vacía, 08:00.")] = None
    until: Annotated[Day | None, Field(description="Último día; vacío, sin fin.")] = None
    discount_pct: Percent = Decimal(0)
    when_due: Annotated[
        Literal["send", "issue", "draft"],
        Field(description="Emitir y enviar, emitir sin enviar, o dejar en borrador."),
    ] = "send"
    emails: Annotated[list[Email], Field(max_length=20)] = []
    reference: Annotated[str, Line(80)] = ""
    message: Annotated[str, Line(200)] = ""


class PlanNew(PlanFields):
    client_id: Id
    company_id: Id | None = None
    name: Annotated[str, Filled(160)]
    anchor: Annotated[Day, Field(description="Fecha de la primera factura.")]
    lines: Annotated[list[PlanLineIn], Field(min_length=1, max_length=200)]


class PlanChange(PlanFields):
    name: Annotated[str, Filled(160)] = ""
    anchor: Day | None = None
    lines: Annotated[list[PlanLineIn] | None, Field(max_length=200)] = None


class FromDay(In):
    on: Annotated[Day | None, Field(description="Desde ese día; vacío, hoy.")] = None
    reason: Annotated[str, Line(200)] = ""


class PlanLineOut(Out):
    product_id: int | None
    concept: str
    detail: str
    quantity: NumberOut
    unit: str
    unit_price: NumberOut
    discount_pct: NumberOut
    tax_category: str
    net: MoneyOut


class PlanOut(Out):
    id: int
    company_id: int
    client_id: int
    name: str
    status: str
    unit: str
    every: int
    anchor: DayOut
    send_time: str
    until: DayOut | None
    discount_pct: NumberOut
    when_due: str
    emails: list[str]
    reference: str
    message: str
    next_on: DayOut | None
    paused_on: DayOut | None
    ended_on: DayOut | None
    net: Annotated[MoneyOut, Field(description="De un periodo, sin impuestos.")]
    monthly: Annotated[MoneyOut, Field(description="Lo que suma al MRR.")]
    last_refusal: str
    lines: list[PlanLineOut]
    created_at: MomentOut


class PlanQuery(Paged):
    q: Words = ""
    client_id: Id | None = None
    status: Literal["", "active", "paused", "ended"] = ""
    due_to: Annotated[Day | None, Field(description="Con factura hasta ese día.")] = None


def rows_for(call: Call) -> Any:
    return Plan.objects.visible_to(call.member).prefetch_related("lines")


def shown(plan: Plan) -> dict[str, Any]:
    """A plan as `PlanOut`."""
    same = ("status", "unit", "every", "when_due", "reference", "message", "last_refusal", "name")
    return {
        "id": plan.pk,
        "company_id": plan.company_id,
        "client_id": plan.party_id,
        **{field: getattr(plan, field) for field in same},
        "anchor": day(plan.anchor),
        "send_time": f"{plan.send_time:%H:%M}",
        "until": day(plan.until),
        "discount_pct": number(plan.discount_pct),
        "emails": list(plan.emails),
        "next_on": day(plan.next_on),
        "paused_on": day(plan.paused_on),
        "ended_on": day(plan.ended_on),
        "net": money(plan.net_cents),
        "monthly": money(plan.monthly_cents),
        "lines": [
            {
                "product_id": line.product_id,
                "concept": line.concept,
                "detail": line.detail,
                "quantity": number(line.quantity),
                "unit": line.unit,
                "unit_price": number(line.unit_price),
                "discount_pct": number(line.discount_pct),
                "tax_category": line.tax_category,
                "net": money(line.net_cents),
            }
            for line in plan.lines.all()
        ],
        "created_at": moment(plan.created_at),
    }


def _answer(call: Call, plan: Plan, status: int = HTTPStatus.OK) -> Answer:
    headers = {"Location": f"/api/v1/plantillas/{plan.pk}"} if status == 201 else {}
    return Answer(shown(rows_for(call).get(pk=plan.pk)), status, headers)


@route(
    "GET",
    "/plantillas",
    tag="Plantillas",
    title="Lista de plantillas",
    scope=READ,
    permissions=permissions.VIEW,
    query=PlanQuery,
    answer=Page[PlanOut],
)
def plan_list(call: Call, query: PlanQuery) -> dict[str, Any]:
    """Las últimas creadas primero."""
    rows = rows_for(call)
    if query.q:
        rows = filter_text(rows, search_text(query.q))
    if query.client_id is not None:
        rows = rows.filter(party_id=query.client_id)
    if query.status:
        rows = rows.filter(status=query.status)
    if query.due_to is not None:
        rows = rows.filter(next_on__lte=query.due_to)
    return page(rows, query, shown)


@route(
    "POST",
    "/plantillas",
    tag="Plantillas",
    title="Dar de alta un servicio",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=PlanNew,
    answer=PlanOut,
    status=201,
    example={
        "client_id": 1,
        "name": "Mantenimiento",
        "anchor": "2026-12-01",
        "unit": "month",
        "lines": [{"concept": "Mantenimiento preventivo", "unit_price": "420.00"}],
    },
)
def plan_create(call: Call, body: PlanNew) -> Answer:
    """Desde «anchor» se factura solo. Un día 31 cae en el último de los meses más cortos."""
    company = call.company_of(body.company_id)
    party = _party(call, body.client_id)
    given = body.given(but=("client_id", "company_id", "lines"))
    if given.get("send_time", ...) is None:
        del given["send_time"]
    given["emails"] = [address for address in body.emails if address]
    given.setdefault("unit", body.unit)
    lines = _lines(company.territory, party, body.lines)
    plan = actions.start_plan(company=company, party=party, lines=lines, by=call.member, **given)
    return _answer(call, plan, HTTPStatus.CREATED)


def _party(call: Call, pk: int) -> Party:
    rows = Party.objects.filter(archived_at__isnull=True)
    found: Party = call.referred(rows, pk, "client_id", _("No existe ese cliente."))
    return found


@route(
    "GET",
    "/plantillas/{id}",
    tag="Plantillas",
    title="Ver una plantilla",
    scope=READ,
    permissions=permissions.VIEW,
    answer=PlanOut,
)
def plan(call: Call, pk: int) -> dict[str, Any]:
    """Con sus líneas y su próxima factura."""
    return shown(call.visible(Plan.objects.prefetch_related("lines"), pk))


@route(
    "PATCH",
    "/plantillas/{id}",
    tag="Plantillas",
    title="Cambiar una plantilla",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=PlanChange,
    answer=PlanOut,
    example={"lines": [{"concept": "Mantenimiento preventivo", "unit_price": "435.00"}]},
)
def plan_update(call: Call, pk: int, body: PlanChange) -> Answer:
    """Desde hoy: lo ya facturado queda. «lines» se sustituyen enteras."""
    found = call.visible(Plan.objects.select_related("company", "party"), pk)
    changes = body.given(but=("lines",))
    for name in ("anchor", "send_time"):
        if changes.get(name, ...) is None:
            del changes[name]
    if "emails" in changes:
        changes["emails"] = [address for address in changes["emails"] if address]
    _refuse_unless_sound(found, changes)
    lines = None
    if body.lines is not None:
        lines = _lines(found.company.territory, found.party, body.lines)
    changed = actions.change_plan(found, changes, lines, by=call.member, on=found.company.today())
    return _answer(call, changed)


def _refuse_unless_sound(plan: Plan, changes: dict[str, Any]) -> None:
    until = changes.get("until", plan.until)
    if until is not None and until < changes.get("anchor", plan.anchor):
        text = _("La fecha de fin es anterior a la primera factura.")
        raise Refused("plan_until", text, field="until")


def _verb(name: str, title: str, verb: Any, said: str) -> None:
    """A route that changes the state of a plan from a day."""

    def run(call: Call, pk: int, body: FromDay) -> Answer:
        found = call.visible(Plan.objects.select_related("company"), pk)
        more = {"reason": body.reason} if name == "baja" else {}
        on = body.on or found.company.today()
        return _answer(call, verb(found, by=call.member, on=on, **more))

    run.__name__, run.__doc__ = f"plan_{_NAMES[name]}", said
    route(
        "POST",
        f"/plantillas/{{id}}/{name}",
        tag="Plantillas",
        title=title,
        scope=WRITE,
        permissions=permissions.EDIT,
        body=FromDay,
        body_required=False,
        answer=PlanOut,
        example={"on": "2026-12-31"},
    )(run)


_NAMES = {"pausa": "pause", "reanudacion": "resume", "baja": "end"}
_verb("pausa", "Pausar", actions.pause_plan, "No se factura hasta reanudarla.")
_verb("reanudacion", "Reanudar", actions.resume_plan, "Sigue con el primer periodo desde ese día.")
_verb("baja", "Dar de baja", actions.end_plan, "No se factura ningún periodo desde ese día.")


# --- lines ----------------------------------------------------------------------------------------
def _lines(territory: str, party: Party, sent: Sequence[PlanLineIn]) -> list[dict[str, Any]]:
    """The lines as `start_plan` wants them."""
    found = []
    for line, values in zip(sent, priced(territory, party, sent), strict=True):
        product = values.pop("product")
        product_id = product.pk if product is not None else None
        found.append({**values, "product_id": product_id, "discount_pct": line.discount_pct})
    return found
