"""Sending an issued invoice by mail, now, later or again: always the same PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing import dispatch
from lonja.billing.hooks import attachments_of
from lonja.billing.models import CustomerLink, FollowUp, Invoice, SendingRule, Status
from lonja.billing.sending import mail_for
from lonja.kit.errors import Refused
from lonja.mail import queue_mail
from lonja.mail.models import Bounce, MailStatus, OutgoingMail
from lonja.mail.texts import fill
from lonja.parties.models import Party

# In the text of a mail being written: the private link, made when it is sent.
LINK_HERE = "{enlace}"


@transaction.atomic
def send_invoice(
    invoice: Invoice,
    *,
    by: Membership | None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    subject: str = "",
    text: str = "",
    at: datetime | None = None,
    zone: str = "",
    base_url: str = "",
) -> OutgoingMail:
    """Put a mail with the invoice in the outbox. What is left empty is written as usual.

    `at` (aware, said in `zone`): it leaves then; otherwise as soon as possible. It waits for
    approval when the company wants it and `by` may not approve. Raises Refused for a draft, for a
    moment that is past, and when there is nobody to send it to.
    """
    invoice = Invoice.objects.select_related("company", "party").locked(invoice)
    if invoice.status != Status.ISSUED:
        raise Refused("not_issued", _("Solo se envían facturas emitidas. Emítela primero."))
    now = timezone.now()
    refuse_past(at, now)
    addresses = list(to) or invoice.party.mail_addresses
    if not addresses:
        raise Refused(
            "no_address",
            _("%(name)s no tiene correo. Escribe a qué dirección se envía.")
            % {"name": invoice.party.name},
            field="to",
        )
    rules = dispatch.Rules([invoice])
    departure = dispatch.depart(invoice, rules, by=by, now=now, send=True, at=at or now, zone=zone)
    assert departure is not None  # noqa: S101  (send=True always leaves)
    extra = attachments_of([invoice])().get(invoice.pk, ())
    mail: Any = mail_for(invoice, addresses, link=page_url(invoice, base_url), extra=extra)
    # The first mail of all has a fixed key; each later one is a decision of somebody.
    mail |= dispatch.as_mail(departure, by) | {"key": None, "cc": list(cc)}
    if at is None:
        mail["zone"] = ""
    mail["subject"] = subject or mail["subject"]
    page = page_url(invoice, base_url)
    mail["text"] = fill(text, {"enlace": page}) if LINK_HERE in text else text or mail["text"]
    queued = queue_mail(**mail)
    if invoice.mailed_at is None:
        Invoice.objects.filter(pk=invoice.pk).update(mailed_at=now)
    dispatch.forget_bounce(invoice)
    facts = {"to": ", ".join(queued.to), "number": invoice.number}
    if queued.status == MailStatus.HELD:
        record(by, "billing.send_asked", invoice, **facts)
    elif at is not None:
        record(by, "billing.send_scheduled", invoice, **facts, at=shown(departure))
    else:
        record(by, "billing.sent", invoice, **facts)
    return queued


def page_url(invoice: Invoice, base_url: str = "") -> str:
    """The address of the customer's page of an invoice, made if needed; empty if unknown."""
    if not dispatch.link_url("x", base_url):
        return ""
    return dispatch.link_url(dispatch.open_link(invoice).token, base_url)


def known_page(invoice: Invoice, base_url: str = "") -> str:
    """The address of its page to show before sending; «{enlace}» when there is no link yet, and
    sending makes it. Empty when the installation has no address."""
    if not dispatch.link_url("x", base_url):
        return ""
    found = dispatch.live_link(invoice)
    return dispatch.link_url(found.token, base_url) if found is not None else LINK_HERE


def refuse_past(at: datetime | None, now: datetime) -> None:
    if at is not None and at <= now:
        raise Refused("moment_past", _("Ese momento ya ha pasado. Elige otro."), field="day")


def shown(departure: dispatch.Departure) -> str:
    """«23/11/2026 a las 9:00 (Europe/Madrid)»."""
    from zoneinfo import ZoneInfo

    local = departure.at.astimezone(ZoneInfo(departure.zone)) if departure.zone else departure.at
    text = f"{local:%d/%m/%Y} a las {local:%H:%M}"
    return f"{text} ({departure.zone})" if departure.zone else text


def waiting_mail(invoice: Invoice) -> OutgoingMail | None:
    """Its mail that waits for its hour or for approval, the last one."""
    rows = OutgoingMail.objects.filter(
        about_type="billing.invoice",
        about_id=invoice.pk,
        status__in=(MailStatus.QUEUED, MailStatus.HELD),
    )
    return rows.order_by("-pk").first()


def mail_dropped(mail: OutgoingMail, by: Membership | None, reason: str) -> None:
    """A mail of an invoice will not be sent: without another, the invoice is «no enviada»."""
    if mail.about_type != "billing.invoice":
        return
    invoice = Invoice.objects.filter(pk=mail.about_id).first()
    if invoice is None:
        return
    alive = OutgoingMail.objects.filter(about_type=mail.about_type, about_id=mail.about_id)
    if not alive.exclude(pk=mail.pk).exclude(status=MailStatus.CANCELLED).exists():
        Invoice.objects.filter(pk=invoice.pk).update(mailed_at=None)
    verb = "billing.send_rejected" if reason else "billing.send_cancelled"
    record(by, verb, invoice, number=invoice.number, reason=reason)


def mail_bounced(mail: OutgoingMail, bounce: Bounce) -> None:
    """The mail of an invoice came back: for good, the invoice is «rebotada»."""
    if mail.about_type != "billing.invoice" or not bounce.is_hard:
        return
    invoice = Invoice.objects.filter(pk=mail.about_id).first()
    if invoice is None:
        return
    FollowUp.objects.update_or_create(
        invoice=invoice,
        defaults={"bounced_at": bounce.at, "bounce_reason": f"{bounce.recipient}: {bounce.reason}"},
    )
    record(None, "billing.bounced", invoice, to=bounce.recipient, reason=bounce.reason)


@transaction.atomic
def save_rule(rule: SendingRule, values: dict[str, Any], *, by: Membership) -> SendingRule:
    """Keep when the invoices of a company, or of one of its clients, leave."""
    for name, value in values.items():
        setattr(rule, name, value)
    rule.save()
    about = rule.party or rule.company
    record(by, "billing.sending_changed", about, company_id=rule.company_id)
    return rule


@transaction.atomic
def drop_rule(party: Party, rule: SendingRule, *, by: Membership) -> None:
    """The client follows the rule of the company again."""
    if rule.pk is not None:
        SendingRule.objects.filter(pk=rule.pk).delete()
        record(by, "billing.sending_changed", party, company_id=rule.company_id)


@transaction.atomic
def revoke_links(invoice: Invoice, *, by: Membership) -> int:
    """Close every link of an invoice for ever. Returns how many were open."""
    closed = CustomerLink.objects.filter(invoice=invoice, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if closed:
        record(by, "billing.link_revoked", invoice, number=invoice.number)
    return closed
