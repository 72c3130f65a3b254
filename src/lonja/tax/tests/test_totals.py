from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.kit.errors import Refused
from lonja.tax import TaxLine, compute_totals

D = Decimal
ON = date(2026, 11, 21)


def _line(price, rate="21", quantity="1", **more):
    return TaxLine(D(quantity), D(price), rate=D(rate), **more)


def test_tax_is_on_the_sum_of_the_group_and_not_line_by_line():
    totals = compute_totals([_line("99.99")] * 3, on=ON)
    assert totals.tax_total == D("62.99")  # line by line it would be 63.00


def test_halves_go_away_from_zero_also_below_it():
    assert compute_totals([_line("10.50")], on=ON).tax_total == D("2.21")
    assert compute_totals([_line("-10.50")], on=ON).tax_total == D("-2.21")


def test_a_zero_total_is_never_minus_zero():
    totals = compute_totals([_line("100"), _line("-100"), _line("-0.01", "4")], on=ON)
    assert str(totals.groups[0].base) == "0.00"
    assert str(totals.tax_total) == "0.00"


def test_what_is_left_to_pay_knows_of_retention_disbursements_and_advances():
    lines = [_line("1000", withholding=True), _line("45.30", disbursement=True)]
    totals = compute_totals(lines, on=ON, withholding_pct=D(15), advances=[D(100), D("5.30")])
    assert totals.total == D("1210.00")
    assert totals.payable == D("1000.00")  # 1210 - 150 + 45.30 - 105.30


def test_a_discount_amount_gives_the_odd_cent_to_the_largest_group():
    lines = [_line("33.33", "4"), _line("33.34"), _line("33.33", "10")]
    totals = compute_totals(lines, on=ON, global_discount_amount=D(10))
    assert [group.base for group in totals.groups] == [D("30.00")] * 3
    assert totals.global_discount == D("10.00")


def test_a_discount_amount_over_nothing_is_refused():
    with pytest.raises(Refused) as refused:
        compute_totals([_line("5"), _line("-5")], on=ON, global_discount_amount=D(1))
    assert refused.value.code == "discount_without_base"


def test_the_same_tax_with_another_treatment_is_another_group():
    lines = [_line("10"), _line("10", regime="07"), _line("10", surcharge=D("5.2"))]
    assert len(compute_totals(lines, on=ON).groups) == 3


def test_in_euros_every_row_is_exact_by_itself():
    totals = compute_totals([_line("33.33", quantity="3")], on=ON).in_euros(D("0.8637"))
    assert (totals.base_total, totals.tax_total, totals.total) == (
        D("86.36"),
        D("18.14"),
        D("104.50"),
    )


def test_six_decimals_multiply_without_losing_any():
    big = TaxLine(D("123456789012.123456"), D("1.000001"), rate=D(0))
    assert compute_totals([big], on=ON).base_total == D("123456912468.91")


amounts = st.decimals("-99999", "99999", places=6, allow_nan=False)
lines = st.lists(
    st.builds(
        TaxLine,
        quantity=st.decimals("-999", "999", places=3),
        unit_price=amounts,
        discounts=st.lists(st.decimals(0, 100, places=2), max_size=2).map(tuple),
        rate=st.sampled_from([D(21), D(10), D(4)]),
        withholding=st.booleans(),
        disbursement=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(lines=lines, percent=st.sampled_from([None, D(5), D("33.33"), D(100)]))
def test_the_parts_always_add_up_to_the_total(lines, percent):
    totals = compute_totals(lines, on=ON, global_discount_pct=percent, withholding_pct=D(15))
    taxed = sum(
        net for net, line in zip(totals.lines_net, lines, strict=True) if not line.disbursement
    )
    assert totals.base_total == taxed - totals.global_discount
    assert totals.total == sum(group.total for group in totals.groups)
    assert totals.payable == totals.total - totals.withholding + totals.disbursements
    for amount in (totals.total, totals.payable, *totals.lines_net):
        assert amount.as_tuple().exponent == -2
        assert amount or not amount.is_signed()


@settings(deadline=None)
@given(lines=lines)
def test_with_prices_that_include_tax_the_total_is_what_the_customer_saw(lines):
    totals = compute_totals(lines, on=ON, prices_include_tax=True)
    taxed = sum(
        net for net, line in zip(totals.lines_net, lines, strict=True) if not line.disbursement
    )
    assert totals.total == taxed


@settings(deadline=None)
@given(lines=lines, discount=st.decimals("0.01", "500", places=2))
def test_a_shared_discount_is_shared_to_the_last_cent(lines, discount):
    plain = compute_totals(lines, on=ON)
    if plain.base_total == 0:
        return
    totals = compute_totals(lines, on=ON, global_discount_amount=discount)
    assert totals.global_discount == discount
    assert totals.base_total == plain.base_total - discount
