"""Spending the credit of a customer: on invoices, giving it back, and undoing either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _

from lonja.accounts.bulk import insert_objects, insert_rows
from lonja.accounts.models import Membership
from lonja.activity import record_many
from lonja.billing.actions.owed import Move, change_owed, lock_invoices, no_credit_left
from lonja.billing.models import (
    Application,
    Credit,
    CreditSource,
    Entry,
    EntryKind,
    Invoice,
    Refund,
    Status,
)
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents


def open_credits(invoices: Iterable[Invoice], by: Membership | None) -> None:
    """The credit of each issued invoice of a negative amount (in the issuing transaction)."""
    insert_rows(
        Credit,
        [
            {
                "company_id": invoice.company_id,
                "party_id": invoice.party_id,
                "source": CreditSource.CORRECTIVE.value,
                "invoice_id": invoice.pk,
                "amount_cents": -invoice.charged_cents,
                "remaining_cents": -invoice.charged_cents,
                "on": invoice.issued_on,
                "by_id": by.pk if by is not None else None,
            }
            for invoice in invoices
            if invoice.charged_cents < 0
        ],
    )


def apply_credit(
    credit: Credit,
    invoice: Invoice,
    *,
    amount: int,
    by: Membership | None,
    on: date | None = None,
) -> Application:
    """Spend `amount` cents of a credit on an invoice of the same customer. Raises Refused."""
    return apply_credits([(credit, invoice, amount)], by=by, on=on)[0]


@transaction.atomic
def apply_credits(
    pairs: Sequence[tuple[Credit, Invoice, int]],
    *,
    by: Membership | None,
    on: date | None = None,
) -> list[Application]:
    """Spend credits on invoices: (credit, invoice, cents), all or nothing.

    A fixed number of queries, however many pairs. Raises Refused: `credit_spent` when less
    remains (two tabs at once: the second), `overpayment` when an invoice owes less, and for
    another customer's or company's invoice, a draft, or a day that cannot be.
    """
    if not pairs:
        raise Refused("nothing_to_apply", _("Escribe cuánto se aplica, al menos en una línea."))
    credits, invoices = _locked([pair[0] for pair in pairs], [pair[1].pk for pair in pairs])
    day = on or next(iter(credits.values())).company.today()
    spent: dict[int, int] = defaultdict(int)
    paid: dict[int, int] = defaultdict(int)
    for credit, invoice, amount in pairs:
        _refuse_unless_fits(credits[credit.pk], invoices[invoice.pk], amount, day)
        spent[credit.pk] += amount
        paid[invoice.pk] += amount
    _spend(credits, spent)
    moves = {pk: Move(-cents, cents) for pk, cents in paid.items()}
    moves |= _source_moves(credits, spent)
    change_owed(invoices, moves)
    made = [
        Application(credit_id=credit.pk, invoice_id=invoice.pk, amount_cents=amount, on=day, by=by)
        for credit, invoice, amount in pairs
    ]
    insert_objects(made)
    _write_applied(credits, invoices, made, by)
    record_many(
        by,
        "billing.credit_applied",
        [
            (
                invoices[row.invoice_id],
                {
                    "amount": format_eur(from_cents(row.amount_cents)),
                    "source": str(credits[row.credit_id]),
                    "number": invoices[row.invoice_id].number,
                },
            )
            for row in made
        ],
    )
    return made


def _locked(
    asked: Iterable[Credit], invoice_ids: Iterable[int]
) -> tuple[dict[int, Credit], dict[int, Invoice]]:
    """Credits and invoices, theirs included: invoices first, each in order of id."""
    wanted = {credit.pk: credit for credit in asked}
    sources = {credit.invoice_id for credit in wanted.values() if credit.invoice_id is not None}
    invoices = lock_invoices({*invoice_ids, *sources})
    rows = Credit.objects.select_for_update(of=("self",)).filter(pk__in=list(wanted))
    credits = {row.pk: row for row in rows.select_related("company").order_by("pk")}
    for credit in credits.values():
        if credit.invoice_id is not None:
            credit.invoice = invoices[credit.invoice_id]
    return credits, invoices


def _refuse_unless_fits(credit: Credit, invoice: Invoice, amount: int, day: date) -> None:
    if amount <= 0:
        raise Refused("credit_amount", _("Escribe un importe mayor que cero."), field="amount")
    if invoice.status != Status.ISSUED or invoice.charged_cents <= 0:
        raise Refused(
            "not_payable",
            _("El saldo solo se aplica a facturas emitidas que estén por cobrar."),
        )
    same = credit.party_id == invoice.party_id or credit.party.root_id == invoice.party.root_id
    if not same or credit.company_id != invoice.company_id:
        raise Refused(
            "other_party", _("El saldo de un cliente solo se aplica a sus propias facturas.")
        )
    if day > credit.company.today():
        raise Refused("credit_future", _("La fecha no puede ser futura."), field="on")
    if day < credit.on or (invoice.issued_on is not None and day < invoice.issued_on):
        raise Refused(
            "credit_before",
            _("La fecha no puede ser anterior al saldo ni a la factura que paga."),
            field="on",
        )


def _spend(credits: dict[int, Credit], spent: dict[int, int]) -> None:
    """Take from each credit what is spent of it; a negative amount puts it back."""
    fits = Q()
    for pk, cents in spent.items():
        # Also against the row as it was locked: the amount of a credit never changes.
        most = credits[pk].amount_cents + min(cents, 0)
        fits |= Q(pk=pk, remaining_cents__gte=max(cents, 0), remaining_cents__lte=most)
    whens = [When(pk=pk, then=Value(cents)) for pk, cents in spent.items()]
    rows = Credit.objects.filter(fits, voided_at__isnull=True)
    if rows.update(remaining_cents=F("remaining_cents") - Case(*whens)) != len(spent):
        for credit in Credit.objects.filter(pk__in=list(spent)).select_related("invoice"):
            if credit.remaining_cents < spent[credit.pk]:
                raise no_credit_left(str(credit), credit.remaining_cents, spent[credit.pk])
        raise Refused("credit_changed", _("Ese saldo ya no existe. Recarga la página."))


def _source_moves(credits: dict[int, Credit], spent: dict[int, int]) -> dict[int, Move]:
    """What the invoices that gave the credits are moved by: nearer to nothing."""
    return {
        credit.invoice_id: Move(spent[pk], spent[pk])
        for pk, credit in credits.items()
        if credit.invoice_id is not None and pk in spent
    }


def _write_applied(
    credits: dict[int, Credit],
    invoices: dict[int, Invoice],
    made: Sequence[Application],
    by: Membership | None,
) -> None:
    rows: list[dict[str, Any]] = []
    for row in made:
        credit = credits[row.credit_id]
        common = {
            "company_id": credit.company_id,
            "party_id": credit.party_id,
            "credit_id": credit.pk,
            "kind": EntryKind.APPLIED.value,
            "on": row.on,
            "by_id": by.pk if by is not None else None,
            "at": row.at,
        }
        rows.append({**common, "invoice_id": row.invoice_id, "amount_cents": -row.amount_cents})
        rows.append({**common, "invoice_id": credit.invoice_id, "amount_cents": row.amount_cents})
    insert_rows(Entry, rows)


@transaction.atomic
def undo_application(application: Application, *, by: Membership | None) -> Application:
    """Take the credit back from an invoice: it owes it again. Raises Refused if done before."""
    if application.undoes_id is not None:
        raise Refused("not_application", _("Eso ya es una aplicación deshecha."))
    credit = Credit.objects.get(pk=application.credit_id)
    credits, invoices = _locked([credit], [application.invoice_id])
    cents = application.amount_cents
    undone = _insert_undo(
        Application(
            credit_id=application.credit_id,
            invoice_id=application.invoice_id,
            amount_cents=-cents,
            on=max(application.on, credits[credit.pk].company.today()),
            undoes=application,
            by=by,
        )
    )
    _spend(credits, {credit.pk: -cents})
    moves = {application.invoice_id: Move(cents, -cents)}
    change_owed(invoices, {**moves, **_source_moves(credits, {credit.pk: -cents})})
    _write_applied(credits, invoices, [undone], by)
    _tell(by, "billing.credit_unapplied", invoices[application.invoice_id], credits, undone)
    return undone


@transaction.atomic
def refund_credit(
    credit: Credit,
    *,
    amount: int,
    method: str,
    on: date,
    note: str = "",
    by: Membership | None,
) -> Refund:
    """Give back `amount` cents of a credit on a day. Raises Refused when less remains."""
    credits, invoices = _locked([credit], [])
    found = credits[credit.pk]
    if amount <= 0:
        raise Refused("credit_amount", _("Escribe un importe mayor que cero."), field="amount")
    if on > found.company.today():
        raise Refused("credit_future", _("La fecha no puede ser futura."), field="on")
    if on < found.on:
        raise Refused(
            "credit_before", _("La fecha no puede ser anterior a la del saldo."), field="on"
        )
    refund = Refund(credit_id=found.pk, amount_cents=amount, method=method, on=on, note=note, by=by)
    _spend(credits, {found.pk: amount})
    change_owed(invoices, _source_moves(credits, {found.pk: amount}))
    insert_objects([refund])
    _write_refund(found, refund, by)
    _tell(by, "billing.credit_refunded", found.invoice or found.party, credits, refund)
    return refund


@transaction.atomic
def undo_refund(refund: Refund, *, by: Membership | None) -> Refund:
    """Take a refund back: the credit is there again. Raises Refused if done before."""
    if refund.undoes_id is not None:
        raise Refused("not_refund", _("Eso ya es una devolución deshecha."))
    credits, invoices = _locked([Credit.objects.get(pk=refund.credit_id)], [])
    found = credits[refund.credit_id]
    undone = _insert_undo(
        Refund(
            credit_id=found.pk,
            amount_cents=-refund.amount_cents,
            method=refund.method,
            on=refund.on,
            undoes=refund,
            by=by,
        )
    )
    _spend(credits, {found.pk: -refund.amount_cents})
    change_owed(invoices, _source_moves(credits, {found.pk: -refund.amount_cents}))
    _write_refund(found, undone, by)
    _tell(by, "billing.refund_undone", found.invoice or found.party, credits, undone)
    return undone


def _insert_undo(row: Any) -> Any:
    """The constraint on `undoes` decides who undid it first."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Refused("already_undone", _("Eso ya se había deshecho.")) from None
    return row


def _write_refund(credit: Credit, refund: Refund, by: Membership | None) -> None:
    Entry.objects.create(
        company_id=credit.company_id,
        party_id=credit.party_id,
        invoice_id=credit.invoice_id,
        credit=credit,
        kind=EntryKind.REFUND,
        amount_cents=refund.amount_cents,
        on=refund.on,
        method=refund.method,
        note=refund.note,
        by=by,
    )


def _tell(
    by: Membership | None,
    verb: str,
    target: Any,
    credits: dict[int, Credit],
    row: Application | Refund,
) -> None:
    data = {
        "amount": format_eur(from_cents(abs(row.amount_cents))),
        "source": str(credits[row.credit_id]),
        "on": format_date(row.on),
        "number": str(target),
    }
    record_many(by, verb, [(target, data)])
