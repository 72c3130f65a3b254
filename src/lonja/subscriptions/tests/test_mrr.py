from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.subscriptions.mrr import Plan, monthly_amount, movements, mrr_on

D = Decimal
OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)


def _plan(customer="A", amount="100", start="2026-01-01", end=None, **more):
    ends = date.fromisoformat(end) if end else None
    return Plan(customer, D(amount), 1, "month", date.fromisoformat(start), ends, **more)


def test_a_plan_is_worth_its_monthly_part_half_up():
    assert monthly_amount(D(1200), 1, "year") == D("100.00")
    assert monthly_amount(D(100), 3, "month") == D("33.33")
    assert monthly_amount(D("552.34"), 1, "week", D("33.33")) == D("1601.21")
    assert monthly_amount(D("0.06"), 1, "year") == D("0.01")


def test_a_plan_counts_from_its_first_day_to_the_day_before_its_end():
    plan = _plan(start="2026-11-10", end="2026-11-20")
    days = [date(2026, 11, day) for day in (9, 10, 19, 20)]
    assert [mrr_on([plan], day) for day in days] == [0, 100, 100, 0]


def test_a_pause_is_a_churn_and_its_end_a_reactivation():
    plan = _plan(paused=((date(2026, 11, 1), date(2026, 12, 1)),))
    assert movements([plan], OCTOBER, NOVEMBER).totals["churn"] == -100
    assert movements([plan], NOVEMBER, date(2026, 12, 31)).totals["reactivation"] == 100


def test_a_customer_that_changes_plan_expands_and_is_not_new():
    plans = [_plan(end="2026-11-05"), _plan(amount="130", start="2026-11-05")]
    result = movements(plans, OCTOBER, NOVEMBER)
    assert result.totals["expansion"] == 30
    assert result.totals["new"] == result.totals["churn"] == 0


dates = st.dates(date(2026, 1, 1), date(2027, 6, 1))
plans = st.lists(
    st.builds(
        Plan,
        customer=st.sampled_from("ABC"),
        amount=st.decimals(0, 1000, places=2),
        every=st.integers(1, 6),
        unit=st.sampled_from(["day", "week", "month", "quarter", "year"]),
        start=dates,
        end=st.none() | dates,
    ),
    max_size=8,
)


@settings(deadline=None)
@given(plans=plans, previous=dates, on=dates)
def test_the_movements_always_explain_the_change(plans, previous, on):
    result = movements(plans, previous, on)
    assert result.previous == mrr_on(plans, previous)
    assert result.current == mrr_on(plans, on)
    assert result.current - result.previous == sum(result.totals.values())
