"""What rooms above add to the clients: filters of their list, rows of «Condiciones»."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from lonja.accounts.ahead import Question
from lonja.ui.tables import Filter

_filters: list[tuple[int, Filter]] = []


def client_filter(one: Filter, order: int = 100) -> None:
    """Add a chip to the client list (declared in `apps.ready()`)."""
    _filters.append((order, one))


def client_filters() -> list[Filter]:
    return [one for _order, one in sorted(_filters, key=lambda pair: pair[0])]


@dataclass(frozen=True)
class Condition:
    """A row of «Condiciones»: what a room above agreed with the client, and where to change it."""

    label: Any
    read: Callable[[Any, Any], str]  # (member, party)
    url_name: str  # takes the party's id; opened in the drawer
    permission: str
    # What `read` asks of a party, where it can be asked before (`accounts.ahead`).
    asks: Callable[[Any], Sequence[Question]] = lambda party: ()

    def shown(self, member: Any, party: Any) -> dict[str, Any]:
        may = member.can(self.permission)
        url = reverse(self.url_name, args=[party.pk]) if may else ""
        return {"label": self.label, "text": self.read(member, party), "url": url}


_conditions: list[tuple[int, Condition]] = []


def client_condition(one: Condition, order: int = 100) -> None:
    """Add a row to «Condiciones» of the client's page (declared in `apps.ready()`)."""
    _conditions.append((order, one))


def client_conditions() -> list[Condition]:
    return [one for _order, one in sorted(_conditions, key=lambda pair: pair[0])]


@dataclass(frozen=True)
class LeadColumn:
    """A column of the leads, of a room above: `read(member, ids) -> {id: (text, tone)}`, asked once
    for a page. `filter`: a chip that goes with it."""

    name: str
    label: Any
    permission: str
    read: Callable[[Any, list[int]], dict[int, tuple[str, str]]]
    filter: Filter | None = None


_lead_columns: list[LeadColumn] = []


def lead_column(one: LeadColumn) -> None:
    """Add a column to the list of leads (declared in `apps.ready()`)."""
    _lead_columns.append(one)


def lead_columns(member: Any) -> list[LeadColumn]:
    return [one for one in _lead_columns if member.can(one.permission)]
