"""Changing «Motivos y estados»: what is in use is put out of use, never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from lonja.accounts.language import house, kept
from lonja.accounts.models import Membership, Role
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.tasks.models import (
    Qualified,
    Reason,
    ReasonState,
    State,
    StateKind,
    Task,
    Transition,
)
from lonja.tasks.words import hours


@transaction.atomic
def save_reason(
    reason: Reason, *, qualified: Iterable[Membership], by: Membership | None
) -> Reason:
    """Keep a motivo and who is qualified for it. Raises Refused for a name that exists."""
    reason.name = clean_line(reason.name)
    same = Reason.objects.filter(name=reason.name).exclude(pk=reason.pk)
    if same.exists():
        raise Refused("reason_exists", _("Ya hay un motivo con ese nombre."), field="name")
    fresh = reason.pk is None
    if fresh:
        last = Reason.objects.aggregate(last=Max("position"))["last"]
        reason.position = (last or 0) + 1
    reason.save()
    wanted = {member.pk: member for member in qualified}
    now = set(Qualified.objects.filter(reason=reason).values_list("member_id", flat=True))
    Qualified.objects.filter(reason=reason, member_id__in=now - set(wanted)).delete()
    for pk in set(wanted) - now:
        Qualified.objects.create(reason=reason, member=wanted[pk])
    names = sorted(member.name for member in wanted.values())
    verb = "tasks.reason_created" if fresh else "tasks.reason_saved"
    record(by, verb, reason, name=reason.name, qualified=names)
    return reason


@transaction.atomic
def save_state(state: State, *, by: Membership | None) -> State:
    """Keep a state. What it means does not change once tasks have been in it."""
    state.name = clean_line(state.name)
    if State.objects.filter(name=state.name).exclude(pk=state.pk).exists():
        raise Refused("state_exists", _("Ya hay un estado con ese nombre."), field="name")
    if state.pk:
        before = State.objects.get(pk=state.pk)
        if before.kind != state.kind and Task.objects.filter(state=state).exists():
            raise Refused(
                "state_in_use",
                _("Hay tareas en este estado: su significado no cambia. Crea otro estado."),
                field="kind",
            )
    else:
        last = State.objects.aggregate(last=Max("position"))["last"]
        state.position = (last or 0) + 1
    state.save()
    record(by, "tasks.state_saved", state, name=state.name)
    return state


@house()
def describe_cell(cell: ReasonState) -> str:
    """«Jordi Peris · 4 h laborables», for the history."""
    if cell.manager is not None:
        who = cell.manager.name
    elif cell.manager_role:
        who = _("rol %(role)s") % {"role": Role(cell.manager_role).label}
    else:
        who = _("sin gestor fijo")
    if cell.sla_seconds is None:
        return who
    kind = _("laborables") if cell.sla_working else _("naturales")
    return f"{who} · {hours(cell.sla_seconds)} {kind}"


@transaction.atomic
def save_cell(cell: ReasonState, *, to: Iterable[State] = (), by: Membership | None) -> ReasonState:
    """Keep a cell of the matrix and where it may go. Tasks already there keep their SLA.

    Raises Refused for a user and a role at once, and for an SLA in a state that stops the clock.
    """
    if cell.manager_id and cell.manager_role:
        raise Refused(
            "two_managers", _("Elige un usuario o un rol, no los dos."), field="manager_kind"
        )
    if cell.sla_seconds and cell.state.kind != StateKind.OPEN:
        raise Refused(
            "sla_stopped",
            _("En este estado el plazo no corre: ponlo en los estados abiertos."),
            field="sla_amount",
        )
    cell.deactivated_at = None
    before = (
        ReasonState.objects.select_related("manager__user")
        .filter(reason=cell.reason, state=cell.state)
        .first()
    )
    if before is not None:
        cell.pk = before.pk
        cell._state.adding = False
    cell.save()
    Transition.objects.filter(cell=cell).delete()
    for state in to:
        if state.pk != cell.state_id:
            Transition.objects.create(cell=cell, to=state)
    record(
        by,
        "tasks.cell_saved",
        cell.reason,
        state=str(cell.state),
        old=describe_cell(before) if before is not None and before.deactivated_at is None else "",
        new=describe_cell(cell),
    )
    return cell


@transaction.atomic
def drop_cell(cell: ReasonState, *, by: Membership | None, at: datetime) -> None:
    """The motivo no longer uses the state. Its tasks stay where they are and may leave."""
    others = ReasonState.objects.active().filter(reason=cell.reason).exclude(pk=cell.pk)
    if not others.filter(state__kind=StateKind.OPEN).exists():
        raise Refused(
            "last_cell", _("Es el único estado abierto del motivo: añade otro antes de quitarlo.")
        )
    ReasonState.objects.filter(pk=cell.pk).update(deactivated_at=at)
    Transition.objects.filter(to=cell.state, cell__reason=cell.reason).delete()
    record(by, "tasks.cell_dropped", cell.reason, state=str(cell.state))


@transaction.atomic
def switch(thing: Reason | State, on: bool, *, by: Membership | None, at: datetime) -> None:
    """Put a motivo or a state out of use, or back. Tasks that have it keep it."""
    type(thing).objects.filter(pk=thing.pk).update(deactivated_at=None if on else at)
    record(by, "tasks.config_on" if on else "tasks.config_off", thing, name=thing.name)


@transaction.atomic
def copy_reason(reason: Reason, name: str, *, by: Membership | None) -> Reason:
    """Another motivo with the same cells, steps and qualified people."""
    copied = save_reason(
        Reason(name=name, department=reason.department),
        qualified=[q.member for q in reason.qualified.select_related("member__user")],
        by=by,
    )
    for cell in ReasonState.objects.active().filter(reason=reason).select_related("state"):
        steps = [t.to for t in cell.transitions.select_related("to")]
        fresh = ReasonState(
            reason=copied,
            state=cell.state,
            manager_id=cell.manager_id,
            manager_role=cell.manager_role,
            sla_seconds=cell.sla_seconds,
            sla_working=cell.sla_working,
            sla_from=cell.sla_from,
            tone=cell.tone,
        )
        save_cell(fresh, to=steps, by=by)
    return copied


STARTERS: list[tuple[Any, str, str]] = [
    (lazy("Pendiente"), StateKind.OPEN, "mut"),
    (lazy("En curso"), StateKind.OPEN, "info"),
    (lazy("Esperando al cliente"), StateKind.WAITING, "warn"),
    (lazy("Hecha"), StateKind.DONE, "ok"),
]


@transaction.atomic
def first_configuration(company: Any, by: Membership | None) -> None:
    """What a new company begins with: four states and one motivo without fixed manager or SLA."""
    if Reason.objects.exists() or State.objects.exists():
        return
    states = []
    for position, (name, kind, tone) in enumerate(STARTERS):
        states.append(
            State.objects.create(name=kept(name), kind=kind, tone=tone, position=position)
        )
    with house():
        reason = Reason.objects.create(name=_("Seguimiento"), position=0)
    for state in states:
        ReasonState.objects.create(reason=reason, state=state)
