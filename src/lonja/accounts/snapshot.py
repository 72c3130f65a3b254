"""Reading for a while as if nobody wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_view() -> Iterator[None]:
    """A read-only transaction that sees the data as they are now, whatever others write meanwhile.

    It blocks nobody: SQLite in WAL reads a snapshot, PostgreSQL is asked for REPEATABLE READ.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    if connection.vendor == "sqlite":
        # IMMEDIATE would take the place of whoever writes.
        before, connection.transaction_mode = connection.transaction_mode, "DEFERRED"  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = before  # type: ignore[attr-defined]
        return
    from psycopg import IsolationLevel

    raw.isolation_level, raw.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with transaction.atomic():
            yield
    finally:
        raw.isolation_level, raw.read_only = None, None
