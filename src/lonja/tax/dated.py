"""A value of the law with the days it is in force and the official text that says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Dated:
    """``value`` in force from ``since`` to ``until``, both included; ``until`` None is still in
    force. ``source`` is the official text."""

    value: Decimal
    since: date
    until: date | None
    source: str

    def covers(self, day: date) -> bool:
        """Whether it is in force on ``day``."""
        return self.since <= day and (self.until is None or day <= self.until)


def dated(value: str, since: str, until: str | None, source: str) -> Dated:
    """A ``Dated`` from its texts: decimal with a point, ISO dates."""
    return Dated(
        Decimal(value),
        date.fromisoformat(since),
        date.fromisoformat(until) if until else None,
        source,
    )


def value_on(rows: Iterable[Dated], day: date) -> Decimal | None:
    """The value in force on ``day``, or None."""
    for row in rows:
        if row.covers(day):
            return row.value
    return None


def values_on(rows: Iterable[Dated], day: date) -> frozenset[Decimal]:
    """Every value in force on ``day``."""
    return frozenset(row.value for row in rows if row.covers(day))
