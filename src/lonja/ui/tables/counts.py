"""How many rows a list has, without counting them all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.lookups import In

from lonja.accounts.bulk import These
from lonja.accounts.prepared import Plain
from lonja.accounts.scoping import current
from lonja.accounts.seen import is_scope
from lonja.ui.kept import Kept

COUNT_CAP = 1000
# Rows found by so many ids at most are all read at once, in their order.
FEW_IDS = 5000

# SQL of a number and its parameters.
Counted = tuple[str, tuple[Any, ...]]
_kept: Kept[Counted] = Kept()


def counted(queryset: QuerySet) -> Counted:
    """SQL of how many rows there are, or COUNT_CAP + 1 for more than that."""
    some = queryset.order_by().values("pk")[: COUNT_CAP + 1]
    try:
        sql, values = some.query.sql_with_params()
    except EmptyResultSet:
        return "0", ()
    return f"(SELECT COUNT(*) FROM ({sql}) AS found)", tuple(values)  # noqa: S608


def kept(key: Hashable, make: Any) -> Counted:
    """The same, written once for each key. The organisation is part of what is written: it is added
    to the key, and so is the engine."""
    return _kept.get((connection.vendor, current(), key), lambda: counted(make()))


def together(parts: Sequence[Counted]) -> Plain:
    """All of them in one query, of one row."""
    params = [value for _sql, values in parts for value in values]
    return Plain(f"SELECT {', '.join([sql for sql, _values in parts])}", params)


def ask(parts: Sequence[Counted]) -> list[int]:
    """How many there are of each."""
    return list(together(parts).first()) if parts else []


def capped_counts(querysets: Sequence[QuerySet]) -> list[int]:
    """How many rows in each, or COUNT_CAP + 1 for more than that: one query."""
    return ask([counted(queryset) for queryset in querysets])


def few_ids(queryset: QuerySet) -> These | None:
    """The few ids (`accounts.bulk.these`) that the rows are among, if they are."""
    where = queryset.query.where
    if where.negated or where.connector != "AND":
        return None
    for one in where.children:
        if isinstance(one, In) and isinstance(one.rhs, These) and len(one.rhs.ids) <= FEW_IDS:
            return one.rhs
    return None


def nothing_else(queryset: QuerySet) -> bool:
    """Whether the rows are all those of the organisation with some ids, and nothing more is asked
    of them. Only for what `few_ids` finds."""
    among = (one for one in queryset.query.where.children if not is_scope(one))
    return sum(1 for _one in among) == 1
