"""The document of an invoice and its only PDF."""

from __future__ import annotations

import io
from decimal import Decimal

from django.utils.translation import override
from pypdf import PdfReader

from lonja.accounts.models import Company
from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.document import invoice_document
from lonja.billing.models import Correction, Invoice, InvoiceLine
from lonja.billing.pdf import invoice_pdf
from lonja.parties.models import Party


def words(pdf: bytes) -> str:
    reader = PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_pdf_says_what_the_law_asks(as_lucia, issued):
    one = issued("1160", reference="Parte 2026-331")
    text = words(as_lucia.get(f"/facturas/{one.pk}/pdf/").content)
    for said in (
        one.number,
        "Hotel Mirador de la Bahía, S.L.",
        "NIF B12345674",
        "Clima Levante, S.L.",
        "NIF B98765431",
        "Parte 2026-331",
        "1.160,00 €",
        "IVA 21 %",
        "243,60 €",
        "1.403,60 €",
        "QR tributario:",
        "Factura verificable en la sede electrónica de la AEAT",
        "ES91 2100 0418 4502 0005 1332",
        f"{one.issued_on:%d/%m/%Y}",
        f"{one.due_on:%d/%m/%Y}",
    ):
        assert said in text, said


def test_the_pdf_is_always_the_same_bytes(as_lucia, issued, lucia, hotel):
    one = issued()
    first = as_lucia.get(f"/facturas/{one.pk}/pdf/")
    Party.objects.filter(pk=hotel.pk).update(name="Otro nombre", address="Otra calle")
    one.refresh_from_db()
    register_payment(one, amount=12100, on=one.issued_on, method="cash", by=lucia)
    second = as_lucia.get(f"/facturas/{one.pk}/pdf/")
    assert first.content == second.content
    assert first["Content-Disposition"].endswith(f'Factura F{one.year}-0001.pdf"')


def test_the_pdf_prints_the_parties_as_they_were(issued, hotel):
    one = issued()
    Party.objects.filter(pk=hotel.pk).update(name="Otro nombre")
    text = words(invoice_pdf(Invoice.objects.get(pk=one.pk)).read())
    assert "Hotel Mirador" in text
    assert "Otro nombre" not in text


def test_an_invoice_paid_before_it_is_printed_thanks(issued, lucia):
    one = issued()
    register_payment(one, amount=12100, on=one.issued_on, method="cash", by=lucia)
    text = words(invoice_pdf(Invoice.objects.get(pk=one.pk)).read())
    assert "Pagada el" in text
    assert "ES91 2100" not in text


def test_withholding_and_discount_are_shown_and_add_up(lonja, series, hotel, lucia):
    one = Invoice(
        company=lonja.company,
        party=hotel,
        series=series,
        withholding_pct=Decimal(15),
        global_discount_pct=Decimal(10),
    )
    one = save_draft(one, [InvoiceLine(concept="Informe", unit_price=Decimal(1000))], by=lucia)
    one = issue_invoice(one, by=lucia)
    document, images = invoice_document(one)
    rows = {row["label"]: row["amount"] for row in document["totals"]}
    assert rows["Descuento 10\u00a0%"] == "−100,00\u00a0€"
    assert rows["Base imponible"] == "900,00\u00a0€"
    assert rows["Retención IRPF 15\u00a0%"] == "−135,00\u00a0€"
    assert document["due"] == {"label": "A pagar", "amount": "954,00\u00a0€"}
    assert set(images) == {"fiscal_qr", "payment_qr"}


def test_reverse_charge_says_so(lonja, series, hotel, lucia):
    one = Invoice(company=lonja.company, party=hotel, series=series)
    line = InvoiceLine(concept="Obra", unit_price=Decimal(1000), tax_category="isp")
    one = issue_invoice(save_draft(one, [line], by=lucia), by=lucia)
    document, _images = invoice_document(one)
    assert document["legends"] == ["Inversión del sujeto pasivo"]
    assert document["lines"][0]["tax"] == "ISP"
    assert one.tax_cents == 0


