"""The strokes of a handwritten signature as the pad records them, checked before anything else.

    {"v": 1, "pointer": "pen" | "touch" | "mouse", "device": {"w": 340, "h": 190, "dpr": 2},
     "strokes": [[[x, y, t_ms, pressure | null, tilt_x | null, tilt_y | null], …], …]}

A stroke goes from pen-down to pen-up. x and y are CSS pixels from the top left corner of the pad,
t milliseconds since the first point, pressure 0 to 1, tilts −90 to 90 degrees.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused

MAX_BYTES = 1_000_000
MAX_POINTS = 20_000
MAX_STROKES = 500
MAX_MS = 15 * 60 * 1000
MAX_SIDE = 10_000
POINTERS = ("pen", "touch", "mouse")

Strokes = dict[str, Any]


class _Bad(ValueError):
    """Not the shape that a pad gives."""


def parse_strokes(text: str) -> Strokes | None:
    """The strokes of a form field; None when it is empty. Raises Refused as `check_strokes`."""
    if not text.strip():
        return None
    if len(text) > MAX_BYTES:
        raise _too_much()
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _unreadable() from None
    return check_strokes(data)


def check_strokes(data: Any) -> Strokes:
    """The strokes rebuilt from checked numbers, and nothing else.

    Raises Refused: `strokes_too_much` (more points, strokes or minutes than any signature has) or
    `strokes_unreadable` (not numbers, negative or backward times, out of the pad).
    """
    try:
        return _checked(data)
    except (_Bad, KeyError, TypeError, IndexError, OverflowError, AttributeError):
        raise _unreadable() from None


def count_points(strokes: Strokes) -> int:
    return sum(len(stroke) for stroke in strokes["strokes"])


def _checked(data: Any) -> Strokes:
    if data["v"] != 1 or data["pointer"] not in POINTERS:
        raise _Bad
    device = {
        "w": _number(data["device"]["w"], 1, MAX_SIDE),
        "h": _number(data["device"]["h"], 1, MAX_SIDE),
        "dpr": _number(data["device"]["dpr"], 0.1, 20),
    }
    drawn = data["strokes"]
    if not isinstance(drawn, list) or not drawn:
        raise _Bad
    if len(drawn) > MAX_STROKES or sum(map(len, drawn)) > MAX_POINTS:
        raise _too_much()
    strokes: list[list[list[float | None]]] = []
    last = 0.0
    for stroke in drawn:
        if not isinstance(stroke, list) or not stroke:
            raise _Bad
        points = []
        for point in stroke:
            checked = _point(point)
            moment = checked[2] or 0.0
            if moment < last:
                raise _Bad
            last = moment
            points.append(checked)
        strokes.append(points)
    if last > MAX_MS:
        raise _too_much()
    return {"v": 1, "pointer": data["pointer"], "device": device, "strokes": strokes}


_RANGES = (
    *((-MAX_SIDE, MAX_SIDE), (-MAX_SIDE, MAX_SIDE), (0, 10 * MAX_MS)),
    *((0, 1), (-90, 90), (-90, 90)),
)


def _point(point: Any) -> list[float | None]:
    if not isinstance(point, list) or not 3 <= len(point) <= 6:
        raise _Bad
    checked: list[float | None] = []
    for value, (low, high) in zip(point, _RANGES, strict=False):
        if value is None and len(checked) > 2:
            checked.append(None)
        else:
            checked.append(_number(value, low, high))
    return [*checked, None, None, None][:6]


def _number(value: Any, low: float, high: float) -> float:
    # Not `isinstance`: what comes from JSON is of these very types, and True is not a number.
    if type(value) not in _NUMBERS or not low <= value <= high:  # what is not a number, neither
        raise _Bad
    return round(value, 3)


_NUMBERS = {int, float}


def _no_constant(name: str) -> Any:
    raise _Bad(name)


def _too_much() -> Refused:
    return Refused(
        "strokes_too_much",
        _("El trazo tiene más puntos de los que caben en una firma. Bórralo y firma otra vez."),
        field="firma",
    )


def _unreadable() -> Refused:
    return Refused(
        "strokes_unreadable",
        _("No hemos podido leer el trazo. Bórralo y firma otra vez, o escribe tu nombre."),
        field="firma",
    )
