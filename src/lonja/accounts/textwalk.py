"""Search of text in lists of a million rows with other filters and an order besides.

`textsearch.filter_text` asks the text index for every row that holds the words. That is quick for
a few thousand; for a word that a tenth of the table holds, it is most of a second before anything
else is looked at. Here the index is asked for so many and no more: when there are others, the rows
are walked in the order of the list and their text is read until the page is full.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from lonja.accounts.bulk import these
from lonja.accounts.scoping import EVERY, current
from lonja.accounts.textsearch import threes

# Beyond, walking finds a page sooner than the index its rows: so many, or so many of each hundred
# among the first.
MOST, DENSE = 25_000, 3
SAMPLE = 1000
# Up to here each row is looked up by its id; beyond, the ids are only asked whether they hold one.
FEW = 2000
# How many rows are read in the order of the list before looking at all that are left.
STRETCH = 3000
# How many rows are read to say how many there are.
EFFORT = 6000


@dataclass(frozen=True)
class Found:
    """What the text index knows of some words. `ids` is None when too many rows hold them; on
    SQLite it may hold others besides, which are left out when they are read."""

    model: type[models.Model]
    words: tuple[str, ...]
    ids: list[int] | None

    @property
    def is_common(self) -> bool:
        return self.ids is None

    def narrow(self, queryset: Any) -> Any:
        """The rows that hold every word, and only those."""
        queryset = self._among(queryset)
        if connection.vendor == "postgresql":
            if self.ids is None:
                queryset = queryset.filter(pk__in=RawSQL(*_words_sql(self.model, self.words)))  # noqa: S611
            return queryset
        for word in self.words:
            queryset = queryset.filter(_holds(word))
        return queryset

    def _among(self, queryset: Any) -> Any:
        if self.ids is None:
            return queryset
        if connection.vendor == "postgresql":
            # Of an array the planner knows how long it is.
            where = f'"{self.model._meta.db_table}"."id" = ANY(%s::bigint[])'
            return queryset.extra(where=[where], params=[self.ids])  # noqa: S610
        if len(self.ids) <= FEW:
            return queryset.filter(pk__in=these(self.ids))
        # Not the column itself: SQLite would look up each of them.
        return queryset.alias(found_id=F("pk") + 0).filter(found_id__in=these(self.ids))

    def first(self, rows: Any, limit: int) -> list[int]:
        """The first ids of `rows` (in their order, not yet narrowed by the words) that hold every
        word."""
        rows = self._among(rows)
        if self.ids is not None:
            return self._walk(rows, limit)
        found = self._walk(rows.all()[:STRETCH], limit)
        return found if len(found) == limit else self._walk(rows, limit)

    def count(self, rows: Any, most: int) -> tuple[int, bool]:
        """How many of `rows` (not yet narrowed by the words) hold every word, up to so many, and
        whether those are all: of a common word only the first rows are read."""
        rows = self._among(rows.order_by())
        if self.ids is not None:
            found = len(self._walk(rows, most))
            return found, found < most
        found = len(self._walk(rows[:EFFORT], most))
        if found == most:
            return found, False
        return found, len(rows.values_list("pk", flat=True)[: EFFORT + 1]) <= EFFORT

    def _walk(self, rows: Any, limit: int) -> list[int]:
        try:
            inner, params = rows.prefetch_related(None).values_list("pk").query.sql_with_params()
        except EmptyResultSet:
            return []
        table = self.model._meta.db_table
        bare = not rows.query.is_sliced
        # What is inside comes in its order, and its text is read as it comes.
        if connection.vendor == "postgresql":
            fence = "OFFSET 0" if bare else ""
            lookup = (
                f'CROSS JOIN LATERAL (SELECT w.search_text FROM "{table}_words" w '  # noqa: S608
                "WHERE w.id = walked.pk OFFSET 0) AS one"
            )
        else:
            fence = "LIMIT -1 OFFSET 0" if bare else ""
            lookup = f'CROSS JOIN "{table}" AS one ON one.id = walked.pk'
        where = []
        for word in self.words:
            sql, more = _like(word)
            where.append(sql)
            params = (*params, *more)
        # The table name comes from our own models, the words are parameters.
        sql = (
            f"SELECT walked.pk FROM ({inner} {fence}) AS walked {lookup} "  # noqa: S608
            f"WHERE {' AND '.join(where)} LIMIT {limit:d}"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return [pk for (pk,) in cursor.fetchall()]


def look_up(model: type[models.Model], text: str) -> Found | None:
    """What is known of the words of a text (already folded); None when it has none."""
    words = tuple(text.split()[:8])
    if not words:
        return None
    find = _postgres if connection.vendor == "postgresql" else _sqlite
    ids = find(model, words)
    return Found(model, words, ids if ids is not None and len(ids) <= MOST else None)


def _sqlite(model: type[models.Model], words: tuple[str, ...]) -> list[int] | None:
    """Ids of the rows that hold three letters after another of the words, in whatever order."""
    asked = threes(word for word in words if len(word) >= 3)
    if not asked:
        return None
    table = f"{model._meta.db_table}_fts"
    sql = f'SELECT rowid FROM "{table}" WHERE "{table}" MATCH %s LIMIT %s'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked, SAMPLE])
        ids = [pk for (pk,) in cursor.fetchall()]  # in order
        if len(ids) < SAMPLE:
            return ids
        if 100 * len(ids) > DENSE * (ids[-1] - ids[0] + 1):
            return None
        cursor.execute(sql, [asked, MOST + 1])
        return [pk for (pk,) in cursor.fetchall()]


def _postgres(model: type[models.Model], words: tuple[str, ...]) -> list[int] | None:
    """Ids of the rows that hold every word; None when the planner expects too many of them."""
    if all(len(word) < 3 for word in words):
        return None
    sql, params = _words_sql(model, words)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (plan,) = cursor.fetchone()
        if (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"] > MOST:
            return None
        cursor.execute(f"{sql} LIMIT {MOST + 1}", params)
        return [pk for (pk,) in cursor.fetchall()]


def _words_sql(model: type[models.Model], words: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The ids of those rows, on PostgreSQL."""
    where: list[str] = []
    params: list[Any] = []
    organisation_id = current()
    if organisation_id is not EVERY:
        where.append("one.organisation_id = %s")
        params.append(organisation_id)
    for word in words:
        sql, more = _like(word)
        where.append(sql)
        params += more
    table = f"{model._meta.db_table}_words"
    # The table name comes from our own models, the words are parameters.
    return f'SELECT one.id FROM "{table}" AS one WHERE {" AND ".join(where)}', params  # noqa: S608


def _like(word: str) -> tuple[str, list[str]]:
    """A word of one or two letters begins another; a longer one may be anywhere."""
    sign = re.sub(r"([\\%_])", r"\\\1", word)
    if len(word) < 3:
        sql = r"(one.search_text LIKE %s ESCAPE '\' OR one.search_text LIKE %s ESCAPE '\')"
        return sql, [f"{sign}%", f"% {sign}%"]
    return r"one.search_text LIKE %s ESCAPE '\'", [f"%{sign}%"]


def _holds(word: str) -> Q:
    if len(word) < 3:
        return Q(search_text__startswith=word) | Q(search_text__contains=f" {word}")
    return Q(search_text__contains=word)
