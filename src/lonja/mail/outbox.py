"""Writing mails into the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lonja.mail.models import OutgoingMail

_makers: dict[str, Callable[[int], bytes]] = {}


def register_attachment(kind: str, maker: Callable[[int], bytes]) -> None:
    """Say how to make the content of attachments of a kind (`billing.invoice_pdf`) from an id.

    It runs when the mail is sent, with the organisation open, and must give the same bytes each
    time.
    """
    _makers[kind] = maker


def make_attachment(kind: str, object_id: int) -> bytes:
    """The bytes of an attachment made when sent. Raises KeyError for a kind nobody registered."""
    return _makers[kind](object_id)


@dataclass(frozen=True)
class Attach:
    """A file of a mail: stored already, or made when the mail is sent."""

    name: str
    file_id: int | None = None
    later_kind: str = ""
    later_id: int | None = None

    @classmethod
    def file(cls, stored: Any) -> Attach:
        return cls(name=stored.name, file_id=stored.pk)

    @classmethod
    def later(cls, kind: str, object_id: int, name: str) -> Attach:
        return cls(name=name, later_kind=kind, later_id=object_id)

    def as_json(self) -> dict[str, Any]:
        if self.file_id is not None:
            return {"name": self.name, "file": self.file_id}
        return {"name": self.name, "later": self.later_kind, "id": self.later_id}


def one_line(text: str) -> str:
    """Header text without line breaks, cut when saved, not when sent (R30)."""
    return " ".join(text.split())[:300]


def _row(
    *,
    to: Sequence[str],
    subject: str,
    text: str,
    html: str = "",
    cc: Sequence[str] = (),
    reply_to: str = "",
    about: Any = None,
    company: Any = None,
    attachments: Iterable[Attach] = (),
    not_before: datetime | None = None,
    key: str | None = None,
    kind: str = "",
    language: str = "es",
    zone: str = "",
    hold: bool = False,
    asked_by: Any = None,
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if about is not None:
        fields |= {
            "about_type": about._meta.label_lower,
            "about_id": about.pk,
            "party_id": getattr(about, "party_id", None),
        }
    if not_before is not None:
        fields["not_before"] = not_before
    if hold:
        fields["status"] = "held"
    if asked_by is not None:
        fields["asked_by_id"] = asked_by.pk
    return {
        "company_id": company.pk if company is not None else None,
        "to": [one_line(address) for address in to],
        "cc": [one_line(address) for address in cc],
        "reply_to": one_line(reply_to),
        "subject": one_line(subject),
        "text": text,
        "html": html,
        "attachments": [attachment.as_json() for attachment in attachments],
        "message_id": f"<{uuid.uuid4().hex}@lonja>",
        "key": key,
        "kind": kind,
        "language": language,
        "zone": zone,
        **fields,
    }


def queue_mail(**fields: Any) -> OutgoingMail:
    """Write one mail in the current transaction.

    Keys: to, subject, text; optional html, cc, reply_to, about (the row it is about), company,
    attachments (Attach), not_before (aware moment) with the zone it was said in, language, kind,
    asked_by (Membership), hold (it waits for somebody to approve it), and key: a second mail with
    the same key is not written and the first one is returned.
    """
    from django.db import IntegrityError, transaction

    from lonja.mail.models import OutgoingMail

    mail = OutgoingMail(**_row(**fields))
    if mail.key is None:
        mail.save(force_insert=True)
        return mail
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError:
        return OutgoingMail.objects.get(key=mail.key)
    return mail


def bulk_queue_mail(mails: Iterable[dict[str, Any]]) -> int:
    """Write many mails with one insert; a repeated key raises IntegrityError for them all.

    Returns how many.
    """
    from lonja.accounts.bulk import insert_rows
    from lonja.mail.models import OutgoingMail

    rows = [_row(**fields) for fields in mails]
    insert_rows(OutgoingMail, rows)
    return len(rows)
