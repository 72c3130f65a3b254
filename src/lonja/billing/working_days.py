"""The next working day: neither weekend nor national holiday.

Only national holidays: those of each region and town are for whoever knows where it works. This is
the one place that says it, so that a calendar of the house can replace it.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays


@lru_cache(maxsize=16)
def _national(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("ES", years=year))


def next_working_day(after: date) -> date:
    """The first day after `after` that is neither weekend nor national holiday."""
    day = after + timedelta(days=1)
    while day.weekday() >= 5 or day in _national(day.year):
        day += timedelta(days=1)
    return day
