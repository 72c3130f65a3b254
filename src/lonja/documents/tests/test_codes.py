"""QR codes and what the payment code says."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import zxingcpp

from lonja.documents.epc import epc_payload, iban_by_fours
from lonja.documents.qr import qr_rows, qr_svg
from lonja.kit.errors import Refused

IBAN = "ES91 2100 0418 4502 0005 1332"


def test_the_payment_code_has_the_twelve_lines_of_the_standard():
    payload = epc_payload(
        name="Clima Levante, S.L.", iban=IBAN, amount=Decimal("1222.1"), text="F2026/0413"
    )
    assert payload.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "",
        "Clima Levante, S.L.",
        "ES9121000418450200051332",
        "EUR1222.10",
        "",
        "",
        "F2026/0413",
    ]


def test_names_and_texts_are_cut_to_what_a_bank_accepts():
    payload = epc_payload(
        name="Ñandú " * 40, iban=IBAN, amount=Decimal("1"), text="€" * 300, bic="caixesbb"
    )
    lines = payload.split("\n")
    assert len(lines[5]) <= 70 and len(lines[10]) <= 140
    assert len(payload.encode()) <= 331
    assert lines[4] == "CAIXESBB"


@pytest.mark.parametrize("amount", ["0", "-1", "1000000000", "NaN"])
def test_there_is_no_payment_code_for_impossible_amounts(amount):
    with pytest.raises(Refused) as refused:
        epc_payload(name="Clima", iban=IBAN, amount=Decimal(amount), text="")
    assert refused.value.code == "epc_amount"


def test_a_line_break_cannot_add_lines_to_the_payment_code():
    payload = epc_payload(name="Clima\nES00", iban=IBAN, amount=Decimal(1), text="a\nb")
    assert len(payload.split("\n")) == 11


def test_iban_by_fours():
    assert iban_by_fours("es9121000418450200051332") == IBAN


LONGEST = 2331  # bytes, at level M


@pytest.mark.parametrize(
    "text", ["F2026/0413", "12345", "ñ€ " * 40, "https://aeat.example/?n=1" * 7, "A" * LONGEST]
)
def test_a_reader_reads_what_the_code_says_at_level_m_and_without_marks(text):
    (found,) = zxingcpp.read_barcodes(picture(qr_rows(text)))
    assert found.bytes.decode() == text
    assert (found.ec_level, found.symbology_identifier) == ("M", "]Q1")


def picture(rows: list[str], scale: int = 3, margin: int = 12) -> memoryview:
    """The symbol as a reader sees it: grey, with its white margin."""
    side = scale * len(rows) + 2 * margin
    pixels = bytearray(b"\xff" * side * side)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            for line in range(scale if module == "1" else 0):
                start = (margin + y * scale + line) * side + margin + x * scale
                pixels[start : start + scale] = bytes(scale)
    return memoryview(pixels).cast("B", shape=[side, side])


def test_a_code_is_a_single_shape_without_style_with_every_dark_module():
    rows = qr_rows("F2026/0413")
    drawing = qr_svg("F2026/0413").decode()
    assert drawing.count("<path") == 1 and "style" not in drawing and "stroke" not in drawing
    bars = re.findall(r"M(\d+) (\d+)h(\d+)", drawing)
    drawn = {(int(x) + n, int(y)) for x, y, width in bars for n in range(int(width))}
    dark = {(x, y) for y, row in enumerate(rows) for x, one in enumerate(row) if one == "1"}
    assert drawn == dark


def test_a_text_that_no_code_can_carry_is_said():
    with pytest.raises(ValueError, match="too long"):
        qr_rows("a" * (LONGEST + 1))
