"""Drafts: everything may change, nothing has a number."""

from __future__ import annotations

from django.db import transaction

from lonja.billing.calculation import apply_totals, invoice_totals
from lonja.billing.models import Invoice

TOTAL_FIELDS = [
    "net_cents",
    "base_cents",
    "tax_cents",
    "surcharge_cents",
    "total_cents",
    "withholding_cents",
    "disbursement_cents",
    "payable_cents",
]


@transaction.atomic
def save_totals(invoice: Invoice) -> Invoice:
    """Compute the totals of a draft from its saved lines and keep them. Raises Refused."""
    lines = list(invoice.lines.all())
    _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on or invoice.company.today())
    apply_totals(invoice, lines, totals)
    for line in lines:
        line.save(update_fields=["net_cents"])
    invoice.save(update_fields=TOTAL_FIELDS)
    return invoice
