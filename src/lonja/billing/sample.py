"""An invoice with invented lines, to see a template, a language or a message at work."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from lonja.accounts.models import Company
from lonja.billing.calculation import apply_totals, invoice_totals, tax_rows
from lonja.billing.document import invoice_document
from lonja.billing.kinds import ORDINARY, SIMPLIFIED
from lonja.billing.models import Invoice, InvoiceLine, InvoiceTax
from lonja.billing.paper import STANDARD, TEMPLATES, TICKET
from lonja.billing.snapshots import issuer_snapshot
from lonja.documents.render import render_svg
from lonja.kit.languages import known

# literals: invented people and things, shown as they would be written in an invoice
_RECIPIENT = {
    "name": "Hotel Mirador de la Bahía, S.L.",
    "nif": "B12345674",
    "id_type": "nif",
    "country": "ES",
    "address": ["Av. del Puerto, 14", "03700 Dénia (Alicante)"],
    "kind": "company",
    "iban": "",
}
_LINES = (
    ("Mantenimiento preventivo", "Contrato M-118 · 12 equipos", "1", "mes", "420"),
    ("Hora de técnico", "Sala de calderas", "4", "h", "42"),
    ("Desplazamiento", "", "1", "ud", "28"),
)


def sample_svg(company: Company, *, template: str, language: str, ticket: bool = False) -> str:
    """The first page of a draft of the company with that template, in that language.

    Nothing is saved. Raises Refused when the page cannot be drawn.
    """
    today = company.today()
    invoice = Invoice(
        company=company,
        kind=SIMPLIFIED if ticket else ORDINARY,
        issued_on=today,
        due_on=today + timedelta(days=company.payment_terms_days),
        message=company.invoice_message,
        language=known(language),
        issuer=issuer_snapshot(company),
        recipient={**_RECIPIENT, "language": known(language)},
    )
    lines = [
        InvoiceLine(
            concept=concept,
            detail=detail,
            quantity=Decimal(quantity),
            unit=unit,
            unit_price=Decimal(price),
            tax_category=_category(company),
        )
        for concept, detail, quantity, unit, price in _LINES
    ]
    _taxed, totals = invoice_totals(invoice, lines, today)
    apply_totals(invoice, lines, totals)
    taxes = [InvoiceTax(**row) for row in tax_rows(totals)]
    document, images = invoice_document(invoice, lines, taxes)
    path = TICKET if ticket else TEMPLATES.get(template, TEMPLATES[STANDARD])[2]
    return render_svg(path, document, images=images)[0]


def _category(company: Company) -> str:
    return {"canarias": "igic_general", "ceuta": "ipsi_3", "melilla": "ipsi_3"}.get(
        company.territory, "iva_general"
    )
