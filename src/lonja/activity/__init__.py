"""History of what happened. Rooms call `record` inside the transaction that changes something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.activity.models import Event

__all__ = ["record", "record_many"]


def _row(by: Membership | None, verb: str, target: Any, data: dict[str, Any]) -> dict[str, Any]:
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
        "data": data,
    }


def record(by: Membership | None, verb: str, target: Any, **data: Any) -> Event:
    """Write one event about `target`, done `by` a member (None: the program itself).

    `data` must be JSON-able and never hold secrets.
    """
    from lonja.activity.models import Event

    event = Event(**_row(by, verb, target, data))
    event.save(force_insert=True)
    return event


def record_many(
    by: Membership | None, verb: str, targets: Iterable[tuple[Any, dict[str, Any]]]
) -> None:
    """Write many events of one kind with a single insert; each is (target, data)."""
    from lonja.accounts.bulk import insert_rows
    from lonja.activity.models import Event

    insert_rows(Event, [_row(by, verb, target, data) for target, data in targets])
