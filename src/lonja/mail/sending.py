"""Emptying the outbox by SMTP: with leases, back-off, and the same Message-ID at every try."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from contextlib import closing
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Organisation
from lonja.accounts.scope import all_organisations, scope
from lonja.files.models import StoredFile
from lonja.mail.models import MailServer, MailStatus, OutgoingMail, Security
from lonja.mail.outbox import make_attachment
from lonja.ui.brand import readable

TIMEOUT_SECONDS = 20
LEASE = timedelta(minutes=3)
# A paragraph that is only «Ver la factura: https://…» becomes a button.
_BUTTON = re.compile(r"(?P<label>[^\n:]{1,60}): (?P<url>https?://[^\s<>\"]+)")
# Wait after each failure; after the last the mail is «No enviado», visible, with a button (R13).
BACKOFF_SECONDS = (30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)

_CLAIM = """UPDATE mail_outgoingmail SET status = 'sending', lease_until = %s,
 attempts = attempts + 1 WHERE id IN (SELECT id FROM mail_outgoingmail WHERE status = 'queued'
 AND not_before <= %s AND organisation_id = %s ORDER BY not_before, id LIMIT %s {lock})
 RETURNING id"""


def installation_server() -> MailServer | None:
    """The server of `LONJA_SMTP_URL` (smtp://user:password@host:port?from=a@b&security=none)."""
    url = os.environ.get("LONJA_SMTP_URL", "")
    if not url:
        return None
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    server = MailServer(
        host=parts.hostname or "localhost",
        port=parts.port or 587,
        username=unquote(parts.username or ""),
        security=query.get("security", Security.STARTTLS),
        from_address=unquote(query.get("from", "lonja@localhost")),
        from_name=unquote(query.get("name", "")),
    )
    server.clear_password = unquote(parts.password or "")  # type: ignore[attr-defined]
    return server


def server_in_use() -> MailServer | None:
    """The organisation's own server if it has one switched on, else the installation's."""
    own = MailServer.objects.first()
    if own is not None:
        return own if own.enabled else None
    return installation_server()


def _password(server: MailServer) -> str:
    clear = getattr(server, "clear_password", None)
    return clear if clear is not None else server.password()


def connect(server: MailServer) -> smtplib.SMTP:
    """Open and log in. Raises OSError or smtplib.SMTPException."""
    if server.security == Security.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        if server.security == Security.STARTTLS:
            smtp.starttls(context=ssl.create_default_context())
    if server.username:
        smtp.login(server.username, _password(server))
    return smtp


def _address(text: str, name: str = "") -> Address:
    shown, plain = parseaddr(text)
    local, _at, domain = plain.rpartition("@")
    return Address(display_name=name or shown, username=local, domain=domain)


def branded(mail: OutgoingMail) -> str:
    """The text of a mail dressed with the company's name and colour; "" without a company."""
    if mail.company is None:
        return ""
    parts = [part.strip() for part in mail.text.split("\n\n") if part.strip()]
    context = {
        "subject": mail.subject,
        "company": mail.company,
        "colour": readable(mail.company.accent),
        "language": mail.language,
        "paragraphs": [{"text": part, "button": _BUTTON.fullmatch(part)} for part in parts],
    }
    return render_to_string("mail/branded.html", context)


def build(mail: OutgoingMail, server: MailServer) -> EmailMessage:
    """The message as it goes out; the same for every try."""
    message = EmailMessage()
    sender = server.from_name or (mail.company.display_name if mail.company else "")
    message["From"] = _address(server.from_address, sender)
    message["To"] = [_address(address) for address in mail.to]
    if mail.cc:
        message["Cc"] = [_address(address) for address in mail.cc]
    reply_to = mail.reply_to or server.reply_to or (mail.company.email if mail.company else "")
    if reply_to:
        message["Reply-To"] = _address(reply_to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    domain = server.from_address.rpartition("@")[2] or "lonja.localhost"
    message["Message-ID"] = mail.message_id.replace("@lonja>", f"@{domain}>")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    html = mail.html or branded(mail)
    if html:
        message.add_alternative(html, subtype="html")
    for attachment in mail.attachments:
        if "file" in attachment:
            stored = StoredFile.objects.get(pk=attachment["file"])
            content, kind = stored.read(), stored.content_type
        else:
            content, kind = make_attachment(attachment["later"], attachment["id"]), ""
        kind = kind or ("application/pdf" if attachment["name"].endswith(".pdf") else "")
        main, _slash, sub = (kind or "application/octet-stream").partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=attachment["name"])
    return message


def claim(organisation_id: int, limit: int = 20) -> list[int]:
    """Take up to `limit` mails that are due, for `LEASE`: nobody else sends them meanwhile. Ids."""
    now = timezone.now()
    lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(lock=lock), [now + LEASE, now, organisation_id, limit])
        return [row[0] for row in cursor.fetchall()]


