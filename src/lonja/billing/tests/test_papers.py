"""Templates, languages, messages, tickets and duplicates."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from lonja.accounts.scope import scope
from lonja.activity.models import Event
from lonja.billing.actions.documents import save_message, save_style
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.document import invoice_document
from lonja.billing.models import DocumentMessage, Invoice, InvoiceLine
from lonja.billing.paper import TEMPLATES, TICKET, template_of
from lonja.billing.pdf import invoice_pdf, page_images
from lonja.billing.sending import mail_for
from lonja.documents.words import labels_of, long_date, speaker
from lonja.files.models import StoredFile
from lonja.tax.categories import categories

LANGUAGES = ("es", "ca", "gl", "eu", "en")


def text_of(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_prints_the_whole_invoice_with_its_code(template, draft, lucia, lonja):
    save_style(lonja.company, template=template, ticket=True, by=lucia)
    one = issue_invoice(draft("1000"), by=lucia)
    text = text_of(invoice_pdf(one).read())
    for said in (one.number, "1.210,00", "Hotel Mirador", "B12345674", "QR tributario:"):
        assert said in text
    assert one.issuer["template"] == template


def test_what_is_issued_keeps_its_template(draft, lucia, lonja):
    one = issue_invoice(draft(), by=lucia)
    save_style(lonja.company, template="poster", ticket=True, by=lucia)
    one.refresh_from_db()
    assert template_of(one, one.issuer) == TEMPLATES["standard"][2]


@pytest.mark.parametrize(
    ("language", "words", "day"),
    [
        ("ca", ("Facturat a", "Base imposable", "Venciment"), "21 de novembre del 2026"),
        ("gl", ("Facturado a", "Base impoñible", "IVE 21"), "21 de novembro de 2026"),
        ("eu", ("Faktura", "Zerga-oinarria", "BEZ 21"), "2026ko azaroaren 21a"),
        ("en", ("Invoice", "Billed to", "VAT 21"), "21 November 2026"),
    ],
)
def test_the_client_reads_its_language(draft, lucia, hotel, language, words, day):
    hotel.language = language
    hotel.save()
    one = issue_invoice(draft(), by=lucia)
    text = text_of(invoice_pdf(one).read())
    for word in words:
        assert word in text
    assert "QR tributario:" in text  # literal in the law
    assert long_date(date(2026, 11, 21), language) == day


def test_every_mention_and_label_is_in_every_language():
    mentions = {
        one.mention for place in ("peninsula", "canarias", "ceuta", "melilla")
        for one in categories(place) if one.mention
    }  # fmt: skip
    for language in LANGUAGES[1:]:
        say = speaker(language)
        untold = [text for text in mentions if say(text) == text]
        # Galician and Catalan spell some of them as Spanish does.
        assert language == "gl" or not untold
        assert set(labels_of(language)) == set(labels_of("en"))
    assert speaker("en")("Inversión del sujeto pasivo").startswith("Reverse charge (")


def test_a_message_for_its_kind_series_and_language(draft, lucia, hotel, lonja, series):
    lonja.company.invoice_message = "¡Aquí tienes tu factura!"
    lonja.company.save()
    usual = lonja.company.invoice_message

    def message(language: str, text: str, **more) -> None:
        values = {"kind": "", "series": None, "language": language, "text": text, **more}
        save_message(lonja.company, values, by=lucia)

    message("ca", "Aquí tens la factura")
    message("es", "De la serie", series=series)
    assert issue_invoice(draft(message=usual), by=lucia).message == "De la serie"
    assert issue_invoice(draft(message="A mano"), by=lucia).message == "A mano"
    hotel.language = "ca"
    hotel.save()
    one = issue_invoice(draft(message=usual), by=lucia)
    one.refresh_from_db()
    assert one.message == "Aquí tens la factura"


def test_a_simplificada_is_a_ticket_of_80_mm_with_a_code_of_32(lonja, hotel, lucia, series):
    from lonja.billing.actions.drafts import save_draft

    company = lonja.company
    company.activity = "minorista"
    invoice = Invoice(
        company=company, party=hotel, kind="simplified", issued_on=company.today(),
        prices_include_tax=True,
    )  # fmt: skip
    line = InvoiceLine(concept="Filtro", unit_price=Decimal("24.20"))
    one = issue_invoice(save_draft(invoice, [line], by=lucia), by=lucia)
    assert template_of(one, one.issuer) == TICKET
    content = invoice_pdf(one).read()
    page = PdfReader(io.BytesIO(content)).pages[0]
    assert round(float(page.mediabox.width) / 72 * 25.4) == 80
    text = text_of(content)
    assert "Impuestos incluidos" in text
    assert "B12345674" not in text  # with it, it would be a cualificada
    assert len(page_images(one)) == 1


def test_a_duplicate_says_so_and_leaves_the_original_alone(as_lucia, issued, lonja):
    one = issued()
    original = invoice_pdf(one).read()
    files = StoredFile.objects.count()
    answer = as_lucia.post(f"/facturas/{one.pk}/duplicado/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "DUPLICADO" in text_of(answer.content)
    assert "(duplicado).pdf" in answer.headers["Content-Disposition"]
    with scope(lonja):
        one.refresh_from_db()
        assert invoice_pdf(one).read() == original
        assert StoredFile.objects.count() == files
        assert Event.objects.filter(verb="billing.duplicated", target_id=one.pk).count() == 1
    assert "descargó un duplicado" in as_lucia.get(f"/facturas/{one.pk}/").content.decode()


def test_the_settings_preview_and_keep(as_lucia, lonja):
    path = "/configuracion/documentos/"
    for template in (*TEMPLATES, "ticket"):
        shown = as_lucia.get(f"{path}muestra/?template={template}&language=eu")
        assert shown.content.startswith(b"<svg")
    fragment = as_lucia.get(f"{path}vista/?template=poster&language=ca").content.decode()
    assert "template=poster&amp;language=ca" in fragment
    company = {"company": lonja.company.pk}
    assert as_lucia.post(path, {**company, "template": "column"}).status_code == 303
    assert as_lucia.post(path, {**company, "template": "otra"}).status_code == 422
    message = {**company, "kind": "", "series": "", "language": "gl", "text": "Aquí a tes"}
    assert as_lucia.post(f"{path}mensajes/", message).status_code == 303
    row = DocumentMessage.objects.get()
    assert "Aquí a tes" in as_lucia.get(path).content.decode()
    assert as_lucia.post(f"{path}mensajes/{row.pk}/borrado/").status_code == 303
    assert not DocumentMessage.objects.exists()


def test_amounts_and_legends_of_the_draft_are_told_in_its_language(draft, hotel):
    hotel.language = "en"
    hotel.save()
    document, _images = invoice_document(draft())
    assert document["lang"] == "en"
    assert document["due"]["label"] == "Total due"


def test_english_writes_its_figures_and_days_as_english_does(draft, lucia, hotel):
    hotel.language = "en"
    hotel.save()
    one = issue_invoice(draft("8950.5", global_discount_pct=Decimal("2.5")), by=lucia)
    document, _images = invoice_document(one)
    (row,) = document["lines"]
    assert (row["price"], row["tax"], row["amount"]) == ("€8,950.50", "21%", "€8,950.50")
    assert [row["label"] for row in document["totals"]][1] == "Discount 2.5%"
    assert document["due"]["amount"] == "€10,559.36"
    assert document["taxes"][0]["label"] == "VAT 21%"
    assert document["facts"][0][0]["value"].split() == [str(one.issued_on.day), "Nov", "2026"]
    mail = mail_for(one)
    assert "€10,559.36" in mail["subject"] + mail["text"]
    one.total_cents = one.payable_cents = one.charged_cents = -123456
    document, _images = invoice_document(one)
    assert document["due"]["amount"] == "−€1,234.56"
    assert document["labels"]["concept"] == "Description"
