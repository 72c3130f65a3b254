"""The next working day of a company, by the hours that it keeps."""

from __future__ import annotations

from datetime import date, timedelta

from lonja.kit.worktime import Calendar

_LONGEST = 400  # days: whoever never opens sends the next day


def next_working_day(after: date, calendar: Calendar) -> date:
    """The first day after `after` on which something is worked: not a day of rest, nor a holiday
    of its community or its own."""
    for days in range(1, _LONGEST):
        day = after + timedelta(days=days)
        if calendar.on(day).intervals:
            return day
    return after + timedelta(days=1)
