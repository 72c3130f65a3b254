"""The statement («extracto») of a party: every movement of its balance between two days.

What cancels out by itself is left out: applying credit moves nothing between us and the customer,
and a receipt or refund noted by mistake never was. Amounts in cents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.billing.kinds import kind_of
from lonja.billing.models import Entry, EntryKind, Invoice, Refund, UndoReason
from lonja.documents.words import speaker
from lonja.kit.languages import DEFAULT
from lonja.parties.merging import family_of
from lonja.parties.models import Party


@dataclass
class Row:
    """A movement: what happened, on which invoices, and the balance after it."""

    on: date
    text: str
    detail: list[str]
    cents: int
    balance: int = 0
    invoice_id: int | None = None
    receipt_id: int | None = None

    @property
    def charge(self) -> int:
        return max(0, self.cents)

    @property
    def payment(self) -> int:
        return max(0, -self.cents)


@dataclass
class Open:
    """An invoice with something left on the last day of the statement."""

    invoice: Invoice
    left: int


@dataclass
class Statement:
    """Opening balance, movements and closing balance; positive is owed to us."""

    party: Party
    company: Company
    since: date
    until: date
    opening: int
    rows: list[Row]
    closing: int
    open: list[Open] = field(default_factory=list)


def statement_of(party: Party, company: Company, since: date, until: date) -> Statement:
    """The statement of a party with a company. Six queries, however many movements."""
    own = family_of(party)
    entries = Entry.objects.filter(party__in=own, company=company)
    before = entries.filter(on__lt=since).aggregate(cents=Sum("amount_cents"))["cents"] or 0
    moves = entries.filter(on__gte=since, on__lte=until).exclude(kind=EntryKind.APPLIED)
    moves = moves.select_related("invoice", "receipt").order_by("on", "id")
    rows = _grouped(moves, _undone_refunds(own))
    balance = before
    for row in rows:
        balance += row.cents
        row.balance = balance
    return Statement(party, company, since, until, before, rows, balance, _open_on(entries, until))


def _undone_refunds(own: list[int]) -> set[tuple[int | None, date, int]]:
    """Refunds noted by mistake, as (credit, day, |cents|)."""
    rows = Refund.objects.filter(credit__party__in=own, undoes__isnull=False)
    return {
        (credit, on, abs(cents))
        for credit, on, cents in rows.values_list("credit_id", "on", "amount_cents")
    }


def _grouped(
    entries: Iterable[Entry], undone_refunds: set[tuple[int | None, date, int]]
) -> list[Row]:
    """One row for each charge, receipt, return and refund."""
    say = speaker(get_language() or DEFAULT)
    rows: list[Row] = []
    receipts: dict[tuple[int, bool], Row] = {}
    for entry in entries:
        receipt = entry.receipt
        if receipt is not None:
            if receipt.undone_reason == UndoReason.MISTAKE:
                continue
            key = (receipt.pk, entry.kind == EntryKind.UNDO)
            if key not in receipts:
                text = _("Devolución bancaria") if key[1] else _received(receipt)
                receipts[key] = Row(entry.on, text, [], 0, receipt_id=receipt.pk)
                rows.append(receipts[key])
            row = receipts[key]
            row.cents += entry.amount_cents
            row.detail.append(entry.invoice.number if entry.invoice else _("saldo a favor"))
        elif entry.kind == EntryKind.CHARGE and entry.invoice is not None:
            title = f"{say(kind_of(entry.invoice.kind).title)} {entry.invoice.number}"
            rows.append(Row(entry.on, title, [], entry.amount_cents, invoice_id=entry.invoice_id))
        elif entry.kind == EntryKind.REFUND:
            if (entry.credit_id, entry.on, abs(entry.amount_cents)) in undone_refunds:
                continue
            detail = [entry.invoice.number] if entry.invoice else []
            rows.append(Row(entry.on, _("Devolución de saldo"), detail, entry.amount_cents))
        else:
            rows.append(Row(entry.on, str(entry.get_kind_display()), [], entry.amount_cents))
    return rows


def _received(receipt: object) -> str:
    method = receipt.get_method_display()  # type: ignore[attr-defined]
    reference = receipt.reference  # type: ignore[attr-defined]
    text = _("Cobro · %(method)s") % {"method": method}
    return f"{text} · {reference}" if reference else text


def _open_on(entries: object, until: date) -> list[Open]:
    """What each invoice had left at the end of a day."""
    rows = entries.filter(on__lte=until, invoice__isnull=False)  # type: ignore[attr-defined]
    sums = rows.order_by().values_list("invoice_id").annotate(cents=Sum("amount_cents"))
    left = dict(sums.exclude(cents=0))
    invoices = Invoice.objects.filter(pk__in=list(left)[:2000]).order_by("due_on", "pk")
    return [Open(invoice, left[invoice.pk]) for invoice in invoices]
