"""Checks of the customers' balances: each cent of credit comes from somewhere and went somewhere.

Grouped queries, streamed: constant memory, and each table is read once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from lonja.billing.models import (
    Application,
    Credit,
    Entry,
    EntryKind,
    Instalment,
    Invoice,
    Receipt,
    Refund,
)
from lonja.billing.problems import Problem
from lonja.parties.terms import first_uncovered


def _total(rows: Any, by: str) -> Any:
    """Σ amount_cents of the rows that name the outer one through `by`."""
    grouped = rows.filter(**{by: OuterRef("pk")}).order_by().values(by)
    found = grouped.annotate(cents=Sum("amount_cents")).values("cents")
    return Coalesce(Subquery(found, output_field=BigIntegerField()), Value(0))


def check_balances() -> Iterator[Problem]:
    """Every disagreement between credits, what they were spent on, and what invoices say."""
    yield from _credits()
    yield from _used()
    yield from _sources()
    yield from _receipts()
    yield from _applied_entries()
    yield from _instalments()


def _credits() -> Iterator[Problem]:
    """Applied and refunded never exceed a credit, and what remains is the rest."""
    rows = Credit.objects.annotate(
        applied=_total(Application.objects.all(), "credit"),
        refunded=_total(Refund.objects.all(), "credit"),
    )
    spent = F("applied") + F("refunded")
    live = rows.filter(voided_at__isnull=True).exclude(remaining_cents=F("amount_cents") - spent)
    void = rows.filter(voided_at__isnull=False).exclude(remaining_cents=0, applied=0, refunded=0)
    for credit in (live | void).select_related("invoice").order_by("pk").iterator(chunk_size=500):
        text = _("Se usaron %(used)s céntimos de %(amount)s y dice que quedan %(left)s.") % {
            "used": credit.applied + credit.refunded,  # type: ignore[attr-defined]
            "amount": credit.amount_cents,
            "left": credit.remaining_cents,
        }
        yield Problem("credit_differs", f"{credit} ({credit.pk})", text)
    # Without invoice, the ledger holds what remains of it.
    loose = Credit.objects.filter(invoice__isnull=True).annotate(
        ledger=_total(Entry.objects.filter(invoice__isnull=True), "credit")
    )
    for row in loose.exclude(ledger=-F("remaining_cents")).iterator(chunk_size=500):
        text = _("Los apuntes suman %(sum)s céntimos y quedan %(left)s.") % {
            "sum": row.ledger,  # type: ignore[attr-defined]
            "left": row.remaining_cents,
        }
        yield Problem("credit_ledger_differs", f"{row} ({row.pk})", text)


def _used() -> Iterator[Problem]:
    """«Saldo utilizado»: of an invoice, Σ applied to it; of one in favour of the customer,
    Σ applied from it + Σ refunded."""
    issued = Invoice.objects.exclude(number="")
    to_it = issued.filter(charged_cents__gte=0).annotate(
        found=_total(Application.objects.all(), "invoice")
    )
    from_it = issued.filter(charged_cents__lt=0).annotate(
        found=_total(Application.objects.all(), "credit__invoice")
        + _total(Refund.objects.all(), "credit__invoice")
    )
    for rows in (to_it, from_it):
        wrong = rows.exclude(credit_used_cents=F("found")).order_by("pk")
        for number, kept, found in wrong.values_list(
            "number", "credit_used_cents", "found"
        ).iterator():
            text = _("El saldo utilizado suma %(found)s céntimos y la factura dice %(kept)s.") % {
                "found": found,
                "kept": kept,
            }
            yield Problem("used_differs", number, text)


def _sources() -> Iterator[Problem]:
    """Each issued invoice in favour of the customer has its credit, of its amount, and nothing
    else has one."""
    negative = Invoice.objects.exclude(number="").filter(charged_cents__lt=0)
    credits = Credit.objects.filter(invoice__isnull=False)
    without = negative.exclude(pk__in=credits.values("invoice_id"))
    for number in without.values_list("number", flat=True).iterator():
        yield Problem("credit_missing", number, _("No dejó el saldo a favor que le toca."))
    wrong = credits.exclude(
        amount_cents=-F("invoice__charged_cents"), remaining_cents=-F("invoice__outstanding_cents")
    )
    for number in wrong.values_list("invoice__number", flat=True).iterator():
        yield Problem("credit_source_differs", number, _("Su saldo no es el de la factura."))
    # Of one that was merged into another, it is the other's.
    applied = Application.objects.annotate(
        payer=Coalesce("credit__party__merged_into_id", "credit__party_id"),
        debtor=Coalesce("invoice__party__merged_into_id", "invoice__party_id"),
    )
    foreign = applied.exclude(payer=F("debtor"), invoice__company=F("credit__company"))
    for pk in foreign.values_list("pk", flat=True).iterator():
        yield Problem("credit_crossed", str(pk), _("El saldo de un cliente pagó la de otro."))


def _receipts() -> Iterator[Problem]:
    """What came in is what its entries say; undone, nothing is left of it."""
    rows = Receipt.objects.annotate(
        ledger=_total(Entry.objects.exclude(kind__in=_NOT_RECEIVED), "receipt")
    )
    wrong = rows.filter(
        Q(undone_at__isnull=True) & ~Q(ledger=-F("amount_cents"))
        | Q(undone_at__isnull=False) & ~Q(ledger=0)
    )
    for pk, amount, found in wrong.values_list("pk", "amount_cents", "ledger").iterator():
        text = _("Los apuntes suman %(found)s céntimos y el cobro dice %(kept)s.") % {
            "found": -found,
            "kept": amount,
        }
        yield Problem("receipt_differs", f"C{pk}", text)


_NOT_RECEIVED = (EntryKind.APPLIED, EntryKind.REFUND, EntryKind.CHARGE)


def _applied_entries() -> Iterator[Problem]:
    """Applying credit moves nothing between us and the customer."""
    sums = Entry.objects.filter(kind=EntryKind.APPLIED).order_by("party_id").values("party_id")
    for row in sums.annotate(cents=Sum("amount_cents")).exclude(cents=0).iterator():
        text = _("Las aplicaciones de saldo suman %(cents)s céntimos en vez de cero.") % row
        yield Problem("applied_differs", str(row["party_id"]), text)


def _instalments() -> Iterator[Problem]:
    """The terms of an invoice add up to it, and it is at the first one not covered."""
    rows = Instalment.objects.order_by("invoice_id", "position").values_list(
        *("invoice_id", "due_on", "amount_cents", "invoice__number", "invoice__charged_cents"),
        *("invoice__outstanding_cents", "invoice__next_due_on"),
    )
    terms: list[Any] = []
    for row in rows.iterator(chunk_size=5000):
        if terms and terms[0][0] != row[0]:
            yield from _terms(terms)
            terms = []
        terms.append(row)
    if terms:
        yield from _terms(terms)


def _terms(rows: list[Any]) -> Iterator[Problem]:
    _pk, _due, _cents, number, payable, outstanding, next_due_on = rows[0]
    if sum(row[2] for row in rows) != payable:
        yield Problem("instalments_differ", number, _("Los plazos no suman la factura."))
    if first_uncovered([(row[1], row[2]) for row in rows], payable - outstanding) != next_due_on:
        yield Problem("next_due_differs", number, _("Su próximo vencimiento no es el que toca."))
