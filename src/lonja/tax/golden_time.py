"""Cases of working time, as they are written in a file of kind ``working-time``."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from lonja.kit.errors import Refused
from lonja.kit.worktime import Calendar, add_working_time, working_seconds


def check_working_time(case: dict[str, Any]) -> dict[str, Any]:
    """The ``minutes`` between ``start`` and ``end``, the ``deadline`` of ``working_minutes``
    after ``start``, or both, as the case asks.

    The deadline is written as the case writes it when both are the same instant, otherwise in
    the zone of the case. Raises ``Refused`` for what is no calendar or no instant.
    """
    zone = str(case.get("zone") or "")
    calendar = Calendar.from_json(case["calendar"], zone)
    pauses = [
        (_instant(since), _instant(until) if until else None)
        for since, until in case.get("pauses") or ()
    ]
    if any(until is not None and until < since for since, until in pauses):
        raise Refused("pause_reversed", "Una pausa acaba antes de empezar.")
    start = _instant(case["start"])
    found: dict[str, Any] = {}
    if "end" in case:
        seconds = working_seconds(calendar, start, _instant(case["end"]), pauses)
        found["minutes"] = seconds // 60
    if "working_minutes" in case:
        minutes = int(case["working_minutes"])
        if minutes < 0:
            raise Refused("minutes_negative", "El plazo no puede ser negativo.")
        deadline = add_working_time(calendar, start, minutes * 60, pauses)
        wanted = case.get("deadline")
        same = bool(wanted) and _instant(wanted) == deadline
        local = deadline.astimezone(ZoneInfo(calendar.zone))
        found["deadline"] = wanted if same else local.isoformat()
    if not found:
        raise Refused("case_empty", "El caso no pide minutos ni plazo.")
    return found


def _instant(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refused("instant_invalid", f"No se entiende el instante «{text}».") from None
    if at.tzinfo is None:
        raise Refused("instant_invalid", f"El instante «{text}» no dice su zona.")
    return at
