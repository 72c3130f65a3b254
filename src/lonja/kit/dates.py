"""Dates: the one parser, how dates are written, and the dates of something that repeats."""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from lonja.kit.errors import Refused
from lonja.kit.words import _

MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

UNITS = ("day", "week", "month", "quarter", "year")
_DAYS = {"day": 1, "week": 7}
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_EARLIEST, _LATEST = 1900, 2200

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[t ]00:00(?::00(?:\.0{1,6})?)?)?")
_SPANISH = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-]([0-9]{4}|[0-9]{2}))?")
_LONG = re.compile(r"([0-9]{1,2}) de ([a-z]{4,10})(?: del? ([0-9]{4}))?")
_LATER = re.compile(r"\+ ?([0-9]{1,4})")
_WORDS = {"hoy": 0, "ayer": -1, "mañana": 1, "manana": 1, "anteayer": -2, "pasado mañana": 2}


def parse_date(text: str, today: date, *, field: str = "") -> date:
    """The day a person typed: ``21/11/2026``, ``21/11`` (of this year), ``21-11-26``,
    ``2026-11-21``, ``21 de noviembre de 2026``, ``hoy``, ``ayer``, ``mañana``, ``+30`` (in 30
    days).

    ``today`` is the day in the company's own zone. Raises ``Refused('date_invalid')`` for a day
    that does not exist (31/02/2020) or a text that is not fully understood.
    """
    shown = text.strip()
    bare = " ".join(shown.lower().split())
    if not bare:
        raise Refused("date_invalid", _("Falta la fecha."), field=field)
    if len(bare) > 40:
        raise _not_understood(shown, field)
    if bare in _WORDS:
        return today + timedelta(days=_WORDS[bare])
    if match := _LATER.fullmatch(bare):
        return today + timedelta(days=int(match.group(1)))
    if match := _ISO.fullmatch(bare):
        year, month, day = (int(part) for part in match.groups())
    elif match := _SPANISH.fullmatch(bare):
        day, month = int(match.group(1)), int(match.group(2))
        year = _year(match.group(3), today)
    elif (match := _LONG.fullmatch(bare)) and match.group(2) in MONTHS:
        day, month = int(match.group(1)), MONTHS.index(match.group(2)) + 1
        year = _year(match.group(3), today)
    else:
        raise _not_understood(shown, field)
    if not _EARLIEST <= year <= _LATEST:
        raise Refused(
            "date_invalid",
            _("El año %(year)s no parece correcto. Revísalo.") % {"year": year},
            field=field,
        )
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused(
            "date_invalid",
            _("La fecha «%(shown)s» no existe en el calendario.") % {"shown": shown},
            field=field,
        ) from None


def format_date(day: date) -> str:
    """``21/11/2026``."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def format_long(day: date) -> str:
    """``21 de noviembre de 2026``."""
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def month_name(day: date) -> str:
    """``noviembre``."""
    return MONTHS[day.month - 1]


def month_label(day: date) -> str:
    """``noviembre de 2026``."""
    return f"{MONTHS[day.month - 1]} de {day.year}"


def period_label(start: date, end: date) -> str:
    """The half-open period [start, end) in words a customer reads.

    ``noviembre de 2026``, ``4.º trimestre de 2026``, ``2026``, ``21/11/2026``, or otherwise
    ``del 15/11/2026 al 14/12/2026``.
    """
    last = end - timedelta(days=1)
    if last <= start:
        return format_date(start)
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        if months == 1:
            return month_label(start)
        if months == 3 and start.month % 3 == 1:
            return f"{(start.month + 2) // 3}.º trimestre de {start.year}"
        if months == 12 and start.month == 1:
            return str(start.year)
    return f"del {format_date(start)} al {format_date(last)}"


def month_end(day: date) -> date:
    """The last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """``day`` that many months later (or earlier), clamped to the month end.

    Raises ``OverflowError`` beyond the year 9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("date beyond the calendar")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def occurrence(anchor: date, n: int, every: int, unit: str) -> date:
    """Date number ``n`` (0 is the anchor itself) of a plan: anchor + n periods of ``every`` units,
    clamped to the month end.

    Always counted from the anchor, never from the previous date: counted from the previous one, a
    31 drifts to 28 for ever. ``unit`` is one of ``UNITS``. Raises ``OverflowError`` beyond 9999.
    """
    _check(every, unit)
    if unit in _DAYS:
        return anchor + timedelta(days=n * every * _DAYS[unit])
    return add_months(anchor, n * every * _MONTHS_IN[unit])


def occurrences(
    anchor: date, every: int, unit: str, until: date | None = None, *, first: int = 0
) -> Iterator[date]:
    """The dates of a plan in order, from number ``first``, up to ``until`` included."""
    n = first
    while True:
        try:
            day = occurrence(anchor, n, every, unit)
        except OverflowError:
            return
        if until is not None and day > until:
            return
        yield day
        n += 1


def next_occurrence_index(anchor: date, every: int, unit: str, on: date) -> int:
    """The number of the first date of the plan that is on or after ``on``; 0 if the plan has not
    begun. Takes the same time however old the plan is."""
    _check(every, unit)
    if on <= anchor:
        return 0
    if unit in _DAYS:
        return -(-(on - anchor).days // (every * _DAYS[unit]))
    step = every * _MONTHS_IN[unit]
    months = (on.year - anchor.year) * 12 + on.month - anchor.month
    n = -(-months // step)
    return n if add_months(anchor, n * step) >= on else n + 1


def _check(every: int, unit: str) -> None:
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    if every < 1:
        raise ValueError("every must be at least 1")


def _year(text: str | None, today: date) -> int:
    if text is None:
        return today.year
    return int(text) if len(text) == 4 else 2000 + int(text)


def _not_understood(shown: str, field: str) -> Refused:
    short = shown if len(shown) <= 40 else shown[:39] + "…"
    return Refused(
        "date_invalid",
        _("No se entiende la fecha «%(short)s». Escríbela como 21/11/2026.") % {"short": short},
        field=field,
    )
