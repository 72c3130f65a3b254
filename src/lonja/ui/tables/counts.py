"""How many rows a list has, without counting them all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.lookups import In

from lonja.accounts.bulk import These
from lonja.accounts.scoping import current
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


def ask(parts: Sequence[Counted]) -> list[int]:
    """All of them in one query."""
    if not parts:
        return []
    with connection.cursor() as cursor:
        params = [value for _sql, values in parts for value in values]
        cursor.execute(f"SELECT {', '.join([sql for sql, _values in parts])}", params)
        return list(cursor.fetchone())


def capped_counts(querysets: Sequence[QuerySet]) -> list[int]:
    """How many rows in each, or COUNT_CAP + 1 for more than that: one query."""
    return ask([counted(queryset) for queryset in querysets])


def by_few_ids(queryset: QuerySet) -> bool:
    """Whether the rows are among a few whose ids are known (`accounts.bulk.these`)."""
    where = queryset.query.where
    return (
        not where.negated
        and where.connector == "AND"
        and any(
            isinstance(one, In) and isinstance(one.rhs, These) and one.rhs.many <= FEW_IDS
            for one in where.children
        )
    )
