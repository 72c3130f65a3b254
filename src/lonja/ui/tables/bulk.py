"""Actions on several rows of a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lonja.kit.errors import Refused


@dataclass(frozen=True)
class BulkAction:
    """An action of the dark bar.

    `each(row, by, data)` runs in its own transaction of the caller's making and may raise
    `Refused`: the others go on. `many(queryset, by, data) -> text` does all at once (for instance
    enqueues a job) and gives the message. `form` asks for data first. `done(n)` gives the message
    of `each`.
    """

    code: str
    label: Any
    icon: str
    permission: str = ""
    each: Callable[[Any, Any, dict[str, Any]], Any] | None = None
    many: Callable[[QuerySet, Any, dict[str, Any]], str] | None = None
    form: Any = None
    done: Callable[[int], str] | None = None
    danger: bool = False


@dataclass
class BulkResult:
    """What happened to the rows: how many were done, and why each other was not."""

    done: int
    refused: list[tuple[str, str]]


def run_each(action: BulkAction, rows: QuerySet, by: Any, data: dict[str, Any]) -> BulkResult:
    """Do it row by row; a refusal stops only its row."""
    assert action.each is not None  # noqa: S101
    done, refused = 0, []
    for row in rows.iterator(chunk_size=200):
        try:
            action.each(row, by, data)
        except Refused as error:
            refused.append((str(row), str(error)))
        else:
            done += 1
    return BulkResult(done, refused)
