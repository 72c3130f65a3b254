"""What people paste, through the door: it is understood, or refused with what was typed kept."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lonja.accounts.models import Company
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Invoice
from lonja.catalogue.models import Product
from lonja.config.verification import verify
from lonja.parties.models import Party

ADDRESS = {"address": "Av. del Puerto, 14", "postcode": "03700", "city": "Dénia"}


def new_client(as_lucia: Any, **fields: str) -> Any:
    data = {"name": "Hotel Mirador", "kind": "company", "id_type": "nif", "country": "ES",
            "payment_method": "transfer", "language": "es", **ADDRESS, **fields}  # fmt: skip
    return as_lucia.post("/clientes/nuevo/", data)


@pytest.mark.parametrize(
    "typed",
    [
        "12345678z",
        " 12.345.678-Z ",
        "１２３４５６７８Ｚ",  # full width, as some keyboards write
        "ES12345678Z",
        "12345678\u200bZ\u202c",
        "12 345\u00a0678 / Z",
    ],
)
def test_a_nif_is_understood_however_it_was_written(as_lucia: Any, typed: str) -> None:
    new_client(as_lucia, nif=typed)
    assert Party.objects.get().nif == "12345678Z"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("12345678A", "debería ser Z"),
        ("B12345675", "debería ser 4"),
        ("١٢٣٤٥٦٧٨Z", "NIF"),  # Arabic digits are not ours
        ("' OR 1=1 --", "NIF"),
        ("B" * 300, "NIF"),
    ],
)
def test_a_wrong_nif_is_refused_and_what_was_typed_stays(
    as_lucia: Any, typed: str, told: str
) -> None:
    answer = new_client(as_lucia, nif=typed)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert "Av. del Puerto, 14" in answer.content.decode()
    assert not Party.objects.exists()


@pytest.mark.parametrize(
    "typed",
    ["1,234.56", "1e5", "NaN", "Infinity", "1_000", "١٢", "12 €€", "--5", "1.2.3,4", "9" * 40],
)
def test_a_price_that_may_be_two_things_is_not_guessed(as_lucia: Any, typed: str) -> None:
    data = {"code": "X", "name": "Filtro", "kind": "product", "tax_category": "iva_general"}
    answer = as_lucia.post("/catalogo/nuevo/", {**data, "price": typed})
    assert answer.status_code == 422
    assert "Filtro" in answer.content.decode()
    assert not Product.objects.exists()


def huge_png() -> bytes:
    """A few bytes that say they are 60,000 pixels each way."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )


def cut_png() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((200, 80), 90).save(out, "PNG")
    return out.getvalue()[:900]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.png", b""),
        ("logo.png", b"%PDF-1.7 no soy una imagen"),
        ("logo.png", b"<html><script>alert(1)</script>"),
        ("logo.png", cut_png()),
        ("logo.png", huge_png()),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ],
    ids=["empty", "pdf", "html", "cut", "huge", "svg"],
)
def test_a_logo_that_is_no_image_is_refused_with_a_reason(
    as_lucia: Any, name: str, content: bytes
) -> None:
    file = SimpleUploadedFile(name, content, content_type="image/png")
    answer = as_lucia.post("/configuracion/marca/", {"accent": "#0e6f78", "logo": file})
    assert answer.status_code in (409, 422)
    assert "Hay un problema" in answer.content.decode()
    assert Company.objects.get().logo_id is None


@pytest.mark.parametrize(
    ("typed", "kept", "printed"),
    [
        ("Café 🐟 Lonja 👩‍👧", "Café 🐟 Lonja 👩‍👧", "Café"),
        ("\u202eRODARIM\u202c Hotel\u0001\u0007", "RODARIM Hotel", "RODARIM Hotel"),
        ("مقهى النور", "مقهى النور", ""),
        ("株式会社さくら", "株式会社さくら", ""),
        ("#set page() *Hotel* $x$ @ref \\", "#set page() *Hotel* $x$ @ref \\", "#set page()"),
        ("<b>Hotel</b> & {{ 7*7 }}", "<b>Hotel</b> & {{ 7*7 }}", "<b>Hotel</b> & {{ 7*7 }}"),
    ],
    ids=["emoji", "marks", "arabic", "japanese", "typst", "html"],
)
def test_any_name_gets_its_invoice_printed(
    as_lucia: Any, lonja: Any, typed: str, kept: str, printed: str
) -> None:
    series = ensure_series(lonja.company)
    new_client(as_lucia, name=typed, nif="B12345674")
    party = Party.objects.get()
    assert party.name == kept
    line = {"concept": typed, "quantity": "1", "unit_price": "100", "tax_category": "iva_general"}
    as_lucia.post(
        "/facturas/nueva/?b=prueba",
        {
            "accion": "emitir", "company": lonja.company.pk, "party": party.pk,
            "party_before": party.pk, "issued_on": "hoy", "due_on": "+30", "series": series.pk,
            "payment_method": "transfer", "withholding_pct": "0", "message": typed,
            "lineas-TOTAL_FORMS": "1", "lineas-INITIAL_FORMS": "0",
            **{f"lineas-0-{name}": value for name, value in line.items()},
        },
    )  # fmt: skip
    invoice = Invoice.objects.get()
    assert invoice.status == "issued"
    pdf = as_lucia.get(f"/facturas/{invoice.pk}/pdf/").content
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert printed in " ".join(words.split())
    assert kept in as_lucia.get("/facturas/", {"q": "F2026"}).content.decode() or "<b>" in kept
    assert verify().ok
