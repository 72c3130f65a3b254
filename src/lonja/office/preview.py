"""An invoice with invented lines, to see the brand at work before there is a real one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Company
from lonja.documents import branding, render
from lonja.documents.epc import iban_by_fours
from lonja.kit.dates import format_date, format_long
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_iban

NBSP = "\u00a0"


@house()
def sample_svg(company: Company, **changes: str) -> str:
    """First page of a sample invoice of the company as SVG, with some values changed: accent,
    tagline, invoice_message. Nothing is saved.

    Raises Refused when the page cannot be drawn.
    """
    accent = changes.get("accent", company.accent)
    try:
        accent, _changed = branding.readable_accent(accent)
    except ValueError:
        accent = branding.DEFAULT_ACCENT
    logo = company.logo.read() if company.logo is not None else None
    data = _data(
        company,
        accent,
        changes.get("tagline", company.tagline),
        changes.get("invoice_message", company.invoice_message),
    )
    images = {"logo": logo} if logo else {}
    return render.render_svg(render.INVOICE, data, images=images)[0]


def _euros(text: str) -> str:
    return f"{text}{NBSP}€"


def _iban(company: Company) -> str:
    try:
        return iban_by_fours(check_iban(company.iban)) if company.iban else ""
    except Refused:
        return ""


def _data(company: Company, accent: str, tagline: str, message: str) -> dict[str, Any]:
    today = company.today()
    due = today + timedelta(days=company.payment_terms_days)
    legal = [
        company.legal_name,
        f"NIF {company.nif}" if company.nif else "",
        *company.address_lines,
    ]
    iban = _iban(company)
    contact = [company.phone, company.email, company.website]
    return {
        "lang": "es",
        "title": _("Factura de ejemplo"),
        "issuer": {
            "name": company.display_name,
            "tagline": tagline,
            "initials": branding.initials(company.display_name),
            "accent": accent,
            "legal_line": " · ".join(part for part in legal if part),
        },
        "kind_title": _("Factura"),
        "number": "F2026/—",
        "date_long": format_long(today),
        "draft": True,
        "mark": _("EJEMPLO"),
        "corrects": "",
        "fiscal": {"label": "QR tributario:", "legend": "VERI*FACTU"},
        "message": message,
        "recipient": {
            "label": _("Facturado a"),
            "name": _("Cliente de ejemplo, S.L."),
            "lines": ["NIF B12345674", _("Calle Mayor, 1"), "46001 València"],
        },
        "facts": [
            [{"label": _("Fecha"), "value": format_date(today)}],
            [{"label": _("Vencimiento"), "value": format_date(due)}],
        ],
        "lines": [
            {
                "concept": _("Revisión anual"),
                "detail": _("Mano de obra y desplazamiento"),
                "quantity": "1",
                "price": _euros("180,00"),
                "tax": f"21{NBSP}%",
                "amount": _euros("180,00"),
            },
            {
                "concept": _("Filtro de repuesto"),
                "quantity": "4",
                "price": _euros("15,00"),
                "tax": f"21{NBSP}%",
                "amount": _euros("60,00"),
            },
        ],
        "taxes": [{"label": f"IVA 21{NBSP}%", "base": _euros("240,00"), "amount": _euros("50,40")}],
        "totals": [
            {"label": _("Base imponible"), "amount": _euros("240,00")},
            {"label": f"IVA 21{NBSP}%", "amount": _euros("50,40")},
            {"label": _("Total factura"), "amount": _euros("290,40"), "tone": "strong"},
        ],
        "due": {"label": _("A pagar"), "amount": _euros("290,40")},
        "legends": [],
        "notes": "",
        "payment": {"kind": "transfer", "iban": iban} if iban else None,
        "footer": [
            " · ".join(part for part in [*legal, company.registry] if part),
            " · ".join(part for part in contact if part),
        ],
    }
