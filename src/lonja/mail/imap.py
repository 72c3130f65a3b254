"""Talking to an IMAP mailbox: by UID, reading only, with limits of time and size (R15, R16)."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes

from lonja.mail.bounces import MAX_BYTES, looks_like_report
from lonja.mail.models import Mailbox, MailboxSecurity

TIMEOUT_SECONDS = 20
FIRST_DAYS = 14  # how far back a mailbox is read the first time
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class MailboxProblem(Exception):
    """The server does not answer as it should; `str()` is what it said."""


@dataclass(frozen=True)
class Folder:
    """An open folder; its UIDs mean something only with this `uid_validity`."""

    imap: imaplib.IMAP4
    uid_validity: int


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[Folder]:
    """The folder, open only for reading: nothing in the mailbox changes, not even «unread».

    Raises OSError, imaplib.IMAP4.error, MailboxProblem or BrokenSecret.
    """
    imap = _connect(mailbox)
    try:
        _log_in(imap, mailbox.username, mailbox.password())
        answer, _data = imap.select(_quoted(mailbox.folder), readonly=True)
        if answer != "OK":
            raise MailboxProblem(f"SELECT {mailbox.folder}")
        _name, validity = imap.response("UIDVALIDITY")
        if not validity or validity[0] is None:
            raise MailboxProblem("UIDVALIDITY")
        yield Folder(imap, int(validity[0]))
    finally:
        try:
            imap.logout()
        except (OSError, imaplib.IMAP4.error):
            imap.shutdown()


def _connect(mailbox: Mailbox) -> imaplib.IMAP4:
    if mailbox.security == MailboxSecurity.TLS:
        return imaplib.IMAP4_SSL(
            mailbox.host,
            mailbox.port,
            timeout=TIMEOUT_SECONDS,
            ssl_context=ssl.create_default_context(),
        )
    imap = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT_SECONDS)
    if mailbox.security == MailboxSecurity.STARTTLS:
        imap.starttls(ssl_context=ssl.create_default_context())
    return imap


def _log_in(imap: imaplib.IMAP4, user: str, password: str) -> None:
    if (user + password).isascii():
        imap.login(user, password)
        return
    # LOGIN carries only ASCII; SASL PLAIN is UTF-8 (RFC 4616).
    imap.authenticate("PLAIN", lambda _challenge: f"\0{user}\0{password}".encode())


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def new_uids(folder: Folder, after: int, today: date) -> list[int]:
    """UIDs above `after`, oldest first; with 0, those of the last `FIRST_DAYS` days."""
    if after:
        question = f"{after + 1}:*"
        answer, data = folder.imap.uid("SEARCH", "UID", question)
    else:
        day = today - timedelta(days=FIRST_DAYS)
        since = f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"
        answer, data = folder.imap.uid("SEARCH", "SINCE", since)
    if answer != "OK":
        raise MailboxProblem("SEARCH")
    found = [int(word) for word in (data[0] or b"").split() if word.isdigit()]
    # «n:*» always gives the last message, even when it is older.
    return sorted(uid for uid in found if uid > after)


def report_of(folder: Folder, uid: int) -> bytes | None:
    """The beginning of a message if its head says it is a delivery report; else it is not read."""
    head = _fetch(folder, uid, "(BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE FROM)])")
    if head is None:
        return None
    fields = message_from_bytes(head[:20_000])
    if not looks_like_report(str(fields.get("Content-Type", "")), str(fields.get("From", ""))):
        return None
    return _fetch(folder, uid, f"(BODY.PEEK[]<0.{MAX_BYTES}>)")


def _fetch(folder: Folder, uid: int, what: str) -> bytes | None:
    """The literal of a FETCH; None when the message is gone. A dropped connection raises."""
    answer, data = folder.imap.uid("FETCH", str(uid), what)
    if answer != "OK":
        raise MailboxProblem(f"FETCH {uid}")
    for item in data:
        if (
            isinstance(item, tuple)
            and len(item) == 2
            and re.search(rb"UID %d\b" % uid, item[0] + _tail(data))
        ):
            return bytes(item[1])
    return None


def _tail(data: list) -> bytes:
    """Some servers tell the UID after the literal."""
    return b" ".join(item for item in data if isinstance(item, bytes))
