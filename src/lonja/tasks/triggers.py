"""What rules may wait for. Rooms above register theirs; one call is all a new one needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lonja.accounts.models import Company, Membership
    from lonja.parties.models import Party


@dataclass(frozen=True)
class Subject:
    """Something for which the trigger holds.

    `since` is when it began to hold; `occasion` tells this time from another for the same object
    (a quote sent again is another occasion): a rule acts once for each.
    """

    type: str
    id: int
    label: str
    since: datetime
    occasion: str = ""
    party: Party | None = None
    agent: Membership | None = None
    company: Company | None = None


@dataclass(frozen=True)
class Trigger:
    """«Presupuesto abierto N días sin firmar»: `find(days, now, limit)` gives those that hold."""

    slug: str
    label: Any
    find: Callable[[int, datetime, int], Iterable[Subject]]
    about_tasks: bool = False


_triggers: dict[str, Trigger] = {}


def register(
    slug: str,
    label: Any,
    find: Callable[[int, datetime, int], Iterable[Subject]],
    *,
    about_tasks: bool = False,
) -> None:
    """Declare a trigger (in `apps.ready()`)."""
    _triggers[slug] = Trigger(slug, label, find, about_tasks)


def trigger(slug: str) -> Trigger | None:
    return _triggers.get(slug)


def triggers() -> list[Trigger]:
    return sorted(_triggers.values(), key=lambda one: str(one.label))
