"""Working time: the one place of the program that knows when a company works.

``Calendar`` says the hours of each day. The functions measure working time between two instants,
or find the instant at which some of it is spent. Instants are aware datetimes; answers are in UTC.
A calendar of ``None`` means natural time: every second counts.
"""

from lonja.kit.worktime.calendar import (
    Calendar,
    DateRange,
    Day,
    Intervals,
    Week,
    intervals_as_json,
    week_as_json,
    week_of,
    zone_of,
)
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
from lonja.kit.worktime.text import hours_text, parse_hours

__all__ = [
    "REGIONS",
    "Calendar",
    "DateRange",
    "Day",
    "DayLine",
    "Intervals",
    "Pauses",
    "Week",
    "add_working_time",
    "elapsed_seconds",
    "explain",
    "hours_text",
    "intervals_as_json",
    "is_open",
    "next_opening",
    "parse_hours",
    "public_holidays",
    "region_of_postcode",
    "regions",
    "week_as_json",
    "week_of",
    "working_minutes",
    "working_seconds",
    "zone_of",
]
