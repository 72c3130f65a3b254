"""The life of a task: it is created, changes of state and of hands, is completed and repeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.parties.models import Party
from lonja.tasks import clocks, managing, reports, sla
from lonja.tasks.actions.extras import set_tags
from lonja.tasks.models import (
    NO_DUE,
    Priority,
    Reason,
    State,
    Task,
    TaskCounter,
    TaskFollower,
    TaskStatePeriod,
)
from lonja.tasks.richtext import clean


@dataclass
class NewTask:
    """What a new task says. `asked` is the manager that somebody asked for: it only counts when
    nothing is configured (rule 3)."""

    reason: Reason
    state: State
    subject: str
    company: Company
    description: str = ""
    party: Party | None = None
    agent: Membership | None = None
    origin_type: str = ""
    origin_id: int = 0
    origin_label: str = ""
    due_at: datetime | None = None
    due_has_time: bool = False
    priority: int = Priority.NORMAL
    tags: tuple[str, ...] = ()
    repeat_every: int = 0
    repeat_unit: str = ""
    asked: Membership | None = None
    previous: Task | None = None
    rule_id: int = 0


def next_number() -> int:
    """Take the next number of the organisation of the scope."""
    counter = TaskCounter.objects.select_for_update().first()
    if counter is None:
        TaskCounter.objects.get_or_create()
        counter = TaskCounter.objects.select_for_update().get()
    number = counter.next_number
    TaskCounter.objects.filter(pk=counter.pk).update(next_number=number + 1)
    return number


@transaction.atomic
def create_task(new: NewTask, *, by: Membership | None, at: datetime) -> Task:
    """Make a task in its first state; who manages it is decided here, whatever was asked.

    Raises Refused for a motivo or state out of use and for a manager that may not be.
    """
    cell = managing.cell_for(new.reason, new.state)
    if not new.reason.is_active or cell is None or new.state.deactivated_at is not None:
        raise Refused(
            "state_not_of_reason",
            _("El motivo «%(reason)s» no usa el estado «%(state)s». Elige otro.")
            % {"reason": new.reason, "state": new.state},
            field="state",
        )
    agent = new.agent or (new.party.agent if new.party is not None else None)
    case = managing.Case(by, clocks.local(new.company, at).date(), new.company.pk, agent)
    decision = managing.decide(new.reason, cell, case, wanted=if_open(cell, new.asked))
    task = Task(
        company=new.company,
        number=next_number(),
        subject=clean_line(new.subject)[:160],
        description=clean(new.description),
        reason=new.reason,
        state=new.state,
        party=new.party,
        agent=agent,
        origin_type=new.origin_type,
        origin_id=new.origin_id,
        origin_label=new.origin_label[:120],
        manager=decision.member,
        manager_role=decision.role,
        due_at=new.due_at or NO_DUE,
        due_has_time=new.due_has_time,
        priority=new.priority,
        repeat_every=new.repeat_every,
        repeat_unit=new.repeat_unit if new.repeat_every else "",
        previous=new.previous,
        made_by_rule=new.rule_id,
        created_by=by,
        created_at=at,
        entered_at=at,
    )
    _enter(task, cell, at)
    task.save(force_insert=True)
    _open_period(task, by, at)
    set_tags(task, new.tags)
    record(by, "tasks.created", task, number=task.code, manager=task.manager_name)
    note_forgery(task, decision, new.asked, by)
    return task


def if_open(cell: Any, asked: Membership | None) -> Membership | None:
    """Who was asked for, unless the configuration names somebody: then it is not even looked at."""
    fixed = cell is not None and (
        cell.manager_role or (cell.manager is not None and cell.manager.is_active)
    )
    return None if fixed else asked


def note_forgery(
    task: Task, decision: managing.Decision, asked: Membership | None, by: Membership | None
) -> None:
    """Write in the history that another manager was asked for where it is not to be chosen."""
    if decision.editable or asked is None or asked.pk == (task.manager_id or 0):
        return
    record(by, "tasks.manager_ignored", task, asked=asked.name, kept=decision.name)


def _enter(task: Task, cell: Any, at: datetime, *, came_from: State | None = None) -> None:
    """Start, stop or resume the clock of the SLA for the state the task is now in."""
    sla.enter(
        task,
        cell,
        at,
        periods=list(task.periods.order_by("pk")) if task.pk else [],
        calendar_of=lambda department: clocks.calendar_of(task.company, department),
        came_from=came_from,
    )


def _open_period(task: Task, by: Membership | None, at: datetime) -> None:
    period = sla.period_of(task, at)
    period.by = by
    period.save(force_insert=True)


def locked(task: Task) -> Task:
    """The task read again, locked until the transaction ends."""
    # Locked alone and read afterwards: PostgreSQL looks at a row that was waited for with the rows
    # joined before the wait, and finds nothing if its state is another by then.
    Task.objects.select_for_update().only("pk").get(pk=task.pk)
    rows = Task.objects.select_related("state", "reason", "company", "manager__user")
    return rows.get(pk=task.pk)


@transaction.atomic
def change_state(
    task: Task,
    state: State,
    *,
    by: Membership | None,
    at: datetime,
    asked: Membership | None = None,
    reason: Reason | None = None,
    seen: int = 0,
) -> Task:
    """Move the task to a state (and, when `reason` is given, to another motivo).

    `seen` is the state (id) that whoever asks was looking at: if somebody moved the task meanwhile
    raises Refused("task_moved"). The manager and the SLA are decided again; closing one that
    repeats makes the next. Raises Refused("transition") for a step that the configuration does not
    allow, and what `decide` raises.
    """
    task = locked(task)
    if state.pk == task.state_id and (reason is None or reason.pk == task.reason_id):
        return task
    refuse_if_moved(task, seen)
    motive = reason or task.reason
    _refuse_unless_allowed(task, motive, state)
    cell = managing.cell_for(motive, state)
    case = managing.Case(
        by, clocks.local(task.company, at).date(), task.company_id, task.agent, task.manager
    )
    decision = managing.decide(motive, cell, case, wanted=if_open(cell, asked))
    was, old_reason, before = task.state, task.reason, task.manager_name
    came_from = was if motive.pk == old_reason.pk else None
    TaskStatePeriod.objects.filter(task=task, left_at=None).update(left_at=at)
    task.reason, task.state, task.entered_at = motive, state, at
    task.manager, task.manager_role = decision.member, decision.role
    _enter(task, cell, at, came_from=came_from)
    task.closed_at = (task.closed_at or at) if state.is_done else None
    task.save()
    _open_period(task, by, at)
    if old_reason.pk != motive.pk:
        record(by, "tasks.reason_changed", task, old=str(old_reason), new=str(motive))
    record(by, "tasks.state_changed", task, old=str(was), new=str(state))
    if before != task.manager_name:
        record(by, "tasks.reassigned", task, old=before, new=task.manager_name)
    note_forgery(task, decision, asked, by)
    if state.is_done and not was.is_done:
        repeat(task, by=by, at=at)
    return task


def refuse_if_moved(task: Task, seen: int) -> None:
    """Raises Refused("task_moved") when the task is not in the state (id) that was being looked at;
    0: whatever it is in."""
    if seen and seen != task.state_id:
        raise Refused(
            "task_moved",
            _("%(name)s acaba de pasarla a «%(state)s». Mírala antes de cambiarla.")
            % {"name": reports.who_moved(task) or _("Otra persona"), "state": task.state},
        )


def _refuse_unless_allowed(task: Task, motive: Reason, state: State) -> None:
    if motive.pk != task.reason_id:
        if managing.cell_for(motive, state) is None:
            raise Refused(
                "state_not_of_reason",
                _("El motivo «%(reason)s» no usa el estado «%(state)s». Elige otro.")
                % {"reason": motive, "state": state},
                field="state",
            )
        return
    allowed = reports.next_states(task)
    if state.pk not in {one.pk for one in allowed}:
        names = ", ".join(f"«{one}»" for one in allowed) or _("ninguno")
        raise Refused(
            "transition",
            _("De «%(old)s» no se puede pasar a «%(new)s». Se puede a: %(names)s.")
            % {"old": task.state, "new": state, "names": names},
            field="state",
        )


def done_state(task: Task) -> State:
    """The closing state that «Completar» leads to. Raises Refused("no_done_state")."""
    closing = [state for state in reports.next_states(task) if state.is_done]
    if not closing:
        raise Refused(
            "no_done_state",
            _("Desde «%(state)s» no se puede completar. Pasa antes por otro estado.")
            % {"state": task.state},
        )
    return closing[0]


@transaction.atomic
def complete(task: Task, *, by: Membership | None, at: datetime) -> tuple[Task, Task | None]:
    """Close the task. If it repeats, the next one is made; returns both.

    Completing what is already closed does nothing.
    """
    task = locked(task)
    if task.is_open:
        task = change_state(task, done_state(task), by=by, at=at)
    return task, task.following.first()


def repeat(task: Task, *, by: Membership | None, at: datetime) -> Task | None:
    """Make the next task of one that repeats, once; a motivo out of use repeats no more."""
    if not task.repeat_every or not task.reason.is_active:
        return None
    if Task.objects.filter(previous=task).exists():
        return None
    first = reports.first_state(task.reason)
    if first is None:
        return None
    fresh = create_task(
        NewTask(
            reason=task.reason,
            state=first,
            subject=task.subject,
            company=task.company,
            description=task.description,
            party=task.party,
            agent=task.agent,
            origin_type=task.origin_type,
            origin_id=task.origin_id,
            origin_label=task.origin_label,
            due_at=reports.next_due(task, at),
            due_has_time=task.due_has_time,
            priority=task.priority,
            tags=tuple(t.tag.name for t in task.task_tags.select_related("tag")),
            repeat_every=task.repeat_every,
            repeat_unit=task.repeat_unit,
            previous=task,
        ),
        by=by,
        at=at,
    )
    for item in task.checklist.all():
        fresh.checklist.create(text=item.text, position=item.position)
    for follower in task.followers.all():
        TaskFollower.objects.create(task=fresh, member_id=follower.member_id)
    return fresh
