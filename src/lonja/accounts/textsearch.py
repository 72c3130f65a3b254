"""Search of text inside rows, the same on both databases.

A model keeps `search_text`: folded text (`lonja.kit.text.search_text`) filled in `save`. On SQLite
an FTS5 trigram table, on PostgreSQL a `pg_trgm` index answers `LIKE '%words%'` in milliseconds over
a million rows; words shorter than three letters are looked up from the start of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection as default_connection
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL


def searchable_models() -> Iterator[type[models.Model]]:
    """Models with a `search_text` column of their own."""
    for model in apps.get_models():
        if any(field.name == "search_text" for field in model._meta.local_fields):
            yield model


def filter_text(queryset: Any, text: str) -> Any:
    """Rows whose search text holds every word of `text` (already folded). Empty text: all rows."""
    words = text.split()[:8]
    if not words:
        return queryset
    table = queryset.model._meta.db_table
    long_words = [word for word in words if len(word) >= 3]
    for word in words:
        if len(word) < 3:
            queryset = queryset.filter(
                Q(search_text__startswith=word) | Q(search_text__contains=f" {word}")
            )
    if not long_words:
        return queryset
    if default_connection.vendor != "sqlite":
        for word in long_words:
            queryset = queryset.filter(search_text__contains=word)
        return queryset
    # Without ESCAPE: with it FTS5 reads its whole table instead of asking the index. A word that
    # holds a wildcard is compared again as it is.
    where = " AND ".join(["search_text LIKE %s"] * len(long_words))
    for word in long_words:
        if "%" in word or "_" in word:
            queryset = queryset.filter(search_text__contains=word)
    # The table name comes from our own models, the words are parameters.
    sql = f'SELECT rowid FROM "{table}_fts" WHERE {where}'  # noqa: S608
    patterns = [f"%{word}%" for word in long_words]
    return queryset.filter(pk__in=RawSQL(sql, patterns))  # noqa: S611


def statements(model: type[models.Model], vendor: str) -> Iterator[str]:
    """SQL that makes the index of a model (idempotent), run after migrations."""
    table = model._meta.db_table
    if vendor == "postgresql":
        yield (
            f'CREATE INDEX IF NOT EXISTS "{table}_trgm" ON "{table}" '
            "USING gin (search_text gin_trgm_ops)"
        )
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
