"""Pages without OFFSET: the position is the sort value and the id of a row.

The condition is written `d <= x AND (d < x OR id < y)`, the form both databases answer from the
index at any depth (0.1–0.7 ms over a million rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet

SALT = "lonja.ui.tables"


@dataclass(frozen=True)
class Order:
    """Sorted by a field and then by id, in the same direction; nulls come last."""

    field: str
    descending: bool
    nullable: bool = False

    def apply(self, queryset: QuerySet, *, backwards: bool = False) -> QuerySet:
        down = self.descending != backwards
        key = F(self.field)
        if self.nullable:
            nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
            first = key.desc(**nulls) if down else key.asc(**nulls)
        else:
            first = key.desc() if down else key.asc()
        if self.field == "pk":
            return queryset.order_by("-pk" if down else "pk")
        return queryset.order_by(first, "-pk" if down else "pk")

    def beyond(self, value: Any, pk: int, *, backwards: bool = False) -> Q:
        """Rows that come after (or, backwards, before) the row with that value and id."""
        down = self.descending != backwards
        end, near = ("lt", "lte") if down else ("gt", "gte")
        past_id = Q(**{f"pk__{end}": pk})
        if self.field == "pk":
            return past_id
        if value is None:
            same = Q(**{f"{self.field}__isnull": True}) & past_id
            return same | Q(**{f"{self.field}__isnull": False}) if backwards else same
        rest = Q(**{f"{self.field}__{near}": value}) & (
            Q(**{f"{self.field}__{end}": value}) | past_id
        )
        if self.nullable and not backwards:
            return rest | Q(**{f"{self.field}__isnull": True})
        return rest


def mark(row: Any, order: Order) -> str:
    """The position of a row, for a link. Signed: it goes back into a query."""
    value = None if order.field == "pk" else getattr(row, order.field.replace("__", "."), None)
    if order.field != "pk" and "__" in order.field:
        value = row
        for part in order.field.split("__"):
            value = getattr(value, part, None)
    return signing.dumps([order.field, _plain(value), row.pk], salt=SALT, compress=True)


def read(text: str, order: Order) -> tuple[Any, int] | None:
    """The value and id of a link, or None when it is not one of ours for this order."""
    try:
        field, value, pk = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return (value, pk) if field == order.field else None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
