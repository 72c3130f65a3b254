"""Measuring working time.

The opening hours of whole years are turned once into intervals of UTC with their running sum, and
kept with the calendar: each question is then two binary searches. Sums are of UTC, so that a
change of the clock adds or removes exactly what it should. Inside, instants and lengths are whole
microseconds; nothing is ever rounded before the end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from lonja.kit.errors import Refused
from lonja.kit.words import _
from lonja.kit.worktime.calendar import Calendar, zone_of

# Stretches that do not count. One without an end lasts still.
Pauses = Iterable[tuple[datetime, datetime | None]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1900, 2300
# How far a deadline is looked for before saying that it never comes.
_YEARS_AHEAD = 60


def working_seconds(
    calendar: Calendar | None, start: datetime, end: datetime, pauses: Pauses = ()
) -> int:
    """Whole seconds worked in [start, end), without the pauses; 0 when it ends before it starts.

    Pauses may overlap and stick out; one without an end lasts until ``end``. ``calendar`` None
    counts natural time. Raises ``ValueError`` for a datetime without a zone.
    """
    first, last = _micros(start), _micros(end)
    if last <= first:
        return 0
    if calendar is None:
        stopped = sum(
            max(0, min(until, last) - max(since, first)) for since, until in _merged(pauses, last)
        )
        return (last - first - stopped) // _SECOND
    table = _table(calendar, first, last)
    total = table.worked(last) - table.worked(first)
    for since, until in _merged(pauses, last):
        since, until = max(since, first), min(until, last)
        if until > since:
            total -= table.worked(until) - table.worked(since)
    return total // _SECOND


def working_minutes(
    calendar: Calendar | None, start: datetime, end: datetime, pauses: Pauses = ()
) -> int:
    """Whole minutes worked in [start, end), without the pauses."""
    return working_seconds(calendar, start, end, pauses) // 60


def elapsed_seconds(start: datetime, end: datetime, pauses: Pauses = ()) -> int:
    """Whole natural seconds in [start, end), without the pauses."""
    return working_seconds(None, start, end, pauses)


def add_working_time(
    calendar: Calendar | None, start: datetime, seconds: int, pauses: Pauses = ()
) -> datetime:
    """The first instant, in UTC, at which that much has been worked since ``start``.

    The exact inverse of ``working_seconds``: with ``end`` the answer, it gives ``seconds`` back.
    Nothing to work is spent at ``start`` itself; an amount spent when the day closes is spent
    then, not at the next opening. ``calendar`` None counts natural time.

    Raises ``Refused('worktime_never')`` when it is not reached within sixty years,
    ``Refused('worktime_paused')`` when a pause without an end comes before, and ``ValueError``
    for a datetime without a zone or a negative amount.
    """
    if seconds < 0:
        raise ValueError("seconds must not be negative")
    first, amount = _micros(start), seconds * _SECOND
    stops = _merged(pauses, None)
    if amount == 0:
        return _instant(first)
    if calendar is None:
        return _instant(_after_stops(first + amount, first, stops))
    table = _table(calendar, first, first)
    horizon = min(_year(first) + _YEARS_AHEAD, _LAST_YEAR)
    while True:
        found = _spent(table, first, amount, stops)
        if found is not None:
            return _instant(found)
        if table.last_year >= horizon:
            raise Refused(
                "worktime_never", _("Con este horario no hay horas de trabajo para ese plazo.")
            )
        ahead = min(horizon, table.last_year + max(1, table.last_year - _year(first)))
        table = _extended(calendar, table.first_year, ahead)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether somebody works at that instant; closing time itself is closed."""
    instant = _micros(at)
    table = _table(calendar, instant, instant)
    place = bisect_right(table.opens, instant) - 1
    return place >= 0 and instant < table.closes[place]


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """When work begins again, in UTC: the instant itself while open.

    Raises ``Refused('worktime_never')`` when it does not open within sixty years.
    """
    if is_open(calendar, at):
        return at.astimezone(UTC)
    instant = _micros(at)
    table = _table(calendar, instant, instant)
    while True:
        place = bisect_left(table.opens, instant)
        if place < len(table.opens):
            return _instant(table.opens[place])
        if table.last_year >= min(_year(instant) + _YEARS_AHEAD, _LAST_YEAR):
            raise Refused("worktime_never", _("Con este horario no se abre nunca."))
        table = _extended(calendar, table.first_year, min(table.last_year + 5, _LAST_YEAR))


