"""What rooms above want to know of their mails. Each registers in its `apps.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lonja.mail.models import Bounce, OutgoingMail

Dropped = Callable[["OutgoingMail", Any, str], None]
Bounced = Callable[["OutgoingMail", "Bounce"], None]

_dropped: list[Dropped] = []
_bounced: list[Bounced] = []


def on_dropped(fn: Dropped) -> None:
    """`fn(mail, by, reason)`, in the transaction that cancels or rejects a mail not yet sent."""
    _dropped.append(fn)


def on_bounced(fn: Bounced) -> None:
    """`fn(mail, bounce)`, in the transaction that writes down that a mail did not arrive."""
    _bounced.append(fn)


def tell_dropped(mail: OutgoingMail, by: Any, reason: str) -> None:
    for fn in _dropped:
        fn(mail, by, reason)


def tell_bounced(mail: OutgoingMail, bounce: Bounce) -> None:
    for fn in _bounced:
        fn(mail, bounce)
