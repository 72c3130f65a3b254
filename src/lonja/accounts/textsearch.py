"""Search of text inside rows, the same on both databases.

A model keeps `search_text`: folded text (`lonja.kit.text.search_text`) filled in `save`. Beside its
table stands another that only serves to find: on SQLite an FTS5 trigram table (`…_fts`), on
PostgreSQL the ids and texts with a `pg_trgm` index (`…_words`). Triggers keep both.

Why another table on PostgreSQL: under row-level security an index only answers with operators that
promise to leak nothing, and LIKE does not, so an index on the table itself is never used and every
search reads all of it. `…_words` has no policy of its own: it only gives ids, and the rows are read
from the guarded table. A model whose list is sorted by a date says so in `search_order`, and
`…_words` holds it too: what is found comes in that order, without reading the rows to sort them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection as default_connection
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from lonja.accounts.bulk import These, these
from lonja.accounts.scoping import EVERY, current
from lonja.accounts.seen import sees_all


def searchable_models() -> Iterator[type[models.Model]]:
    """Models with a `search_text` column of their own."""
    for model in apps.get_models():
        if any(field.name == "search_text" for field in model._meta.local_fields):
            yield model


def search_order(model: type[models.Model]) -> str:
    """The field by which the list of a model is sorted, the greatest first, when what is searched
    keeps it; else nothing. It may not be null."""
    return getattr(model, "search_order", "")


def filter_text(queryset: Any, text: str, *, first: int = 0) -> Any:
    """Rows whose search text holds every word of `text` (already folded). Empty text: all rows.

    `first`: only that many will be read, in the `search_order` of the model, so the others may be
    left out.
    """
    words = text.split()[:8]
    if not words:
        return queryset
    if default_connection.vendor == "postgresql":
        found = _found_postgres(queryset.model, words)
        if first and isinstance(found, These) and found.sorted_by and sees_all(queryset):
            found = these(found.ids[:first])
        return queryset.filter(pk__in=found)
    long_words = [word for word in words if len(word) >= 3]
    for word in words:
        if len(word) < 3:
            queryset = queryset.filter(
                Q(search_text__startswith=word) | Q(search_text__contains=f" {word}")
            )
    if not long_words:
        return queryset
    found = _found_sqlite(queryset.model, long_words)
    for word in long_words:
        # What the index tells may hold the letters in another order; and a word that holds a
        # wildcard is compared again as it is.
        if isinstance(found, These) or "%" in word or "_" in word:
            queryset = queryset.filter(search_text__contains=word)
    return queryset.filter(pk__in=found)


# Up to here the rows are looked up one by one; beyond, they are so many that walking the table in
# the order of the list meets them soon.
MOST_IDS = 5000


def threes(words: Iterable[str]) -> str:
    """What FTS5 is asked for words of three letters or more: the threes that cover each of them,
    one after another. Asked for all of them it takes half as long again, to leave out little more
    (rows whose words hold those threes elsewhere)."""
    asked: set[str] = set()
    for word in words:
        places = {*range(0, len(word) - 2, 3), len(word) - 3}
        asked |= {word[place : place + 3] for place in places if place >= 0}
    return " AND ".join('"' + three.replace('"', '""') + '"' for three in sorted(asked))


def _found_sqlite(model: type[models.Model], words: list[str]) -> Any:
    """Ids of the rows that hold every word of three letters or more, perhaps with a few others;
    or, when they are many, SQL of exactly those."""
    table = f"{model._meta.db_table}_fts"
    # The table name comes from our own models, the words are parameters.
    sql = f'SELECT rowid FROM "{table}" WHERE "{table}" MATCH %s LIMIT %s'  # noqa: S608
    with default_connection.cursor() as cursor:
        cursor.execute(sql, [threes(words), MOST_IDS + 1])
        ids = [pk for (pk,) in cursor.fetchall()]
    if len(ids) <= MOST_IDS:
        return these(ids)
    # Without ESCAPE: with it FTS5 reads its whole table instead of asking the index.
    where = " AND ".join(["search_text LIKE %s"] * len(words))
    sql = f'SELECT rowid FROM "{table}" WHERE {where}'  # noqa: S608
    return _these_or(sql, [f"%{word}%" for word in words])


def _found_postgres(model: type[models.Model], words: list[str]) -> Any:
    """SQL of the ids of the rows that hold every word."""
    conditions, params = [], []
    organisation_id = current()
    if organisation_id is not EVERY:
        conditions.append("organisation_id = %s")
        params.append(organisation_id)
    for word in words:
        sign = re.sub(r"([\\%_])", r"\\\1", word)
        if len(word) < 3:
            conditions.append("(search_text LIKE %s OR search_text LIKE %s)")
            params += [f"{sign}%", f"% {sign}%"]
        else:
            conditions.append("search_text LIKE %s")
            params.append(f"%{sign}%")
    # The table name comes from our own models, the words are parameters.
    found = f'FROM "{model._meta.db_table}_words" WHERE {" AND ".join(conditions)}'
    order = search_order(model)
    if not order:
        return _these_or(f"SELECT id {found}", params)
    few = f"SELECT id, sorted_by {found} LIMIT {MOST_IDS + 1}"
    # In one value: rows are dear for psycopg.
    first = f"SELECT array_agg(id ORDER BY sorted_by DESC, id DESC) FROM ({few}) AS few"  # noqa: S608
    return _these_or(f"SELECT id {found}", params, first=first, sorted_by=order)


def _these_or(sql: str, params: list[Any], *, first: str = "", sorted_by: str = "") -> Any:
    """The ids found now (by `first`, if told, which sorts them); or, when they are many, the
    question itself."""
    with default_connection.cursor() as cursor:
        cursor.execute(first or f"{sql} LIMIT {MOST_IDS + 1}", params)
        ids = (cursor.fetchone()[0] or []) if first else [pk for (pk,) in cursor.fetchall()]
    if len(ids) > MOST_IDS:
        return RawSQL(sql, params)  # noqa: S611
    return these(ids, sorted_by=sorted_by)


def statements(model: type[models.Model], vendor: str) -> Iterator[str]:
    """SQL that makes the index of a model (idempotent), run after migrations."""
    table = model._meta.db_table
    if vendor == "postgresql":
        order = search_order(model)
        yield from _postgres(table, model._meta.get_field(order) if order else None)
        return
    fts = f"{table}_fts"
    yield (
        f'CREATE VIRTUAL TABLE IF NOT EXISTS "{fts}" USING fts5(search_text, '
        f"content='{table}', content_rowid='id', tokenize='trigram', detail='none')"
    )
    columns = f'"{fts}"("{fts}", rowid, search_text)'
    out = f"INSERT INTO {columns} VALUES('delete', OLD.id, OLD.search_text)"
    into = f'INSERT INTO "{fts}"(rowid, search_text) VALUES (NEW.id, NEW.search_text)'  # noqa: S608
    for name, event, body in (
        ("insert", "AFTER INSERT", f"{into};"),
        ("delete", "AFTER DELETE", f"{out};"),
        ("update", "AFTER UPDATE OF search_text", f"{out}; {into};"),
    ):
        yield f'DROP TRIGGER IF EXISTS "lock_fts_{table}_{name}"'
        yield f'CREATE TRIGGER "lock_fts_{table}_{name}" {event} ON "{table}" BEGIN {body} END'
    # Rows may have come and gone while the triggers were away; a stale entry spoils the index.
    yield f'INSERT INTO "{fts}"("{fts}") VALUES(\'rebuild\')'


def _postgres(table: str, order: Any) -> Iterator[str]:
    words = f"{table}_words"
    kept, source = ["id", "organisation_id", "search_text"], "search_text"
    if order is not None:
        kept, source = [*kept, "sorted_by"], f'search_text, "{order.column}"'
    into = f'INSERT INTO "{words}" ({", ".join(kept)}) SELECT'
    fresh = f"{into} id, organisation_id, {source} FROM"
    sets = ", ".join(f"{name} = excluded.{name}" for name in kept[2:])
    again = f"ON CONFLICT (id) DO UPDATE SET {sets}"
    yield f'DROP INDEX IF EXISTS "{table}_trgm"'
    yield (
        f'CREATE TABLE IF NOT EXISTS "{words}" '
        "(id bigint PRIMARY KEY, organisation_id bigint NOT NULL, search_text text NOT NULL)"
    )
    if order is not None:
        kind = order.db_type(default_connection)
        yield f'ALTER TABLE "{words}" ADD COLUMN IF NOT EXISTS sorted_by {kind}'
    yield (
        f'CREATE INDEX IF NOT EXISTS "{words}_trgm" ON "{words}" '
        "USING gin (search_text gin_trgm_ops)"
    )
    for event, body in (
        ("insert", f"{fresh} fresh {again}"),
        ("update", f"{fresh} (SELECT NEW.*) AS one {again}"),
        ("delete", f'DELETE FROM "{words}" w USING gone WHERE w.id = gone.id'),  # noqa: S608
    ):
        yield (
            f'CREATE OR REPLACE FUNCTION "{words}_{event}"() RETURNS trigger LANGUAGE plpgsql AS '
            f"$$ BEGIN {body}; RETURN NULL; END $$"
        )
        yield f'DROP TRIGGER IF EXISTS "{words}_{event}" ON "{table}"'
    watched = ["search_text", *([order.column] if order is not None else [])]
    changed = " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in watched)
    for event, when in (
        ("insert", "AFTER INSERT ON {} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"),
        ("update", f"AFTER UPDATE OF {', '.join(watched)} ON {{}} FOR EACH ROW WHEN ({changed})"),
        ("delete", "AFTER DELETE ON {} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"),
    ):
        place = when.format(f'"{table}"')
        yield f'CREATE TRIGGER "{words}_{event}" {place} EXECUTE FUNCTION "{words}_{event}"()'
    # Those written before this table was, or before it held their order.
    columns = ", ".join(f"t.{name}" for name in ["id", "organisation_id", *watched])
    yield (
        f'{into} {columns} FROM "{table}" t LEFT JOIN "{words}" w ON w.id = t.id WHERE w.id IS NULL'
    )
    if order is not None:
        yield (
            f'UPDATE "{words}" w SET sorted_by = t."{order.column}" FROM "{table}" t '  # noqa: S608
            "WHERE w.id = t.id AND w.sorted_by IS NULL"
        )
