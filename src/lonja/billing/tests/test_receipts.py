"""Money received, in the browser: shared out, left over, undone; the statement."""

from __future__ import annotations

from datetime import timedelta

from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.models import Credit, Invoice, Receipt
from lonja.billing.tests.test_papers import text_of
from lonja.documents.figures import figures_of
from lonja.documents.tests.spanish import spanish_left
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party


def receive(client, party, amount, **more):
    data = {
        "amount": amount,
        "on": "hoy",
        "method": "transfer",
        "reference": "TRF 1",
        "note": "",
        **more,
    }
    return client.post(f"/cobros/nuevo/?cliente={party.pk}", data)


def test_one_transfer_pays_two_invoices(as_lucia, issued, hotel):
    one, two = issued("100"), issued("50")
    answer = receive(as_lucia, hotel, "181,50", **{f"r{one.pk}": "121", f"r{two.pk}": "60,50"})
    assert answer.status_code == 303
    receipt = Receipt.objects.get()
    assert (receipt.amount_cents, receipt.reference) == (18150, "TRF 1")
    assert not Invoice.objects.issued().exclude(outstanding_cents=0).exists()


def test_the_invoice_that_is_paid_too_much_is_the_one_named(as_lucia, issued, hotel):
    one, two = issued("100"), issued("50")
    answer = receive(as_lucia, hotel, "181,50", **{f"r{one.pk}": "60,50", f"r{two.pk}": "121"})
    assert answer.status_code == 409
    told = f"De la factura {two.number} quedan por cobrar 60,50"
    assert told in answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    nothing = receive(as_lucia, hotel, "-5").content.decode()
    assert "Escribe un importe mayor que cero" in nothing


def test_the_amount_is_shared_out_beginning_with_the_oldest(as_lucia, issued, hotel):
    one, two = issued("100"), issued("50")
    url = f"/cobros/reparto/?cliente={hotel.pk}&auto=1"
    html = as_lucia.htmx(url, {"amount": "150"}, method="post").content.decode()
    assert f'name="r{one.pk}" value="121,00"' in html
    assert f'name="r{two.pk}" value="29,00"' in html
    assert "No sobra nada" in html
    html = as_lucia.htmx(url, {"amount": "200"}, method="post").content.decode()
    assert "Sobran 18,50" in html
    assert not Receipt.objects.exists()


def test_the_invoice_it_comes_from_is_paid_first(as_lucia, issued, hotel):
    old, new = issued("100"), issued("50")
    url = f"/cobros/nuevo/?cliente={hotel.pk}&factura={new.pk}"
    html = as_lucia.get(url).content.decode()
    assert html.index(f'name="r{new.pk}"') < html.index(f'name="r{old.pk}"')
    assert 'value="60,50"' in html
    assert as_lucia.get(f"/cobros/nuevo/?cliente={hotel.pk}&factura=999999").status_code == 404


def test_without_javascript_a_button_shares_it_out(as_lucia, issued, hotel):
    one = issued("100")
    answer = receive(as_lucia, hotel, "130", accion="repartir")
    assert answer.status_code == 422
    assert f'name="r{one.pk}" value="121,00"' in answer.content.decode()


def test_what_is_left_over_is_asked_about_and_then_kept(as_lucia, issued, hotel):
    one = issued("100")
    share = {f"r{one.pk}": "121"}
    answer = receive(as_lucia, hotel, "130", **share)
    assert answer.status_code == 409
    assert "Sobran 9,00" in answer.content.decode()
    assert receive(as_lucia, hotel, "130", keep_surplus="on", **share).status_code == 303
    assert Credit.objects.get().remaining_cents == 900
    html = as_lucia.get(f"/clientes/{hotel.pk}/?tab=ventas").content.decode()
    assert "Cobro de más" in html


def test_money_on_account_needs_no_invoice(as_lucia, hotel, series):
    assert receive(as_lucia, hotel, "300").status_code == 303
    credit = Credit.objects.get()
    html = as_lucia.get(f"/saldos/{credit.pk}/").content.decode()
    assert "Entrega a cuenta" in html
    assert "300,00" in html


