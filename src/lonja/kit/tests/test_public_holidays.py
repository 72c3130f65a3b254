from datetime import date

import pytest

from lonja.kit.worktime import REGIONS, Calendar, public_holidays, region_of_postcode

# Resolución de 17 de octubre de 2025 de la Dirección General de Trabajo: fiestas laborales de 2026.
MADRID_2026 = (
    "01-01 01-06 04-02 04-03 05-01 05-02 08-15 10-12 11-02 12-07 12-08 12-25"
)  # fmt: skip
CATALONIA_2026 = "01-01 01-06 04-03 04-06 05-01 06-24 08-15 09-11 10-12 12-08 12-25 12-26"


@pytest.mark.parametrize(("region", "days"), [("MD", MADRID_2026), ("CT", CATALONIA_2026)])
def test_the_holidays_of_a_community_are_those_of_the_official_list(region, days):
    assert [f"{day:%m-%d}" for day in public_holidays(region, 2026)] == days.split()


@pytest.mark.parametrize("region", [code for code in REGIONS if code != "ES"])
def test_every_community_has_its_twelve_days_or_thereabouts(region):
    assert 11 <= len(public_holidays(region, 2026)) <= 14


def test_a_moved_sunday_says_where_it_comes_from():
    assert public_holidays("MD", 2026)[date(2026, 12, 7)].startswith("Lunes siguiente a")
    assert date(2026, 12, 6) not in public_holidays("MD", 2026)
    assert Calendar(region="MD").on(date(2026, 12, 7)).kind == "holiday"


@pytest.mark.parametrize(
    ("postcode", "region"),
    [("46001", "VC"), ("28013", "MD"), ("35001", "CN"), ("51001", "CE"), ("", "ES"), ("99", "ES")],
)
def test_the_community_is_known_by_the_postcode(postcode, region):
    assert region_of_postcode(postcode) == region


def test_without_a_region_there_are_no_public_holidays():
    assert not public_holidays("", 2026)
    assert date(2026, 12, 8) in public_holidays("ES", 2026)
