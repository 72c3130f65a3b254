"""QR codes and what the payment code says."""

from __future__ import annotations

from decimal import Decimal

import pytest
import segno

from lonja.documents.epc import epc_payload, iban_by_fours
from lonja.documents.qr import _packed, qr_rows, qr_svg
from lonja.documents.qr_modules import byte_modules
from lonja.kit.errors import Refused

_AS_TEXT = bytes.maketrans(b"\x00\x01", b"01")
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


@pytest.mark.parametrize(
    "text", ["F2026/0413", "ñ" * 40, "https://aeat.example/?n=1" * 7, "A" * 300]
)
def test_our_codes_are_those_of_the_reference_encoder(text):
    reference = segno.make(text, error="m", encoding="utf-8", micro=False, boost_error=False)
    assert qr_rows(text) == ["".join(map(str, row)) for row in reference.matrix]


def test_a_code_is_a_single_shape_without_style():
    drawing = qr_svg("F2026/0413").decode()
    assert drawing.count("<path") == 1 and "style" not in drawing and "stroke" not in drawing


@pytest.mark.parametrize("length", [*range(1, 42), 61, 62, 122, 152, 180, 181, 213, 700, 2331])
def test_the_modules_of_a_text_are_those_of_the_reference_encoder_in_each_version(length):
    text = ("https://aeat.example/ñ€?n=" * 100).encode()[:length].decode(errors="ignore")
    found = byte_modules(text.encode())
    reference = segno.make(
        text, mask=0, error="m", encoding="utf-8", mode="byte", micro=False, boost_error=False
    )
    assert found is not None and found.version == reference.version
    lines = [bytes(row).translate(_AS_TEXT).decode() for row in reference.matrix]
    assert found.across == _packed(lines)
    assert found.down == _packed(["".join(column) for column in zip(*lines, strict=True)])


def test_a_text_that_no_code_can_carry_is_said():
    assert byte_modules(b"a" * 2332) is None
    with pytest.raises(segno.DataOverflowError):
        qr_rows("a" * 2332)
