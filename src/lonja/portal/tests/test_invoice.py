"""The customer's page: only with the link, only its own, and only people count."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from lonja.billing import dispatch
from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.send import revoke_links, send_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.models import Correction, CustomerLink, FollowUp
from lonja.billing.tests.conftest import *  # noqa: F403
from lonja.documents.figures import figures_of
from lonja.einvoices.models import EinvoiceProfile, ElectronicCopy
from lonja.jobs.worker import run_until_idle
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party

PHONE = "Mozilla/5.0 (Linux; Android 15; CUBOT P80) Chrome/140 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def _forget_limits() -> None:
    cache.clear()


@pytest.fixture
def carmen() -> Client:
    return Client(headers={"User-Agent": PHONE}, REMOTE_ADDR="203.0.113.9")


@pytest.fixture
def one(issued: Any) -> Any:
    return issued("1000")


@pytest.fixture
def page(one: Any) -> str:
    return f"/p/{dispatch.open_link(one).token}/factura/"


def test_it_says_what_is_owed_and_how_to_pay_it(carmen, one, page):
    answer = carmen.get(page)
    html = answer.content.decode()
    assert "Falta por pagar" in html
    assert "1.210,00\xa0€" in html
    assert "ES91 2100 0418 4502 0005 1332" in html
    assert 'data-copy="ES9121000418450200051332"' in html
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    code = carmen.get(f"{page}{one.pk}/qr/")
    assert code.headers["Content-Type"] == "image/svg+xml"
    assert carmen.get(f"{page}{one.pk}/paginas/1/").content.startswith(b"<svg")


def test_after_a_part_payment_the_rest_is_owed_and_after_all_nothing(carmen, one, page, lucia):
    pay = {"on": timezone.localdate(), "method": "transfer", "by": lucia}
    register_payment(one, amount=21000, **pay)
    html = carmen.get(page).content.decode()
    assert "1.000,00\xa0€" in html
    assert "Ya pagado" in html
    register_payment(one, amount=100000, **pay)
    html = carmen.get(page).content.decode()
    assert "Pagada" in html
    assert "Copiar IBAN" not in html
    assert carmen.get(f"{page}{one.pk}/qr/").status_code == 404


def test_what_only_takes_the_place_of_an_unpaid_one_is_not_said_to_be_paid(
    carmen, one, page, lucia
):
    how, today = Correction.SUBSTITUTION, one.company.today()
    draft = start_correction([one], CAUSES["data"], correction=how, reason="", on=today, by=lucia)
    new = issue_invoice(draft, by=lucia)
    html = carmen.get(f"{page}{new.pk}/").content.decode()
    assert "1.210,00\xa0€" in html and "Pagada" not in html
    assert "Falta por pagar" in carmen.get(page).content.decode()
    CustomerLink.objects.update(invoice=None)
    assert "Las últimas pagadas" not in carmen.get(page).content.decode()
    register_payment(one, amount=121_000, on=today, method="transfer", by=lucia)
    (row,) = re.findall(r'"pagadas".*', carmen.get(page).content.decode())
    assert one.number in row and new.number not in row


def test_the_pdf_is_the_one_that_was_mailed(carmen, one, page):
    from lonja.billing.pdf import invoice_pdf

    original = invoice_pdf(one).read()
    answer = carmen.post(f"{page}{one.pk}/pdf/")
    assert answer.content == original
    assert "attachment" in answer.headers["Content-Disposition"]


def test_people_count_robots_do_not(carmen, one, page, as_lucia):
    seen, pdf = f"{page}{one.pk}/visto/", f"{page}{one.pk}/pdf/"
    carmen.head(page)
    carmen.get(page)
    carmen.get(pdf)
    for agent in ("Barracuda Sentinel", "Mozilla/5.0 (compatible; Googlebot/2.1)", "curl/8", ""):
        robot = Client(headers={"User-Agent": agent})
        robot.post(seen)
        robot.post(pdf)
    Client(headers={"User-Agent": PHONE, "Sec-Purpose": "prefetch"}).post(seen)
    assert not FollowUp.objects.exists()
    carmen.post(seen)
    carmen.post(seen)
    row = FollowUp.objects.get()
    assert (row.opens, row.downloads) == (2, 0)
    assert "el cliente abrió la factura" in as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    carmen.post(pdf)
    assert one.number in as_lucia.get("/facturas/?envio=descargada").content.decode()


def test_the_short_address_leads_to_the_invoice(carmen, page):
    assert carmen.get(page.replace("factura/", "")).url == page


def test_a_closed_or_old_link_opens_nothing_and_tells_the_way(carmen, one, page, lucia):
    CustomerLink.objects.update(expires_at=timezone.now() - timedelta(days=1))
    answer = carmen.get(page)
    assert answer.status_code == 410
    assert "/c/clima-levante/" in answer.content.decode()
    assert one.number not in answer.content.decode()
    CustomerLink.objects.update(expires_at=timezone.now() + timedelta(days=1))
    revoke_links(one, by=lucia)
    for path in ("", f"{one.pk}/", f"{one.pk}/pdf/", f"{one.pk}/paginas/1/", f"{one.pk}/qr/"):
        assert carmen.get(f"{page}{path}").status_code == 410


def test_the_other_open_invoices_only_if_the_link_allows(carmen, one, page, issued, lonja):
    other = issued("50")
    stranger = Party.objects.create(
        name="Forn, S.L.", nif="B11111119", address="C/ Nova, 2", city="Xàbia"
    )
    foreign = issued("70", party=stranger)
    html = carmen.get(page).content.decode()
    assert other.number in html
    assert "1.270,50\xa0€" in html
    assert foreign.number not in html
    assert carmen.get(f"{page}{other.pk}/").status_code == 200
    assert carmen.get(f"{page}{foreign.pk}/").status_code == 404
    CustomerLink.objects.update(with_account=False)
    assert other.number not in carmen.get(page).content.decode()
    for path in ("", "pdf/", "paginas/1/", "qr/"):
        assert carmen.get(f"{page}{other.pk}/{path}").status_code == 404


def test_wrong_tokens_are_patiently_counted(carmen, page):
    for _attempt in range(20):
        assert carmen.get(f"/p/{'x' * 43}/factura/").status_code == 404
    assert carmen.get(page).status_code == 429


def test_who_lost_it_gets_it_by_mail_and_nobody_learns_anything(carmen, one, hotel, lonja):
    known = carmen.post("/c/clima-levante/", {"correo": "COMPRAS@mirador.example"})
    unknown = carmen.post("/c/clima-levante/", {"correo": "nadie@ejemplo.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    run_until_idle()
    mail = OutgoingMail.objects.get()
    assert mail.to == ["compras@mirador.example"]
    address = next(word for word in mail.text.split() if "/p/" in word)
    html = carmen.get(address.replace("http://testserver", "")).content.decode()
    assert "Facturas de" in html
    assert one.number in html


def test_asking_too_often_has_a_limit(carmen, lonja):
    for n in range(5):
        carmen.post("/c/clima-levante/", {"correo": f"a{n}@b.example"})
    assert carmen.post("/c/clima-levante/", {"correo": "z@b.example"}).status_code == 429
    wrong = Client(REMOTE_ADDR="203.0.113.77").post("/c/clima-levante/", {"correo": "no"})
    assert wrong.status_code == 422


def test_the_mail_carries_the_link_as_a_button(one, lucia, settings):
    from lonja.mail.sending import branded

    settings.PUBLIC_URL = "https://facturas.clima.example"
    mail = send_invoice(one, by=lucia)
    assert "Ver la factura: https://facturas.clima.example/p/" in mail.text
    assert ">Ver la factura</a>" in branded(mail)
    again = send_invoice(one, by=lucia)
    assert mail.text == again.text
    assert CustomerLink.objects.count() == 1


def test_the_office_copies_extends_and_closes_it(as_lucia, one, carmen):
    path = f"/facturas/{one.pk}/enlace/"
    assert "no tiene ningún enlace abierto" in as_lucia.get(path).content.decode()
    assert as_lucia.post(path, {"days": "10"}).status_code == 303
    html = as_lucia.get(path).content.decode()
    link = CustomerLink.objects.get()
    assert link.token in html
    assert (link.expires_at - timezone.now()).days == 9
    as_lucia.post(f"{path}cierre/")
    assert carmen.get(f"/p/{link.token}/factura/").status_code == 410


def test_the_page_speaks_the_language_of_the_customer(carmen, issued, hotel):
    hotel.language = "ca"
    hotel.save()
    one = issued("10")
    html = carmen.get(f"/p/{dispatch.open_link(one).token}/factura/").content.decode()
    assert '<html lang="ca">' in html
    for said in ("Falta per pagar", "Baixar el PDF", "Copiar l’IBAN"):
        assert said in html
    assert "12,10\xa0€" in html


def test_in_english_its_figures_and_days_are_too(carmen, issued, hotel):
    hotel.language = "en"
    hotel.save()
    one, other = issued("1000"), issued("2000")
    html = carmen.get(f"/p/{dispatch.open_link(one).token}/factura/").content.decode()
    for said in ("Left to pay", "€1,210.00", "€2,420.00", "€3,630.00", "Skip to content",
                 figures_of("en").day(one.due_on)):  # fmt: skip
        assert said in html
    assert other.number in html
    assert "\xa0€" not in html


def test_the_electronic_invoice_is_there_for_who_asked_for_one(carmen, one, page):
    address = f"{page}{one.pk}/electronica/"
    assert "factura electrónica" not in carmen.get(page).content.decode()
    assert carmen.post(address).status_code == 404
    EinvoiceProfile.objects.create(party=one.party, preferred="ubl")
    assert "Descargar factura electrónica (UBL)" in carmen.get(page).content.decode()
    assert ElectronicCopy.objects.count() == 0  # looking makes nothing
    first = carmen.post(address)
    assert first.status_code == 200
    assert one.number in first.content.decode()
    assert carmen.post(address).content == first.content
    assert carmen.get(address).status_code == 405
    assert FollowUp.objects.get(invoice=one).downloaded_at


def test_a_format_that_cannot_be_had_is_not_offered(carmen, one, page):
    # Facturae goes signed, and this company has no certificate.
    EinvoiceProfile.objects.create(party=one.party, preferred="facturae")
    assert "Facturae" not in carmen.get(page).content.decode()
    assert carmen.post(f"{page}{one.pk}/electronica/").status_code == 404
