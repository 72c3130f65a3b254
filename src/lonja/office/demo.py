"""The invented data that the first run offers to load, when something registered how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Demo:
    """`load(member)` starts loading and returns the job to follow, or None when it is done."""

    label: Any
    load: Callable[[Any], Any]


_demo: list[Demo] = []


def register_demo(fn: Callable[[Any], Any], label: Any = "") -> None:
    """Offer «Cargar datos de prueba» in the first run. The last one registered is used."""
    _demo[:] = [Demo(label, fn)]


def demo() -> Demo | None:
    return _demo[0] if _demo else None
