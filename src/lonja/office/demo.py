"""The invented data that the first run offers to load, when something registered how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Demo:
    """`load(member)` starts loading and returns the job to follow, or None when it is done.

    `remove(organisation)` takes the invented data away; people, company and settings stay.
    """

    label: Any
    load: Callable[[Any], Any]
    remove: Callable[[Any], None]


_demo: list[Demo] = []


def register_demo(
    load: Callable[[Any], Any], remove: Callable[[Any], None], label: Any = ""
) -> None:
    """Offer «Cargar datos de prueba» in the first run. The last one registered is used."""
    _demo[:] = [Demo(label, load, remove)]


def demo() -> Demo | None:
    return _demo[0] if _demo else None
