"""The steps a new company sees on «Inicio» until it has begun to invoice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lonja.ui.registry import Entry

Done = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Step(Entry):
    """`done(member, company)` says whether it is done; `company` may be None."""

    done: Done = lambda member, company: False
    ends: bool = False


_steps: list[Step] = []


def register(
    order: int,
    label: Any,
    done_fn: Done,
    url_name: str,
    *,
    icon: str = "circle-check",
    permission: str | None = None,
    ends: bool = False,
) -> None:
    """Add a step. Once a step with `ends` is done (the first invoice) the list is not shown."""
    _steps.append(Step(label, url_name, icon, permission, order, done_fn, ends))


def stands_for_cards() -> bool:
    """Whether the list takes the place of the cards: only if something can end it."""
    return any(step.ends for step in _steps)


def steps_for(member: Any, company: Any) -> list[dict[str, Any]]:
    """The steps with their state, or an empty list when there is nothing left to begin."""
    steps = sorted((s for s in _steps if s.allowed(member) and s.url()), key=lambda s: s.order)
    shown = []
    for step in sorted(steps, key=lambda s: not s.ends):
        done = step.done(member, company)
        if step.ends and done:
            return []
        shown.append((step, done))
    if all(done for _step, done in shown):
        return []
    shown.sort(key=lambda pair: pair[0].order)
    return [
        {"label": step.label, "icon": step.icon, "url": step.url(), "done": done}
        for step, done in shown
    ]
