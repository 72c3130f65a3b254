from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lonja.kit.errors import Refused
from lonja.kit.worktime import (
    Calendar,
    add_working_time,
    elapsed_seconds,
    explain,
    is_open,
    next_opening,
    working_minutes,
    working_seconds,
)

MADRID = ZoneInfo("Europe/Madrid")
SPLIT = [["09:00", "14:00"], ["16:00", "19:00"]]
OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), SPLIT)
ALL_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _calendar(weekly=OFFICE, **more):
    return Calendar.from_json({"weekly": weekly, **more})


def _at(text, zone=MADRID):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(("region", "minutes"), [("MD", 75), ("CT", 555)])
def test_the_long_weekend_of_december_is_longer_in_madrid(region, minutes):
    asked, answered = _at("2026-12-04T18:30"), _at("2026-12-09T09:45")
    assert working_minutes(_calendar(region=region), asked, answered) == minutes


def test_a_pause_is_not_counted_and_pauses_may_overlap_and_stick_out():
    start, end = _at("2026-11-23T09:00"), _at("2026-11-23T14:00")
    pauses = [
        (_at("2026-11-23T08:00"), _at("2026-11-23T10:00")),
        (_at("2026-11-23T09:30"), _at("2026-11-23T11:00")),
        (_at("2026-11-23T13:30"), None),
    ]
    assert working_minutes(_calendar(), start, end, pauses) == 150
    assert working_minutes(None, start, end, pauses) == 150
    assert working_minutes(_calendar(), end, start) == 0


def test_a_deadline_spent_at_closing_time_is_closing_time():
    start = _at("2026-11-23T09:00")
    assert add_working_time(_calendar(), start, 5 * 3600) == _at("2026-11-23T14:00")
    assert add_working_time(_calendar(), start, 5 * 3600 + 1) == _at("2026-11-23T16:00:01")
    assert add_working_time(_calendar(), _at("2026-11-22T03:00"), 0) == _at("2026-11-22T03:00")
    assert add_working_time(_calendar(), start, 60).tzinfo is UTC


def test_a_pause_moves_the_deadline_unless_it_comes_after():
    start, pause = _at("2026-11-23T09:00"), (_at("2026-11-23T12:00"), _at("2026-11-24T10:00"))
    assert add_working_time(_calendar(), start, 3 * 3600, [pause]) == pause[0]
    assert add_working_time(_calendar(), start, 4 * 3600, [pause]) == _at("2026-11-24T11:00")
    still = [(pause[0], None)]
    assert add_working_time(_calendar(), start, 3 * 3600, still) == pause[0]
    for calendar in (_calendar(), None):
        with pytest.raises(Refused) as refused:
            add_working_time(calendar, start, 4 * 3600, still)
        assert refused.value.code == "worktime_paused"


def test_natural_time_runs_day_and_night_without_the_pauses():
    start, end = _at("2026-10-24T12:00"), _at("2026-10-25T12:00")
    assert elapsed_seconds(start, end) == 25 * 3600
    pause = [(_at("2026-10-24T13:00"), _at("2026-10-24T14:00"))]
    assert elapsed_seconds(start, end, pause) == 24 * 3600
    assert add_working_time(None, start, 24 * 3600, pause) == end


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Madrid", "2026-03-29", 23),
        ("Europe/Madrid", "2026-10-25", 25),
        ("Atlantic/Canary", "2026-03-29", 23),
        ("Atlantic/Canary", "2026-10-25", 25),
        ("Europe/Madrid", "2026-10-26", 24),
    ],
)
def test_the_day_of_the_clock_change_is_an_hour_shorter_or_longer(zone, day, hours):
    calendar = _calendar({name: [["00:00", "24:00"]] for name in ALL_WEEK}, zone=zone)
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    end = (start.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone))
    assert working_seconds(calendar, start, end) == hours * 3600
    assert add_working_time(calendar, start, hours * 3600) == end


def test_hours_that_the_clock_skips_are_not_worked():
    skipped = _calendar({"sun": [["02:15", "02:45"]]})
    week = _at("2026-03-23T00:00"), _at("2026-03-30T00:00")
    assert working_seconds(skipped, *week) == 0
    half = _calendar({"sun": [["01:30", "02:30"]]})
    assert working_minutes(half, *week) == 30


def test_a_night_shift_goes_on_after_midnight_and_belongs_to_the_day_it_begins():
    night = _calendar({"thu": [["22:00", "06:00"]]}, holidays=["2026-11-27"])
    assert is_open(night, _at("2026-11-27T05:59"))
    assert not is_open(night, _at("2026-11-27T06:00"))
    assert working_minutes(night, _at("2026-11-26T00:00"), _at("2026-11-28T00:00")) == 480
    closed = _calendar({"thu": [["22:00", "06:00"]]}, holidays=["2026-11-26"])
    assert working_minutes(closed, _at("2026-11-26T00:00"), _at("2026-11-28T00:00")) == 0


