"""How often a line is paid, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _


def pace(unit: str, every: int) -> str:
    """«al mes», «al trimestre», «cada 2 meses»; empty for once."""
    if not unit:
        return ""
    if every == 1:
        return {
            "day": _("al día"),
            "week": _("a la semana"),
            "month": _("al mes"),
            "quarter": _("al trimestre"),
            "year": _("al año"),
        }[unit]
    return _("cada %(every)s %(units)s") % {"every": every, "units": _plural(unit)}


def frequency(unit: str, every: int) -> str:
    """«Una sola vez», «Cada mes», «Cada 2 meses»."""
    if not unit:
        return _("Una sola vez")
    if every == 1:
        return {
            "day": _("Cada día"),
            "week": _("Cada semana"),
            "month": _("Cada mes"),
            "quarter": _("Cada trimestre"),
            "year": _("Cada año"),
        }[unit]
    return _("Cada %(every)s %(units)s") % {"every": every, "units": _plural(unit)}


def _plural(unit: str) -> str:
    return {
        "day": _("días"),
        "week": _("semanas"),
        "month": _("meses"),
        "quarter": _("trimestres"),
        "year": _("años"),
    }[unit]
