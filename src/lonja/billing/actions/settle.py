"""Money that comes in: receipts pay invoices, and what is left over is the customer's credit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.bulk import insert_rows
from lonja.accounts.models import Company, Membership
from lonja.activity import record, record_many
from lonja.billing.actions.owed import Move, change_owed, lock_invoices
from lonja.billing.models import (
    Application,
    Credit,
    CreditSource,
    Entry,
    EntryKind,
    Invoice,
    Receipt,
    Refund,
    Status,
    UndoReason,
)
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents
from lonja.parties.models import Party


@transaction.atomic
def register_payment(
    invoice: Invoice,
    *,
    amount: int,
    on: date,
    method: str,
    note: str = "",
    reference: str = "",
    keep_surplus: bool = False,
    by: Membership | None,
) -> Entry:
    """Add a payment of `amount` cents received on a day; `outstanding_cents` falls with it.

    With `keep_surplus`, what exceeds the invoice becomes credit of the customer; without it,
    more than it owes is refused (two people at once: the second). Raises Refused for a draft too,
    and for a day that cannot be.
    """
    invoice = Invoice.objects.select_related("company", "party").get(pk=invoice.pk)
    if invoice.status != Status.ISSUED:
        raise Refused("not_issued", _("Solo se cobran facturas emitidas. Emítela primero."))
    mine = amount
    if keep_surplus and amount > invoice.outstanding_cents:
        mine = max(0, invoice.outstanding_cents)
    receipt = register_receipt(
        company=invoice.company,
        party=invoice.party,
        amount=amount,
        on=on,
        method=method,
        shares={invoice.pk: mine},
        reference=reference,
        note=note,
        keep_surplus=keep_surplus,
        by=by,
    )
    found = Entry.objects.filter(receipt=receipt).order_by("pk").first()
    assert found is not None  # noqa: S101 - a receipt has an entry for each part of its amount
    return found


@transaction.atomic
def register_receipt(
    *,
    company: Company,
    party: Party,
    amount: int,
    on: date,
    method: str,
    shares: Mapping[int, int],
    reference: str = "",
    note: str = "",
    keep_surplus: bool = False,
    by: Membership | None,
) -> Receipt:
    """Money received from a party: `shares` says how many cents pay each invoice (by id).

    What no invoice takes is kept as credit: «entrega a cuenta» without invoices, which is always
    deliberate; «cobro de más» with some, only with `keep_surplus`. A fixed number of queries,
    however many invoices. Raises Refused when an invoice owes less than its share, belongs to
    another customer or company, or when shares exceed the amount.
    """
    shares = {pk: cents for pk, cents in shares.items() if cents}
    surplus = _checked(company, amount, on, shares, keep_surplus)
    invoices = lock_invoices(shares)
    _check_invoices(invoices, shares, company, party)
    change_owed(invoices, {pk: Move(-cents) for pk, cents in shares.items()})
    receipt = Receipt.objects.create(
        company=company,
        party=party,
        on=on,
        method=method,
        amount_cents=amount,
        reference=reference,
        note=note,
        by=by,
    )
    credit = None
    if surplus:
        source = CreditSource.OVERPAYMENT if shares else CreditSource.ADVANCE
        credit = Credit.objects.create(
            company=company,
            party=party,
            source=source,
            receipt=receipt,
            amount_cents=surplus,
            remaining_cents=surplus,
            on=on,
            by=by,
        )
    common = {
        "company_id": company.pk,
        "party_id": party.pk,
        "receipt_id": receipt.pk,
        "on": on,
        "method": method,
        "note": note,
        "by_id": by.pk if by is not None else None,
        "at": receipt.at,
    }
    rows = [
        {
            **common,
            "invoice_id": pk,
            "kind": EntryKind.PAYMENT.value,
            "amount_cents": -cents,
        }
        for pk, cents in shares.items()
    ]
    if credit is not None:
        kind = EntryKind.ADVANCE.value
        rows.append({**common, "credit_id": credit.pk, "kind": kind, "amount_cents": -surplus})
    insert_rows(Entry, rows)
    told = {"amount": format_eur(from_cents(amount)), "on": format_date(on)}
    if shares:
        targets = [
            (
                invoices[pk],
                {
                    "amount": format_eur(from_cents(cents)),
                    "on": format_date(on),
                    "number": invoices[pk].number,
                },
            )
            for pk, cents in shares.items()
        ]
        record_many(by, "billing.payment_registered", targets)
    else:
        record(by, "billing.advance_registered", party, company_id=company.pk, **told)
    return receipt


def _checked(
    company: Company, amount: int, on: date, shares: Mapping[int, int], keep_surplus: bool
) -> int:
    """What is left over in cents. Raises Refused for amounts and days that cannot be."""
    if amount <= 0 or any(cents < 0 for cents in shares.values()):
        raise Refused("payment_amount", _("Escribe un importe mayor que cero."), field="amount")
    if on > company.today():
        raise Refused("payment_future", _("La fecha del cobro no puede ser futura."), field="on")
    surplus = amount - sum(shares.values())
    if surplus < 0:
        raise Refused(
            "shares_exceed",
            _("Has repartido %(over)s más de lo cobrado. Baja algún importe o sube el del cobro.")
            % {"over": format_eur(from_cents(-surplus))},
            field="amount",
        )
    if surplus and shares and not keep_surplus:
        raise Refused(
            "surplus",
            _(
                "Sobran %(left)s sin repartir. Repártelos entre las facturas o marca «Dejar lo que "
                "sobra como saldo a favor»."
            )
            % {"left": format_eur(from_cents(surplus))},
            field="amount",
        )
    return surplus


def _check_invoices(
    invoices: Mapping[int, Invoice], shares: Mapping[int, int], company: Company, party: Party
) -> None:
    for pk in shares:
        invoice = invoices.get(pk)
        if invoice is None or invoice.status != Status.ISSUED:
            raise Refused("not_issued", _("Solo se cobran facturas emitidas. Emítela primero."))
        same = invoice.party_id == party.pk or invoice.party.root_id == party.root_id
        if not same or invoice.company_id != company.pk:
            raise Refused(
                "other_party", _("Un cobro solo paga facturas del cliente del que viene.")
            )


@transaction.atomic
def undo_payment(entry: Entry, *, by: Membership | None, reason: str = UndoReason.MISTAKE) -> Entry:
    """Undo the receipt a payment came with: all it paid is owed again. Raises Refused if done
    before, or when the credit it left was already used."""
    if entry.kind != EntryKind.PAYMENT or entry.receipt is None:
        raise Refused("not_payment", _("Solo se puede deshacer un cobro."))
    undo_receipt(entry.receipt, by=by, reason=reason)
    return Entry.objects.get(undoes=entry)


@transaction.atomic
def undo_receipt(
    receipt: Receipt,
    *,
    by: Membership | None,
    reason: str = UndoReason.MISTAKE,
    on: date | None = None,
) -> Receipt:
    """Add the opposite of everything a receipt did, once.

    A mistake is undone as if it had never been, on its own day; what the bank returned, on the
    day it did (`on`, default today), and the invoices say «Devuelta». Raises Refused when it was
    done before or the credit it left is spent: it says on what.
    """
    entries = list(Entry.objects.filter(receipt=receipt, undoes__isnull=True).order_by("pk"))
    invoices = lock_invoices([e.invoice_id for e in entries if e.invoice_id is not None])
    found: Receipt = Receipt.objects.select_related("company").get(pk=receipt.pk)
    returned = reason == UndoReason.RETURNED
    day = (on or found.company.today()) if returned else found.on
    if day > found.company.today() or day < found.on:
        raise Refused(
            "undo_day",
            _("La devolución no puede ser anterior al cobro ni de un día futuro."),
            field="on",
        )
    changed = Receipt.objects.filter(pk=found.pk, undone_at__isnull=True).update(
        undone_at=timezone.now(), undone_on=day, undone_by=by, undone_reason=reason
    )
    if not changed:
        raise Refused("already_undone", _("Ese cobro ya se había deshecho."))
    _void_credit(found)
    change_owed(
        invoices,
        {e.invoice_id: Move(-e.amount_cents) for e in entries if e.invoice_id is not None},
        returned_on=day if returned else None,
    )
    insert_rows(
        Entry,
        [
            {
                "company_id": entry.company_id,
                "party_id": entry.party_id,
                "invoice_id": entry.invoice_id,
                "receipt_id": found.pk,
                "credit_id": entry.credit_id,
                "kind": EntryKind.UNDO.value,
                "amount_cents": -entry.amount_cents,
                "on": day,
                "method": entry.method,
                "undoes_id": entry.pk,
                "by_id": by.pk if by is not None else None,
            }
            for entry in entries
        ],
    )
    verb = "billing.payment_returned" if returned else "billing.payment_undone"
    record_many(
        by,
        verb,
        [
            (
                invoices[entry.invoice_id] if entry.invoice_id is not None else found,
                {
                    "amount": format_eur(from_cents(-entry.amount_cents)),
                    "on": format_date(entry.on),
                },
            )
            for entry in entries
        ],
    )
    found.refresh_from_db()
    return found


def _void_credit(receipt: Receipt) -> None:
    """The credit a receipt left goes with it, if nobody spent it."""
    rows = Credit.objects.filter(receipt=receipt)
    credit = rows.select_for_update().first()
    if credit is None:
        return
    unspent = rows.filter(remaining_cents=F("amount_cents"), voided_at__isnull=True)
    if unspent.update(remaining_cents=0, voided_at=timezone.now()):
        return
    raise Refused(
        "credit_used",
        _(
            "El saldo que dejó este cobro ya se ha usado (%(where)s). Deshaz antes eso y después "
            "el cobro."
        )
        % {"where": ", ".join(where_used(credit)) or "—"},
    )


def where_used(credit: Credit) -> list[str]:
    """In words, what a credit was spent on and stands: numbers of invoices, refunds."""
    applied = Application.objects.filter(
        credit=credit, undoes__isnull=True, undone_by__isnull=True
    ).select_related("invoice")
    found = [row.invoice.number for row in applied.order_by("pk")]
    refunds = Refund.objects.filter(credit=credit, undoes__isnull=True, undone_by__isnull=True)
    return found + [
        _("devuelto el %(day)s") % {"day": format_date(row.on)} for row in refunds.order_by("pk")
    ]