def test_summer_hours_holidays_and_extra_days_decide_in_that_order():
    calendar = _calendar(
        ranges=[
            {"from": "2026-07-01", "to": "2026-08-31", "weekly": {"mon": [["08:00", "15:00"]]}}
        ],
        holidays={"2026-07-06": "Fiesta del pueblo"},
        open_days={"2026-07-05": [["10:00", "13:00"]], "2026-12-25": [["10:00", "11:00"]]},
        region="MD",
    )
    expected = {
        "2026-06-30": ("weekly", 2),
        "2026-07-01": ("range", 0),
        "2026-07-05": ("extra", 1),
        "2026-07-06": ("closed", 0),
        "2026-07-13": ("range", 1),
        "2026-12-08": ("holiday", 0),
        "2026-12-25": ("extra", 1),
    }
    days = [calendar.on(date.fromisoformat(text)) for text in expected]
    assert [(day.kind, len(day.intervals)) for day in days] == list(expected.values())


def test_the_next_opening_jumps_the_closed_days():
    calendar = _calendar(region="MD")
    assert next_opening(calendar, _at("2026-12-04T19:00")) == _at("2026-12-09T09:00")
    assert next_opening(calendar, _at("2026-12-04T18:59")) == _at("2026-12-04T18:59")
    assert next_opening(calendar, _at("2026-12-04T14:00")) == _at("2026-12-04T16:00")


def test_a_company_that_never_opens_has_no_deadlines():
    for ask in (lambda: add_working_time(Calendar(), _at("2026-11-23T09:00"), 1),
                lambda: next_opening(Calendar(), _at("2026-11-23T09:00"))):  # fmt: skip
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code == "worktime_never"


def test_a_deadline_years_ahead_is_found():
    yearly = _calendar({}, open_days={"2040-01-02": [["10:00", "11:00"]]})
    assert add_working_time(yearly, _at("2026-11-23T09:00"), 60) == _at("2040-01-02T10:01")


@pytest.mark.parametrize(
    "data",
    [
        {"weekly": {"mon": [["09:00", "09:00"]]}},
        {"weekly": {"mon": [["09:00", "25:00"]]}},
        {"weekly": {"mon": [["9", "10"]]}},
        {"weekly": {"mon": ["09:00-14:00"]}},
        {"weekly": {"mon": [["00:00", "24:00"], ["22:00", "06:00"]]}},
        {"weekly": {"lunes": []}},
        {"weekly": 3},
        {"ranges": [{"from": "2026-08-01", "to": "2026-07-01", "weekly": {}}]},
        {"ranges": ["julio"]},
        {"holidays": ["2026-02-30"]},
        {"region": "XX"},
        {"zone": "Europe/Motril"},
        [],
    ],
)
def test_what_is_no_calendar_is_refused(data):
    with pytest.raises(Refused) as refused:
        Calendar.from_json(data)
    assert refused.value.code == "calendar_invalid"


def test_an_instant_without_a_zone_is_a_mistake():
    with pytest.raises(ValueError, match="zone"):
        working_seconds(_calendar(), datetime(2026, 1, 1), datetime(2026, 1, 2))


