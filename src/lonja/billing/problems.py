"""What a check of billing found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that does not agree: a stable code, the row it is about, and what, in words."""

    code: str
    where: str
    text: str
