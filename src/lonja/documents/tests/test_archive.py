"""What is printed is PDF/A-3: nothing in it needs what may not be there in twenty years."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import ImageCms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, TextStringObject

from lonja.documents.render import INVOICE, QUOTE, Attachment, render_pdf
from lonja.documents.tests import preflight, verapdf
from lonja.documents.tests.archive import faults
from lonja.documents.tests.samples import WHEN, codes, invoice, picture, quote


def printed() -> dict[str, bytes]:
    images = {**codes(), "logo": picture(kind="WEBP")}
    attached = Attachment("factura.xml", b"<factura/>", "text/xml", "Factura")
    abstract = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return {
        "invoice": render_pdf(INVOICE, invoice(), images=codes(), timestamp=WHEN),
        "with a logo": render_pdf(INVOICE, invoice(), images=images, timestamp=WHEN),
        "in the inks of a printer": render_pdf(
            INVOICE, invoice(), images={"logo": picture(kind="JPEG", mode="CMYK")}, timestamp=WHEN
        ),
        "with a profile of no device": render_pdf(
            INVOICE, invoice(), images={"logo": picture(profile=abstract)}, timestamp=WHEN
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


without_verapdf = pytest.mark.skipif(not verapdf.here, reason="veraPDF no está")


@without_verapdf
@pytest.mark.parametrize("flavour", [verapdf.ARCHIVE, verapdf.ACCESSIBLE])
def test_the_reference_validator_finds_nothing(flavour: str, tmp_path):
    found = verapdf.broken_rules(printed(), tmp_path, flavour)
    assert {name: rules for name, rules in found.items() if rules} == {}


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


HARMS: dict[Callable[[PdfWriter], None], str] = {
    _script: "6.5.1",
    _no_intent: "6.2.3",
    _no_metadata: "6.6.2",
    _no_marks: "6.7.2",
    _font_outside: "6.2.11.4",
    _no_unicode: "6.2.11.7",
    _loose_file: "6.8",
    _movie: "6.3.1",
}


def _harmed(harm: Callable[[PdfWriter], None]) -> bytes:
    attached = Attachment("factura.xml", b"<factura/>", "text/xml", "Factura")
    pdf = render_pdf(INVOICE, invoice(), images=codes(), timestamp=WHEN, attachments=[attached])
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    harm(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(("harm", "clause"), HARMS.items())
def test_each_harm_is_found(harm: Callable[[PdfWriter], None], clause: str):
    found = [fault.removeprefix("page 1: ") for fault in faults(_harmed(harm))]
    assert any(fault.startswith(clause) for fault in found)


@without_verapdf
def test_the_reference_validator_finds_each_harm_too(tmp_path):
    # Nothing drawn is in a colour of a device: the standard would do without the intent, not we.
    harms = {harm: clause for harm, clause in HARMS.items() if harm is not _no_intent}
    found = verapdf.broken_rules({harm.__name__: _harmed(harm) for harm in harms}, tmp_path)
    for harm, clause in harms.items():
        assert any(rule.startswith(clause) for rule in found[harm.__name__]), found
