"""History of what happened. Rooms call `record` inside the transaction that changes something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.activity.models import Event

__all__ = ["listen", "record", "record_many"]

Listener = Callable[[Sequence[dict[str, Any]]], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have `listener(rows)` called with what is recorded, in the same transaction.

    Each row has the columns of `Event` (verb, target_type, target_id, data…). For rooms above that
    owe something to somebody outside (webhooks): they write a row and enqueue a job.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def _row(
    by: Membership | None,
    verb: str,
    target: Any,
    data: dict[str, Any],
    company_id: int | None = None,
) -> dict[str, Any]:
    kind = target._meta.label_lower
    party_id = target.pk if kind == "parties.party" else getattr(target, "party_id", None)
    return {
        "actor_id": by.pk if by is not None else None,
        "actor_name": by.name if by is not None else "Lonja",
        "verb": verb,
        "target_type": kind,
        "target_id": target.pk,
        "target_label": str(target)[:160],
        "party_id": party_id,
        "company_id": company_id or getattr(target, "company_id", None),
        "data": data,
    }


def record(by: Membership | None, verb: str, target: Any, **data: Any) -> Event:
    """Write one event about `target`, done `by` a member (None: the program itself).

    `company_id=` says of which of our companies it tells, when the target does not (a client is of
    all of them); it is a column and no part of `data`. `data` must be JSON-able and never hold
    secrets.
    """
    from lonja.activity.models import Event

    company_id = data.pop("company_id", None)
    row = _row(by, verb, target, data, company_id)
    event = Event(**row)
    event.save(force_insert=True)
    for listener in _listeners:
        listener([row])
    return event


def record_many(
    by: Membership | None, verb: str, targets: Iterable[tuple[Any, dict[str, Any]]]
) -> None:
    """Write many events of one kind with a single insert; each is (target, data)."""
    from lonja.accounts.bulk import insert_rows
    from lonja.activity.models import Event

    rows = [_row(by, verb, target, data) for target, data in targets]
    insert_rows(Event, rows)
    for listener in _listeners:
        listener(rows)
