"""The tasks of a member as a calendar file (RFC 5545) for their own calendar program."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lonja.tasks.models import Task

if TYPE_CHECKING:
    from icalendar import Event

# What a task with a time takes up in the calendar; how long it really takes nobody said.
LENGTH = timedelta(minutes=30)


def feed(tasks: Iterable[Task], *, name: str, address_of: Any) -> bytes:
    """The calendar file of those tasks; each has a due date.

    A task due on a day is an event of that whole day; one due at a time, of half an hour from it.
    `address_of(task)` gives the page of the task, or an empty text. The same tasks give the same
    bytes.
    """
    from icalendar import Calendar  # when first asked for: Lonja starts sooner without it

    calendar = Calendar()
    calendar.add("prodid", "-//Lonja//Tareas//ES")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1), {"VALUE": "DURATION"})
    for task in tasks:
        calendar.add_component(_event(task, address_of(task)))
    return bytes(calendar.to_ical())


def _event(task: Task, address: str) -> Event:
    from icalendar import Event

    event = Event()
    due = task.due
    if due is None:
        raise ValueError("a task without due date has no place in a calendar")
    event.add("uid", f"tarea-{task.organisation_id}-{task.pk}@lonja")
    event.add("dtstamp", _whole(task.updated_at))
    event.add("last-modified", _whole(task.updated_at))
    event.add("summary", f"{task.code} · {task.subject}")
    if task.due_has_time:
        event.add("dtstart", _whole(due))
        event.add("dtend", _whole(due) + LENGTH)
    else:
        day = due.astimezone(task.company.zone).date()
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    words = [str(task.reason), str(task.state)]
    if task.party is not None:
        words.insert(0, task.party.display_name)
    event.add("description", " · ".join(words))
    if address:
        event.add("url", address)
    event.add("status", "CONFIRMED")
    return event


def _whole(at: datetime) -> datetime:
    from datetime import UTC

    return at.astimezone(UTC).replace(microsecond=0)
