"""The hours of a day as a person types and reads them: «9-14, 16-19»."""

import re

from lonja.kit.errors import Refused
from lonja.kit.words import _
from lonja.kit.worktime.calendar import Intervals, clock_text, intervals_of

_CLOSED = {"", "-", "—", "cerrado", "cerrada", "nada", "no"}
_ALL_DAY = {"24h", "24 h", "24 horas", "todo el día", "todo el dia"}
_CLOCK = r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*h?"
_PAIR = re.compile(rf"(?:de\s+)?{_CLOCK}\s*(?:-|–|—|\ba\b|\bhasta\b)\s*{_CLOCK}")


def parse_hours(text: str, *, field: str = "") -> Intervals:
    """The intervals of «9-14, 16-19», «9:30 a 14 y 16 a 19», «22-6», «24 h» or «cerrado».

    Raises ``Refused('hours_invalid')`` for what is not fully understood and
    ``Refused('calendar_invalid')`` for hours that do not exist.
    """
    bare = " ".join(text.lower().split())
    if bare in _CLOSED:
        return ()
    if bare in _ALL_DAY:
        return intervals_of([("00:00", "24:00")])
    pairs = []
    for part in re.split(r"\s*(?:,|;|/|\by\b)\s*", bare):
        match = _PAIR.fullmatch(part)
        if match is None:
            raise Refused(
                "hours_invalid",
                _("No se entiende «%(text)s». Escribe las horas como 9-14, 16-19.")
                % {"text": text.strip()[:40]},
                field=field,
            )
        since, since_minutes, until, until_minutes = match.groups()
        pairs.append((f"{since}:{since_minutes or '00'}", f"{until}:{until_minutes or '00'}"))
    return intervals_of(pairs)


def hours_text(intervals: Intervals) -> str:
    """``9:00-14:00, 16:00-19:00``; empty when closed. Accepted by ``parse_hours``."""
    return ", ".join(
        f"{clock_text(opening).removeprefix('0')}-{clock_text(closing).removeprefix('0')}"
        for opening, closing in intervals
    )
