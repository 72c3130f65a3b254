"""A length of working time told day by day, for whoever asks where it comes from."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lonja.kit.errors import Refused
from lonja.kit.words import _
from lonja.kit.worktime.calendar import Calendar, Day, clock_text, days_between, zone_of
from lonja.kit.worktime.clock import Pauses, local_instant, working_seconds

LONGEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the account: its hours and why, what was worked and what a pause took off."""

    on: Day
    seconds: int
    paused: int

    @property
    def day(self) -> date:
        """The day."""
        return self.on.day

    @property
    def hours(self) -> str:
        """Its hours in words: ``09:00-14:00, 16:00-19:00``; empty when closed."""
        pairs = self.on.intervals
        return ", ".join(f"{clock_text(opening)}-{clock_text(end)}" for opening, end in pairs)


def explain(
    calendar: Calendar, start: datetime, end: datetime, pauses: Pauses = ()
) -> list[DayLine]:
    """The days of the calendar's zone from ``start`` to ``end``, with what was worked in each.

    Their seconds add up to ``working_seconds`` of the same arguments when those are whole
    seconds. Raises ``Refused('worktime_too_long')`` beyond ``LONGEST_DAYS`` days.
    """
    if end <= start:
        return []
    zone, stops = zone_of(calendar.zone), list(pauses)
    first = start.astimezone(zone).date()
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    if (last - first).days >= LONGEST_DAYS:
        raise Refused(
            "worktime_too_long",
            _("Elige dos momentos con menos de %(days)s días.") % {"days": LONGEST_DAYS},
        )
    lines = []
    for day in days_between(first, last):
        since = max(start, local_instant(zone, day, 0))
        until = min(end, local_instant(zone, day + timedelta(days=1), 0))
        full = working_seconds(calendar, since, until)
        worked = working_seconds(calendar, since, until, stops) if stops else full
        lines.append(DayLine(calendar.on(day), worked, full - worked))
    return lines
