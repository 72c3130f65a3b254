"""Terms of the compulsory electronic invoice between businesses, as dated data.

Ley 18/2022, art. 12; RD 238/2026; Orden HAC/1028/2026. A change of the law is a new row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from lonja.tax.dated import dated, value_on

_RD = "RD 238/2026"

# Days to report acceptance, rejection or payment: calendar days without Saturdays, Sundays and
# national holidays.
ANSWER_DAYS = (dated("4", "2026-10-06", None, _RD),)
# Before the regulation was in force the same term is shown, so that people get used to it.
_DEFAULT_DAYS = 4


@dataclass(frozen=True)
class Obligation:
    """From when somebody has to."""

    since: date
    who: object
    source: str


OBLIGATIONS = (
    Obligation(
        date(2027, 10, 6),
        _("Emitir factura electrónica: quien facturó más de 8 millones de euros el año anterior"),
        f"{_RD}; Orden HAC/1028/2026",
    ),
    Obligation(
        date(2028, 10, 6),
        _("Emitir factura electrónica: todas las demás empresas y profesionales"),
        f"{_RD}; Orden HAC/1028/2026",
    ),
    Obligation(
        date(2029, 10, 6),
        _("Comunicar los estados: personas físicas que facturan hasta 8 millones"),
        f"{_RD}; Orden HAC/1028/2026",
    ),
)


@lru_cache(maxsize=64)
def _national(year: int) -> frozenset[date]:
    """Holidays of the whole of Spain (RD 2001/1983, art. 45, as each year's resolution lists)."""
    import holidays  # late: see `kit.worktime.spain`

    return frozenset(holidays.country_holidays("ES", years=year))


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor national holiday."""
    return day.weekday() < 5 and day not in _national(day.year)


def answer_deadline(since: date) -> date:
    """The last day to report something that happened on `since`: its day does not count."""
    days = int(value_on(ANSWER_DAYS, since) or _DEFAULT_DAYS)
    day = since
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def working_days_left(deadline: date, today: date) -> int:
    """Working days from tomorrow until the deadline included; negative when it is past."""
    if today > deadline:
        return -sum(
            is_working_day(deadline + timedelta(days=n + 1)) for n in range((today - deadline).days)
        )
    return sum(
        is_working_day(today + timedelta(days=n + 1)) for n in range((deadline - today).days)
    )
