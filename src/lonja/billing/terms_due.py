"""What is due now of invoices paid in terms: only the terms whose day has passed, not the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import F, Q, Sum

from lonja.billing.models import Instalment, Invoice

# What the sums below are made by, as an `Instalment` reaches it.
BY_INVOICE, BY_PARTY = "invoice_id", "invoice__party_id"
FIRST, OWN = "invoice__next_due_on", "due_on"


def later_terms(rows: Any, today: Any) -> Any:
    """The terms of the overdue invoices of a queryset whose own day is after the first unpaid one.

    Days grow from term to term, so nothing of these is paid: all their cents are still owed.
    """
    late = rows.filter(outstanding_cents__gt=0, next_due_on__lt=today).exclude(instalment_terms="")
    terms = Instalment.objects.filter(invoice__in=late.order_by(), due_on__gt=F(FIRST))
    return terms.order_by()


def not_due_yet(rows: Any, today: date, by: str) -> dict[int, int]:
    """Cents of the overdue invoices of a queryset whose own day has not passed, by `BY_…`."""
    return dict(terms_not_due(rows, today, by))


def terms_not_due(rows: Any, today: Any, by: str) -> Any:
    """The same as a query; the day may be a `Slot`."""
    terms = later_terms(rows, today).filter(due_on__gte=today)
    return terms.values_list(by).annotate(cents=Sum("amount_cents"))


def moved(ages: Mapping[str, Callable[[str], Q]]) -> dict[str, Any]:
    """Sums over `later_terms`: for each age, what goes to it because of its own day less what was
    counted in it by the first unpaid one. `ages`: name → the condition on a date column."""
    return {
        name: Sum("amount_cents", filter=when(OWN), default=0)
        - Sum("amount_cents", filter=when(FIRST), default=0)
        for name, when in ages.items()
    }


def overdue_cents(invoice: Invoice, today: date) -> int:
    """What is overdue of an invoice on a day: its terms one by one, or all of it."""
    if not invoice.is_overdue(today):
        return 0
    if not invoice.instalment_terms:
        return invoice.outstanding_cents
    later = not_due_yet(Invoice.objects.filter(pk=invoice.pk), today, BY_INVOICE)
    return invoice.outstanding_cents - later.get(invoice.pk, 0)
