"""What needs attention today, said under the greeting of «Inicio»."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_sources: list[tuple[int, str | None, Callable[[Any], str]]] = []


def register(order: int, permission: str | None, fn: Callable[[Any], str]) -> None:
    """`fn(member)` gives «3 facturas vencidas», or an empty text when nothing waits."""
    _sources.append((order, permission, fn))


def phrases_for(member: Any) -> list[str]:
    found = (
        fn(member)
        for _order, permission, fn in sorted(_sources, key=lambda source: source[0])
        if not permission or member.can(permission)
    )
    return [phrase for phrase in found if phrase]
