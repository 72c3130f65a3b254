"""What people do with a mail that is still here: send it sooner, later, never, or let it go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.mail.hooks import tell_dropped
from lonja.mail.models import MailStatus, OutgoingMail

STOPPABLE = (MailStatus.FAILED, MailStatus.QUEUED, MailStatus.HELD)


def retry(mail: OutgoingMail, *, by: Membership) -> None:
    """Send it as soon as possible, from the first try. Raises Refused when it has left already."""
    with transaction.atomic():
        done = OutgoingMail.objects.filter(
            pk=mail.pk,
            status__in=(MailStatus.FAILED, MailStatus.QUEUED, MailStatus.CANCELLED),
        ).update(status=MailStatus.QUEUED, attempts=0, not_before=timezone.now(), lease_until=None)
        if not done:
            raise Refused("mail_gone", _("Este correo ya se ha enviado o se está enviando."))
        record(by, "mail.retried", mail)


def cancel(mail: OutgoingMail, *, by: Membership) -> None:
    """Never send it. Raises Refused when it has left or is leaving."""
    with transaction.atomic():
        done = OutgoingMail.objects.filter(pk=mail.pk, status__in=STOPPABLE).update(
            status=MailStatus.CANCELLED, lease_until=None
        )
        if not done:
            raise Refused(
                "mail_gone",
                _("Este correo ya se ha enviado o se está enviando: no se puede parar."),
            )
        record(by, "mail.cancelled", mail)
        tell_dropped(mail, by, "")


def reschedule(mail: OutgoingMail, *, at: datetime, zone: str, by: Membership) -> None:
    """Send it at another moment (aware); one that was waiting for approval still waits.

    Raises Refused when it has left or is leaving, or the moment is past.
    """
    if at <= timezone.now():
        raise Refused("moment_past", _("Ese momento ya ha pasado. Elige otro."), field="day")
    with transaction.atomic():
        done = OutgoingMail.objects.filter(
            pk=mail.pk, status__in=(MailStatus.QUEUED, MailStatus.HELD)
        ).update(not_before=at, zone=zone, attempts=0)
        if not done:
            raise _gone()
        record(by, "mail.rescheduled", mail, at=at.isoformat(), zone=zone)


def approve(mail: OutgoingMail, *, by: Membership) -> None:
    """Let a mail that waited for approval go, at its hour or now. Raises Refused: `not_held`."""
    with transaction.atomic():
        done = OutgoingMail.objects.filter(pk=mail.pk, status=MailStatus.HELD).update(
            status=MailStatus.QUEUED
        )
        if not done:
            raise _not_held()
        record(by, "mail.approved", mail, subject=mail.subject)


def reject(mail: OutgoingMail, *, by: Membership, reason: str = "") -> None:
    """A mail that waited for approval is never sent. Raises Refused: `not_held`."""
    with transaction.atomic():
        done = OutgoingMail.objects.filter(pk=mail.pk, status=MailStatus.HELD).update(
            status=MailStatus.CANCELLED, last_error=reason[:2000]
        )
        if not done:
            raise _not_held()
        record(by, "mail.rejected", mail, subject=mail.subject, reason=reason)
        tell_dropped(mail, by, reason)


def _gone() -> Refused:
    return Refused("mail_gone", _("Este correo ya se ha enviado o se está enviando."))


def _not_held() -> Refused:
    return Refused("not_held", _("Este correo ya no espera aprobación."))
