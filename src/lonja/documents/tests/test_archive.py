"""What is printed is PDF/A-3: nothing in it needs what may not be there in twenty years."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, TextStringObject

from lonja.documents.render import INVOICE, QUOTE, Attachment, render_pdf
from lonja.documents.tests import preflight
from lonja.documents.tests.archive import faults
from lonja.documents.tests.samples import WHEN, codes, invoice, picture, quote


def printed() -> dict[str, bytes]:
    images = {**codes(), "logo": picture(kind="WEBP")}
    attached = Attachment("factura.xml", b"<factura/>", "text/xml", "Factura")
    return {
        "invoice": render_pdf(INVOICE, invoice(), images=codes(), timestamp=WHEN),
        "with a logo": render_pdf(INVOICE, invoice(), images=images, timestamp=WHEN),
        "in the inks of a printer": render_pdf(
            INVOICE, invoice(), images={"logo": picture(kind="JPEG", mode="CMYK")}, timestamp=WHEN
        ),
        "quote": render_pdf(QUOTE, quote(), images={}, timestamp=WHEN),
        "with a file": render_pdf(
            INVOICE, invoice(), images=codes(), timestamp=WHEN, attachments=[attached]
        ),
    }


def test_what_is_printed_keeps_every_rule_of_the_archive():
    assert [f"{name}: {one}" for name, pdf in printed().items() for one in faults(pdf)] == []


@pytest.mark.skipif(not preflight.here, reason="PDFBox Preflight (libpdfbox2-java) no está")
def test_a_validator_that_is_not_ours_says_the_same(tmp_path):
    for name, pdf in printed().items():
        assert preflight.complaints(pdf, tmp_path) == set(), name


def _name(text: str) -> NameObject:
    return NameObject(text)


def _script(writer: PdfWriter) -> None:
    action = {_name("/S"): _name("/JavaScript"), _name("/JS"): TextStringObject("app.alert(1)")}
    writer.root_object[_name("/OpenAction")] = DictionaryObject(action)


def _no_intent(writer: PdfWriter) -> None:
    del writer.root_object["/OutputIntents"]


def _no_metadata(writer: PdfWriter) -> None:
    del writer.root_object["/Metadata"]


def _no_marks(writer: PdfWriter) -> None:
    del writer.root_object["/MarkInfo"]


def _fonts(writer: PdfWriter) -> list[Any]:
    fonts: Any = writer.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    return [font.get_object() for font in fonts.values()]


def _font_outside(writer: PdfWriter) -> None:
    descriptor = _fonts(writer)[0]["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    for key in ("/FontFile2", "/FontFile3"):
        descriptor.pop(key, None)


def _no_unicode(writer: PdfWriter) -> None:
    del _fonts(writer)[0]["/ToUnicode"]


def _loose_file(writer: PdfWriter) -> None:
    del writer.root_object["/AF"]


def _movie(writer: PdfWriter) -> None:
    note = {_name("/Type"): _name("/Annot"), _name("/Subtype"): _name("/Movie")}
    box = ArrayObject(map(FloatObject, (0, 0, 9, 9)))
    note[_name("/Rect")] = box  # type: ignore[assignment]
    writer.pages[0][_name("/Annots")] = ArrayObject([DictionaryObject(note)])


def test_an_update_that_does_not_begin_a_line_is_found():
    pdf = printed()["invoice"]
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.add_object(generic.DictionaryObject())
    out = io.BytesIO()
    writer.write(out)
    assert any(fault.startswith("6.1.9") for fault in faults(out.getvalue()))


@pytest.mark.parametrize(
    ("harm", "clause"),
    [
        (_script, "6.5.1"),
        (_no_intent, "6.2.3"),
        (_no_metadata, "6.6.2"),
        (_no_marks, "6.7.2"),
        (_font_outside, "6.2.11.4"),
        (_no_unicode, "6.2.11.7"),
        (_loose_file, "6.8"),
        (_movie, "6.3.1"),
    ],
)
def test_each_harm_is_found(harm: Callable[[PdfWriter], None], clause: str):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(printed()["with a file"])))
    harm(writer)
    out = io.BytesIO()
    writer.write(out)
    assert any(
        fault.removeprefix("page 1: ").startswith(clause) for fault in faults(out.getvalue())
    )
