from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.kit.errors import Refused
from lonja.kit.money import (
    format_amount,
    format_cents,
    format_eur,
    format_percent,
    format_quantity,
    format_unit_price,
    from_cents,
    parse_amount,
    parse_percent,
    parse_quantity,
    parse_unit_price,
    round_cents,
    to_cents,
)

D = Decimal


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("1.234", "1234.00"),
        ("3.000", "3000.00"),
        ("0", "0.00"),
        ("-0", "0.00"),
        ("3,5", "3.50"),
        ("3*38", "114.00"),
        ("12+3,5", "15.50"),
        ("100 - 10*2,5", "75.00"),
        ("-5", "-5.00"),
        ("−1.234,50 €", "-1234.50"),
        (" 10 € ", "10.00"),
        ("1,5*1,33", "2.00"),
    ],
)
def test_amounts_as_people_type_them(text, amount):
    assert str(parse_amount(text)) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "€",
        "1,234.56",
        "1e5",
        "NaN",
        "Infinity",
        "1_000",
        "１２",
        "٣",
        "1.2.3,4",
        "mil euros",
        "1 234,56",
        "3*",
        "*3",
        "3--2",
        "3*-2",
        "3/2",
        "(3)",
        "1,",
        ",5",
        ".5",
        "12.34,5",
        "12,345",
        "0x10",
        "1.23.456",
        "9" * 30,
        "1" * 200,
        "3+" * 40,
        "5%",
        "=1+1",
    ],
)
def test_what_is_not_fully_understood_is_refused(text):
    with pytest.raises(Refused) as refused:
        parse_amount(text)
    assert refused.value.code == "amount_invalid"


def test_quantities_and_unit_prices_take_six_decimals_and_no_more():
    assert parse_quantity("1,234567") == D("1.234567")
    assert str(parse_quantity("3,500")) == "3.5"
    assert str(parse_unit_price("3,9")) == "3.90"
    assert str(parse_unit_price("0,12345")) == "0.12345"
    with pytest.raises(Refused):
        parse_quantity("1,2345678")


def test_percentages_stay_between_their_bounds():
    assert parse_percent("21 %") == 21
    assert parse_percent("5.2") == D("5.2")
    for text in ("101", "-1", "5.200", "x"):
        with pytest.raises(Refused):
            parse_percent(text)


def test_amounts_are_written_the_spanish_way():
    assert format_eur(D("1234.5")) == "1.234,50\u00a0€"
    assert format_eur(D("-1234567.891")) == "\u22121.234.567,89\u00a0€"
    assert format_amount(D("-0.004")) == "0,00"
    assert format_quantity(D("3.500")) == "3,5"
    assert format_quantity(D("1E+3")) == "1.000"
    assert format_unit_price(D("3.9")) == "3,90"
    assert format_percent(D("5.20")) == "5,2\u00a0%"


def test_money_is_never_a_float():
    with pytest.raises(TypeError):
        format_amount(1.5)
    with pytest.raises(ValueError):
        to_cents(D("0.001"))


def test_halves_round_away_from_zero():
    assert round_cents(D("2.205")) == D("2.21")
    assert round_cents(D("-0.005")) == D("-0.01")
    assert str(round_cents(D("-0.004"))) == "0.00"


@given(st.integers(-(10**14), 10**14))
def test_what_is_written_is_read_back_the_same(cents):
    amount = from_cents(cents)
    assert to_cents(amount) == cents
    assert parse_amount(format_eur(amount)) == amount
    assert format_cents(cents) == format_eur(amount)


@given(st.text(max_size=30) | st.text("0123456789.,+-* €", max_size=12))
def test_any_text_gives_an_amount_or_a_refusal(text):
    try:
        amount = parse_amount(text)
    except Refused:
        return
    assert amount.is_finite()
    assert amount.as_tuple().exponent == -2
