"""Reading the mailbox of bounces, and writing down what they say."""

from __future__ import annotations

import hashlib
import imaplib
import logging
import socket
import ssl
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.accounts.secrets import BrokenSecret
from lonja.activity import record
from lonja.mail.bounces import Failure, Report, read_report
from lonja.mail.hooks import tell_bounced
from lonja.mail.imap import MailboxProblem, new_uids, opened, report_of
from lonja.mail.models import BadAddress, Bounce, Mailbox, OutgoingMail

log = logging.getLogger("lonja.mail")
PROBLEMS = (OSError, imaplib.IMAP4.error, MailboxProblem, BrokenSecret)
_AT_A_TIME = 500


def save_mailbox(values: Mapping[str, Any], password: str | None, *, by: Membership) -> Mailbox:
    """Keep the mailbox of the organisation. `password` None leaves the one there is.

    Another host, user or folder is another mailbox: it is read from the beginning, and a password
    typed for one server is never sent to another.
    """
    with transaction.atomic():
        mailbox = Mailbox.objects.select_for_update().first() or Mailbox()
        places = ("host", "username", "folder")
        moved = any(getattr(mailbox, name) != values[name] for name in places)
        elsewhere = any(getattr(mailbox, name) != values[name] for name in places[:2])
        for name, value in values.items():
            setattr(mailbox, name, value)
        if moved:
            mailbox.uid_validity, mailbox.last_uid = None, 0
        mailbox.last_error = ""
        is_new = mailbox.pk is None
        mailbox.save()
        if password is not None:
            mailbox.set_password(password)
        elif elsewhere and not is_new:
            mailbox.set_password("")
        record(by, "mail.mailbox_changed", mailbox)
    return mailbox


def try_mailbox(mailbox: Mailbox) -> str:
    """Open it as when it is read. Returns "" or the reason in words, and keeps it."""
    reason = ""
    try:
        with opened(mailbox):
            pass
    except PROBLEMS as error:
        reason = in_words(error, mailbox)
    Mailbox.objects.filter(pk=mailbox.pk).update(last_error=reason)
    return reason


def in_words(error: Exception, mailbox: Mailbox) -> str:
    """Why it did not work and what to look at, in Spanish."""
    where = {"host": mailbox.host, "port": mailbox.port, "folder": mailbox.folder}
    said = str(error)
    if isinstance(error, imaplib.IMAP4.error) and (
        "AUTH" in said.upper() or "LOGIN" in said.upper() or "credential" in said.lower()
    ):
        return _(
            "El buzón no acepta el usuario o la contraseña. Si tu correo usa verificación en dos "
            "pasos, crea en él una contraseña de aplicación."
        )
    if isinstance(error, MailboxProblem) and said.startswith("SELECT"):
        return _("No existe la carpeta «%(folder)s» en ese buzón.") % where
    known: tuple[tuple[type[Exception], str], ...] = (
        (
            ssl.SSLCertVerificationError,
            _("El certificado de %(host)s no es de fiar. Revisa el nombre del servidor."),
        ),
        (
            ssl.SSLError,
            _(
                "El cifrado no coincide con el puerto: 993 suele ir con TLS y 143 con STARTTLS. "
                "Cambia uno de los dos."
            ),
        ),
        (socket.gaierror, _("No existe ningún servidor llamado %(host)s. Revisa el nombre.")),
        (TimeoutError, _("%(host)s no contesta en el puerto %(port)s. Revisa el puerto.")),
        (
            ConnectionRefusedError,
            _("%(host)s rechaza la conexión en el puerto %(port)s. Revisa el puerto."),
        ),
        (
            BrokenSecret,
            _("La contraseña guardada no se puede leer. Escríbela otra vez y guarda."),
        ),
    )
    for kind, words in known:
        if isinstance(error, kind):
            return words % where
    return _("El buzón de %(host)s ha contestado: %(said)s") % {**where, "said": said[:300]}


