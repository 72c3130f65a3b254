"""A billing run: each period once, whatever happens."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lonja.billing.models import Entry, Invoice, Series
from lonja.fiscal.models import Record
from lonja.fiscal.verifactu.together import all_valid
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party
from lonja.subscriptions.actions.bill import Share, bill_due, bill_share, retry_obligation
from lonja.subscriptions.actions.plans import change_plan, end_plan, pause_plan, resume_plan
from lonja.subscriptions.models import BillingRun, Obligation, Outcome, Plan


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_a_due_period_becomes_an_issued_chained_and_mailed_invoice(start, hotel):
    start(anchor=date(2026, 1, 15))
    run = bill_due(now=at(2026, 1, 15))
    invoice = Invoice.objects.get()
    assert (run.issued, run.refused) == (1, 0)
    assert invoice.number == "F2026/0001"
    assert invoice.total_cents == 12100
    assert Entry.objects.get().amount_cents == 12100
    assert Record.objects.get().invoice_id == invoice.pk
    assert OutgoingMail.objects.get().to == ["compras@mirador.example"]


def test_a_second_run_bills_nobody_twice(start):
    start(anchor=date(2026, 1, 15))
    bill_due(now=at(2026, 1, 15))
    assert bill_due(now=at(2026, 1, 15)) is None
    assert Invoice.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_billers_that_come_from_both_ends_meet_and_bill_everybody_once(start):
    plans = [start(anchor=date(2026, 1, day), name=f"Plan {day}") for day in range(1, 8)]
    now = at(2026, 1, 20)
    run = BillingRun.objects.create(trigger="night", due_until=now, started_at=now)

    def stop(done: int) -> None:
        raise StopIteration

    with pytest.raises(StopIteration):  # one batch of two, from the last
        bill_share(run, None, now, 2, share=Share(0, 1, backwards=True), on_progress=stop)
    billed = Obligation.objects.order_by("plan").values_list("plan_id", flat=True)
    assert list(billed) == [plan.pk for plan in plans[-2:]]
    assert bill_share(run, None, now, 2, share=Share(0, 1)) == 5
    assert list(billed.all()) == [plan.pk for plan in plans]
    assert Invoice.objects.count() == 7


def test_nothing_is_billed_before_its_hour(start):
    start(anchor=date(2026, 1, 15))  # at 8:00 in Madrid, 7:00 UTC
    assert bill_due(now=at(2026, 1, 15, 6)) is None
    assert bill_due(now=at(2026, 1, 15, 7)).issued == 1


def test_month_ends_are_counted_from_the_anchor(start):
    start(anchor=date(2026, 1, 31))
    bill_due(now=at(2026, 4, 30))
    starts = Obligation.objects.order_by("period_start").values_list("period_start", flat=True)
    assert list(starts) == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_after_being_stopped_every_missed_period_is_billed_once(start):
    start(anchor=date(2026, 1, 1), unit="week")
    run = bill_due(now=at(2026, 2, 1))
    assert run.issued == 5
    assert Plan.objects.get().next_on == date(2026, 2, 5)


def test_one_refusal_never_stops_the_rest(start, hotel, lonja):
    from lonja.parties.models import Party

    nameless = Party.objects.create(name="Sin NIF, S.L.", address="Calle 1", city="Dénia")
    start(anchor=date(2026, 1, 15), party=nameless)
    start(anchor=date(2026, 1, 15))
    run = bill_due(now=at(2026, 1, 15))
    assert (run.issued, run.refused) == (1, 1)
    refused = Obligation.objects.get(outcome=Outcome.REFUSED)
    assert "NIF" in refused.refusal
    assert Invoice.objects.get().number == "F2026/0001", "a refusal takes no number"


def test_what_was_refused_goes_out_once_it_is_mended(start, hotel, lucia):
    hotel.nif = ""
    hotel.save()
    start(anchor=date(2026, 1, 15))
    bill_due(now=at(2026, 1, 15))
    hotel.nif = "B12345674"
    hotel.save()
    run = bill_due(now=at(2026, 1, 16))
    assert run.issued == 1
    obligation = Obligation.objects.get()
    assert obligation.outcome == Outcome.ISSUED
    assert retry_obligation(obligation, by=lucia).invoice_id == obligation.invoice_id
    assert Invoice.objects.count() == 1


def test_what_is_refused_again_and_again_leaves_one_run_not_one_each_time(start, hotel, lucia):
    Party.objects.update(nif="")
    start(anchor=date(2026, 1, 15))
    told = bill_due(now=at(2026, 1, 15))
    assert bill_due(now=at(2026, 1, 16)) is None
    assert (told.refused, Obligation.objects.get().run_id) == (1, told.pk)
    asked = bill_due(now=at(2026, 1, 17), by=lucia, trigger="manual")  # who asks is answered
    assert (asked.refused, Obligation.objects.get().run_id) == (1, asked.pk)
    Party.objects.update(nif="B12345674")
    mended = bill_due(now=at(2026, 1, 18))
    assert (mended.issued, mended.refused) == (1, 0)
    assert BillingRun.objects.count() == 3


def test_what_is_issued_by_hand_counts_in_its_run(start, hotel, as_lucia):
    Party.objects.update(nif="")
    start(anchor=date(2026, 1, 15))
    run = bill_due(now=at(2026, 1, 15))
    Party.objects.update(nif="B12345674")
    as_lucia.post(f"/recurrentes/obligaciones/{Obligation.objects.get().pk}/reintento/")
    run.refresh_from_db()
    assert (run.issued, run.refused, run.total_cents > 0) == (1, 0, True)


def test_the_page_of_a_run_says_where_its_refusals_went(start, hotel, as_lucia):
    Party.objects.update(nif="")
    start(anchor=date(2026, 1, 15))
    run = bill_due(now=at(2026, 1, 15))
    Party.objects.update(nif="B12345674")
    bill_due(now=at(2026, 1, 16))
    page = as_lucia.get(f"/recurrentes/ejecuciones/{run.pk}/").content.decode()
    assert "Una de las rechazadas se volvió a intentar después" in page


def test_a_run_that_died_before_it_was_closed_is_closed_by_the_next_look(start):
    start(anchor=date(2026, 1, 15))
    run = bill_due(now=at(2026, 1, 15))
    BillingRun.objects.update(finished_at=None, issued=0)
    assert bill_due(now=at(2026, 1, 15)) == run
    run.refresh_from_db()
    assert (run.issued, run.finished_at is None) == (1, False)
    assert bill_due(now=at(2026, 1, 15)) is None


def test_a_broken_plan_is_set_apart_and_the_batch_goes_out(start):
    broken = start(anchor=date(2026, 1, 15), name="Rota")
    broken.lines.update(tax_category="no-existe")
    start(anchor=date(2026, 1, 15), name="Buena")
    run = bill_due(now=at(2026, 1, 15))
    assert (run.issued, run.refused) == (1, 1)


def test_an_unforeseen_error_does_not_stop_the_run(start, monkeypatch):
    from lonja.subscriptions.actions import bill

    start(anchor=date(2026, 1, 15), name="Rota")
    start(anchor=date(2026, 1, 15), name="Buena")
    real = bill.draft_of

    def stumbling(plan, lines, by):
        if plan.name == "Rota":
            raise ZeroDivisionError("nadie lo esperaba")
        return real(plan, lines, by)

    monkeypatch.setattr(bill, "draft_of", stumbling)
    run = bill_due(now=at(2026, 1, 15))
    assert (run.issued, run.refused) == (1, 1)
    assert "nadie lo esperaba" in Obligation.objects.get(outcome=Outcome.REFUSED).refusal


def test_a_run_cut_short_is_taken_up_again(start, lucia):
    start(anchor=date(2026, 1, 15))
    half = BillingRun.objects.create(due_until=at(2026, 1, 15), started_at=at(2026, 1, 15))
    assert bill_due(now=at(2026, 1, 15, 13)).pk == half.pk
    assert BillingRun.objects.count() == 1


def test_a_pause_skips_its_periods_and_resuming_goes_on(start, lucia):
    plan = start(anchor=date(2026, 1, 10))
    bill_due(now=at(2026, 1, 10))
    pause_plan(plan, by=lucia, on=date(2026, 1, 20))
    assert bill_due(now=at(2026, 3, 15)) is None
    resume_plan(plan, by=lucia, on=date(2026, 3, 20))
    bill_due(now=at(2026, 4, 10))
    starts = Obligation.objects.order_by("period_start").values_list("period_start", flat=True)
    assert list(starts) == [date(2026, 1, 10), date(2026, 4, 10)]


def test_an_ended_plan_bills_no_more(start, lucia):
    plan = start(anchor=date(2026, 1, 10))
    end_plan(plan, by=lucia, on=date(2026, 1, 10))
    assert bill_due(now=at(2026, 6, 1)) is None


def test_the_last_day_is_included(start):
    start(anchor=date(2026, 1, 10), until=date(2026, 3, 10))
    bill_due(now=at(2026, 12, 1))
    assert Obligation.objects.count() == 3


def test_changing_the_day_never_bills_a_period_again(start, lucia):
    plan = start(anchor=date(2026, 1, 10))
    bill_due(now=at(2026, 1, 10))
    change_plan(plan, {"anchor": date(2026, 1, 25)}, None, by=lucia, on=date(2026, 1, 12))
    bill_due(now=at(2026, 2, 26))
    starts = Obligation.objects.order_by("period_start").values_list("period_start", flat=True)
    assert list(starts) == [date(2026, 1, 10), date(2026, 2, 25)]


def test_a_plan_may_leave_drafts_for_somebody_to_look_at(start):
    start(anchor=date(2026, 1, 15), when_due="draft")
    run = bill_due(now=at(2026, 1, 15))
    draft = Invoice.objects.get()
    assert (run.drafted, draft.number, draft.total_cents) == (1, "", 12100)
    assert OutgoingMail.objects.count() == 0


def test_the_period_is_written_in_the_concept(start):
    start(anchor=date(2026, 11, 1))
    bill_due(now=at(2026, 11, 1))
    assert Invoice.objects.get().lines.get().concept == "Mantenimiento noviembre de 2026"


def test_numbers_of_many_plans_have_no_gap(start):
    for n in range(30):
        start(anchor=date(2026, 1, 15), name=f"Plan {n}")
    bill_due(now=at(2026, 1, 15), batch=7)
    numbers = sorted(Invoice.objects.values_list("sequence", flat=True))
    assert numbers == list(range(1, 31))
    assert Series.objects.get().years.get().next_number == 31


def test_a_batch_asks_the_same_however_many_plans_it_has(start):
    def queries_for(day: int, plans: int) -> int:
        for n in range(plans):
            start(anchor=date(2026, 1, day), unit="once", name=f"Plan {day}-{n}")
        with CaptureQueriesContext(connection) as asked:
            bill_due(now=at(2026, 1, day))
        # Several may travel in one message.
        verbs = r"; (?=SELECT|INSERT|UPDATE|SAVEPOINT|RELEASE|SET )"
        sent = [statement for query in asked for statement in re.split(verbs, query["sql"])]
        return len([statement for statement in sent if "subscriptions_plan" not in statement])

    queries_for(10, 1)
    assert queries_for(11, 3) == queries_for(12, 25)


def test_a_record_that_the_schema_refuses_does_not_stop_its_batch(start, hotel):
    """Those of a batch are proven together; when one is not valid, each goes alone."""
    nowhere = Party.objects.create(
        name="Traveller Ltd.", id_type="03", nif="P1234567", country="XX",
        address="1 Road", city="Nowhere",
    )  # fmt: skip
    for n in range(30):
        start(anchor=date(2026, 1, 15), name=f"Plan {n}", party=nowhere if n == 12 else hotel)
    run = bill_due(now=at(2026, 1, 15))
    assert (run.issued, run.refused) == (29, 1)
    refused = Obligation.objects.get(outcome=Outcome.REFUSED)
    assert (refused.refusal_code, refused.plan.name) == ("verifactu_xsd", "Plan 12")
    numbers = Invoice.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(numbers) == list(range(1, 30)), "a refusal takes no number"
    records = Record.objects.order_by("position")
    for before, record in pairwise(records):
        assert record.previous_huella == before.huella
    assert all_valid([record.xml.encode() for record in records])


@pytest.mark.parametrize("unit", ["once"])
def test_a_one_off_service_is_billed_once(start, unit):
    start(anchor=date(2026, 1, 15), unit=unit)
    bill_due(now=at(2026, 1, 15))
    assert bill_due(now=at(2027, 1, 15)) is None
    assert Plan.objects.get().monthly_cents == 0
