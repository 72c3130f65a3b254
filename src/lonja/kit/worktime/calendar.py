"""The hours of a company or a department, day by day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from lonja.kit.errors import Refused
from lonja.kit.words import _
from lonja.kit.worktime.spain import REGIONS, public_holidays

# Opening and closing as seconds since midnight on the wall clock. Closing is greater than
# opening, and beyond 86400 when the shift ends on the next day.
Interval = tuple[int, int]
Intervals = tuple[Interval, ...]
Week = tuple[Intervals, Intervals, Intervals, Intervals, Intervals, Intervals, Intervals]

DAY = 24 * 60 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EMPTY_WEEK: Week = ((), (), (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class DateRange:
    """Other weekly hours between two days, both included; a weekday not told is closed."""

    first: date
    last: date
    weekly: Week
    name: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """The hours of one day and why they are those.

    ``kind`` is ``holiday``, ``closed`` (closed by the company), ``extra`` (opened by the
    company), ``range`` or ``weekly``; ``name`` is that of the holiday or of the range.
    """

    day: date
    intervals: Intervals
    kind: str
    name: str = ""


@dataclass(frozen=True)
class Calendar:
    """When somebody works: pure data, equal when it says the same.

    A day is decided by the first that speaks of it: ``open_days``, ``holidays`` (typed by the
    company), the public holidays of ``region``, the last of ``ranges`` that contains it, and
    ``weekly``. Hours are those of the wall clock of ``zone``. A shift that crosses midnight
    belongs to the day on which it begins.
    """

    zone: str = "Europe/Madrid"
    weekly: Week = EMPTY_WEEK
    ranges: tuple[DateRange, ...] = ()
    holidays: Mapping[date, str] = field(default_factory=dict, hash=False)
    region: str = ""
    open_days: Mapping[date, Intervals] = field(default_factory=dict, hash=False)
    _cache: dict[str, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if self.region and self.region not in REGIONS:
            raise _invalid(_("No se conoce la comunidad «%(region)s».") % {"region": self.region})

    def on(self, day: date) -> Day:
        """What is worked on a day."""
        extra = self.open_days.get(day)
        if extra is not None:
            return Day(day, extra, "extra")
        if day in self.holidays:
            return Day(day, (), "closed", self.holidays[day])
        if self.region:
            public = public_holidays(self.region, day.year)
            if day in public:
                return Day(day, (), "holiday", public[day])
        for span in reversed(self.ranges):
            if span.first <= day <= span.last:
                return Day(day, span.weekly[day.weekday()], "range", span.name)
        return Day(day, self.weekly[day.weekday()], "weekly")

    @classmethod
    def from_json(cls, data: Mapping[str, Any], zone: str = "") -> "Calendar":
        """A calendar from plain JSON.

        ``weekly``: {"mon": [["09:00", "14:00"], ...], ...}; ``24:00`` ends the day and a closing
        before its opening is of the next day. ``ranges``: [{"from", "to", "weekly", "name"}].
        ``holidays``: a list of ISO days, or {day: name}. ``open_days``: {day: intervals}.
        ``region``: a code of ``REGIONS``. ``zone`` is that of the data unless given here.
        Raises ``Refused('calendar_invalid')`` for what cannot be a calendar.
        """
        if not isinstance(data, Mapping):
            raise _invalid(_("El calendario no tiene la forma esperada."))
        region = str(data.get("region") or "").removeprefix("ES-")
        return cls(
            zone=zone or str(data.get("zone") or "Europe/Madrid"),
            weekly=week_of(data.get("weekly") or {}),
            ranges=tuple(_range_of(span) for span in data.get("ranges") or ()),
            holidays=_holidays_of(data.get("holidays") or ()),
            region=region,
            open_days={
                _date_of(day): intervals_of(pairs)
                for day, pairs in (data.get("open_days") or {}).items()
            },
        )

    def as_json(self) -> dict[str, Any]:
        """The same calendar as plain JSON, accepted by ``from_json``."""
        return {
            "zone": self.zone,
            "weekly": week_as_json(self.weekly),
            "ranges": [
                {
                    "from": span.first.isoformat(),
                    "to": span.last.isoformat(),
                    "name": span.name,
                    "weekly": week_as_json(span.weekly),
                }
                for span in self.ranges
            ],
            "holidays": {day.isoformat(): name for day, name in self.holidays.items()},
            "region": self.region,
            "open_days": {
                day.isoformat(): intervals_as_json(pairs) for day, pairs in self.open_days.items()
            },
        }


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; ``Refused('calendar_invalid')`` when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise _invalid(_("No existe la zona horaria «%(name)s».") % {"name": name}) from None


def week_of(data: Mapping[str, Any]) -> Week:
    """The hours of a week from {"mon": [["09:00", "14:00"]], ...}."""
    if not isinstance(data, Mapping):
        raise _invalid(_("Las horas de la semana no tienen la forma esperada."))
    unknown = [key for key in data if key not in WEEKDAYS]
    if unknown:
        raise _invalid(_("No se conoce el día de la semana «%(day)s».") % {"day": unknown[0]})
    mon, tue, wed, thu, fri, sat, sun = (intervals_of(data.get(day) or ()) for day in WEEKDAYS)
    return (mon, tue, wed, thu, fri, sat, sun)


def week_as_json(week: Week) -> dict[str, list[list[str]]]:
    """The reverse of ``week_of``; closed days are left out."""
    return {
        name: intervals_as_json(pairs) for name, pairs in zip(WEEKDAYS, week, strict=True) if pairs
    }


def intervals_as_json(intervals: Intervals) -> list[list[str]]:
    """The reverse of ``intervals_of``."""
    return [[clock_text(opening), clock_text(closing)] for opening, closing in intervals]


def intervals_of(pairs: Iterable[Any]) -> Intervals:
    """Intervals from pairs of texts, in order; those that overlap or touch become one."""
    found: list[Interval] = []
    for pair in pairs:
        if isinstance(pair, str) or not hasattr(pair, "__len__") or len(pair) != 2:
            raise _invalid(_("Cada tramo tiene una hora de apertura y otra de cierre."))
        opening, closing = clock_seconds(pair[0]), clock_seconds(pair[1])
        if opening in (closing, DAY):
            raise _invalid(
                _("El tramo de %(since)s a %(until)s no dura nada.")
                % {"since": pair[0], "until": pair[1]}
            )
        found.append((opening, closing if closing > opening else closing + DAY))
    merged: list[Interval] = []
    for opening, closing in sorted(found):
        if merged and opening <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closing, merged[-1][1]))
        else:
            merged.append((opening, closing))
    for opening, closing in merged:
        if closing - opening > DAY or (opening and closing - opening == DAY):
            raise _invalid(_("Los tramos de un día no pueden sumar más de un día entero."))
    return tuple(merged)


def clock_seconds(text: Any) -> int:
    """Seconds since midnight of ``9:00``, ``09:00``, ``09:00:00`` or ``24:00``."""
    parts = str(text).strip().split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() for part in parts):
        raise _invalid(
            _("No se entiende la hora «%(text)s». Escríbela como 09:00.") % {"text": text}
        )
    hours, minutes, seconds = (int(part) for part in (*parts, "0")[:3])
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY:
        raise _invalid(_("La hora «%(text)s» no existe.") % {"text": text})
    return total


def clock_text(seconds: int) -> str:
    """``09:00`` (or ``09:00:30``) of seconds since midnight; the end of the day is ``24:00``."""
    if seconds > DAY:
        seconds -= DAY
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{left:02}" if left else "")


def _range_of(data: Any) -> DateRange:
    try:
        first, last, weekly = data["from"], data["to"], data.get("weekly") or {}
        name = str(data.get("name") or "")
    except (KeyError, TypeError, AttributeError):
        raise _invalid(_("Un periodo con otro horario necesita inicio, fin y horas.")) from None
    span = DateRange(_date_of(first), _date_of(last), week_of(weekly), name)
    if span.last < span.first:
        raise _invalid(
            _("El periodo que empieza el %(day)s acaba antes de empezar.") % {"day": span.first}
        )
    return span


def _holidays_of(data: Any) -> dict[date, str]:
    if isinstance(data, Mapping):
        return {_date_of(day): str(name) for day, name in data.items()}
    if isinstance(data, str):
        raise _invalid(_("Los festivos son una lista de días."))
    found = {}
    for item in data:
        day, name = (
            (item.get("date"), item.get("name")) if isinstance(item, Mapping) else (item, "")
        )
        found[_date_of(day)] = str(name or "")
    return found


def _date_of(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _invalid(_("No se entiende el día «%(value)s».") % {"value": value}) from None


def days_between(first: date, last: date) -> Iterable[date]:
    """Every day from one to another, both included."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


def _invalid(message: str) -> Refused:
    return Refused("calendar_invalid", message)