def sweep() -> int:
    """Send what is due, organisation by organisation. Returns how many mails were tried."""
    now = timezone.now()
    with transaction.atomic(), all_organisations():
        OutgoingMail.objects.filter(status=MailStatus.SENDING, lease_until__lt=now).update(
            status=MailStatus.QUEUED, lease_until=None
        )
        waiting = list(
            OutgoingMail.objects.filter(status=MailStatus.QUEUED, not_before__lte=now)
            .order_by()
            .values_list("organisation_id", flat=True)
            .distinct()[:1000]
        )
    tried = 0
    for organisation_id in waiting:
        with scope(organisation_id):
            tried += send_waiting(organisation_id)
    return tried


def send_waiting(organisation_id: int, limit: int = 20) -> int:
    """Send up to `limit` due mails of the organisation through one connection."""
    server = server_in_use()
    if server is None or Organisation.objects.filter(pk=organisation_id, is_demo=True).exists():
        return 0  # they wait in «Correo saliente», visible and readable; invented people get none
    ids = claim(organisation_id, limit)
    if not ids:
        return 0
    smtp: smtplib.SMTP | None = None
    try:
        for mail in OutgoingMail.objects.select_related("company").filter(pk__in=ids):
            smtp = _send_one(mail, server, smtp)
    finally:
        if smtp is not None:
            _close(smtp)
    return len(ids)


def _close(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _send_one(
    mail: OutgoingMail, server: MailServer, smtp: smtplib.SMTP | None
) -> smtplib.SMTP | None:
    """Send and write down what happened. Returns the connection if it can be used again."""
    try:
        message = build(mail, server)
        if smtp is None:
            smtp = connect(server)
        refused = smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        permanent = all(code >= 500 for code, _why in error.recipients.values())
        _failed(mail, _refusals(error.recipients), permanent=permanent)
        return _reset(smtp)
    except smtplib.SMTPResponseException as error:
        permanent = error.smtp_code >= 500 and not isinstance(
            error, smtplib.SMTPAuthenticationError
        )
        _failed(mail, f"{error.smtp_code} {_text(error.smtp_error)}", permanent=permanent)
        return _reset(smtp)
    except (TimeoutError, OSError, smtplib.SMTPException) as error:
        _failed(mail, str(error) or type(error).__name__, permanent=False)
        if smtp is not None:
            smtp.close()
        return None
    except Exception as error:  # a document that cannot be made must not stop the rest
        _failed(mail, f"{type(error).__name__}: {error}", permanent=False)
        return smtp
    note = _refusals(refused) if refused else ""
    OutgoingMail.objects.filter(pk=mail.pk).update(
        status=MailStatus.SENT, sent_at=timezone.now(), lease_until=None, last_error=note
    )
    return smtp


def _reset(smtp: smtplib.SMTP | None) -> smtplib.SMTP | None:
    if smtp is None:
        return None
    try:
        smtp.rset()
        return smtp
    except (OSError, smtplib.SMTPException):
        smtp.close()
        return None


def _text(raw: Any) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def _refusals(recipients: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{who}: {code} {_text(why)}" for who, (code, why) in recipients.items())


def _failed(mail: OutgoingMail, reason: str, *, permanent: bool) -> None:
    over = permanent or mail.attempts > len(BACKOFF_SECONDS)
    if over:
        changes: dict[str, Any] = {"status": MailStatus.FAILED}
    else:
        wait = BACKOFF_SECONDS[min(mail.attempts, len(BACKOFF_SECONDS)) - 1]
        changes = {
            "status": MailStatus.QUEUED,
            "not_before": timezone.now() + timedelta(seconds=wait),
        }
    OutgoingMail.objects.filter(pk=mail.pk).update(
        lease_until=None, last_error=reason[:2000], **changes
    )


def try_server(server: MailServer) -> str:
    """Connect and log in without sending. Returns "" or the reason in words."""
    try:
        with closing(connect(server)) as smtp:
            smtp.noop()
    except smtplib.SMTPAuthenticationError:
        return _("El servidor no acepta el usuario o la contraseña")
    except (OSError, smtplib.SMTPException) as error:
        return _("No se pudo conectar: %(reason)s") % {"reason": error}
    return ""