def test_a_receipt_is_undone_as_returned_by_the_bank(as_lucia, issued, lucia):
    one = issued("100")
    entry = register_payment(one, amount=12100, on=one.issued_on, method="cash", by=lucia)
    url = f"/cobros/{entry.receipt_id}/"
    assert "Deshacer este cobro" in as_lucia.get(url).content.decode()
    data = {"reason": "returned", "on": "hoy"}
    assert as_lucia.post(f"{url}anulacion/", data).status_code == 303
    assert "Devuelta" in as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert as_lucia.post(f"{url}anulacion/", data).status_code == 409
    assert "Devolución bancaria" in as_lucia.get(url).content.decode()


def test_the_receipt_and_the_statement_are_papers(as_lucia, issued, hotel, lucia):
    one = issued("100")
    entry = register_payment(
        one, amount=13000, on=one.issued_on, method="cash", keep_surplus=True, by=lucia
    )
    paper = as_lucia.get(f"/cobros/{entry.receipt_id}/recibo/")
    assert paper.content.startswith(b"%PDF")
    assert "Forma de pago" in text_of(paper.content)
    statement = as_lucia.get(f"/cobros/extracto/{hotel.pk}/?formato=pdf")
    assert statement.content.startswith(b"%PDF")


def test_who_reads_english_gets_its_receipt_and_its_statement_so(as_lucia, issued, hotel, lucia):
    hotel.language = "en"
    hotel.save()
    one = issued("2000")
    Party.objects.filter(pk=hotel.pk).update(country="GB", id_type="02")
    entry = register_payment(one, amount=130050, on=one.issued_on, method="cash", by=lucia)
    day = figures_of("en").day(one.issued_on)
    answer = as_lucia.get(f"/cobros/{entry.receipt_id}/recibo/")
    assert "receipt-" in answer.headers["Content-Disposition"]
    receipt = text_of(answer.content)
    for said in (
        "Receipt",
        "Received from",
        "Cash",
        "United Kingdom",
        "VAT no. B12345674",
        "€2,420.00",
        "€1,300.50",
        day,
    ):
        assert said in receipt
    statement = text_of(as_lucia.get(f"/cobros/extracto/{hotel.pk}/?formato=pdf").content)
    for said in ("Statement", f"Invoice {one.number}", "Payment · Cash", "€1,119.50", day, "Page"):
        assert said in statement
    assert not spanish_left(f"{receipt} {statement}")
    mail = as_lucia.get(f"/cobros/extracto/{hotel.pk}/envio/").content.decode()
    assert "€1,119.50" in mail
    assert f"Statement of account from {one.company.display_name}" in mail
    # The screen is of the house, and stays as it was.
    assert "1.119,50\xa0€" in as_lucia.get(f"/cobros/extracto/{hotel.pk}/").content.decode()


def test_the_statement_of_a_past_day_tells_what_was_owed_then(as_lucia, draft, hotel, lucia):
    today = draft().company.today()
    old = draft("100")
    old = issue_invoice(old, by=lucia, on=today - timedelta(days=20))
    register_payment(old, amount=2100, on=today - timedelta(days=5), method="cash", by=lucia)
    then = f"{today - timedelta(days=6):%d/%m/%Y}"
    html = as_lucia.get(f"/cobros/extracto/{hotel.pk}/?hasta={then}").content.decode()
    assert old.number in html
    assert "Efectivo" not in html
    assert "121,00" in html
    now = as_lucia.get(f"/cobros/extracto/{hotel.pk}/").content.decode()
    assert "Efectivo" in now
    assert "100,00" in now


def test_the_statement_goes_by_mail_with_its_pdf(as_lucia, issued, hotel):
    issued()
    url = f"/cobros/extracto/{hotel.pk}/envio/"
    assert "compras@mirador.example" in as_lucia.get(url).content.decode()
    data = {"to": "a@b.example", "cc": "", "subject": "Extracto", "text": "Va"}
    assert as_lucia.post(url, data).status_code == 303
    assert OutgoingMail.objects.get().attachments[0]["name"].startswith("extracto-hotel")


def test_paying_more_than_an_invoice_is_kept_only_when_asked(as_lucia, issued):
    one = issued("100")
    data = {"amount": "125", "on": "hoy", "method": "cash", "note": "", "keep_surplus": "on"}
    assert as_lucia.post(f"/facturas/{one.pk}/cobros/", data).status_code == 303
    assert Credit.objects.get().amount_cents == 400
