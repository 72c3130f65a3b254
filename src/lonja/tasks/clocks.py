"""Whose hours count the working time of a task, and when it is due."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lonja.accounts.models import Company, Department
from lonja.accounts.schedule import calendar_for
from lonja.kit.worktime import Calendar

if TYPE_CHECKING:
    from lonja.tasks.models import Task

END_OF_DAY = time(23, 59)


def calendar_of(company: Company, department: Department | None = None) -> Calendar:
    """The hours of the department, else those of the company."""
    return calendar_for(company, department)


def local(company: Company, at: datetime) -> datetime:
    return at.astimezone(company.zone)


def due_moment(day: date | None, clock: time | None, zone: ZoneInfo) -> datetime | None:
    """The instant of a due date; without a time, the end of that day."""
    if day is None:
        return None
    return datetime.combine(day, clock or END_OF_DAY, tzinfo=zone)


def due_parts(task: Task) -> tuple[date | None, time | None]:
    """The day and, if it has one, the time at which a task is due, on the clock of its company."""
    if task.due is None:
        return None, None
    at = local(task.company, task.due)
    return at.date(), at.time() if task.due_has_time else None
