"""Sending an issued invoice by mail, now or again: always the same PDF."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing.hooks import attachments_of
from lonja.billing.models import Invoice, Status
from lonja.billing.sending import mail_for
from lonja.kit.errors import Refused
from lonja.mail import queue_mail
from lonja.mail.models import OutgoingMail


@transaction.atomic
def send_invoice(
    invoice: Invoice,
    *,
    by: Membership | None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    subject: str = "",
    text: str = "",
) -> OutgoingMail:
    """Put a mail with the invoice in the outbox. What is left empty is written as usual.

    Raises Refused for a draft and when there is nobody to send it to.
    """
    invoice = Invoice.objects.select_related("company", "party").locked(invoice)
    if invoice.status != Status.ISSUED:
        raise Refused("not_issued", _("Solo se envían facturas emitidas. Emítela primero."))
    extra = attachments_of([invoice]).get(invoice.pk, ())
    mail = mail_for(invoice, list(to), extra=extra)
    if mail is None:
        raise Refused(
            "no_address",
            _("%(name)s no tiene correo. Escribe a qué dirección se envía.")
            % {"name": invoice.party.name},
            field="to",
        )
    # The first mail of all has a fixed key; each later one is a decision of somebody.
    mail["key"] = None
    mail["cc"] = list(cc)
    if subject:
        mail["subject"] = subject
    if text:
        mail["text"] = text
    queued = queue_mail(**mail)
    if invoice.mailed_at is None:
        Invoice.objects.filter(pk=invoice.pk).update(mailed_at=timezone.now())
    record(by, "billing.sent", invoice, to=", ".join(queued.to), number=invoice.number)
    return queued
