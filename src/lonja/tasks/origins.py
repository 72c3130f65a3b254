"""What a task may be born from. Each room registers its own; one call is all a new kind needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lonja.accounts.models import Company, Membership
    from lonja.parties.models import Party


@dataclass(frozen=True)
class Born:
    """What the new task takes from its origin."""

    label: str
    url: str
    party: Party | None = None
    agent: Membership | None = None
    company: Company | None = None
    subject: str = ""


@dataclass(frozen=True)
class Origin:
    """A kind of origin: `find(member, id)` gives what the member may see of it, or None."""

    type: str
    label: Any
    icon: str
    permission: str
    find: Callable[[Any, int], Born | None]


_origins: dict[str, Origin] = {}


def register(
    type: str, label: Any, icon: str, permission: str, find: Callable[[Any, int], Born | None]
) -> None:
    """Let tasks be born from objects of that type (`sales.quote`), in `apps.ready()`."""
    _origins[type] = Origin(type, label, icon, permission, find)


def origin(type: str) -> Origin | None:
    return _origins.get(type)


def origins() -> list[Origin]:
    """Every kind, in the order of its label."""
    return sorted(_origins.values(), key=lambda one: str(one.label))


def born(member: Any, type: str, pk: int) -> Born | None:
    """What a task born from that object takes; None when there is no such thing for the member."""
    known = _origins.get(type)
    if known is None or not member.can(known.permission):
        return None
    return known.find(member, pk)
