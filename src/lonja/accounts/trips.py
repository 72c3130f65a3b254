"""Fewer trips to PostgreSQL, and less waiting with something locked. SQLite has neither: nothing is
done there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from lonja.accounts.tenant_setting import without_waiting


@contextmanager
def in_one_trip() -> Iterator[None]:
    """Send the statements of the block one after another without waiting for each answer.

    Only for writes whose count of rows nobody reads: what one of them refuses (IntegrityError) is
    raised at the end of the block, or at the first query inside it. Inside a transaction.
    """
    if connection.vendor != "postgresql":
        yield
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("se escribe dentro de una transacción")
    raw: Any = connection.connection
    with connection.wrap_database_errors, raw.pipeline():
        yield


@contextmanager
def unlocked_before_the_disk() -> Iterator[None]:
    """Around a transaction that others wait for: what it locked is free as soon as it is decided,
    and the block ends when it is on the disk.

    PostgreSQL keeps the locks while it waits for the disk, ten times as long as the rest of an
    issue. Its journal is written in order, so whatever builds on this transaction (the next number,
    the next link of the chain, the mail that leaves) is never there without it; and nobody is
    answered before it is safe. Inside another transaction it does nothing: that one decides.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with without_waiting():
        yield
    with connection.cursor() as cursor:  # a commit that waits, after ours in the journal
        cursor.execute("SELECT pg_logical_emit_message(true, 'lonja', '')")