def read_mailbox(mailbox: Mailbox) -> int:
    """Read what is new and write down the bounces of our mails. Returns how many it wrote.

    Each message is written with the place reached, in one transaction: whatever dies, none is
    lost and none counts twice. A message that cannot be understood is left alone.
    """
    written = 0
    try:
        with opened(mailbox) as folder:
            if folder.uid_validity != mailbox.uid_validity:
                mailbox.last_uid = 0  # the numbers mean something else now (R15)
                mailbox.uid_validity = folder.uid_validity
            for uid in new_uids(folder, mailbox.last_uid, timezone.localdate())[:_AT_A_TIME]:
                raw = report_of(folder, uid)
                report = read_report(raw) if raw is not None else None
                with transaction.atomic():
                    if report is not None:
                        written += write_report(report)
                    _reached(mailbox, uid)
    except PROBLEMS as error:
        Mailbox.objects.filter(pk=mailbox.pk).update(last_error=in_words(error, mailbox))
        log.warning("buzón de rebotes %s: %s", mailbox.pk, error)
        return written
    now = timezone.now()
    Mailbox.objects.filter(pk=mailbox.pk).update(
        last_error="", last_read_at=now, uid_validity=mailbox.uid_validity
    )
    return written


def _reached(mailbox: Mailbox, uid: int) -> None:
    mailbox.last_uid = uid
    Mailbox.objects.filter(pk=mailbox.pk).update(last_uid=uid, uid_validity=mailbox.uid_validity)


def write_report(report: Report) -> int:
    """Write the failures of a report about a mail of ours. Returns how many were new.

    It is ours when it carries a Message-ID we made and names somebody we wrote to; a report about
    anything else is ignored, so nobody can flag an address by inventing a bounce.
    """
    ids = [f"<{local}@lonja>" for local in report.ids]
    mail = OutgoingMail.objects.filter(message_id__in=ids).first()
    if mail is None:
        return 0
    wrote_to = {address.lower() for address in (*mail.to, *mail.cc)}
    written = 0
    for failure in report.failures:
        if failure.recipient in wrote_to:
            written += _write_failure(mail, failure, report.fingerprint)
    return written


def _write_failure(mail: OutgoingMail, failure: Failure, message: str) -> int:
    key = hashlib.sha256(f"{message}:{failure.recipient}".encode()).hexdigest()
    bounce, is_new = Bounce.objects.get_or_create(
        fingerprint=key,
        defaults={
            "mail": mail,
            "recipient": failure.recipient,
            "code": failure.code,
            "reason": in_plain_words(failure),
            "is_hard": failure.hard,
        },
    )
    if not is_new:
        return 0
    if failure.hard:
        OutgoingMail.objects.filter(pk=mail.pk, bounced_at=None).update(
            bounced_at=bounce.at, bounce_reason=bounce.reason
        )
        BadAddress.objects.update_or_create(
            address=failure.recipient,
            defaults={"reason": bounce.reason, "code": failure.code, "since": bounce.at},
        )
        record(None, "mail.bounced", mail, to=failure.recipient, reason=bounce.reason)
    tell_bounced(mail, bounce)
    return 1


def in_plain_words(failure: Failure) -> str:
    """What happened, in Spanish, with what the server said."""
    if not failure.final:
        words = _("Aún no ha llegado: el servidor lo sigue intentando")
    else:
        known = {
            "5.1.1": _("La dirección no existe"),
            "5.1.10": _("La dirección no existe"),
            "5.1.2": _("El dominio no existe"),
            "5.1.6": _("La dirección ha cambiado"),
            "5.2.1": _("El buzón está desactivado"),
            "5.2.2": _("El buzón está lleno"),
            "5.4.1": _("El servidor no admite esa dirección"),
        }
        words = known.get(failure.code, "")
        if not words:
            words = (
                _("El servidor lo ha rechazado")
                if failure.code.startswith("5")
                else _("No se pudo entregar")
            )
    said = f" ({failure.code})" if failure.code else ""
    return f"{words}{said}"[:300]


def forget_bad_address(row: BadAddress, *, by: Membership) -> None:
    """Somebody says the address works: it is not flagged any more."""
    with transaction.atomic():
        record(by, "mail.address_cleared", row, address=row.address)
        BadAddress.objects.filter(pk=row.pk).delete()
