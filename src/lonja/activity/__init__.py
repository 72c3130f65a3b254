"""History of what happened. Rooms call `record` inside the transaction that changes something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.activity.models import Event

__all__ = ["record", "record_many"]


def _event(by: Membership | None, verb: str, target: Any, data: dict[str, Any]) -> Event:
    from lonja.activity.models import Event

    party_id = target.pk if target._meta.label_lower == "parties.party" else None
    return Event(
        actor=by,
        actor_name=by.name if by is not None else "Lonja",
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        target_label=str(target)[:160],
        party_id=getattr(target, "party_id", None) or party_id,
        data=data,
    )


def record(by: Membership | None, verb: str, target: Any, **data: Any) -> Event:
    """Write one event about `target`, done `by` a member (None: the program itself).

    `data` must be JSON-able and never hold secrets.
    """
    event = _event(by, verb, target, data)
    event.save(force_insert=True)
    return event


def record_many(
    by: Membership | None, verb: str, targets: Iterable[tuple[Any, dict[str, Any]]]
) -> None:
    """Write many events of one kind with a single insert; each is (target, data)."""
    from lonja.activity.models import Event

    Event.objects.bulk_create([_event(by, verb, target, data) for target, data in targets])