def test_a_draft_has_no_pdf_and_no_codes(as_lucia, draft):
    one = draft()
    assert as_lucia.get(f"/facturas/{one.pk}/pdf/").status_code == 409
    document, images = invoice_document(one)
    assert document["number"] == f"F{one.issued_on.year}/—"
    assert document["draft"] is True
    assert images == {}


def test_direct_debit_names_the_account_by_its_ends(draft, hotel, lucia):
    Party.objects.filter(pk=hotel.pk).update(iban="ES7921000813610123456789")
    one = issue_invoice(draft(payment_method="direct_debit"), by=lucia)
    payment = invoice_document(one)[0]["payment"]
    assert "ES79…6789" in payment["text"]
    assert "0813" not in payment["text"]
    in_two = issue_invoice(
        draft(payment_method="direct_debit", instalment_terms="30/60", due_on=None), by=lucia
    )
    text = invoice_document(in_two)[0]["payment"]["text"]
    assert text == "Lo cargaremos a su vencimiento en la cuenta ES79…6789."


def test_a_substitution_asks_to_pay_only_the_difference(issued, lucia):
    one = issued("1000")
    how = Correction.SUBSTITUTION
    today = one.company.today()
    draft = start_correction([one], CAUSES["price"], correction=how, reason="", on=today, by=lucia)
    line = draft.lines.get()
    line.unit_price = Decimal(900)
    draft = save_draft(draft, [line], by=lucia)
    due = {"label": "A tu favor", "amount": "121,00\N{NO-BREAK SPACE}€"}
    assert invoice_document(draft)[0]["due"] == due
    paper = invoice_document(issue_invoice(draft, by=lucia))[0]
    assert paper["due"] == due and paper["payment"] is None
    last = paper["totals"][-1]
    assert (last["label"], last["amount"]) == ("Ya facturado", "−1.210,00\N{NO-BREAK SPACE}€")
    assert "Vencimiento" not in str(paper["facts"])


def test_the_words_of_a_document_do_not_follow_the_language_of_the_screen(issued, lucia):
    one = issued("1000")
    with override("en"):
        draft = start_correction(
            [one],
            CAUSES["return"],
            correction=Correction.DIFFERENCES,
            reason="",
            on=one.company.today(),
            by=lucia,
        )
        done = issue_invoice(draft, by=lucia)
        paper = invoice_document(done)[0]
    assert paper["corrects"].endswith("por diferencias · Devolución")
    assert "Transferencia" in str(invoice_document(one)[0]["facts"])


def test_a_foreign_client_is_written_to_as_abroad(issued, hotel):
    Party.objects.filter(pk=hotel.pk).update(
        id_type="02", nif="DE811569869", country="DE", language="en", province=""
    )
    usual = Company._meta.get_field("invoice_message").default
    one = issued("100", currency="USD", exchange_rate=Decimal("0.9"), message=usual)
    paper = invoice_document(one)[0]
    assert paper["recipient"]["lines"][0] == "VAT no. DE811569869"
    assert paper["recipient"]["lines"][-1] == "Germany"
    assert paper["message"] == "Time to settle up. Here is your invoice!"
    assert "Exchange rate: 1 USD = €0.90" in paper["notes"]
    assert [row["label"] for row in paper["totals"]][-1] == "Invoice total"
    assert paper["lines"][0]["price"] == "USD\u00a0100.00"


def test_in_the_islands_the_tax_is_called_by_its_name(draft):
    one = draft("100")
    one.company.territory = "canarias"
    line = InvoiceLine(concept="Aire", unit_price=Decimal(100), tax_category="igic_general")
    paper = invoice_document(one, [line], [])[0]
    assert (paper["labels"]["tax"], paper["lines"][0]["tax"]) == ("IGIC", "7\N{NO-BREAK SPACE}%")
