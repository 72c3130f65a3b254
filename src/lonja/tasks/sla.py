"""The clock of a task: when its SLA starts, stops, goes on and runs out.

Only arithmetic over rows already read; the hours come from `lonja.kit.worktime`. The rules:

- entering an open state with an SLA copies it and sets the limit;
- leaving it stops the clock: in time for good, or late for ever;
- waiting for the customer (and being closed) stops it too, and that time does not count;
- going back from waiting to the state it was in goes on with the same SLA;
- a state without SLA leaves what was already decided as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lonja.kit.worktime import Calendar, add_working_time
from lonja.tasks.models import ReasonState, SlaFrom, State, StateKind, Task, TaskStatePeriod

if TYPE_CHECKING:
    from lonja.accounts.models import Department

Pauses = list[tuple[datetime, datetime | None]]


def enter(
    task: Task,
    cell: ReasonState | None,
    at: datetime,
    *,
    periods: Sequence[TaskStatePeriod],
    calendar_of: Callable[[Department | None], Calendar],
    came_from: State | None = None,
) -> None:
    """The task is in its state since that moment: start, stop or resume its clock.

    `periods`: its ended stays, in order; `came_from`: the state before, of the same motivo.
    """
    if task.state.kind != StateKind.OPEN:
        stop(task, at)
        return
    pauses = pauses_of(periods)
    if not task.sla_is_broken:
        task.sla_department = task.reason.department
    calendar = calendar_of(task.sla_department)
    if came_from is not None and came_from.is_waiting:
        before = [p for p in periods if not p.stops_clock]
        if before and before[-1].state_id == task.state_id:
            go_on(task, calendar, pauses)
            return
    stop(task, at)
    start(task, cell, at, calendar, pauses)


def period_of(task: Task, at: datetime) -> TaskStatePeriod:
    """The stay that begins, with the SLA that runs in it; not saved."""
    running = task.state.kind == StateKind.OPEN and task.sla_met_at is None
    return TaskStatePeriod(
        task=task,
        reason=task.reason,
        state=task.state,
        manager=task.manager,
        manager_role=task.manager_role,
        entered_at=at,
        stops_clock=task.state.kind != StateKind.OPEN,
        sla_seconds=task.sla_seconds if running else None,
        sla_limit_at=task.sla_limit_at if running else None,
    )


def stop(task: Task, at: datetime) -> None:
    """The task leaves its state (or is closed, or begins to wait) at that moment."""
    if task.sla_limit_at is not None and task.sla_met_at is None:
        task.sla_met_at = at
    task.settle_sla()


def start(
    task: Task, cell: ReasonState | None, at: datetime, calendar: Calendar | None, pauses: Pauses
) -> None:
    """The task enters an open state: copy the SLA of the cell, if it has one.

    `pauses`: the ended stays of this task in states that stop the clock.
    """
    if task.sla_is_broken or cell is None or cell.sla_seconds is None:
        task.settle_sla()
        return
    task.sla_seconds = cell.sla_seconds
    task.sla_working = cell.sla_working
    task.sla_from = cell.sla_from
    task.sla_started_at = task.created_at if cell.sla_from == SlaFrom.CREATION else at
    task.sla_met_at = None
    set_limit(task, calendar, pauses)


def go_on(task: Task, calendar: Calendar | None, pauses: Pauses) -> None:
    """The task is back from waiting in the state it was in."""
    if task.sla_limit_at is not None and not task.sla_is_broken:
        task.sla_met_at = None
        set_limit(task, calendar, pauses)


def set_limit(task: Task, calendar: Calendar | None, pauses: Pauses) -> None:
    """When the copied SLA runs out. Natural time asks no calendar."""
    if task.sla_seconds is None or task.sla_started_at is None:
        return
    task.sla_limit_at = limit(
        task.sla_started_at, task.sla_seconds, calendar if task.sla_working else None, pauses
    )
    task.settle_sla()


def limit(
    started_at: datetime,
    seconds: int,
    calendar: Calendar | None,
    pauses: Iterable[tuple[datetime, datetime | None]],
) -> datetime:
    """The moment at which that much time has gone by, pauses apart."""
    return add_working_time(calendar, started_at, seconds, pauses)


def pauses_of(periods: Iterable[TaskStatePeriod]) -> Pauses:
    """The ended stays that do not count."""
    return [
        (period.entered_at, period.left_at)
        for period in periods
        if period.stops_clock and period.left_at is not None
    ]
