"""What rooms above do with the drafts that plans leave. They register in `apps.ready()`."""

from __future__ import annotations

from collections.abc import Callable

from lonja.billing.models import Invoice
from lonja.subscriptions.models import Plan

Drafted = Callable[[Plan, Invoice], None]
_drafted: list[Drafted] = []


def on_drafted(fn: Drafted) -> None:
    """Have `fn(plan, invoice)` called with each draft just saved, in the same transaction."""
    if fn not in _drafted:
        _drafted.append(fn)


def tell_drafted(plan: Plan, invoice: Invoice) -> None:
    for fn in _drafted:
        fn(plan, invoice)
