"""What is asked about the balance of customers. Amounts in cents; a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, Sum

from lonja.accounts.prepared import Among
from lonja.accounts.seen import Seen
from lonja.billing.models import (
    Application,
    Credit,
    Entry,
    EntryKind,
    Instalment,
    Invoice,
    Refund,
)
from lonja.parties.figures import ByParty
from lonja.parties.merging import family_of
from lonja.parties.models import Party


def balance_on(party: Party, on: date, company_id: int | None = None) -> int:
    """What a party owed at the end of a day (negative: what we owed it)."""
    rows = Entry.objects.filter(party__in=family_of(party), on__lte=on)
    if company_id is not None:
        rows = rows.filter(company_id=company_id)
    return int(rows.aggregate(cents=Sum("amount_cents"))["cents"] or 0)


# «Saldo a favor» of each party that has some.
credit_by_party = ByParty(
    Seen(
        Credit,
        lambda rows: (
            rows.filter(Among("party_id", "parties"), remaining_cents__gt=0)
            .order_by()
            .values_list("party_id")
            .annotate(cents=Sum("remaining_cents"))
        ),
    )
)


def open_credits_of(party_id: int, company_id: int | None = None) -> list[Credit]:
    """Credits of a party with something left, the oldest first."""
    rows = Credit.objects.filter(party_id__in=family_of(party_id), remaining_cents__gt=0)
    if company_id is not None:
        rows = rows.filter(company_id=company_id)
    return list(rows.select_related("invoice", "receipt").order_by("on", "pk"))


def open_invoices_of(party_id: int, company_id: int) -> list[Invoice]:
    """Invoices of a party with something to collect, what falls due first before."""
    rows = Invoice.objects.issued().filter(
        party_id__in=family_of(party_id), company_id=company_id, outstanding_cents__gt=0
    )
    return list(rows.order_by("next_due_on", "pk")[:200])


def oldest_first(amount: int, owed: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Spread cents over (id, most) in the order given; what does not fit is left out."""
    left, shares = amount, {}
    for pk, most in owed:
        share = min(left, max(0, most))
        shares[pk] = share
        left -= share
    return shares


@dataclass(frozen=True)
class Use:
    """A movement of credit: «R2026/0007 · 28/10/2026 · 302,50 € · Núria Gil»."""

    label: str
    url_invoice: int | None
    on: date
    cents: int
    who: str
    kind: str  # application | refund
    pk: int
    undone_on: date | None
    note: str = ""


def uses_of_invoice(invoice: Invoice) -> list[Use]:
    """Where the balance used by an invoice came from or, of one in the customer's favour, where
    its credit went. Undone ones too, with the day."""
    if invoice.charged_cents < 0:
        credit = Credit.objects.filter(invoice=invoice).first()
        return uses_of_credit(credit) if credit is not None else []
    rows = Application.objects.filter(invoice=invoice, undoes__isnull=True)
    rows = rows.select_related("credit__invoice", "credit__receipt", "by__user")
    undone = _undone(Application, Q(invoice=invoice))
    return [
        Use(
            label=str(row.credit),
            url_invoice=row.credit.invoice_id,
            on=row.on,
            cents=row.amount_cents,
            who=row.by.name if row.by is not None else "Lonja",
            kind="application",
            pk=row.pk,
            undone_on=undone.get(row.pk),
        )
        for row in rows.order_by("on", "pk")
    ]


def uses_of_credit(credit: Credit) -> list[Use]:
    """Applications and refunds of a credit, in order. Four queries."""
    applied = Application.objects.filter(credit=credit, undoes__isnull=True)
    undone = _undone(Application, Q(credit=credit))
    found = [
        Use(
            label=row.invoice.number,
            url_invoice=row.invoice_id,
            on=row.on,
            cents=row.amount_cents,
            who=row.by.name if row.by is not None else "Lonja",
            kind="application",
            pk=row.pk,
            undone_on=undone.get(row.pk),
        )
        for row in applied.select_related("invoice", "by__user").order_by("pk")
    ]
    back = _undone(Refund, Q(credit=credit))
    refunds = Refund.objects.filter(credit=credit, undoes__isnull=True)
    found += [
        Use(
            label=row.get_method_display(),
            url_invoice=None,
            on=row.on,
            cents=row.amount_cents,
            who=row.by.name if row.by is not None else "Lonja",
            kind="refund",
            pk=row.pk,
            undone_on=back.get(row.pk),
            note=row.note,
        )
        for row in refunds.select_related("by__user").order_by("pk")
    ]
    return sorted(found, key=lambda use: use.on)


def _undone(model: Any, which: Q) -> dict[int, date]:
    rows = model.objects.filter(which, undoes__isnull=False)
    return dict(rows.values_list("undoes_id", "on"))


def payments_of(invoice: Invoice) -> list[Entry]:
    """Payments of an invoice, each with its receipt."""
    rows = Entry.objects.filter(invoice=invoice, kind=EntryKind.PAYMENT)
    payments = list(rows.select_related("by__user", "receipt").order_by("on", "id"))
    for entry in payments:
        entry.cents = -entry.amount_cents  # type: ignore[attr-defined]
        entry.is_undone = entry.receipt is not None and entry.receipt.is_undone  # type: ignore[attr-defined]
    return payments


def terms_of(invoice: Invoice) -> list[dict[str, Any]]:
    """Each due date with its amount and how much of it is covered; empty for a single one."""
    if not invoice.instalment_terms:
        return []
    left = invoice.settled_cents
    found = []
    for row in Instalment.objects.filter(invoice=invoice):
        covered = min(left, row.amount_cents)
        left -= covered
        found.append(
            {"due_on": row.due_on, "cents": row.amount_cents, "left": row.amount_cents - covered}
        )
    return found


def spent_after(invoice: Invoice) -> tuple[int, int]:
    """(applied, given back) of the credit of a rectificativa just issued, in cents: nothing is
    asked of the database when its draft chose nothing."""
    if not invoice.credit_choice:
        return 0, 0
    used = Application.objects.filter(credit__invoice=invoice)
    back = Refund.objects.filter(credit__invoice=invoice)
    return tuple(rows.aggregate(cents=Sum("amount_cents"))["cents"] or 0 for rows in (used, back))  # type: ignore[return-value]
