"""Voiding: an issued invoice that should never have been (a duplicate, a mistaken test).

A real operation is never voided: it is corrected (AEAT, developers' FAQ §17). The number stays
used for ever.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing.models import (
    CustomerLink,
    DeliveryNote,
    Entry,
    EntryKind,
    Invoice,
    MonthlySales,
    Proforma,
    Status,
)
from lonja.billing.regimes import active_regime
from lonja.kit.errors import Refused
from lonja.mail.models import MailStatus, OutgoingMail


def refuse_unless_voidable(invoice: Invoice) -> None:
    """Raise Refused with why an invoice cannot be voided and what to do instead."""
    if invoice.status == Status.VOID:
        raise Refused("already_void", _("La factura %s ya está anulada.") % invoice.number)
    if invoice.status != Status.ISSUED:
        raise Refused("not_issued", _("Un borrador no se anula: se borra."))
    if invoice.outstanding_cents != invoice.charged_cents:
        raise Refused(
            "void_paid",
            _(
                "La factura %(number)s tiene cobros o saldo aplicado. Si la operación existió, "
                "emite una rectificativa; si no, deshaz antes los cobros."
            )
            % {"number": invoice.number},
        )
    named = invoice.named_by.exclude(invoice__status__in=(Status.DRAFT, Status.VOID)).first()
    if named is not None:
        raise Refused(
            "void_named",
            _("La factura %(number)s está citada en %(other)s: no se puede anular.")
            % {"number": invoice.number, "other": named.invoice.number},
        )


@transaction.atomic
def void_invoice(invoice: Invoice, *, reason: str, by: Membership | None) -> Invoice:
    """Declare that an issued invoice should never have been: its record of annulment goes to the
    chain, its charge is taken back from the ledger and from the month, and the albaranes it
    gathered are pending again.

    Raises Refused: without a reason, for a draft, when it has payments or another names it.
    """
    if len(reason.strip()) < 10:
        raise Refused(
            "void_reason",
            _("Explica por qué se anula (al menos diez letras): queda en su historial."),
            field="reason",
        )
    invoice = Invoice.objects.select_related("company").locked(invoice)
    refuse_unless_voidable(invoice)
    now = timezone.now()
    regime = active_regime(invoice.company)
    if regime is not None:
        recorder = regime.begin(invoice.company, now)
        recorder.record_void(invoice)
        recorder.finish()
    charge = Entry.objects.get(invoice=invoice, kind=EntryKind.CHARGE)
    with house():
        note = _("Factura anulada")
    Entry.objects.create(
        company_id=invoice.company_id,
        party_id=invoice.party_id,
        invoice=invoice,
        kind=EntryKind.UNDO,
        amount_cents=-charge.amount_cents,
        on=invoice.company.today(),
        note=note,
        undoes=charge,
        by=by,
    )
    assert invoice.issued_on is not None  # noqa: S101 - issued
    MonthlySales.objects.filter(
        company_id=invoice.company_id, month=invoice.issued_on.replace(day=1)
    ).update(
        count=F("count") - 1,
        base_cents=F("base_cents") - invoice.base_cents + invoice.replaced_base_cents,
        total_cents=F("total_cents") - invoice.total_cents + invoice.replaced_total_cents,
    )
    invoice.status, invoice.outstanding_cents, invoice.updated_at = Status.VOID, 0, now
    invoice.save(update_fields=["status", "outstanding_cents", "updated_at"])
    # What it gathered is there to be invoiced again.
    DeliveryNote.objects.filter(invoice=invoice).update(invoice=None)
    Proforma.objects.filter(invoice=invoice).update(invoice=None)
    _keep_in_the_house(invoice)
    record(by, "billing.voided", invoice, reason=reason.strip()[:300])
    return invoice


def _keep_in_the_house(invoice: Invoice) -> None:
    """What had not left yet does not: its mails, scheduled or waiting, and its customer's page."""
    waiting = OutgoingMail.objects.filter(about_type="billing.invoice", about_id=invoice.pk)
    waiting = waiting.filter(status__in=(MailStatus.QUEUED, MailStatus.HELD, MailStatus.FAILED))
    waiting.update(status=MailStatus.CANCELLED, lease_until=None)
    alone = CustomerLink.objects.filter(invoice=invoice, revoked_at=None, with_account=False)
    alone.update(revoked_at=timezone.now())
