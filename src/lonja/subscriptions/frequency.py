"""«mensual», «cada 2 meses», «anual»: how often, in the words people write."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.kit.text import search_text
from lonja.subscriptions.models import Unit

# «Bimensual» is missing on purpose: it is twice a month for some and every two months for others.
_WORDS: dict[str, tuple[int, str]] = {
    "diari": (1, Unit.DAY),
    "diaria": (1, Unit.DAY),
    "diario": (1, Unit.DAY),
    "semanal": (1, Unit.WEEK),
    "setmanal": (1, Unit.WEEK),
    "mensual": (1, Unit.MONTH),
    "bimestral": (2, Unit.MONTH),
    "trimestral": (1, Unit.QUARTER),
    "cuatrimestral": (4, Unit.MONTH),
    "quadrimestral": (4, Unit.MONTH),
    "semestral": (6, Unit.MONTH),
    "anual": (1, Unit.YEAR),
    "bienal": (2, Unit.YEAR),
    "trienal": (3, Unit.YEAR),
    "daily": (1, Unit.DAY),
    "weekly": (1, Unit.WEEK),
    "monthly": (1, Unit.MONTH),
    "quarterly": (1, Unit.QUARTER),
    "yearly": (1, Unit.YEAR),
    "annual": (1, Unit.YEAR),
    "unica": (1, Unit.ONCE),
    "unico": (1, Unit.ONCE),
    "una vez": (1, Unit.ONCE),
    "una sola vez": (1, Unit.ONCE),
    "puntual": (1, Unit.ONCE),
    "once": (1, Unit.ONCE),
}
_UNITS: dict[str, tuple[int, str]] = {
    "dia": (1, Unit.DAY),
    "dias": (1, Unit.DAY),
    "day": (1, Unit.DAY),
    "days": (1, Unit.DAY),
    "semana": (1, Unit.WEEK),
    "semanas": (1, Unit.WEEK),
    "setmana": (1, Unit.WEEK),
    "setmanes": (1, Unit.WEEK),
    "week": (1, Unit.WEEK),
    "weeks": (1, Unit.WEEK),
    "mes": (1, Unit.MONTH),
    "meses": (1, Unit.MONTH),
    "mesos": (1, Unit.MONTH),
    "month": (1, Unit.MONTH),
    "months": (1, Unit.MONTH),
    "bimestre": (2, Unit.MONTH),
    "trimestre": (1, Unit.QUARTER),
    "trimestres": (1, Unit.QUARTER),
    "quarter": (1, Unit.QUARTER),
    "cuatrimestre": (4, Unit.MONTH),
    "semestre": (6, Unit.MONTH),
    "semestres": (6, Unit.MONTH),
    "ano": (1, Unit.YEAR),
    "anos": (1, Unit.YEAR),
    "any": (1, Unit.YEAR),
    "anys": (1, Unit.YEAR),
    "year": (1, Unit.YEAR),
    "years": (1, Unit.YEAR),
}
_EVERY = re.compile(r"(?:(?:cada|every|al|por|per) )?(?:([0-9]{1,3}) ?)?([a-z]+)")
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


def parse_frequency(text: str) -> tuple[int, str]:
    """(every, unit) of «mensual», «Trimestral», «cada 2 meses», «15 días», «una sola vez»…

    Raises `Refused('frequency_unknown')` for anything not understood whole, and for more than 120
    units.
    """
    bare = " ".join(search_text(text).split())
    found = _WORDS.get(bare)
    if found is None and (match := _EVERY.fullmatch(bare)) and match.group(2) in _UNITS:
        times, unit = _UNITS[match.group(2)]
        found = (int(match.group(1) or 1) * times, unit)
    if found is None or not 1 <= found[0] <= 120:
        raise Refused(
            "frequency_unknown",
            _("No entiendo esa periodicidad. Escribe diaria, semanal, mensual, trimestral, anual…")
            + " "
            + _("o «cada 2 meses»."),
        )
    return found


def frequency_key(every: int, unit: str) -> tuple[str, int]:
    """The same for frequencies that fall on the same dates: «trimestral» and «cada 3 meses»."""
    if unit in _MONTHS:
        return ("months", every * _MONTHS[Unit(unit)])
    if unit == Unit.WEEK:
        return ("days", every * 7)
    return ("days", every) if unit == Unit.DAY else ("once", 1)
