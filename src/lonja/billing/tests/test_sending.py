"""Invoices leave when they were told to, once, with somebody's permission if it is needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from tests.cast import OrganisationClient, make_member

from lonja.accounts.models import WorkCalendar
from lonja.accounts.schedule import built, calendar_for, default_rules
from lonja.billing import dispatch
from lonja.billing.actions.issue import Pending, issue_invoice, issue_many
from lonja.billing.actions.send import send_invoice
from lonja.billing.actions.void import void_invoice
from lonja.billing.models import Invoice, SendingRule
from lonja.billing.working_days import next_working_day
from lonja.mail.actions.mailbox import write_report
from lonja.mail.bounces import Failure, Report
from lonja.mail.models import MailServer, OutgoingMail, Security
from lonja.mail.sending import sweep
from lonja.mail.tests.conftest import sink as sink

MADRID = ZoneInfo("Europe/Madrid")
TOMORROW = timedelta(days=1)


def rule(lonja, **values) -> SendingRule:
    return SendingRule.objects.create(company=lonja.company, **values)


def in_a_week(zone: str = "Europe/Madrid", hour: str = "08:15", **more) -> dict[str, str]:
    day = timezone.localdate() + timedelta(days=7)
    return {"how": "exact", "day": f"{day:%d/%m/%Y}", "hour": hour, "zone": zone, **more}


@pytest.mark.parametrize(
    ("after", "working"),
    [
        (date(2026, 11, 20), date(2026, 11, 23)),  # Friday
        (date(2026, 12, 4), date(2026, 12, 7)),
        (date(2026, 12, 7), date(2026, 12, 9)),  # the 8th is Inmaculada
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2027, 1, 4)),
    ],
)
def test_the_next_working_day_is_neither_weekend_nor_national_holiday(after, working):
    assert next_working_day(after, built("Europe/Madrid", "ES", default_rules())) == working


def test_the_working_days_are_those_of_the_house(lonja):
    rules = default_rules()
    rules["weekly"] = {"mon": [["09:00", "14:00"]], "sat": [["09:00", "14:00"]]}
    rules["holidays"] = [{"date": "2026-11-21", "name": "Feria"}]
    WorkCalendar.objects.create(
        company=lonja.company, name="Tienda", region="VC", rules=rules, is_default=True
    )
    calendar = calendar_for(lonja.company)
    assert next_working_day(date(2026, 11, 13), calendar) == date(2026, 11, 14)  # Saturday
    assert next_working_day(date(2026, 11, 16), calendar) == date(2026, 11, 23)  # the fair
    assert next_working_day(date(2026, 10, 8), calendar) == date(2026, 10, 10)


def test_nothing_leaves_by_itself_until_the_company_says_so(draft, lucia, lonja):
    assert issue_invoice(draft(), by=lucia, send=None).mailed_at is None
    rule(lonja, send_when="issue")
    assert issue_invoice(draft(), by=lucia, send=None).mailed_at is not None
    assert issue_invoice(draft(), by=lucia, send=False).mailed_at is None
    assert OutgoingMail.objects.count() == 1


def test_the_rule_of_the_client_wins(draft, lucia, lonja, hotel):
    rule(lonja, send_when="issue")
    rule(lonja, party=hotel, send_when="manual")
    assert issue_invoice(draft(), by=lucia, send=None).mailed_at is None


def test_the_next_working_day_at_its_hour_in_its_zone(draft, lucia, lonja):
    rule(lonja, send_when="workday", hour=time(8, 30), zone="Atlantic/Canary")
    invoice = draft()
    invoice.issued_on = date(2026, 11, 20)
    friday = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    from django.db import transaction

    with transaction.atomic():
        pending = Pending(invoice, list(invoice.lines.all()), send=None)
        issue_many([pending], by=lucia, now=friday, on=friday.date())
    mail = OutgoingMail.objects.get()
    assert mail.not_before == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert mail.zone == "Atlantic/Canary"


def test_an_issued_invoice_is_scheduled_for_an_hour_of_somewhere(as_lucia, issued):
    one = issued()
    path = f"/facturas/{one.pk}/programacion/"
    assert "El siguiente día laborable a las 9:00" in as_lucia.get(path).content.decode()
    assert as_lucia.post(path, in_a_week("Atlantic/Canary")).status_code == 303
    mail = OutgoingMail.objects.get()
    assert mail.not_before.astimezone(ZoneInfo("Atlantic/Canary")).time() == time(8, 15)
    html = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert "Programada" in html
    assert "(Atlantic/Canary)" in html
    assert sweep() == 0


def test_it_moves_leaves_now_or_never(as_lucia, issued):
    one = issued()
    path = f"/facturas/{one.pk}/programacion/"
    as_lucia.post(path, in_a_week())
    as_lucia.post(path, in_a_week(hour="17:00"))
    mail = OutgoingMail.objects.get()
    assert mail.not_before.astimezone(MADRID).time() == time(17)
    assert as_lucia.post(f"{path}ahora/").status_code == 303
    mail.refresh_from_db()
    assert mail.not_before <= timezone.now()
    as_lucia.post(f"{path}anulacion/")
    mail.refresh_from_db()
    assert mail.status == "cancelled"
    assert one.number in as_lucia.get("/facturas/?vista=no-enviadas").content.decode()


def test_a_past_moment_or_a_missing_hour_is_told_and_nothing_is_issued(as_lucia, draft):
    one = draft()
    path = f"/facturas/{one.pk}/programacion/"
    past = {**in_a_week(), "day": "01/11/2020"}
    answer = as_lucia.post(path, past)
    assert answer.status_code == 422
    assert "Ese momento ya ha pasado" in answer.content.decode()
    answer = as_lucia.post(path, {**in_a_week(), "hour": ""})
    assert "Falta «Hora»" in answer.content.decode()
    one.refresh_from_db()
    assert one.is_draft


def test_the_editor_issues_now_and_sends_later(as_lucia, typed):
    data = typed({"unit_price": "100,00"}, accion="programar")
    answer = as_lucia.post("/facturas/nueva/?b=abc", data)
    assert answer.status_code == 303
    assert answer.url.endswith("/programacion/")
    assert as_lucia.post(answer.url, in_a_week()).status_code == 303
    one = Invoice.objects.get()
    assert one.number
    assert OutgoingMail.objects.get().not_before > timezone.now() + TOMORROW


def test_an_annulled_invoice_does_not_leave(as_lucia, issued, lucia):
    one = issued()
    as_lucia.post(f"/facturas/{one.pk}/programacion/", in_a_week())
    assert OutgoingMail.objects.get().status == "queued"
    void_invoice(one, reason="Se emitió dos veces por error", by=lucia)
    assert OutgoingMail.objects.get().status == "cancelled"
    assert (
        f"/facturas/{one.pk}/envios/" not in as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    )


def test_somebody_approves_what_the_others_send(as_lucia, lonja, issued):
    rule(lonja, needs_approval=True)
    clerk = OrganisationClient(make_member(lonja, "Olga Sanz", "office"))
    one, two = issued(), issued()
    data = {"to": "a@b.example", "cc": "", "subject": "Hola", "text": "Va"}
    for invoice in (one, two):
        clerk.post(f"/facturas/{invoice.pk}/envios/", data)
    assert {mail.status for mail in OutgoingMail.objects.all()} == {"held"}
    assert sweep() == 0
    first, second = OutgoingMail.objects.order_by("pk")
    for member in (clerk,):
        assert member.post(f"/correo/{first.pk}/aprobacion/").status_code == 403
    listed = as_lucia.get("/correo/?vista=por-aprobar").content.decode()
    assert listed.count("Por aprobar") >= 2
    as_lucia.post("/correo/acciones/", {"accion": "aprobar", "id": [first.pk]})
    as_lucia.post(f"/correo/{second.pk}/rechazo/", {"reason": "Falta el pedido"})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("queued", "cancelled")
    html = as_lucia.get(f"/facturas/{two.pk}/").content.decode()
    assert "Falta el pedido" in html
    two.refresh_from_db()
    assert two.mailed_at is None


def test_who_may_approve_sends_without_asking(draft, lucia, lonja):
    rule(lonja, send_when="issue", needs_approval=True)
    issue_invoice(draft(), by=lucia, send=None)
    issue_invoice(draft(), by=None, send=None)
    assert [mail.status for mail in OutgoingMail.objects.order_by("pk")] == ["queued", "held"]


def test_each_client_reads_its_language(draft, lucia, hotel):
    hotel.language = "eu"
    hotel.save()
    issue_invoice(draft(), by=lucia, send=True)
    mail = OutgoingMail.objects.get()
    assert mail.language == "eu"
    assert "Erantsita bidaltzen dizugu" in mail.text


def test_a_bounce_is_seen_on_the_invoice_the_list_and_the_client(as_lucia, issued, lucia, hotel):
    one = issued()
    mail = send_invoice(one, by=lucia)
    OutgoingMail.objects.filter(pk=mail.pk).update(status="sent", sent_at=timezone.now())
    failure = Failure("compras@mirador.example", "5.1.1", "no existe", True, True)
    local = mail.message_id.strip("<>").split("@")[0]
    assert write_report(Report([failure], [local], "huella")) == 1
    assert write_report(Report([failure], [local], "huella")) == 0
    html = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert "La factura no ha llegado" in html
    assert "La dirección no existe (5.1.1)" in html
    assert one.number in as_lucia.get("/facturas/?envio=rebotada").content.decode()
    assert "compras@mirador.example" in as_lucia.get(f"/clientes/{hotel.pk}/").content.decode()
    assert "1 factura rebotada" in as_lucia.get("/").content.decode()
    send_invoice(one, by=lucia, to=["otra@mirador.example"])
    assert one.number not in as_lucia.get("/facturas/?envio=rebotada").content.decode()


def test_the_filter_says_the_same_as_the_column(as_lucia, issued, lucia):
    sent, scheduled, never = issued(), issued(), issued()
    send_invoice(sent, by=lucia)
    OutgoingMail.objects.update(status="sent", sent_at=timezone.now())
    send_invoice(scheduled, by=lucia, at=timezone.now() + TOMORROW, zone="Europe/Madrid")
    for stage, mine in (("enviada", sent), ("programada", scheduled), ("sin-enviar", never)):
        html = as_lucia.get(f"/facturas/?envio={stage}").content.decode()
        assert mine.number in html
        for other in (sent, scheduled, never):
            assert (other.number in html) == (other == mine)


def test_settings_and_client_rules_are_kept(as_lucia, lonja, hotel):
    form = {
        "company": lonja.company.pk, "send_when": "workday", "hour": "8:30", "link_days": "90",
        "zone": "Europe/Madrid", "needs_approval": "on",
    }  # fmt: skip
    assert as_lucia.post("/configuracion/envio/", form).status_code == 303
    kept = dispatch.rule_of(lonja.company)
    assert (kept.send_when, kept.hour, kept.needs_approval) == ("workday", time(8, 30), True)
    own = {"company": lonja.company.pk, "send_when": "issue", "hour": "9:00"}
    path = f"/facturas/clientes/{hotel.pk}/envio/"
    assert as_lucia.post(path, own).status_code == 303
    assert "Al emitir" in as_lucia.get(f"/clientes/{hotel.pk}/").content.decode()
    as_lucia.post(path, {**own, "send_when": ""})
    assert not SendingRule.objects.filter(party=hotel).exists()


def test_addresses_have_their_uses(hotel):
    hotel.invoice_emails = ["facturas@mirador.example"]
    hotel.quote_emails = ["obras@mirador.example"]
    assert hotel.addresses_for("invoice") == ["facturas@mirador.example"]
    assert hotel.addresses_for("quote") == ["obras@mirador.example"]
    assert hotel.addresses_for("reminder") == ["facturas@mirador.example"]


def test_a_scheduled_mail_leaves_once_at_its_hour(sink, issued, lucia):
    one = issued()
    mail = send_invoice(one, by=lucia, at=timezone.now() + TOMORROW, zone="Europe/Madrid")
    assert sweep() == 0
    OutgoingMail.objects.filter(pk=mail.pk).update(not_before=timezone.now())
    sweep()
    sweep()
    assert len(sink.messages) == 1


def test_a_server_that_is_down_keeps_the_hour_and_retries(issued, lucia):
    MailServer.objects.create(
        host="127.0.0.1", port=9, security=Security.NONE, from_address="a@b.example"
    )
    mail = send_invoice(issued(), by=lucia)
    sweep()
    mail.refresh_from_db()
    assert mail.status == "queued"
    assert mail.not_before > timezone.now()
