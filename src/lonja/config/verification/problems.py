"""What a verification finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """Something that does not agree: stable code, the row it is about, and what, in words."""

    code: str
    where: str
    message: str


@dataclass(frozen=True)
class BrokenRecord:
    """The first record of a chain that does not hold."""

    organisation: str
    chain: str
    position: int
    number: str
    code: str
    message: str


@dataclass
class Report:
    """`checked` counts what was read of each kind; `notes` are worth knowing and harmless."""

    problems: list[Problem] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    notes: list[Problem] = field(default_factory=list)
    first_broken: BrokenRecord | None = None

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "checked": dict(self.checked),
            "problems": [vars(problem) for problem in self.problems],
            "first_broken_record": vars(self.first_broken) if self.first_broken else None,
            "notes": [vars(note) for note in self.notes],
        }
