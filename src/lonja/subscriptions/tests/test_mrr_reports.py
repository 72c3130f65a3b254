"""The figures of the home page: one function, and drill-downs that add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lonja.kit.money import from_cents
from lonja.subscriptions import mrr, reports
from lonja.subscriptions.actions.plans import change_plan, end_plan, pause_plan, start_plan
from lonja.subscriptions.models import Plan, PlanTerm


def test_the_home_page_and_the_one_function_agree(start, lucia):
    start(price="100.00")
    start(price="300.00", unit="quarter", name="Trimestral")
    start(price="7.00", unit="day", every=2, name="Diaria")
    start(price="1200.00", unit="year", name="Anual", discount_pct=Decimal("33.33"))
    day = date(2026, 6, 30)
    pure = [
        mrr.Plan(plan.party_id, from_cents(sum(line.net_cents for line in plan.lines.all())),
                 plan.every, plan.unit, plan.anchor, discount_pct=plan.discount_pct)
        for plan in Plan.objects.all()
    ]  # fmt: skip
    assert from_cents(reports.mrr(reports.terms_of(lucia), day)) == mrr.mrr_on(pure, day)


def test_a_change_of_price_moves_the_mrr_from_that_day(start, lucia):
    plan = start(price="100.00")
    lines = [{"concept": "Mantenimiento", "unit_price": Decimal(150)}]
    change_plan(plan, {}, lines, by=lucia, on=date(2026, 6, 10))
    terms = reports.terms_of(lucia)
    assert reports.mrr(terms, date(2026, 6, 9)) == 10000
    assert reports.mrr(terms, date(2026, 6, 10)) == 15000
    (moved,) = reports.changes(terms, date(2026, 5, 31), date(2026, 6, 30))
    assert (moved.kind, moved.cents) == ("expansion", 5000)


def test_pauses_and_ends_take_the_mrr_away(start, lucia):
    paused, ended = start(name="Uno"), start(name="Dos")
    pause_plan(paused, by=lucia, on=date(2026, 3, 1))
    end_plan(ended, by=lucia, on=date(2026, 4, 1))
    closes = reports.mrr_closes(
        reports.terms_of(lucia), [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1)]
    )
    assert closes == [20000, 10000, 0]
    (churn,) = reports.changes(reports.terms_of(lucia), date(2026, 3, 31), date(2026, 4, 30))
    assert (churn.kind, churn.cents) == ("churn", -10000)


def test_the_last_day_of_a_plan_still_counts(start, lucia):
    start(price="100.00", anchor=date(2026, 1, 10), until=date(2026, 3, 10))
    closes = reports.mrr_closes(reports.terms_of(lucia), [date(2026, 3, 10), date(2026, 3, 11)])
    assert closes == [10000, 0]


def test_the_movements_explain_the_whole_difference(start, lucia):
    for n, price in enumerate(("10.00", "20.00", "30.00")):
        start(price=price, name=f"Plan {n}", anchor=date(2026, n + 1, 5))
    terms = reports.terms_of(lucia)
    before, after = date(2026, 1, 31), date(2026, 3, 31)
    moved = sum(change.cents for change in reports.changes(terms, before, after))
    assert reports.mrr(terms, after) - reports.mrr(terms, before) == moved == 5000


def test_the_forecast_holds_each_coming_period_once(start, lucia):
    start(price="100.00", anchor=date(2026, 11, 30))
    start(price="50.00", anchor=date(2026, 12, 1), unit="week", name="Semanal")
    months = reports.forecast_months(date(2026, 11, 21), 2)
    assert reports.recurring_by_month(lucia, months) == {
        date(2026, 11, 1): 10000,
        date(2026, 12, 1): 10000 + 5 * 5000,
    }


def test_the_detail_of_the_forecast_adds_up_to_it(start, lucia):
    start(price="100.00", anchor=date(2026, 11, 30))
    start(price="70.00", anchor=date(2026, 11, 30), name="Igual de ritmo")
    start(price="50.00", anchor=date(2026, 12, 1), unit="week", name="Semanal")
    months = reports.forecast_months(date(2026, 11, 21), 3)
    detail: dict[date, int] = {}
    for month, cents, _plan in reports.coming(lucia, months):
        detail[month] = detail.get(month, 0) + cents
    assert detail == reports.recurring_by_month(lucia, months)


def test_a_hierarchical_member_sees_only_its_clients_figures(start, marcos, lucia, hotel):
    start(price="100.00")
    assert reports.mrr(reports.terms_of(marcos), date(2026, 6, 1)) == 0
    hotel.agent = marcos
    hotel.save()
    assert reports.mrr(reports.terms_of(marcos), date(2026, 6, 1)) == 10000


def test_starting_twice_from_the_same_origin_starts_once(start, hotel):
    first = start(origin=hotel)
    second = start(origin=hotel)
    assert first.pk == second.pk
    assert PlanTerm.objects.count() == 1
    assert start_plan is not None
