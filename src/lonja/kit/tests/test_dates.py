from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.kit.dates import (
    UNITS,
    format_date,
    format_long,
    next_occurrence_index,
    occurrence,
    occurrences,
    parse_date,
    period_label,
)
from lonja.kit.errors import Refused

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("21/11/2026", TODAY),
        ("21/11", TODAY),
        ("21-11-26", TODAY),
        ("2026-11-21", TODAY),
        ("2026-11-21T00:00:00", TODAY),
        ("21 de noviembre de 2026", TODAY),
        (" Hoy ", TODAY),
        ("ayer", date(2026, 11, 20)),
        ("mañana", date(2026, 11, 22)),
        ("+30", date(2026, 12, 21)),
        ("29/02/2024", date(2024, 2, 29)),
        ("15-6-2019", date(2019, 6, 15)),
    ],
)
def test_dates_as_people_type_them(text, day):
    assert parse_date(text, TODAY) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31/02/2020",
        "29/02/2023",
        "21/13",
        "0/1/2026",
        "1/1/0001",
        "20261121",
        "11/2026",
        "٢١/11/2026",
        "21/11/202",
        "x" * 200,
        "+99999",
        "2026-11-21T10:30:00",
        "1/1/9999",
    ],
)
def test_dates_that_do_not_exist_are_refused(text):
    with pytest.raises(Refused) as refused:
        parse_date(text, TODAY)
    assert refused.value.code == "date_invalid"


def test_dates_are_written_the_spanish_way():
    assert format_date(TODAY) == "21/11/2026"
    assert format_long(date(2027, 3, 1)) == "1 de marzo de 2027"


def test_periods_have_the_name_a_customer_uses():
    first = date(2026, 10, 1)
    assert period_label(first, date(2026, 11, 1)) == "octubre de 2026"
    assert period_label(first, date(2027, 1, 1)) == "4.º trimestre de 2026"
    assert period_label(date(2026, 1, 1), date(2027, 1, 1)) == "2026"
    assert period_label(TODAY, TODAY + timedelta(days=1)) == "21/11/2026"
    assert period_label(TODAY, date(2026, 12, 21)) == "del 21/11/2026 al 20/12/2026"


def test_the_31st_never_drifts_to_the_28th():
    days = list(islice(occurrences(date(2026, 12, 31), 1, "month"), 4))
    assert [day.day for day in days] == [31, 31, 28, 31]


def test_until_is_included_and_the_end_of_the_calendar_is_not_an_error():
    assert list(occurrences(TODAY, 1, "day", TODAY)) == [TODAY]
    assert len(list(occurrences(date(9998, 1, 1), 1, "year"))) == 2
    assert len(list(occurrences(date(9999, 12, 1), 30, "day"))) == 2


@given(
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.integers(1, 12),
    st.sampled_from(UNITS),
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
)
def test_the_next_occurrence_is_found_without_walking(anchor, every, unit, on):
    index = next_occurrence_index(anchor, every, unit, on)
    assert occurrence(anchor, index, every, unit) >= on
    assert index == 0 or occurrence(anchor, index - 1, every, unit) < on


@given(st.text(max_size=20) | st.text("0123456789/-+ ", max_size=11))
def test_any_text_gives_a_date_or_a_refusal(text):
    try:
        assert isinstance(parse_date(text, TODAY), date)
    except Refused as refused:
        assert refused.code == "date_invalid"
