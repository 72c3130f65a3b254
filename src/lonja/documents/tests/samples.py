"""An invoice and a quote to print in tests, as billing and sales would fill them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from PIL import Image
from pypdf import PdfReader

from lonja.documents.contracts import InvoiceDocument, Line, QuoteDocument
from lonja.documents.epc import epc_payload
from lonja.documents.qr import qr_svg

WHEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
FISCAL_URL = (
    "https://prewww2.aeat.es/wlpl/TIKE-CONT/ValidarQR"
    "?nif=B98765431&numserie=F2026%2F0413&fecha=21-11-2026&importe=1403.60"
)
ISSUER = {
    "name": "Clima Levante",
    "tagline": "Climatización desde 1998",
    "initials": "CL",
    "accent": "#0b6e78",
    "legal_line": "Clima Levante, S.L. · NIF B98765431 · C/ de la Ferreria, 8 · 46013 València",
}


def line(concept: str, amount: str, running: str = "", **more: str) -> Line:
    row = {"concept": concept, "quantity": "1", "price": amount, "tax": "21 %", "amount": amount}
    return {**row, "running": running, **more}  # type: ignore[typeddict-item]


def invoice(**changes: Any) -> InvoiceDocument:
    base: InvoiceDocument = {
        "lang": "es",
        "title": "Factura F2026/0413 · Clima Levante, S.L.",
        "issuer": ISSUER,  # type: ignore[typeddict-item]
        "kind_title": "Factura",
        "number": "F2026/0413",
        "date_long": "21 de noviembre de 2026",
        "draft": False,
        "mark": "",
        "corrects": "",
        "fiscal": {
            "label": "QR tributario:",
            "legend": "Factura verificable en la sede electrónica de la AEAT",
        },
        "message": "Es el momento de hacer las cuentas. ¡Aquí tienes tu factura!",
        "recipient": {
            "label": "Facturado a",
            "name": "Hotel Mirador de la Bahía, S.L.",
            "lines": ["NIF B12345674", "Av. del Puerto, 14 · 03700 Dénia (Alicante)"],
        },
        "facts": [
            [{"label": "Fecha de expedición", "value": "21/11/2026", "strong": True}],
            [{"label": "Vencimiento", "value": "21/12/2026", "strong": True}],
            [{"label": "Te atiende", "value": "Jordi Peris"}],
        ],
        "lines": [
            line("Mantenimiento preventivo", "420,00 €", "420,00 €", detail="Contrato M-118"),
            line("Compresor Daikin RXM35", "740,00 €", "1.160,00 €", discount="5 %"),
        ],
        "taxes": [{"label": "IVA 21 %", "base": "1.160,00 €", "amount": "243,60 €"}],
        "totals": [
            {"label": "Total factura", "amount": "1.403,60 €", "tone": "strong"},
            {"label": "Saldo utilizado · R2026/0009", "amount": "−181,50 €", "tone": "credit"},
        ],
        "due": {"label": "A pagar", "amount": "1.222,10 €"},
        "legends": [],
        "notes": "",
        "payment": {
            "kind": "transfer",
            "iban": "ES91 2100 0418 4502 0005 1332",
            "reference": "F2026/0413",
        },
        "footer": [ISSUER["legal_line"], "¿Dudas? facturas@climalevante.example · 960 000 000"],
    }
    return {**base, **changes}  # type: ignore[typeddict-item]


def quote(**changes: Any) -> QuoteDocument:
    base: QuoteDocument = {
        "lang": "es",
        "title": "Presupuesto P2026/0188 · Clima Levante, S.L.",
        "issuer": ISSUER,  # type: ignore[typeddict-item]
        "kind_title": "Presupuesto",
        "number": "P2026/0188",
        "date_long": "21 de noviembre de 2026",
        "valid_until": "Válido hasta el 21 de diciembre de 2026",
        "mark": "",
        "greeting": "Hola, Carmen. Aquí tienes la renovación de tus 4 habitaciones.",
        "message": "",
        "recipient": {"label": "Para", "name": "Hotel Mirador de la Bahía, S.L.", "lines": []},
        "facts": [[{"label": "Proyecto", "value": "Planta 2"}]],
        "sections": [
            {
                "title": "Equipos",
                "lines": [
                    line("Split inverter 3,5 kW", "2.756,00 €"),
                    line("Soporte antivibración", "90,00 €", tag="Opcional"),
                ],
                "subtotal": "2.756,00 €",
            },
            {"title": "Instalación", "lines": [line("Puesta en marcha", "860,00 €")]},
        ],
        "recurring": {
            "title": "Cada mes",
            "lines": [line("Plan de mantenimiento Plus", "35,00 €")],
            "totals": [{"label": "Cuota sin IVA", "amount": "35,00 €"}],
            "due": {"label": "Al mes, IVA incluido", "amount": "42,35 € al mes"},
        },
        "taxes": [{"label": "IVA 21 %", "base": "3.616,00 €", "amount": "759,36 €"}],
        "totals": [{"label": "Total sin IVA", "amount": "3.616,00 €"}],
        "due": {"label": "Total, IVA incluido", "amount": "4.375,36 €"},
        "notes": "",
        "conditions": [{"title": "Garantía", "text": "Tres años.\n\nDos en mano de obra."}],
        "sign": {
            "title": "Firma desde tu móvil",
            "text": "No se cobra nada ahora.",
            "url": "https://climalevante.example/p/tok",
            "label": "Ver y firmar",
        },
        "signature": None,
        "evidence": None,
        "footer": [ISSUER["legal_line"]],
    }
    return {**base, **changes}  # type: ignore[typeddict-item]


def codes() -> dict[str, bytes]:
    payload = epc_payload(
        name="Clima Levante, S.L.",
        iban="ES9121000418450200051332",
        amount=Decimal("1222.10"),
        text="F2026/0413",
    )
    return {"fiscal_qr": qr_svg(FISCAL_URL), "payment_qr": qr_svg(payload)}


def picture(
    colour: tuple[int, int, int] = (240, 160, 20),
    kind: str = "PNG",
    mode: str = "RGB",
    profile: bytes | None = None,
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 100), colour).convert(mode).save(out, kind, icc_profile=profile)
    return out.getvalue()


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with every run of white space as one space."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]
