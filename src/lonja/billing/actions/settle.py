"""Settling: payments are rows that are only added; what is owed follows them."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing.models import Entry, EntryKind, Invoice, Status
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents


@transaction.atomic
def register_payment(
    invoice: Invoice,
    *,
    amount: int,
    on: date,
    method: str,
    note: str = "",
    by: Membership | None,
) -> Entry:
    """Add a payment of `amount` cents received on a day; `outstanding_cents` falls with it.

    Raises Refused when there is nothing of that size to collect (two people at once: the second),
    for a draft, or for a day that cannot be.
    """
    invoice = Invoice.objects.select_related("company").locked(invoice)
    if invoice.status != Status.ISSUED:
        raise Refused("not_issued", _("Solo se cobran facturas emitidas. Emítela primero."))
    if amount <= 0:
        raise Refused("payment_amount", _("Escribe un importe mayor que cero."), field="amount")
    if on > invoice.company.today():
        raise Refused("payment_future", _("La fecha del cobro no puede ser futura."), field="on")
    # The condition decides, whatever was read before: of two payments at once only one fits.
    rows = Invoice.objects.filter(
        pk=invoice.pk, status=Status.ISSUED, outstanding_cents__gte=amount
    )
    if not rows.update(
        outstanding_cents=F("outstanding_cents") - amount, updated_at=timezone.now()
    ):
        raise _too_much(Invoice.objects.get(pk=invoice.pk), amount)
    entry = Entry.objects.create(
        company_id=invoice.company_id,
        party_id=invoice.party_id,
        invoice=invoice,
        kind=EntryKind.PAYMENT,
        amount_cents=-amount,
        on=on,
        method=method,
        note=note,
        by=by,
    )
    record(
        by,
        "billing.payment_registered",
        invoice,
        amount=format_eur(from_cents(amount)),
        on=format_date(on),
        number=invoice.number,
    )
    return entry


def _too_much(invoice: Invoice, amount: int) -> Refused:
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


@transaction.atomic
def undo_payment(entry: Entry, *, by: Membership | None) -> Entry:
    """Add the opposite of a payment: the invoice owes it again. Raises Refused if done before."""
    if entry.kind != EntryKind.PAYMENT:
        raise Refused("not_payment", _("Solo se puede deshacer un cobro."))
    invoice = Invoice.objects.locked(entry.invoice_id)
    try:
        with transaction.atomic():
            undone = Entry.objects.create(
                company_id=entry.company_id,
                party_id=entry.party_id,
                invoice_id=entry.invoice_id,
                kind=EntryKind.UNDO,
                amount_cents=-entry.amount_cents,
                on=entry.on,
                method=entry.method,
                undoes=entry,
                by=by,
            )
    except IntegrityError:
        raise Refused("already_undone", _("Ese cobro ya se había deshecho.")) from None
    Invoice.objects.filter(pk=invoice.pk).update(
        outstanding_cents=F("outstanding_cents") - entry.amount_cents, updated_at=timezone.now()
    )
    record(
        by,
        "billing.payment_undone",
        invoice,
        amount=format_eur(from_cents(-entry.amount_cents)),
        on=format_date(entry.on),
        number=invoice.number,
    )
    return undone
