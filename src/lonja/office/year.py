"""A year of a calendar as a page draws it."""

from __future__ import annotations

import calendar as months_of
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lonja.kit.worktime import Calendar, Day, hours_text
from lonja.ui.formats import month_name, weekday_name


@dataclass(frozen=True)
class Square:
    """A day of the year: its number, its class and what it says when asked."""

    day: date
    tone: str
    title: str


def year_of(calendar: Calendar, year: int) -> dict[str, Any]:
    """The twelve months as weeks of squares (None outside the month), the holidays that apply
    and how many days are worked. ``year`` from 1901 to 2199."""
    weeks, days, worked = months_of.Calendar(firstweekday=0), [], 0
    months = []
    for number in range(1, 13):
        rows = []
        for week in weeks.monthdatescalendar(year, number):
            rows.append([_square(calendar.on(d)) if d.month == number else None for d in week])
        name = month_name(date(year, number, 1)).capitalize()
        months.append({"name": name, "weeks": rows})
    day = date(year, 1, 1)
    while day.year == year:
        found = calendar.on(day)
        worked += bool(found.intervals)
        if found.kind in ("holiday", "closed", "extra"):
            days.append({"day": day, "weekday": weekday_name(day), **_told(found)})
        day = date.fromordinal(day.toordinal() + 1)
    return {"year": year, "months": months, "special": days, "worked": worked}


def _square(day: Day) -> Square:
    tone = {"holiday": "holiday", "closed": "own", "extra": "extra"}.get(day.kind, "")
    if not tone and not day.intervals:
        tone = "shut"
    elif not tone and day.kind == "range":
        tone = "range"
    told = _told(day)
    parts = [told["name"], told["hours"] or _("cerrado")]
    return Square(day.day, tone, ": ".join(part for part in parts if part))


def _told(day: Day) -> dict[str, str]:
    kinds = {
        "holiday": _("Festivo oficial"),
        "closed": _("Festivo propio"),
        "extra": _("Apertura"),
        "range": _("Otro horario"),
    }
    name = day.name or (_("Día con horas propias") if day.kind == "extra" else "")
    return {"kind": kinds.get(day.kind, ""), "name": name, "hours": hours_text(day.intervals)}
