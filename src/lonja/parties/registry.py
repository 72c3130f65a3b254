"""What rooms above add to the client list: filters over what only they know («Con deuda»)."""

from __future__ import annotations

from lonja.ui.tables import Filter

_filters: list[tuple[int, Filter]] = []


def client_filter(one: Filter, order: int = 100) -> None:
    """Add a chip to the client list (declared in `apps.ready()`)."""
    _filters.append((order, one))


def client_filters() -> list[Filter]:
    return [one for _order, one in sorted(_filters, key=lambda pair: pair[0])]
