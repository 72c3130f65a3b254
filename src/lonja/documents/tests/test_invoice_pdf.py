"""What a person reads on an invoice, for each kind of invoice."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from lonja.documents.render import INVOICE, Attachment, render_pdf, render_svg
from lonja.documents.tests.samples import WHEN, codes, invoice, line, pages, picture


def printed(images=None, template=INVOICE, **changes):
    images = codes() if images is None else images
    return render_pdf(template, invoice(**changes), images=images, timestamp=WHEN)


def test_an_invoice_prints_everything_the_law_and_the_customer_ask():
    (text,) = pages(printed())
    for expected in (
        "QR tributario:",
        "Factura verificable en la sede electrónica de la AEAT",
        "F2026/0413",
        "Hotel Mirador de la Bahía, S.L.",
        "NIF B12345674",
        "Fecha de expedición",
        "Contrato M-118",
        "IVA 21 %",
        "Saldo utilizado · R2026/0009",
        "−181,50 €",
        "A pagar 1.222,10 €",
        "Paga en un minuto",
        "ES91 2100 0418 4502 0005 1332",
        "Clima Levante, S.L. · NIF B98765431",
        "Página 1 de 1",
    ):
        assert expected in text


def test_sixty_lines_number_their_pages_and_carry_the_sum():
    rows = [line(f"Filtro {n:02}", "10,00 €", f"{n * 10},00 €") for n in range(1, 61)]
    texts = pages(printed(lines=rows))
    assert len(texts) == 3
    assert "Página 1 de 3" in texts[0] and "Página 3 de 3" in texts[2]
    carried = texts[0].split("Suma y sigue ")[1].split(" €")[0]
    assert f"Suma anterior {carried} €" in texts[1]
    assert all("Concepto" in text for text in texts)
    assert "Suma y sigue" not in texts[2] and "A pagar" in texts[2]


def test_a_page_of_totals_alone_says_what_it_brings():
    rows = [line(f"Filtro {n}", "10,00 €", f"{n}0,00 €") for n in range(1, 21)]
    for template in ("invoice.typ", "column.typ"):
        first, last = pages(printed(template=INVOICE.with_name(template), lines=rows))
        assert "Suma y sigue 200,00 €" in first and "Filtro 20" in first
        assert "Suma anterior 200,00 €" in last


def test_the_fiscal_code_is_only_on_the_first_page():
    rows = [line(f"Filtro {n}", "10,00 €", "10,00 €") for n in range(60)]
    texts = pages(printed(lines=rows))
    assert ["QR tributario:" in text for text in texts] == [True, False, False]


@pytest.mark.parametrize(
    ("template", "counts"), [("invoice.typ", range(4, 15)), ("poster.typ", (5, 6, 7, 9, 10))]
)
def test_a_payment_block_is_never_alone_on_a_page(template, counts):
    for count in counts:
        rows = [line(f"Filtro {n}", "10,00 €", "10,00 €") for n in range(count)]
        for text in pages(printed(template=INVOICE.with_name(template), lines=rows)):
            assert ("Paga en un minuto" in text) == ("Total factura" in text), count


def test_a_draft_says_so_and_carries_no_code():
    (text,) = pages(printed(images={}, draft=True, mark="BORRADOR", number="F2026/—"))
    assert text.count("Se genera al emitir") == 2
    assert "BORRADOR" in text


def test_a_corrective_invoice_names_what_it_corrects():
    changes = {
        "kind_title": "Factura rectificativa",
        "number": "R2026/0009",
        "corrects": "Rectifica F2026/0310 de 01/09/2026 · Devolución",
        "due": {"label": "A tu favor", "amount": "−1.403,60 €"},
        "payment": None,
    }
    (text,) = pages(printed(**changes))
    assert "Rectifica F2026/0310 de 01/09/2026 · Devolución" in text
    assert "A tu favor −1.403,60 €" in text
    assert "Paga en un minuto" not in text


def test_surcharge_and_withholding_columns_appear_only_when_used():
    (plain,) = pages(printed())
    assert "Recargo" not in plain and "Retención" not in plain
    row = {"label": "IVA 21 %", "base": "420,00 €", "amount": "88,20 €"}
    extra = {"surcharge": "5,2 % · 21,84 €", "withholding": "15 % · −63,00 €"}
    legend = "Operación exenta (art. 20.Uno.9.º de la Ley 37/1992)."
    (text,) = pages(printed(taxes=[{**row, **extra}], legends=[legend]))
    assert "Recargo" in text and "5,2 % · 21,84 €" in text
    assert "Retención" in text and "15 % · −63,00 €" in text
    assert legend in text


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (
            {"kind": "debit", "title": "No tienes que hacer nada", "text": "Lo cargaremos"},
            "Lo carg",
        ),
        ({"kind": "paid", "title": "Pagada el 3 de diciembre. ¡Gracias!"}, "¡Gracias!"),
        (
            {"kind": "note", "title": "Paga", "link_url": "https://x.example", "link_label": "Ir"},
            "Ir →",
        ),
    ],
)
def test_each_way_of_paying_has_its_words(payment, expected):
    (text,) = pages(printed(images={}, payment=payment))
    assert expected in text and "QR de pago" not in text


def test_what_people_type_is_printed_as_it_is_and_never_run():
    tricks = ('#read("/etc/passwd")', '"); #panic()', "*x* = T", "<script>alert(1)</script>", "$x$")
    for trick in tricks:
        (text,) = pages(printed(notes=trick, message=trick))
        assert text.count(trick) == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("漢字 SL", "□□ SL"),
        ("Café 😀 SL", "Café 😀 SL"),
        ("Ana\x00\x07\x9f\u202e\u200d Pérez", "Ana Pérez"),
        ("Łódź Ελλάδα Київ ș ẞ", "Łódź Ελλάδα Київ ș ẞ"),
    ],
)
def test_no_name_can_stop_an_invoice(name, expected):
    recipient = {"label": "Para", "name": name, "lines": []}
    (text,) = pages(printed(recipient=recipient, title=f"Factura de {name}"))
    assert expected in text


def test_arabic_is_shaped_and_printed():
    recipient = {"label": "Para", "name": "شركة المتوسط", "lines": []}
    (text,) = pages(printed(recipient=recipient))
    assert "□" not in text and any("\u0600" <= char <= "\ufeff" for char in text)


def test_a_word_without_spaces_stays_inside_its_column():
    long = "mantenimiento" * 12
    (text,) = pages(printed(lines=[line(long, "1,00 €")]))
    assert long in text.replace(" ", "").replace("\u200b", "")
    assert "facturas@climalevante.example" in text  # what fits is left whole, to be copied


def test_the_same_data_gives_the_same_bytes():
    first, second = printed(), printed()
    assert first == second
    assert first != printed(message="Otra cosa")


def test_it_is_an_archive_file_an_accessible_one_and_says_its_language():
    pdf = printed()
    reader = PdfReader(io.BytesIO(pdf))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert reader.trailer["/Root"]["/Lang"].startswith("es")
    assert reader.metadata.title == "Factura F2026/0413 · Clima Levante, S.L."


def test_a_structured_invoice_travels_inside():
    xml = "<factura>ñ</factura>".encode()
    attached = Attachment("factura.xml", xml, "text/xml", "Factura electrónica")
    pdf = render_pdf(INVOICE, invoice(), images=codes(), timestamp=WHEN, attachments=[attached])
    assert PdfReader(io.BytesIO(pdf)).attachments["factura.xml"] == [xml]


def test_a_logo_takes_the_place_of_the_monogram():
    assert "CL" in pages(printed())[0].split()
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        (text,) = pages(printed(images={**codes(), "logo": picture(kind=kind)}))
        assert "CL" not in text.split()


def test_the_preview_is_one_drawing_per_page():
    rows = [line(f"Filtro {n}", "10,00 €", "10,00 €") for n in range(60)]
    drawings = render_svg(INVOICE, invoice(lines=rows), images=codes())
    assert len(drawings) == 3
    assert all(drawing.startswith("<svg") and "script" not in drawing for drawing in drawings)


def test_each_letter_of_a_preview_has_its_drawing_and_pages_do_not_share_them():
    rows = [line(f"Fila {n}", "1,00 €", f"{n},00 €") for n in range(60)]
    drawings = render_svg(INVOICE, invoice(lines=rows), images=codes())
    seen = set()
    for drawing in drawings:
        drawn = re.findall(r'<symbol id="(\w+)"', drawing)
        used = set(re.findall(r'xlink:href="#(p\d+g\d+)"', drawing))
        assert len(drawn) == len(set(drawn)) and used == set(drawn) and used
        assert drawing.count("<symbol") == drawing.count("</symbol>")
        assert not seen & used
        assert not re.search(r"\.\d{4}", drawing)
        seen |= used
    assert drawings == render_svg(INVOICE, invoice(lines=rows), images=codes())


@pytest.mark.parametrize(
    "label", ["Total", "Un total con una etiqueta que no cabe en una sola línea"]
)
def test_a_figure_is_read_after_its_label_however_long(label):
    amount = "1.403,60 €"
    totals, due = [{"label": label, "amount": amount}], {"label": label, "amount": "9.876,54 €"}
    (page,) = pages(printed(totals=totals, due=due))
    assert f"{label} {amount}" in page and f"{label} 9.876,54 €" in page


def test_a_word_too_long_breaks_only_where_it_stands():
    word = "Electrodomésticos" * 5
    rows = [line(word, "1,00 €"), line("Montaje", "2,00 €")]
    (page,) = pages(printed(lines=rows, notes="Pago a 30 días"))
    assert word not in page and word in page.replace(" ", "").replace("\u200b", "")
    assert "Montaje" in page and "Pago a 30 días" in page
