"""Tasks: who manages each is decided by the configuration, whatever a program asks for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import get_urlconf, set_urlconf
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.api.door.call import Answer, Call, etag
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import Page
from lonja.api.v1.task_shapes import (
    PRIORITIES,
    TaskChange,
    TaskDoneOut,
    TaskMove,
    TaskNew,
    TaskOut,
    TaskQuery,
    rows,
    shown,
)
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.tasks import clocks, origins, permissions, reports
from lonja.tasks.actions import tasks as acts
from lonja.tasks.actions.edit import update_task
from lonja.tasks.models import (
    NO_DUE,
    Reason,
    State,
    Task,
    TaskTag,
)

READ, WRITE = "tareas:leer", "tareas:escribir"
_LEVELS = {word: level for level, word in PRIORITIES.items()}


def version(task: Task) -> str:
    return etag(f"{task.updated_at.timestamp():.6f}")


def _answer(task: Task, status: int = HTTPStatus.OK) -> Answer:
    fresh = rows().get(pk=task.pk)
    headers = {"ETag": version(fresh)}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"/api/v1/tareas/{fresh.pk}"
    return Answer(shown(fresh), status, headers)


# --- reading --------------------------------------------------------------------------------------
@route(
    "GET",
    "/tareas",
    tag="Tareas",
    title="Lista de tareas",
    scope=READ,
    permissions=permissions.VIEW,
    query=TaskQuery,
    answer=Page[TaskOut],
)
def task_list(call: Call, query: TaskQuery) -> dict[str, Any]:
    """Las últimas creadas primero, con los filtros de «Tareas › Buscar»."""
    return page(_filtered(rows().visible_to(call.member), query), query, shown)


def _filtered(found: Any, query: TaskQuery) -> Any:
    same = {
        "reason_id": query.reason_id,
        "state_id": query.state_id,
        "manager_id": query.manager_id,
        "manager_role": query.manager_role or None,
        "company_id": query.company_id,
        "party_id": query.client_id,
        "origin_type": query.origin_type or None,
        "origin_id": query.origin_id,
        "agent_id": query.agent_id,
        "priority": _LEVELS[query.priority] if query.priority else None,
        "closed_at__isnull": query.open,
        "updated_at__gte": query.changed_since,
    }
    found = found.filter(**{name: value for name, value in same.items() if value is not None})
    if query.q:
        found = reports.find(found, query.q)
    if query.sla:
        found = found.sla_in([query.sla])
    if query.tag:
        named = TaskTag.objects.filter(tag__name=query.tag)
        found = found.filter(pk__in=named.values("task_id"))
    for field in ("created", "due"):
        first, last = getattr(query, f"{field}_from"), getattr(query, f"{field}_to")
        found = found.filter(_between(f"{field}_at", first, last))
    return found


def _between(field: str, first: date | None, last: date | None) -> Q:
    """Instants from the first day to the last one included, on the clock of the company."""
    zone, within = timezone.get_current_timezone(), Q()
    if first is not None:
        within &= Q(**{f"{field}__gte": datetime.combine(first, time(), tzinfo=zone)})
    if last is not None:
        end = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
        within &= Q(**{f"{field}__lt": end})
    return within


@route(
    "GET",
    "/tareas/{id}",
    tag="Tareas",
    title="Ver una tarea",
    scope=READ,
    permissions=permissions.VIEW,
    answer=TaskOut,
    versioned=True,
)
def task(call: Call, pk: int) -> Answer:
    """Con quién la gestiona y si cumple su SLA."""
    found = call.visible(rows(), pk)
    return Answer(shown(found), headers={"ETag": version(found)})


# --- writing --------------------------------------------------------------------------------------
@route(
    "POST",
    "/tareas",
    tag="Tareas",
    title="Crear una tarea",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=TaskNew,
    answer=TaskOut,
    status=201,
    versioned=True,
    example={
        "subject": "Llamar para cerrar el presupuesto",
        "reason_id": 1,
        "origin": {"type": "sales.quote", "id": 12},
        "due_on": "2026-11-27",
        "due_time": "10:30",
    },
)
def task_create(call: Call, body: TaskNew) -> Answer:
    """La gestiona quien dice «Motivos y estados»: su usuario, su rol o, si no hay ninguno, quien
    se pida o corresponda."""
    born = _born(call, body)
    company = (born.company if born is not None else None) or call.company_of(body.company_id)
    reason = _reason(call, body.reason_id)
    state = _state(call, body.state_id) if body.state_id else reports.first_state(reason)
    if state is None:
        text = _("Ese motivo no tiene ningún estado.")
        raise Refused("reason_empty", text, field="reason_id")
    party = born.party if born is not None else None
    if body.client_id is not None and body.client_id != (party.pk if party is not None else None):
        if party is not None:
            raise _client_of_origin()
        party = _client(call, body.client_id)
    origin = body.origin
    made = acts.create_task(
        acts.NewTask(
            reason=reason,
            state=state,
            subject=body.subject,
            company=company,
            description=body.description,
            party=party,
            agent=born.agent if born is not None else None,
            origin_type=origin.type if origin is not None else "",
            origin_id=origin.id if origin is not None else 0,
            origin_label=born.label if born is not None else "",
            due_at=_due(company, body.due_on, body.due_time),
            due_has_time=body.due_time is not None,
            priority=_LEVELS[body.priority],
            tags=tuple(body.tags),
            asked=_member(call, body.manager_id),
            **_repetition(body.repeat_every, body.repeat_unit),
        ),
        by=call.member,
        at=timezone.now(),
    )
    return _answer(made, HTTPStatus.CREATED)


@route(
    "PATCH",
    "/tareas/{id}",
    tag="Tareas",
    title="Cambiar una tarea",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=TaskChange,
    answer=TaskOut,
    versioned=True,
    example={"due_on": "2026-12-01", "priority": "high"},
)
def task_update(call: Call, pk: int, body: TaskChange) -> Answer:
    """Solo cambia lo que se envía. Otro motivo o estado decide otra vez quién la gestiona."""
    call.visible(Task.objects.select_for_update(of=("self",)).only("pk"), pk)
    found = call.visible(Task.objects.select_related("company", "reason", "state"), pk)
    call.if_match(version(found))
    update_task(
        found,
        _changes(call, found, body),
        by=call.member,
        at=timezone.now(),
        reason=_reason(call, body.reason_id) if body.reason_id else None,
        state=_state(call, body.state_id) if body.state_id else None,
        asked=_member(call, body.manager_id),
    )
    return _answer(found)


@route(
    "POST",
    "/tareas/{id}/estado",
    tag="Tareas",
    title="Cambiar de estado",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=TaskMove,
    answer=TaskOut,
    versioned=True,
    example={"state_id": 2},
)
def task_move(call: Call, pk: int, body: TaskMove) -> Answer:
    """A uno de los que permite su motivo; decide otra vez quién la gestiona y su SLA."""
    found = call.visible(Task, pk)
    acts.change_state(
        found,
        _state(call, body.state_id),
        by=call.member,
        at=timezone.now(),
        asked=_member(call, body.manager_id),
        reason=_reason(call, body.reason_id) if body.reason_id else None,
    )
    return _answer(found)


@route(
    "POST",
    "/tareas/{id}/cierre",
    tag="Tareas",
    title="Completar una tarea",
    scope=WRITE,
    permissions=permissions.EDIT,
    answer=TaskDoneOut,
)
def task_complete(call: Call, pk: int) -> dict[str, Any]:
    """La pasa a su estado de cierre. Si se repite, crea la siguiente, una sola vez."""
    found = call.visible(Task, pk)
    closed, following = acts.complete(found, by=call.member, at=timezone.now())
    told = {one.pk: shown(one) for one in rows().filter(pk__in=[closed.pk, _pk(following)])}
    return {"task": told[closed.pk], "next": told.get(_pk(following))}


def _pk(row: Any) -> int:
    return int(row.pk) if row is not None else 0


# --- what is understood of what was sent ----------------------------------------------------------
def _born(call: Call, body: TaskNew) -> origins.Born | None:
    if body.origin is None:
        return None
    # Rooms also give the address of the page, which only exists inside an organisation.
    before = get_urlconf()
    set_urlconf(settings.ORGANISATION_URLCONF)
    try:
        born = origins.born(call.member, body.origin.type, body.origin.id)
    finally:
        set_urlconf(before)
    if born is None:
        text = _("No existe eso de lo que nace la tarea, o no es tuyo.")
        raise Refused("origin_unknown", text, field="origin")
    return born


def _reason(call: Call, pk: int) -> Reason:
    rows = Reason.objects.select_related("department")
    found: Reason = call.referred(rows, pk, "reason_id", _("No existe ese motivo."))
    return found


def _state(call: Call, pk: int) -> State:
    found: State = call.referred(State, pk, "state_id", _("No existe ese estado."))
    return found


def _member(call: Call, pk: int | None) -> Membership | None:
    if pk is None:
        return None
    people = Membership.objects.select_related("user")
    found: Membership = call.referred(people, pk, "manager_id", _("No existe esa persona."))
    return found


def _client(call: Call, pk: int) -> Party:
    rows = Party.objects.filter(archived_at=None).select_related("agent__user")
    found: Party = call.referred(rows, pk, "client_id", _("No existe ese cliente."))
    return found


def _client_of_origin() -> Refused:
    text = _("La tarea nace de un documento o de una ficha: su cliente es el suyo y no se cambia.")
    return Refused("client_of_origin", text, field="client_id")


def _due(company: Company, day: date | None, clock: time | None) -> datetime | None:
    if day is None and clock is not None:
        text = _("Has puesto una hora: falta el día.")
        raise Refused("due_incomplete", text, field="due_on")
    return clocks.due_moment(day, clock, company.zone)


def _repetition(every: int, unit: str) -> dict[str, Any]:
    if bool(every) != bool(unit):
        text = _("Para repetirla hacen falta el número y la unidad.")
        raise Refused("repeat_incomplete", text, field="repeat_every")
    return {"repeat_every": every, "repeat_unit": unit}


def _changes(call: Call, found: Task, body: TaskChange) -> dict[str, Any]:
    """The fields for `update_task`: only those that were sent."""
    given = body.model_fields_set
    changes: dict[str, Any] = body.given(
        but=("reason_id", "state_id", "manager_id", "client_id", "due_on", "due_time", "priority")
    )
    if "priority" in given:
        changes["priority"] = _LEVELS[body.priority]
    if {"due_on", "due_time"} & given:
        now = clocks.due_parts(found)
        day = body.due_on if "due_on" in given else now[0]
        clock = body.due_time if "due_time" in given else now[1] if day is not None else None
        changes["due_at"] = _due(found.company, day, clock) or NO_DUE
        changes["due_has_time"] = clock is not None
    if {"repeat_every", "repeat_unit"} & given:
        every = body.repeat_every if "repeat_every" in given else found.repeat_every
        unit = body.repeat_unit if "repeat_unit" in given else found.repeat_unit
        changes |= _repetition(every, unit if every else "")
    if "client_id" in given and body.client_id != found.party_id:
        if found.origin_type:
            raise _client_of_origin()
        changes["party"] = party = _client(call, body.client_id) if body.client_id else None
        changes["agent"] = party.agent if party is not None else None
    return changes
