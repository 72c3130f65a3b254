"""Working time: the one place of the program that knows when a company works.

``Calendar`` says the hours of each day. The functions measure working time between two instants,
or find the instant at which some of it is spent. Instants are aware datetimes; answers are in UTC.
A calendar of ``None`` means natural time: every second counts.
"""

from lonja.kit.worktime.calendar import Calendar, DateRange, Day, Week
from lonja.kit.worktime.clock import (
    Pauses,
    add_working_time,
    elapsed_seconds,
    is_open,
    next_opening,
    working_minutes,
    working_seconds,
)
from lonja.kit.worktime.explain import DayLine, explain
from lonja.kit.worktime.spain import REGIONS, public_holidays, region_of_postcode, regions

__all__ = [
    "REGIONS",
    "Calendar",
    "DateRange",
    "Day",
    "DayLine",
    "Pauses",
    "Week",
    "add_working_time",
    "elapsed_seconds",
    "explain",
    "is_open",
    "next_opening",
    "public_holidays",
    "region_of_postcode",
    "regions",
    "working_minutes",
    "working_seconds",
]
