"""What is due now of invoices paid in terms: only the terms whose day has passed, not the rest."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from lonja.billing.models import Instalment, Invoice


class Later(NamedTuple):
    """A part of what an overdue invoice owes whose own day, `due_on`, is after the first unpaid
    one, `first_on`. Cents."""

    invoice_id: int
    party_id: int
    first_on: date
    due_on: date
    cents: int


def later_parts(rows: Any, today: date) -> list[Later]:
    """The later parts of the overdue invoices of a queryset. One query, over those with terms."""
    late = rows.filter(outstanding_cents__gt=0, next_due_on__lt=today).exclude(instalment_terms="")
    names = ("party_id", "next_due_on", "charged_cents", "outstanding_cents")
    of_invoice = [f"invoice__{name}" for name in names]
    found = (
        Instalment.objects.filter(invoice_id__in=late.order_by().values("pk"))
        .order_by("invoice_id", "position")
        .values_list("invoice_id", *of_invoice, "due_on", "amount_cents")
    )
    parts = []
    for key, terms in groupby(found, key=lambda row: row[:5]):
        invoice_id, party_id, first_on, charged, outstanding = key
        fallen, settled = 0, charged - outstanding
        for *_invoice, due_on, cents in terms:
            fallen += cents
            left = min(cents, fallen - settled)
            if left > 0 and due_on > first_on:
                parts.append(Later(invoice_id, party_id, first_on, due_on, left))
    return parts


def overdue_cents(invoice: Invoice, today: date) -> int:
    """What is overdue of an invoice on a day: its terms one by one, or all of it."""
    if not invoice.is_overdue(today):
        return 0
    if not invoice.instalment_terms:
        return invoice.outstanding_cents
    later = later_parts(Invoice.objects.filter(pk=invoice.pk), today)
    return invoice.outstanding_cents - sum(part.cents for part in later if part.due_on >= today)
