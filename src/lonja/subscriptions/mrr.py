"""MRR, in pure Python: what the plans of a company are worth each month, and why it changed.

Amounts are net of tax, in euros. Each plan rounds to cents by itself, so that the figures of the
drill-down add up to the total.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lonja.kit.money import EXACT, ZERO, round_cents

MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation")

# Months in a unit, as a fraction: a year has 365.25 days. Day 365.25/12, week 365.25/84.
_FACTORS = {
    "day": (Decimal("365.25"), Decimal(12)),
    "week": (Decimal("365.25"), Decimal(84)),
    "month": (Decimal(1), Decimal(1)),
    "quarter": (Decimal(1), Decimal(3)),
    "year": (Decimal(1), Decimal(12)),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What MRR needs of a subscription. ``start`` is its first day; ``end`` the first day it is no
    longer; ``paused`` half-open ranges [from, to), with None for a pause still open. ``key`` is
    whatever the caller wants back."""

    customer: Hashable
    amount: Decimal
    every: int
    unit: str
    start: date
    end: date | None = None
    discount_pct: Decimal = Decimal(0)
    paused: tuple[tuple[date, date | None], ...] = ()
    key: Hashable = None

    def is_active(self, day: date) -> bool:
        """Whether it counts at the close of ``day``."""
        if day < self.start or (self.end is not None and day >= self.end):
            return False
        return not any(
            begin <= day and (finish is None or day < finish) for begin, finish in self.paused
        )

    @property
    def monthly(self) -> Decimal:
        """Its monthly amount while it is active."""
        return monthly_amount(self.amount, self.every, self.unit, self.discount_pct)


@dataclass(frozen=True, slots=True)
class Movement:
    """The change of one customer between two closes; ``kind`` is one of ``MOVEMENTS``."""

    customer: Hashable
    kind: str
    amount: Decimal


@dataclass(slots=True)
class Movements:
    """The movements between two closes, one a customer, and their sum by kind (contraction and
    churn are negative): ``previous + sum(totals) == current``."""

    previous: Decimal
    current: Decimal
    items: list[Movement] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, Decimal]:
        """The sum of each kind, with the five always there."""
        sums = dict.fromkeys(MOVEMENTS, ZERO)
        for item in self.items:
            sums[item.kind] += item.amount
        return sums


def monthly_amount(
    amount: Decimal, every: int, unit: str, discount_pct: Decimal = Decimal(0)
) -> Decimal:
    """What a plan of ``amount`` each ``every`` units is worth a month, in cents half up."""
    above, below = _FACTORS[unit]
    value = EXACT.multiply(EXACT.multiply(amount, 100 - discount_pct), above)
    return round_cents(EXACT.divide(value, EXACT.multiply(below, Decimal(every * 100))))


def mrr_on(plans: Iterable[Plan], day: date) -> Decimal:
    """MRR at the close of ``day``."""
    return sum((plan.monthly for plan in plans if plan.is_active(day)), ZERO)


def movements(plans: Iterable[Plan], previous: date, on: date) -> Movements:
    """Why MRR changed between the close of ``previous`` and the close of ``on``.

    A customer with nothing active at the previous close is *new*, or *reactivation* if some plan of
    theirs had begun by then; with nothing active now, *churn*; otherwise *expansion* or
    *contraction* by the difference.
    """
    by_customer: dict[Hashable, list[Plan]] = {}
    for plan in plans:
        by_customer.setdefault(plan.customer, []).append(plan)
    result = Movements(ZERO, ZERO)
    for customer, own in by_customer.items():
        before = [plan for plan in own if plan.is_active(previous)]
        after = [plan for plan in own if plan.is_active(on)]
        was = sum((plan.monthly for plan in before), ZERO)
        now = sum((plan.monthly for plan in after), ZERO)
        result.previous += was
        result.current += now
        change = now - was
        if not before and after:
            begun = any(plan.start <= previous for plan in own)
            kind = "reactivation" if begun else "new"
        elif before and not after:
            kind = "churn"
        elif change:
            kind = "expansion" if change > 0 else "contraction"
        else:
            continue
        if change:
            result.items.append(Movement(customer, kind, change))
    return result
