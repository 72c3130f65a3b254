"""The clock of a task: when its SLA starts, stops, goes on and runs out.

Only arithmetic over rows already read; the hours come from `lonja.kit.worktime`. The rules:

- entering an open state with an SLA copies it and sets the limit;
- leaving it stops the clock: in time for good, or late for ever;
- waiting for the customer (and being closed) stops it too, and that time does not count;
- going back from waiting to the state it was in goes on with the same SLA;
- a state without SLA leaves what was already decided as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from lonja.kit.worktime import Calendar, add_working_time
from lonja.tasks.models import ReasonState, SlaFrom, Task

if TYPE_CHECKING:
    from lonja.tasks.models import TaskStatePeriod

Pauses = list[tuple[datetime, datetime | None]]


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
    started_at: datetime, seconds: int, calendar: Calendar | None, pauses: Pauses
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
