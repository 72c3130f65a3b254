"""Late payment between businesses: Ley 3/2004, of 29 December.

Art. 5: the debtor owes interest by the mere fact of paying late. Art. 7: the statutory rate is the
one the European Central Bank applied to its last main refinancing operation before the half-year,
plus eight points; the Treasury publishes it in the BOE each half-year. Art. 8.1: besides, 40 euros
for the costs of collecting, without need of a reminder. Not with consumers (art. 3.2.a).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lonja.kit.money import round_cents

# Art. 8.1, for each late invoice.
COLLECTION_COSTS = Decimal("40.00")
# Art. 4: what the parties did not agree is 30 days; 60 at most by agreement.
DEFAULT_DAYS, MOST_DAYS = 30, 60


@dataclass(frozen=True)
class Rate:
    """A yearly rate from a day on. `source`: the resolution of the Treasury that publishes it."""

    since: date
    pct: Decimal
    source: str


_TREASURY = "Resolución de la Secretaría General del Tesoro"

# Only half-years whose rate is known; later ones are typed by each organisation from the BOE.
RATES: tuple[Rate, ...] = (
    Rate(date(2016, 7, 1), Decimal("8.00"), f"{_TREASURY}, 2016-2022"),
    Rate(date(2023, 1, 1), Decimal("10.50"), f"{_TREASURY}, 28/12/2022 (BOE 30/12/2022)"),
    Rate(date(2023, 7, 1), Decimal("12.00"), f"{_TREASURY}, 28/06/2023 (BOE 29/06/2023)"),
    Rate(date(2024, 1, 1), Decimal("12.50"), f"{_TREASURY}, 1.er semestre de 2024"),
    Rate(date(2024, 7, 1), Decimal("12.25"), f"{_TREASURY}, 2.º semestre de 2024"),
    Rate(date(2025, 1, 1), Decimal("11.15"), f"{_TREASURY}, 1.er semestre de 2025"),
    Rate(date(2025, 7, 1), Decimal("10.15"), f"{_TREASURY}, 25/06/2025 (BOE-A-2025-13217)"),
    Rate(date(2026, 1, 1), Decimal("10.15"), f"{_TREASURY}, 23/12/2025 (BOE-A-2025-27201)"),
)
# Each rate holds for its half-year; from here on nobody has told us the next one.
KNOWN_UNTIL = date(2026, 6, 30)


class RateUnknown(LookupError):
    """No rate is known for that day. `day` is the first one without."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


@dataclass(frozen=True)
class Segment:
    """Days in a row with the same debt and rate; both ends included."""

    since: date
    until: date
    owed: Decimal
    pct: Decimal
    interest: Decimal
    source: str

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


def half_year(day: date) -> date:
    """The first day of the half-year of a day."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


def rate_on(day: date, typed: Sequence[Rate] = ()) -> Rate:
    """The statutory rate of a day. `typed` rates hold for their own half-year, before ours.

    Raises RateUnknown when nobody has told it.
    """
    start = half_year(day)
    for rate in typed:
        if half_year(rate.since) == start:
            return rate
    if not RATES[0].since <= day <= KNOWN_UNTIL:
        raise RateUnknown(day)
    return max((rate for rate in RATES if rate.since <= day), key=lambda rate: rate.since)


def late_interest(
    debts: Sequence[tuple[date, Decimal]], until: date, typed: Sequence[Rate] = ()
) -> list[Segment]:
    """Simple interest, day by day over 365, of a debt up to a day included.

    `debts`: (day, what is owed from that day on), in order; the first day is the one after the
    due date. One segment for each change of debt or half-year, each rounded to the cent. Raises
    RateUnknown.
    """
    segments: list[Segment] = []
    for index, (start, owed) in enumerate(debts):
        end = debts[index + 1][0] - timedelta(days=1) if index + 1 < len(debts) else until
        day = start
        while day <= min(end, until) and owed > 0:
            rate = rate_on(day, typed)
            last = min(end, until, _end_of_half(day))
            days = (last - day).days + 1
            interest = round_cents(owed * rate.pct * days / Decimal(36500))
            segments.append(Segment(day, last, owed, rate.pct, interest, rate.source))
            day = last + timedelta(days=1)
    return segments


def _end_of_half(day: date) -> date:
    return date(day.year, 6, 30) if day.month < 7 else date(day.year, 12, 31)
