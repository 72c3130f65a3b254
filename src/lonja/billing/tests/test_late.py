"""Late payers: reminders that stop in time, disputes, and what the law lets claim."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lonja.billing import late
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.remind import (
    close_dispute,
    ensure_steps,
    open_dispute,
    remind_due,
    remind_next,
)
from lonja.billing.actions.settle import register_payment
from lonja.billing.models import (
    BillingSettings,
    Invoice,
    LateClaim,
    LateRate,
    Reminder,
    ReminderStep,
)
from lonja.documents.figures import figures_of
from lonja.kit.errors import Refused
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.tax.late_payment import RateUnknown, late_interest, rate_on


@pytest.fixture
def overdue(draft, lucia):
    """Make an invoice that fell due so many days ago."""

    def make(days=10, price="100", **more):
        one = draft(price, **more)
        today = one.company.today()
        day = today - timedelta(days=days)
        Invoice.objects.filter(pk=one.pk).update(issued_on=day, due_on=day)
        return issue_invoice(one, by=lucia, on=day)

    return make


@pytest.fixture
def switched_on(lonja):
    ensure_steps(lonja.company)
    BillingSettings.objects.create(company=lonja.company, reminders_on=True)
    return lonja.company


def test_each_step_goes_once_and_the_furthest_due_one_first(overdue, switched_on):
    one, fresh = overdue(20), overdue(1)
    today = switched_on.today()
    assert remind_due(switched_on, today) == (1, 0)
    assert remind_due(switched_on, today) == (0, 0)
    reminder = Reminder.objects.get()
    assert (reminder.invoice_id, reminder.step.days_after) == (one.pk, 15)
    mail = OutgoingMail.objects.get()
    assert "121,00" in mail.text
    assert "20 días" in mail.subject
    assert remind_due(switched_on, today + timedelta(days=15))[0] == 2
    assert set(Reminder.objects.values_list("invoice_id", "step__days_after")) == {
        (one.pk, 15),
        (one.pk, 30),
        (fresh.pk, 15),
    }


def test_who_reads_english_is_reminded_and_claimed_so(overdue, hotel, lucia, as_lucia):
    hotel.language = "en"
    hotel.save()
    one = overdue(20, "1000")
    day = figures_of("en").day(one.due_on)
    mail = remind_next(one, by=lucia).mail
    assert (mail.subject, mail.language) == (f"Invoice {one.number}, 20 days overdue", "en")
    assert f"for €1,210.00, which was due on {day}" in mail.text
    LateRate.objects.create(since=late.half_year(one.company.today()), pct=10, source="BOE")
    LateRate.objects.get_or_create(
        since=late.half_year(one.due_on), defaults={"pct": 10, "source": "BOE"}
    )
    letter = as_lucia.get(f"/facturas/{one.pk}/demora/").content.decode()
    assert "and €40.00 for" in letter
    own = ReminderStep(subject="Hola", text="Debes {importe} desde el {vencimiento}")
    assert late.words_of(own, one, one.company.today())[1] == f"Debes €1,210.00 desde el {day}"


def test_the_scheduler_can_enqueue_the_look_at_what_is_late(lonja):
    from lonja.jobs.models import Job
    from lonja.jobs.queue import path_of, schedules

    (found,) = [one for one in schedules() if one.name == "billing.remind"]
    found.task.enqueue()
    assert Job.objects.get().task == path_of(found.task) == "lonja.billing.jobs.remind_late"


def test_nothing_goes_until_it_is_switched_on(overdue, lonja):
    overdue(20)
    ensure_steps(lonja.company)
    assert remind_due(lonja.company, lonja.company.today()) == (0, 0)


def test_payment_cancels_what_waits_and_stops_the_rest(overdue, switched_on, lucia):
    one = overdue(20)
    remind_next(one, by=lucia)
    register_payment(one, amount=12100, on=one.issued_on, method="cash", by=lucia)
    assert OutgoingMail.objects.get().status == MailStatus.CANCELLED
    assert remind_due(switched_on, switched_on.today() + timedelta(days=30)) == (0, 0)
    with pytest.raises(Refused) as refused:
        remind_next(one, by=lucia)
    assert refused.value.code == "nothing_owed"


def test_a_dispute_stops_reminders_until_it_is_closed(overdue, switched_on, lucia):
    one = overdue(20)
    open_dispute(one, reason="Faltan dos equipos", by=lucia)
    assert remind_due(switched_on, switched_on.today()) == (0, 0)
    with pytest.raises(Refused, match="Faltan dos equipos"):
        remind_next(one, by=lucia)
    close_dispute(one, by=lucia)
    assert remind_due(switched_on, switched_on.today()) == (1, 0)


def test_credit_that_covers_it_stops_reminders(overdue, issued, switched_on, lucia):
    one = overdue(20)
    issued("-200")
    assert remind_due(switched_on, switched_on.today()) == (0, 1)
    with pytest.raises(Refused, match="saldo a favor"):
        remind_next(one, by=lucia)


def test_remind_from_the_drawer_with_preview(as_lucia, overdue):
    one = overdue(10)
    html = as_lucia.get(f"/facturas/{one.pk}/recordatorio/").content.decode()
    assert f"Recordatorio: factura {one.number}" in html
    assert "{importe}" not in html
    data = {"to": "a@b.example", "subject": "Hola", "text": "Paga, por favor"}
    url = f"/facturas/{one.pk}/recordatorio/"
    assert as_lucia.post(url, data).status_code == 303
    assert OutgoingMail.objects.get().text == "Paga, por favor"
    assert Reminder.objects.filter(invoice=one).count() == 1
    assert "Amable" in as_lucia.get(url).content.decode()


def test_the_bulk_action_reminds_many_and_tells_why_not(as_lucia, overdue, issued, lucia):
    from lonja.billing.jobs import bulk

    one, paid = overdue(10), issued()
    bulk.func("remind", [one.pk, paid.pk], lucia.pk, {})
    assert Reminder.objects.get().invoice_id == one.pk


def test_cobros_filters_by_age_and_keeps_its_queries(
    as_lucia, overdue, issued, django_assert_max_num_queries
):
    made = {days: overdue(days) for days in (10, 40, 70, 120)}
    current = issued()
    for slug, days in (("1-30", 10), ("31-60", 40), ("61-90", 70), ("mas-90", 120)):
        html = as_lucia.get(f"/cobros/?vista={slug}").content.decode()
        shown = {d for d, one in made.items() if f">{one.number}<" in html}
        assert shown == {days}
    assert current.number in as_lucia.get("/cobros/?vista=al-corriente").content.decode()
    with django_assert_max_num_queries(32) as few:
        assert as_lucia.get("/cobros/").status_code == 200
    for _n in range(8):
        overdue(15)
    with django_assert_max_num_queries(len(few.captured_queries)):
        as_lucia.get("/cobros/")


def test_cobros_by_client_adds_up(as_lucia, overdue, hotel, django_assert_max_num_queries):
    overdue(10), overdue(40)
    with django_assert_max_num_queries(24):
        html = as_lucia.get("/cobros/clientes/").content.decode()
    assert hotel.name in html
    assert "242,00" in html


def test_received_money_is_listed(as_lucia, issued, lucia):
    one = issued()
    register_payment(one, amount=5000, on=one.issued_on, method="cash", by=lucia)
    html = as_lucia.get("/cobros/recibidos/").content.decode()
    assert "50,00" in html
    assert "Recibido" in html


# --- Ley 3/2004 ---------------------------------------------------------------------------------


def test_interest_runs_by_half_years_over_365():
    segments = late_interest([(date(2025, 12, 2), Decimal("1000.00"))], date(2026, 1, 31))
    assert [(s.days, s.pct) for s in segments] == [(30, Decimal("10.15")), (31, Decimal("10.15"))]
    assert [s.interest for s in segments] == [Decimal("8.34"), Decimal("8.62")]
    assert rate_on(date(2023, 3, 1)).pct == Decimal("10.50")
    assert rate_on(date(2019, 3, 1)).pct == Decimal("8.00")


def test_a_half_year_nobody_told_is_not_invented():
    with pytest.raises(RateUnknown):
        rate_on(date(2026, 7, 1))


def test_the_claim_survives_the_payment_of_the_principal(overdue, lucia, lonja, as_lucia):
    one = overdue(30)
    half = late.half_year(lonja.company.today() - timedelta(days=30))
    for since in {half, late.half_year(lonja.company.today())}:
        LateRate.objects.create(since=since, pct=Decimal("10.00"), source="BOE")
    paid_on = lonja.company.today() - timedelta(days=10)
    register_payment(one, amount=12100, on=paid_on, method="cash", by=lucia)
    due = late.claim_on(one, lonja.company.today())
    # Nineteen days of 121,00 at 10 %: the day it is paid no longer counts.
    assert (due.interest, due.costs) == (63, 4000)
    url = f"/facturas/{one.pk}/demora/"
    assert "40,63" in as_lucia.get(url).content.decode()
    data = {"to": "a@b.example", "text": "Os reclamamos"}
    assert as_lucia.post(url, data).status_code == 303
    claim = LateClaim.objects.get()
    assert claim.total_cents == 4063
    assert OutgoingMail.objects.filter(kind="claim").count() == 1
    assert as_lucia.post(url, data).status_code == 409
    close = f"/cobros/demora/{claim.pk}/cierre/"
    assert as_lucia.post(close, {"estado": "paid"}).status_code == 303
    assert as_lucia.post(close, {"estado": "paid"}).status_code == 409


def test_a_missing_rate_says_where_to_write_it(as_lucia, overdue):
    one = overdue(10)
    html = as_lucia.get(f"/facturas/{one.pk}/demora/").content.decode()
    if late.half_year(one.company.today()) > date(2026, 6, 30):
        assert "Configuración › Cobros y recordatorios" in html


def test_a_consumer_is_not_charged_interest(overdue, hotel, as_lucia):
    hotel.kind = "consumer"
    hotel.save()
    one = overdue(10)
    assert "a un particular" in as_lucia.get(f"/facturas/{one.pk}/demora/").content.decode()


def test_settings_steps_and_rates_are_data(as_lucia, lonja):
    url = "/configuracion/cobros-y-recordatorios/"
    assert as_lucia.post(f"{url}inicio/").status_code == 303
    data = {"correctives_name": "notas", "reminders_on": "on"}
    assert as_lucia.post(url, data).status_code == 303
    step = {
        "days_after": "3",
        "tone": "kind",
        "subject": "Hola",
        "text": "Texto",
        "is_active": "on",
    }
    assert as_lucia.post(f"{url}nuevo/", step).status_code == 422
    assert as_lucia.post(f"{url}nuevo/", {**step, "days_after": "45"}).status_code == 303
    rate = {"since": "01/07/2026", "pct": "10,15", "source": "BOE"}
    assert as_lucia.post(f"{url}tipos/", rate).status_code == 303
    assert as_lucia.post(f"{url}tipos/", rate).status_code == 409
    assert as_lucia.post(f"{url}tipos/", {**rate, "since": "02/07/2026"}).status_code == 422
    html = as_lucia.get(url).content.decode()
    assert "45 días" in html
    assert "10,15" in html