@dataclass(frozen=True, slots=True)
class Table:
    """Open intervals of whole years in UTC microseconds, disjoint and in order.

    ``before`` holds what has been worked before each of them.
    """

    first_year: int
    last_year: int
    opens: Sequence[int]
    closes: Sequence[int]
    before: Sequence[int]

    def worked(self, instant: int) -> int:
        """Microseconds worked from the beginning of the table."""
        place = bisect_right(self.opens, instant) - 1
        if place < 0:
            return 0
        return self.before[place] + min(instant, self.closes[place]) - self.opens[place]

    def reached(self, amount: int) -> int | None:
        """The first instant at which that much (more than 0) has been worked."""
        place = bisect_left(self.before, amount) - 1
        if place < 0:
            return None
        instant = self.opens[place] + amount - self.before[place]
        return instant if instant <= self.closes[place] else None


def local_instant(zone: tzinfo, day: date, seconds: int) -> datetime:
    """The instant, in UTC, at which the clock on the wall of a zone shows those seconds since
    midnight of a day.

    A time that comes twice is its first; a time that is skipped is the moment of the jump.
    """
    naive = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)
    early = naive.replace(tzinfo=zone)
    late = early.replace(fold=1)
    one, other = early.utcoffset(), late.utcoffset()
    if one is None or other is None or one >= other:
        return early.astimezone(UTC)
    # Skipped: the jump lies between the two readings of that time.
    low, high = late.astimezone(UTC), early.astimezone(UTC)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == one:
            low = middle
        else:
            high = middle
    return high


def _table(calendar: Calendar, first: int, last: int) -> Table:
    """The table of a calendar, covering both instants and a year more on each side."""
    table: Table | None = calendar._cache.get("table")
    low, high = _year(first), _year(last)
    if table is not None and table.first_year < low and table.last_year > high:
        return table
    if not _FIRST_YEAR < low <= high < _LAST_YEAR:
        raise Refused("calendar_invalid", _("La fecha está fuera del calendario."))
    if table is not None:
        low, high = min(low, table.first_year + 1), max(high, table.last_year - 1)
    return _extended(calendar, low - 1, high + 1)


def _extended(calendar: Calendar, first_year: int, last_year: int) -> Table:
    table = _build(calendar, first_year, last_year)
    # A whole new table takes the place of the old one: threads never see a half of it.
    calendar._cache["table"] = table
    return table


def _build(calendar: Calendar, first_year: int, last_year: int) -> Table:
    zone = zone_of(calendar.zone)
    spans: list[tuple[int, int]] = []
    first, last = date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal()
    for number in range(first, last + 1):
        day = date.fromordinal(number)
        for opening, closing in calendar.on(day).intervals:
            spans.append(
                (
                    _micros(local_instant(zone, day, opening)),
                    _micros(local_instant(zone, day, closing)),
                )
            )
    opens: list[int] = []
    closes: list[int] = []
    for opening, closing in sorted(spans):
        if opening >= closing:
            continue
        if closes and opening <= closes[-1]:
            closes[-1] = max(closes[-1], closing)
        else:
            opens.append(opening)
            closes.append(closing)
    before, total = [], 0
    for opening, closing in zip(opens, closes, strict=True):
        before.append(total)
        total += closing - opening
    return Table(first_year, last_year, opens, closes, before)


def _spent(table: Table, first: int, amount: int, stops: list[tuple[int, int]]) -> int | None:
    target = table.worked(first) + amount
    found = table.reached(target)
    for since, until in stops:
        if until <= first:
            continue
        if found is not None and since >= found:
            break
        if until == _STILL:
            if found is None and _year(since) >= table.last_year:
                return None
            raise _paused()
        if _year(until) >= table.last_year:
            return None
        target += table.worked(until) - table.worked(max(since, first))
        found = table.reached(target)
    return found


def _after_stops(found: int, first: int, stops: list[tuple[int, int]]) -> int:
    for since, until in stops:
        if until <= first:
            continue
        if since >= found:
            break
        if until == _STILL:
            raise _paused()
        found += until - max(since, first)
    return found


_STILL = 2**63


def _merged(pauses: Pauses, until: int | None) -> list[tuple[int, int]]:
    """Pauses in order, without overlaps; one without an end lasts to ``until`` or for ever."""
    open_end = _STILL if until is None else until
    found = sorted(
        (_micros(since), open_end if end is None else _micros(end)) for since, end in pauses
    )
    merged: list[tuple[int, int]] = []
    for since, end in found:
        if end <= since:
            continue
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((since, end))
    return merged


def _micros(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a datetime without a zone says nothing")
    return (at - _EPOCH) // _MICROSECOND


def _instant(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def _year(micros: int) -> int:
    return (_EPOCH + micros * _MICROSECOND).year


def _paused() -> Refused:
    return Refused("worktime_paused", _("El plazo está en pausa: no se sabe cuándo acaba."))
