"""Writing down what the recipient of an issued invoice told."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing.models import Invoice, Status
from lonja.einvoices.models import InvoiceStatus, IssuedStatus, Source
from lonja.kit.errors import Refused


def current_status(invoice: Invoice) -> IssuedStatus | None:
    """The last state that was not taken back."""
    rows = list(IssuedStatus.objects.filter(invoice=invoice).order_by("-id")[:50])
    skip = 0
    for row in rows:
        if row.status == InvoiceStatus.WITHDRAWN:
            skip += 1
        elif skip:
            skip -= 1
        else:
            return row
    return None


@transaction.atomic
def tell_status(
    invoice: Invoice,
    status: str,
    on: date,
    *,
    by: Membership | None,
    reason: str = "",
    source: str = Source.PERSON,
) -> IssuedStatus:
    """Add a state to an issued invoice.

    Raises Refused: a draft, a day before the invoice or in the future, a rejection without
    reason, nothing to take back. Telling the same state twice gives the first one.
    """
    invoice = Invoice.objects.select_related("company", "party").locked(invoice)
    if invoice.status == Status.DRAFT:
        raise Refused("not_issued", _("Un borrador no tiene estados: emítelo primero."))
    if on < invoice.issued_on or on > invoice.company.today():
        raise Refused(
            "status_day",
            _("La fecha tiene que estar entre la de la factura y hoy."),
            field="on",
        )
    if status == InvoiceStatus.REJECTED and not reason.strip():
        raise Refused("status_reason", _("Escribe por qué la rechaza."), field="reason")
    now = current_status(invoice)
    if status == InvoiceStatus.WITHDRAWN and now is None:
        raise Refused("status_none", _("No hay ningún estado que anular."), field="status")
    if now is not None and (now.status, now.on, now.reason) == (status, on, reason.strip()):
        return now
    row = IssuedStatus.objects.create(
        invoice=invoice,
        status=status,
        on=on,
        reason=reason.strip()[:300],
        source=source,
        by=by,
    )
    with house():
        told = str(row.get_status_display())
    record(by, "einvoices.status_told", invoice, status=told)
    return row
