"""Sending, following and the alta, through the door."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party
from lonja.sales import evidence, reports
from lonja.sales.actions import finish_acceptance, send_quote, start_service
from lonja.sales.models import PublicLink, Quote, QuoteStatus, Signature
from lonja.sales.tests.house import BASE, LINES, PLAN_KEY, line, make_quote
from lonja.sales.tests.signers import sign
from lonja.subscriptions.actions.bill import bill_due
from lonja.subscriptions.models import Plan
from lonja.tasks.models import Task


def test_sending_freezes_the_version_and_queues_the_mail(as_lucia: Any, quote: Quote) -> None:
    answer = as_lucia.post(
        f"/presupuestos/{quote.pk}/envio/",
        {"to": "carmen@mirador.example, compras@mirador.example", "message": "Como hablamos."},
    )
    assert answer.status_code == 303
    link = PublicLink.objects.get()
    quote.refresh_from_db()
    assert quote.status == QuoteStatus.SENT
    assert link.version.pdf.sha256 == evidence.sha256(link.version.pdf.read())
    mail = OutgoingMail.objects.get()
    assert mail.to == ["carmen@mirador.example", "compras@mirador.example"]
    assert f"/p/{link.token}/" in mail.text
    assert "Como hablamos." in mail.text
    assert mail.attachments == [{"name": link.version.pdf.name, "file": link.version.pdf_id}]
    assert link.token not in (link.token_hash, link.sealed_token)


def test_sending_again_uses_the_same_link(as_lucia: Any, sent: PublicLink) -> None:
    as_lucia.post(f"/presupuestos/{sent.quote_id}/envio/", {"to": "otra@mirador.example"})
    assert PublicLink.objects.count() == 1
    assert OutgoingMail.objects.count() == 2
    assert sent.token in OutgoingMail.objects.last().text


def test_an_empty_quote_is_not_sent(as_lucia: Any, lonja: Any, mirador: Any, lucia: Any) -> None:
    empty = make_quote(lonja.company, mirador, lucia, lines=[])
    answer = as_lucia.post(f"/presupuestos/{empty.pk}/envio/", {"to": "a@b.example"})
    assert answer.status_code == 409
    assert "no tiene ninguna línea" in answer.content.decode()
    assert not OutgoingMail.objects.exists()


def test_the_link_can_be_copied_without_sending_a_mail(as_lucia: Any, quote: Quote) -> None:
    answer = as_lucia.post(f"/presupuestos/{quote.pk}/publicacion/", follow=True)
    page = answer.content.decode()
    assert f"http://testserver/p/{PublicLink.objects.get().token}/" in page
    assert "wa.me" in page
    assert as_lucia.get(f"/presupuestos/{quote.pk}/enlace/qr.svg").content.startswith(b"<svg")
    assert not OutgoingMail.objects.exists()


def test_a_new_version_revokes_the_link_and_gets_another(
    as_lucia: Any, sent: PublicLink, lucia: Any
) -> None:
    as_lucia.post(f"/presupuestos/{sent.quote_id}/version/")
    quote = Quote.objects.get()
    assert (quote.status, quote.version) == (QuoteStatus.DRAFT, 2)
    sent.refresh_from_db()
    assert sent.revoked_at is not None
    fresh = send_quote(quote, by=lucia, to=["compras@mirador.example"], base_url=BASE)
    assert fresh.token != sent.token
    assert fresh.version.version == 2


def test_a_signed_quote_with_a_date_starts_its_plans_by_itself(
    lonja: Any, lucia: Any, mirador: Any
) -> None:
    starts = lonja.company.today() + timedelta(days=10)
    lines = [*LINES, line("Revisión anual", 1, 120, unit_of_time="year", every=2)]
    quote = make_quote(
        lonja.company,
        mirador,
        lucia,
        lines=lines,
        service_starts_on=starts,
        service_time=time(9, 30),
    )
    link = send_quote(quote, by=lucia, to=["compras@mirador.example"], base_url=BASE)
    signature = sign(link, chosen=[PLAN_KEY])
    finish_acceptance(signature)
    finish_acceptance(signature)
    plans = {(plan.unit, plan.every): plan for plan in Plan.objects.all()}
    assert set(plans) == {("once", 1), ("month", 1), ("year", 2)}
    assert plans["once", 1].net_cents == 361600
    assert plans["month", 1].net_cents == 3500
    assert {plan.anchor for plan in plans.values()} == {starts}
    assert {plan.send_time for plan in plans.values()} == {time(9, 30)}
    assert plans["once", 1].lines.count() == 3
    assert Quote.objects.get().service_started_at is not None


def test_the_alta_page_asks_when_and_how_often(as_lucia: Any, sent: PublicLink) -> None:
    finish_acceptance(sign(sent, chosen=[PLAN_KEY]))
    assert not Plan.objects.exists()
    url = f"/presupuestos/{sent.quote_id}/alta/"
    assert "Plan de mantenimiento Plus" in as_lucia.get(url).content.decode()
    data = {
        "starts_on": "+5",
        "send_time": "10:15",
        "when_due": "draft",
        "emails": "facturas@mirador.example",
        "unit_4": "week",
        "every_4": "2",
    }
    data |= {f"unit_{n}": "" for n in (1, 2, 3)}
    assert as_lucia.post(url, data).status_code == 303
    plan = Plan.objects.get(unit="week")
    assert (plan.every, plan.when_due, plan.send_time) == (2, "draft", time(10, 15))
    assert plan.emails == ["facturas@mirador.example"]
    assert Plan.objects.count() == 2
    as_lucia.post(url, data)
    assert Plan.objects.count() == 2


def test_the_task_that_asked_for_the_alta_is_done_when_it_starts(
    as_lucia: Any, sent: PublicLink, lonja: Any
) -> None:
    finish_acceptance(sign(sent))
    task = Task.objects.get(origin_id=sent.quote_id)
    assert task.closed_at is None
    url = f"/presupuestos/{sent.quote_id}/alta/"
    Party.objects.update(address="")
    assert "le falta el domicilio, y sin él no saldrá" in as_lucia.get(url).content.decode()
    as_lucia.post(url, {"starts_on": "hoy", "send_time": "00:00", "when_due": "send"})
    task.refresh_from_db()
    assert task.closed_at is not None
    bill_due()
    page = as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    assert "sin facturar todavía" in page and "Falta el domicilio de" in page
    assert "sin más facturas" not in page  # its only one is still owed


def test_what_is_not_signed_cannot_start(sent: PublicLink, lucia: Any, lonja: Any) -> None:
    with pytest.raises(Refused) as refusal:
        start_service(
            Quote.objects.get(),
            by=lucia,
            starts_on=lonja.company.today(),
            send_time=time(8),
        )
    assert refusal.value.code == "quote_not_signed"


def test_the_follow_up_page_tells_what_happened(as_lucia: Any, sent: PublicLink) -> None:
    finish_acceptance(sign(sent))
    page = as_lucia.get(f"/presupuestos/{sent.quote_id}/").content.decode()
    assert "recibió la firma de Carmen Roselló Ferrer" in page
    assert "Dar de alta el servicio" in page
    signature = Signature.objects.get()
    signed = as_lucia.get(f"/presupuestos/{sent.quote_id}/firmas/{signature.pk}/pdf/")
    assert evidence.sha256(signed.content) == signature.documents.get().pdf.sha256


def test_a_lost_quote_says_why(as_lucia: Any, sent: PublicLink) -> None:
    as_lucia.post(f"/presupuestos/{sent.quote_id}/rechazo/", {"reason": "Precio"})
    quote = Quote.objects.get()
    assert (quote.status, quote.reject_reason) == (QuoteStatus.REJECTED, "Precio")
    with pytest.raises(Refused):
        sign(sent)


def test_open_quotes_weigh_in_the_forecast(
    lonja: Any, lucia: Any, mirador: Any, sent: PublicLink
) -> None:
    today = lonja.company.today()
    months = [today.replace(day=1)]
    for _ in range(3):
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    plan = [line("Cuota", 1, 100, unit_of_time="month")]
    monthly = make_quote(lonja.company, mirador, lucia, lines=plan, probability_pct=25)
    Quote.objects.filter(pk=monthly.pk).update(expected_on=months[2])
    send_quote(monthly, by=lucia, to=["a@b.example"], base_url=BASE)
    Quote.objects.filter(pk=sent.quote_id).update(expected_on=months[1], probability_pct=50)
    weighted = reports.weighted_by_month(lucia, months)
    assert [weighted[month] for month in months] == [0, 180800, 2500, 2500]


def test_readers_see_but_do_not_send(lonja: Any, quote: Quote) -> None:
    from tests.cast import OrganisationClient, make_member

    reader = OrganisationClient(make_member(lonja, "Rosa Pla", "readonly"))
    assert reader.get(f"/presupuestos/{quote.pk}/").status_code == 200
    assert reader.post(f"/presupuestos/{quote.pk}/envio/", {"to": "a@b.example"}).status_code == 403
    support = OrganisationClient(make_member(lonja, "Sergio Gil", "support"))
    assert support.get("/presupuestos/").status_code == 403


def test_a_draft_pdf_is_marked_and_not_kept(as_lucia: Any, quote: Quote) -> None:
    answer = as_lucia.get(f"/presupuestos/{quote.pk}/pdf/")
    assert answer.content.startswith(b"%PDF")
    assert "-borrador.pdf" in answer.headers["Content-Disposition"]


def test_the_client_tab_lists_their_quotes(as_lucia: Any, quote: Quote) -> None:
    page = as_lucia.htmx(f"/presupuestos/cliente/{quote.party_id}/").content.decode()
    assert quote.number in page


def test_search_finds_by_title_without_accents(as_lucia: Any, quote: Quote) -> None:
    page = as_lucia.get("/presupuestos/?q=renovacion").content.decode()
    assert quote.number in page
    assert quote.number not in as_lucia.get("/presupuestos/?q=fontaneria").content.decode()


def test_a_percentage_keeps_its_cents(lonja: Any, lucia: Any, mirador: Any) -> None:
    quote = make_quote(lonja.company, mirador, lucia, lines=[line("A", 3, Decimal("99.99"))])
    assert (quote.base_cents, quote.total_cents) == (29997, 36296)


def test_a_quote_becomes_a_proforma_and_this_an_invoice(as_lucia, quote):
    from lonja.billing.models import Invoice, Proforma

    page = as_lucia.post(f"/presupuestos/{quote.pk}/proforma/", follow=True)
    made = Proforma.objects.get()
    assert page.status_code == 200
    assert made.total_cents == quote.total_cents
    as_lucia.post(f"/proformas/{made.pk}/factura/")
    draft = Invoice.objects.get()
    assert (draft.total_cents, draft.origin_type) == (quote.total_cents, "sales.quote")
