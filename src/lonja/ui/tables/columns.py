"""Columns of a list: what is read, how it is shown, sorted and exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from django.utils import timezone
from django.utils.safestring import SafeString

from lonja.kit import money as kit_money
from lonja.ui import cells, formats

Kind = Literal["text", "money", "date", "near", "number", "quantity", "pct", "person"]
NUMERIC = ("money", "number", "quantity", "pct")


@dataclass(frozen=True)
class Column:
    """A column.

    `name` is an attribute path of the row (`party.name`) unless `read(row)` is given. `cell(row)`
    gives the HTML itself; without it `kind` decides. `sort` is a database field (or annotation)
    name: with it the head sorts; `nullable` says it may be null. `key` is the first column, a link
    to `Table.row_url(row)`. On the phone a row is a card: `card` says which place the column takes
    (title, end, sub, sub2), none by default.
    """

    name: str
    label: Any
    kind: Kind = "text"
    read: Callable[[Any], Any] | None = None
    cell: Callable[[Any], Any] | None = None
    export: Callable[[Any], Any] | None = None
    sort: str = ""
    nullable: bool = False
    key: bool = False
    default: bool = True
    permission: str = ""
    card: Literal["", "title", "end", "sub", "sub2"] = ""
    cut: bool = False

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @cached_property
    def value(self) -> Callable[[Any], Any]:
        """What reads the value of a row."""
        if self.read is not None:
            return self.read
        first, *rest = self.name.split(".")

        def found(row: Any) -> Any:
            value = getattr(row, first, None)
            for part in rest:
                value = getattr(value, part, None)
            return value() if callable(value) else value

        return found

    @cached_property
    def html(self) -> Callable[[Any], SafeString | str]:
        """What writes the cell of a row: decided once, asked for each."""
        if self.cell is not None:
            return self.cell
        value = self.value
        if self.kind == "money":
            return lambda row: cells.money(value(row))
        if self.kind in ("date", "near"):
            near = self.kind == "near"
            return lambda row: cells.when(value(row), near=near)
        if self.kind == "person":
            return lambda row: cells.person(value(row))
        return lambda row: self._plain(value(row))

    def _plain(self, value: Any) -> SafeString | str:
        return cells.NOTHING if value in (None, "") else self.text(value)

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        if self.kind == "money":
            return formats.money(value)
        if self.kind in ("date", "near"):
            return formats.full_date(value)
        if self.kind == "pct":
            return formats.percent(value)
        if self.kind == "quantity":
            return formats.quantity(value)
        if self.kind == "number" and isinstance(value, int):
            return formats.integer(value)
        return str(value)

    def exported(self, row: Any) -> Any:
        """The value for a spreadsheet: numbers and dates stay numbers and dates."""
        if self.export is not None:
            return self.export(row)
        value = self.value(row)
        if self.kind == "money" and isinstance(value, int):
            return kit_money.from_cents(value)
        if isinstance(value, datetime):
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return local.replace(tzinfo=None)
        if value is None or isinstance(value, bool | int | Decimal | date):
            return value
        return str(value)
