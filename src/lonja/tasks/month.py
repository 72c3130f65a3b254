"""Days, weeks and months of tasks as a page draws them."""

from __future__ import annotations

import calendar as months_of
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from lonja.kit.worktime import Calendar
from lonja.tasks.models import Task
from lonja.ui.formats import long_date, month_year, weekday_name

VIEWS = ("mes", "semana", "dia")
SHOWN = {"mes": 4, "semana": 40, "dia": 200}


@dataclass(frozen=True)
class Square:
    """A day with its tasks; `more` is how many do not fit, `shut` that nobody works."""

    day: date
    tasks: list[Task]
    more: int
    shut: bool
    name: str
    outside: bool


def span(view: str, day: date) -> tuple[date, date]:
    """The first day that a view shows and the first that it does not."""
    if view == "dia":
        return day, day + timedelta(days=1)
    if view == "semana":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=7)
    weeks = months_of.Calendar(firstweekday=0).monthdatescalendar(day.year, day.month)
    return weeks[0][0], weeks[-1][-1] + timedelta(days=1)


def title(view: str, day: date) -> str:
    """«noviembre de 2026», «del 16 al 22 de noviembre de 2026», «lunes, 23 de noviembre …»."""
    if view == "mes":
        return month_year(day)
    if view == "dia":
        return f"{weekday_name(day)}, {long_date(day)}"
    first, end = span(view, day)
    last = end - timedelta(days=1)
    since = str(first.day) if first.month == last.month else long_date(first)
    return _("del %(since)s al %(until)s") % {"since": since, "until": long_date(last)}


def around(view: str, day: date) -> tuple[date, date]:
    """The day that shows the page before, and the one after."""
    if view == "dia":
        return day - timedelta(days=1), day + timedelta(days=1)
    if view == "semana":
        return day - timedelta(days=7), day + timedelta(days=7)
    first = day.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)


def squares(
    view: str, day: date, tasks: Iterable[Task], zone: ZoneInfo, hours: Calendar
) -> list[list[Square]]:
    """The weeks of a view, each a list of days with the tasks due on it."""
    by_day: dict[date, list[Task]] = {}
    for task in tasks:
        by_day.setdefault(task.due_at.astimezone(zone).date(), []).append(task)
    first, end = span(view, day)
    found: list[Any] = []
    for number in range(first.toordinal(), end.toordinal()):
        one = date.fromordinal(number)
        rows, said = by_day.get(one, []), hours.on(one)
        room = SHOWN[view]
        square = Square(
            one,
            rows[:room],
            max(0, len(rows) - room),
            not said.intervals,
            said.name if said.kind in ("holiday", "closed") else "",
            view == "mes" and one.month != day.month,
        )
        if not found or len(found[-1]) == 7:
            found.append([])
        found[-1].append(square)
    return found
