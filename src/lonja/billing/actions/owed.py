"""The one place where what invoices owe changes: `outstanding_cents` and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.billing.models import Instalment, Invoice, Reminder, Status
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.parties.terms import first_uncovered


@dataclass(frozen=True)
class Move:
    """Cents added to what an invoice owes, and to its «saldo utilizado»."""

    owed: int
    used: int = 0


def lock_invoices(ids: Collection[int]) -> dict[int, Invoice]:
    """The invoices, locked in one order so that nobody waits for each other in circles."""
    rows = Invoice.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    return {invoice.pk: invoice for invoice in rows}


def change_owed(
    invoices: Mapping[int, Invoice],
    moves: Mapping[int, Move],
    *,
    returned_on: date | None = None,
) -> None:
    """Move what locked invoices owe. A fixed number of queries, however many invoices.

    The condition of the UPDATE decides, whatever was read before: an invoice to collect stays
    between nothing and what it asked to pay, one in the customer's favour between that and
    nothing. Raises Refused when one does not fit; the caller's transaction is then rolled back.
    `returned_on`: the bank took the money back that day.
    """
    moves = {pk: move for pk, move in moves.items() if move.owed or move.used}
    if not moves:
        return
    fits = Q()
    for pk, move in moves.items():
        fits |= _fits(invoices[pk], move)
    rows = Invoice.objects.filter(fits, status=Status.ISSUED)
    changed = rows.update(
        outstanding_cents=F("outstanding_cents") + _each(moves, "owed"),
        credit_used_cents=F("credit_used_cents") + _each(moves, "used"),
        returned_on=returned_on,
        updated_at=timezone.now(),
    )
    if changed != len(moves):
        raise _does_not_fit(invoices, moves)
    _next_due_dates(moves)
    _silence_reminders(moves)


def _fits(invoice: Invoice, move: Move) -> Q:
    least, most = min(0, invoice.charged_cents), max(0, invoice.charged_cents)
    return Q(
        pk=invoice.pk,
        outstanding_cents__gte=least - move.owed,
        outstanding_cents__lte=most - move.owed,
    )


def _each(moves: Mapping[int, Move], what: str) -> Any:
    whens = [When(pk=pk, then=Value(getattr(move, what))) for pk, move in moves.items()]
    return Case(*whens, default=Value(0))


def _does_not_fit(invoices: Mapping[int, Invoice], moves: Mapping[int, Move]) -> Refused:
    """In words, about the first invoice that has less to collect than asked."""
    for invoice in Invoice.objects.filter(pk__in=list(moves)).order_by("pk"):
        move = moves[invoice.pk]
        left = invoice.outstanding_cents
        if left == invoices[invoice.pk].outstanding_cents + move.owed:
            continue  # this one fitted, and has been moved already
        if invoice.status != Status.ISSUED:
            return Refused("not_issued", _("Solo se cobran facturas emitidas. Emítela primero."))
        if move.owed < 0 and invoice.charged_cents >= 0 and left < -move.owed:
            return too_much(invoice, -move.owed)
        if move.owed > 0 and invoice.charged_cents < 0 and -left < move.owed:
            return no_credit_left(invoice.number, -left, move.owed)
    return Refused(
        "owed_changed",
        _("Alguien acaba de cambiar lo pendiente de estas facturas. Recarga la página y repítelo."),
    )


def too_much(invoice: Invoice, amount: int) -> Refused:
    """More than an invoice owes."""
    left = invoice.outstanding_cents
    if left <= 0:
        return Refused(
            "already_paid",
            _("La factura %(number)s ya está cobrada.") % {"number": invoice.number},
            field="amount",
        )
    return Refused(
        "overpayment",
        _(
            "De la factura %(number)s quedan por cobrar %(left)s y has escrito %(amount)s. "
            "Registra como mucho lo pendiente."
        )
        % {
            "number": invoice.number,
            "left": format_eur(from_cents(left)),
            "amount": format_eur(from_cents(amount)),
        },
        field="amount",
    )


def no_credit_left(name: str, left: int, amount: int) -> Refused:
    """More than remains of a credit: somebody spent it, or it was mistyped."""
    return Refused(
        "credit_spent",
        _(
            "De %(name)s quedan %(left)s de saldo y has pedido %(amount)s. Puede que alguien lo "
            "haya usado mientras tanto: no se ha aplicado nada, revisa los importes."
        )
        % {
            "name": name,
            "left": format_eur(from_cents(max(0, left))),
            "amount": format_eur(from_cents(amount)),
        },
        field="amount",
    )


def _next_due_dates(moves: Iterable[int]) -> None:
    """Put each invoice with several terms at the first one not covered yet."""
    terms: dict[int, list[tuple[date, int]]] = defaultdict(list)
    rows = Instalment.objects.filter(invoice_id__in=list(moves)).order_by("invoice_id", "position")
    for row in rows:
        terms[row.invoice_id].append((row.due_on, row.amount_cents))
    if not terms:
        return
    settled = {
        pk: payable - left
        for pk, payable, left in Invoice.objects.filter(pk__in=list(terms)).values_list(
            "pk", "charged_cents", "outstanding_cents"
        )
    }
    whens = [
        When(pk=pk, then=Value(first_uncovered(found, settled[pk]))) for pk, found in terms.items()
    ]
    Invoice.objects.filter(pk__in=list(terms)).update(next_due_on=Case(*whens))


def _silence_reminders(moves: Iterable[int]) -> None:
    """A reminder still waiting in the outbox speaks of an amount that is no longer owed."""
    waiting = Reminder.objects.filter(invoice_id__in=list(moves), mail__isnull=False)
    OutgoingMail.objects.filter(pk__in=waiting.values("mail_id"), status=MailStatus.QUEUED).update(
        status=MailStatus.CANCELLED
    )