def test_the_account_day_by_day_adds_up_and_names_the_holidays():
    calendar, pause = _calendar(region="MD"), (_at("2026-12-09T09:10"), _at("2026-12-09T09:20"))
    asked, answered = _at("2026-12-04T18:30"), _at("2026-12-09T09:45")
    lines = explain(calendar, asked, answered, [pause])
    assert [line.seconds // 60 for line in lines] == [30, 0, 0, 0, 0, 35]
    assert [line.on.name for line in lines if line.on.kind == "holiday"] == [
        "Lunes siguiente a Día de la Constitución Española",
        "Inmaculada Concepción",
    ]
    assert (lines[0].hours, lines[-1].paused) == ("09:00-14:00, 16:00-19:00", 600)
    with pytest.raises(Refused):
        explain(calendar, asked, _at("2029-01-01T00:00"))


CLOCK = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
HOURS = st.lists(st.tuples(CLOCK, CLOCK), max_size=3)
DAYS_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def calendars(draw):
    data = {
        "zone": draw(st.sampled_from(["Europe/Madrid", "Atlantic/Canary", "UTC"])),
        "weekly": draw(st.dictionaries(st.sampled_from(ALL_WEEK), HOURS, min_size=2)),
        "holidays": draw(st.lists(DAYS_2026.map(str), max_size=4)),
        "region": draw(st.sampled_from(["", "MD", "CN"])),
    }
    first = draw(DAYS_2026)
    data["ranges"] = [
        {"from": str(first), "to": str(first + timedelta(days=20)),
         "weekly": {draw(st.sampled_from(ALL_WEEK)): [["08:00", "15:00"]]}}
    ]  # fmt: skip
    try:
        return Calendar.from_json(data)
    except Refused:
        assume(False)


INSTANTS = st.datetimes(
    datetime(2026, 3, 20), datetime(2026, 11, 10), timezones=st.just(UTC)
).map(lambda at: at.replace(microsecond=0))  # fmt: skip
PAUSES = st.lists(
    st.tuples(INSTANTS, st.integers(0, 400_000)).map(
        lambda pair: (pair[0], pair[0] + timedelta(seconds=pair[1]))
    ),
    max_size=4,
)


@given(calendars(), INSTANTS, st.integers(0, 600_000), PAUSES)
@settings(max_examples=150, deadline=None)
def test_a_deadline_is_the_first_instant_at_which_the_time_is_spent(
    calendar, start, amount, pauses
):
    try:
        deadline = add_working_time(calendar, start, amount, pauses)
    except Refused:
        assume(False)
    assert working_seconds(calendar, start, deadline, pauses) == amount
    if amount:
        earlier = deadline - timedelta(seconds=1)
        assert working_seconds(calendar, start, earlier, pauses) == amount - 1


@given(calendars(), st.lists(INSTANTS, min_size=3, max_size=3).map(sorted), PAUSES)
@settings(max_examples=100, deadline=None)
def test_working_time_adds_up_over_a_cut(calendar, instants, pauses):
    first, middle, last = instants
    parts = [working_seconds(calendar, a, b, pauses) for a, b in pairwise((first, middle, last))]
    assert sum(parts) == working_seconds(calendar, first, last, pauses)


def _slow_minutes(calendar, start, end, pauses):
    """Every minute asked one by one on the wall clock; knows nothing of tables."""
    zone, total, at = ZoneInfo(calendar.zone), 0, start
    of = cache(lambda day: calendar.on(day).intervals)
    while at < end:
        local = at.astimezone(zone)
        second = local.hour * 3600 + local.minute * 60
        today, before = of(local.date()), of(local.date() - timedelta(days=1))
        works = any(opens <= second < closes for opens, closes in today)
        works = works or any(second + 86400 < closes for _, closes in before)
        total += works and not any(since <= at < until for since, until in pauses)
        at += timedelta(minutes=1)
    return total


MINUTES = INSTANTS.map(lambda at: at.replace(second=0))
LENGTHS = st.integers(0, 4000)


@given(calendars(), MINUTES, LENGTHS, st.lists(st.tuples(MINUTES, LENGTHS), max_size=3))
@example(
    Calendar.from_json({"weekly": {"sat": [["22:00", "07:00"]], "sun": [["00:30", "05:00"]]}}),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    2000,
    [(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 45)],
)
@settings(max_examples=60, deadline=None)
def test_the_minutes_are_those_of_somebody_who_counts_them(calendar, start, length, stops):
    # An opening or closing within the repeated hour has two readings; the rule is tested above.
    repeated = range(3600, 3 * 3600 + 1)
    edges = {edge % 86400 for day in calendar.weekly for pair in day for edge in pair}
    assume(not edges & set(repeated))
    end = start + timedelta(minutes=length)
    pauses = [(since, since + timedelta(minutes=minutes)) for since, minutes in stops]
    assert working_minutes(calendar, start, end, pauses) == _slow_minutes(
        calendar, start, end, pauses
    )


def test_a_calendar_written_as_json_reads_the_same():
    calendar = _calendar(
        {"thu": [["22:00", "06:00"]], "fri": [["00:00", "24:00"]]},
        ranges=[{"from": "2026-07-01", "to": "2026-08-31", "weekly": OFFICE, "name": "Verano"}],
        holidays={"2026-07-06": "Fiesta"},
        open_days={"2026-07-05": [["10:00", "13:00"]]},
        region="ES-VC",
        zone="Atlantic/Canary",
    )
    assert Calendar.from_json(calendar.as_json()) == calendar
    assert hash(calendar) == hash(Calendar.from_json(calendar.as_json()))


def test_many_deadlines_do_not_build_the_year_again():
    calendar, start = _calendar(region="MD"), _at("2026-01-23T09:00")
    add_working_time(calendar, start, 1)
    table = calendar._cache["table"]
    for minute in range(0, 100_000, 10):
        add_working_time(calendar, start + timedelta(minutes=minute), 8 * 3600)
    assert calendar._cache["table"] is table
