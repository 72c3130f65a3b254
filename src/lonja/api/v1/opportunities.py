"""Ofertas: what is in the embudo, moved, won or lost from outside."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from pydantic import Field

from lonja.accounts.models import Membership
from lonja.accounts.textsearch import filter_text
from lonja.api.door.call import Answer, Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Block,
    Day,
    DayOut,
    Id,
    In,
    Line,
    Moment,
    MomentOut,
    Money,
    MoneyOut,
    Out,
    Page,
    Paged,
    Words,
    day,
    moment,
    money,
)
from lonja.kit.errors import Refused
from lonja.kit.money import to_cents
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.sales import permissions
from lonja.sales.actions.offer_moves import lose_opportunity, move_opportunity, reopen_opportunity
from lonja.sales.actions.opportunities import create_opportunity, save_opportunity
from lonja.sales.models import LossReason, Opportunity, PipelineStage, Quote

READ, WRITE = "ofertas:leer", "ofertas:escribir"
Percentage = Annotated[int, Field(ge=0, le=100)]


class StageOut(Out):
    id: int
    company_id: int
    name: str
    kind: Annotated[str, Field(description="`open`, `won` (ganada) o `lost` (perdida).")]
    probability_pct: int


class ReasonOut(Out):
    id: int
    company_id: int
    name: str


class PipelineOut(Out):
    stages: list[StageOut]
    loss_reasons: list[ReasonOut]


class OpportunityFields(In):
    title: Annotated[str, Line(160)] = ""
    notes: Annotated[str, Block(20000)] = ""
    amount: Annotated[
        Money | None, Field(description="Sin impuestos. Vacío, el de sus presupuestos.")
    ] = None
    probability_pct: Annotated[Percentage | None, Field(description="Vacía, la de su etapa.")] = (
        None
    )
    expected_on: Day | None = None
    agent_id: Id | None = None


class OpportunityNew(OpportunityFields):
    client_id: Id
    company_id: Id | None = None
    stage_id: Annotated[Id | None, Field(description="Vacía, la primera.")] = None


class OpportunityChange(OpportunityFields):
    pass


class OpportunityMove(In):
    stage_id: Id
    seen_stage_id: Annotated[
        Id | None, Field(description="La etapa en que la viste: si ya no está ahí, se rechaza.")
    ] = None


class OpportunityLose(In):
    loss_reason_id: Id
    note: Annotated[str, Line(300)] = ""
    close_quotes: Annotated[
        bool, Field(description="También rechaza sus presupuestos abiertos.")
    ] = False


class OpportunityOut(Out):
    id: int
    company_id: int
    client_id: int
    number: str
    title: str
    notes: str
    status: Annotated[str, Field(description="`open`, `won` o `lost`.")]
    stage_id: int
    stage: str
    stage_since: MomentOut
    probability_pct: int
    amount: Annotated[MoneyOut, Field(description="Sin impuestos; lo recurrente, doce meses.")]
    expected_on: DayOut | None
    agent_id: int | None
    loss_reason_id: int | None
    loss_reason: str
    loss_note: str
    created_on: DayOut
    closed_at: MomentOut | None
    quote_ids: list[int]
    updated_at: MomentOut


class OpportunityQuery(Paged):
    q: Words = ""
    client_id: Id | None = None
    agent_id: Id | None = None
    stage_id: Id | None = None
    status: Literal["", "open", "won", "lost"] = ""
    created_from: Day | None = None
    created_to: Annotated[Day | None, Field(description="Incluido.")] = None
    changed_since: Moment | None = None


def shown(one: Opportunity) -> dict[str, Any]:
    """An oferta as `OpportunityOut`."""
    same = ("company_id", "number", "title", "notes", "status", "stage_id", "probability_pct")
    return {
        "id": one.pk,
        "client_id": one.party_id,
        **{field: getattr(one, field) for field in (*same, "agent_id")},
        "stage": one.stage.name,
        "stage_since": moment(one.stage_since),
        "amount": money(one.amount_cents),
        "expected_on": day(one.expected_on),
        "loss_reason_id": one.lost_reason_id,
        "loss_reason": one.lost_reason.name if one.lost_reason is not None else "",
        "loss_note": one.lost_note,
        "created_on": day(one.created_on),
        "closed_at": moment(one.closed_at),
        "quote_ids": sorted(quote.pk for quote in one.quotes.all()),
        "updated_at": moment(one.updated_at),
    }


def _rows(call: Call) -> Any:
    """Ofertas with those of their presupuestos that the member may see."""
    rows = Opportunity.objects.select_related("company", "party", "stage", "lost_reason")
    quotes = Quote.objects.visible_to(call.member)
    return rows.prefetch_related(Prefetch("quotes", quotes))


def _answer(call: Call, one: Opportunity, status: int = HTTPStatus.OK) -> Answer:
    fresh = _rows(call).get(pk=one.pk)
    made = {"Location": f"/api/v1/ofertas/{fresh.pk}"}
    return Answer(shown(fresh), status, made if status == HTTPStatus.CREATED else {})


@route(
    "GET",
    "/ofertas/embudo",
    tag="Ofertas",
    title="Etapas y motivos de pérdida",
    scope=READ,
    permissions=permissions.OFFERS_VIEW,
    answer=PipelineOut,
)
def pipeline(call: Call) -> dict[str, Any]:
    """Los que están en uso, de las empresas que ve la clave."""
    stages = PipelineStage.objects.visible_to(call.member).active()
    reasons = LossReason.objects.visible_to(call.member).active()
    same = ("id", "company_id", "name")
    return {
        "stages": list(
            stages.order_by("company_id", "position", "pk").values(*same, "kind", "probability_pct")
        ),
        "loss_reasons": list(reasons.order_by("company_id", "position", "pk").values(*same)),
    }


@route(
    "GET",
    "/ofertas",
    tag="Ofertas",
    title="Lista de ofertas",
    scope=READ,
    permissions=permissions.OFFERS_VIEW,
    query=OpportunityQuery,
    answer=Page[OpportunityOut],
)
def opportunity_list(call: Call, query: OpportunityQuery) -> dict[str, Any]:
    """Por fecha, las últimas primero."""
    rows = _rows(call).visible_to(call.member)
    if query.q:
        rows = filter_text(rows, search_text(query.q))
    for name, value in (
        ("party_id", query.client_id),
        ("agent_id", query.agent_id),
        ("stage_id", query.stage_id),
        ("status", query.status or None),
        ("created_on__gte", query.created_from),
        ("created_on__lte", query.created_to),
        ("updated_at__gte", query.changed_since),
    ):
        if value is not None:
            rows = rows.filter(**{name: value})
    return page(rows, query, shown, by="created_on")


@route(
    "POST",
    "/ofertas",
    tag="Ofertas",
    title="Crear una oferta",
    scope=WRITE,
    permissions=permissions.OFFERS_EDIT,
    body=OpportunityNew,
    answer=OpportunityOut,
    status=201,
    example={"client_id": 1, "title": "Climatizar 12 habitaciones", "amount": "12000.00"},
)
def opportunity_create(call: Call, body: OpportunityNew) -> Answer:
    """En la primera etapa del embudo, o en la que se diga."""
    company = call.company_of(body.company_id)
    people = Party.objects.filter(archived_at__isnull=True)
    party = call.referred(people, body.client_id, "client_id", _("No existe ese cliente."))
    fields = _fields(call, body)
    fields.pop("title", None)
    if body.stage_id is not None:
        stages = PipelineStage.objects.active().filter(company=company)
        fields["stage"] = call.referred(
            stages, body.stage_id, "stage_id", _("No existe esa etapa.")
        )
    made = create_opportunity(
        company=company, party=party, title=body.title, by=call.member, **fields
    )
    return _answer(call, made, HTTPStatus.CREATED)


def _fields(call: Call, body: OpportunityFields) -> dict[str, Any]:
    """What was sent, as the actions want it."""
    fields = body.given(but=("client_id", "company_id", "stage_id", "amount", "agent_id"))
    if fields.get("probability_pct", ...) is None:
        del fields["probability_pct"]
    if "amount" in body.model_fields_set:
        fields["amount_by_hand"] = body.amount is not None
        if body.amount is not None:
            fields["amount_cents"] = to_cents(body.amount)
            if fields["amount_cents"] < 0:
                raise Refused(
                    "amount_negative", _("El importe no puede ser negativo."), field="amount"
                )
    if "agent_id" in body.model_fields_set:
        fields["agent"] = _agent(call, body.agent_id)
    return fields


def _agent(call: Call, pk: int | None) -> Membership | None:
    """The member it is given to; a hierarchical one gives only to its own branch."""
    member = call.member
    if pk is None and not member.sees_only_own:
        return None
    rows = Membership.objects.filter(deactivated_at=None)
    if member.sees_only_own:
        rows = rows.filter(pk__in=member.subordinate_ids())
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Refused("agent_unknown", _("No existe ese agente."), field="agent_id")
    return found


@route(
    "GET",
    "/ofertas/{id}",
    tag="Ofertas",
    title="Ver una oferta",
    scope=READ,
    permissions=permissions.OFFERS_VIEW,
    answer=OpportunityOut,
)
def opportunity(call: Call, pk: int) -> Answer:
    """Con su etapa y los presupuestos que tiene."""
    return Answer(shown(call.visible(_rows(call), pk)))


@route(
    "PATCH",
    "/ofertas/{id}",
    tag="Ofertas",
    title="Cambiar una oferta",
    scope=WRITE,
    permissions=permissions.OFFERS_EDIT,
    body=OpportunityChange,
    answer=OpportunityOut,
    example={"expected_on": "2026-12-15", "probability_pct": 60},
)
def opportunity_update(call: Call, pk: int, body: OpportunityChange) -> Answer:
    """Sus datos; la etapa se cambia con «etapa» y «perdida»."""
    found = call.visible(_rows(call), pk)
    save_opportunity(found, fields=_fields(call, body), by=call.member)
    return _answer(call, found)


@route(
    "POST",
    "/ofertas/{id}/etapa",
    tag="Ofertas",
    title="Mover una oferta",
    scope=WRITE,
    permissions=permissions.OFFERS_EDIT,
    body=OpportunityMove,
    answer=OpportunityOut,
    example={"stage_id": 2},
)
def opportunity_move(call: Call, pk: int, body: OpportunityMove) -> Answer:
    """A otra etapa de su empresa. La de ganadas la gana; para perderla hace falta el motivo."""
    found = call.visible(_rows(call), pk)
    stages = PipelineStage.objects.filter(company=found.company)
    stage = call.referred(stages, body.stage_id, "stage_id", _("No existe esa etapa."))
    move_opportunity(found, stage, by=call.member, seen=body.seen_stage_id)
    return _answer(call, found)


@route(
    "POST",
    "/ofertas/{id}/perdida",
    tag="Ofertas",
    title="Dar una oferta por perdida",
    scope=WRITE,
    permissions=permissions.OFFERS_EDIT,
    body=OpportunityLose,
    answer=OpportunityOut,
    example={"loss_reason_id": 1, "note": "Un 20 % más barato"},
)
def opportunity_lose(call: Call, pk: int, body: OpportunityLose) -> Answer:
    """Con su motivo, que es de la empresa de la oferta."""
    found = call.visible(_rows(call), pk)
    reasons = LossReason.objects.active().filter(company=found.company)
    reason = call.referred(
        reasons, body.loss_reason_id, "loss_reason_id", _("No existe ese motivo de pérdida.")
    )
    lose_opportunity(
        found, by=call.member, reason=reason, note=body.note, close_quotes=body.close_quotes
    )
    return _answer(call, found)


@route(
    "POST",
    "/ofertas/{id}/reapertura",
    tag="Ofertas",
    title="Abrir otra vez una oferta",
    scope=WRITE,
    permissions=permissions.OFFERS_EDIT,
    answer=OpportunityOut,
)
def opportunity_reopen(call: Call, pk: int) -> Answer:
    """Donde estaba antes de cerrarse, si no la ganó una firma."""
    found = call.visible(_rows(call), pk)
    reopen_opportunity(found, by=call.member)
    return _answer(call, found)
