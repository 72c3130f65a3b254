"""Notices for members: written with what they are about, read from the top bar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lonja.activity.models import Notification

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

MOST_SHOWN = 99
KEPT = timedelta(days=90)


def notify(
    members: Iterable[Membership],
    kind: str,
    text: str | Callable[[], str],
    *,
    about: Any,
    key: str,
) -> None:
    """Tell those members something about an object, once for each key, in this transaction.

    `text` as a function is asked for once a member, in the language that person reads.

    The page of the object is the one declared with `labels.locate`. Members who may no longer
    enter are left out.
    """
    rows = [
        Notification(
            member=member,
            kind=kind,
            text=_said(text, member)[:300],
            target_type=about._meta.label_lower,
            target_id=about.pk,
            key=key,
        )
        for member in {member.pk: member for member in members}.values()
        if member.is_active
    ]
    if rows:
        Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _said(text: str | Callable[[], str], member: Membership) -> str:
    if isinstance(text, str):
        return text
    from lonja.accounts.language import speaking_to  # rooms below load their models first

    with speaking_to(member):
        return text()


def unread(member: Membership) -> int:
    """How many the member has not read, counted up to `MOST_SHOWN` + 1."""
    return Notification.objects.filter(member=member, read_at=None)[: MOST_SHOWN + 1].count()


def forget_old(at: datetime) -> int:
    """Drop what was read long ago. Returns how many."""
    old = Notification.objects.filter(read_at__lt=at - KEPT)
    return old.delete()[0]


def mark_read(rows: Any, at: datetime) -> int:
    """Take them as read. Returns how many were not."""
    return int(rows.filter(read_at=None).update(read_at=at))
