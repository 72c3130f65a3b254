"""Fewer trips to PostgreSQL, and less waiting with something locked. SQLite has neither: nothing is
done there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, connection, transaction

from lonja.accounts.tenant_setting import without_waiting

LONG = 20_000  # characters


@contextmanager
def in_one_trip() -> Iterator[None]:
    """Keep what `accounts.bulk` writes in the block, and send it in front of the next statement, in
    the same message, or at the end of the block. What is long goes at once, without waiting for its
    answer: the database writes a batch while the next part of it is made.

    The order is the same. What the database refuses (IntegrityError) is raised where it is sent:
    whoever calls leaves the transaction then, as always. Inside a transaction.
    """
    if connection.vendor != "postgresql" or connection.kept_writes is not None:  # type: ignore[attr-defined]
        yield
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("se escribe dentro de una transacción")
    database: Any = connection
    database.kept_writes = []
    try:
        yield
        database.send_kept()
    except BaseException:
        database.drop_kept()
        raise
    finally:
        database.kept_writes = None


@contextmanager
def references_checked_as_they_come(wanted: bool = True) -> Iterator[None]:
    """In the block, references are checked when they are written and not all in the COMMIT: the
    same checks, while the rest of a batch is made. Inside `in_one_trip`."""
    if not wanted or connection.vendor != "postgresql":
        yield
        return
    write("SET CONSTRAINTS ALL IMMEDIATE", [])
    yield
    # A transaction around this one may still have to put things in an order of its own.
    write("SET CONSTRAINTS ALL DEFERRED", [])


def write(sql: str, params: Sequence[Any]) -> None:
    """Run a statement whose answer nobody reads, now or with the next one (`in_one_trip`)."""
    kept = getattr(connection, "kept_writes", None)
    if kept is not None:
        database: Any = connection
        kept.append((sql, params))
        if any(isinstance(param, str) and len(param) > LONG for param in params):
            database.stream_kept()
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@contextmanager
def unlocked_before_the_disk() -> Iterator[None]:
    """Around a transaction that others wait for: what it locked is free as soon as it is decided,
    and the block ends when it is on the disk.

    PostgreSQL keeps the locks while it waits for the disk, ten times as long as the rest of an
    issue. Its journal is written in order, so whatever builds on this transaction (the next number,
    the next link of the chain, the mail that leaves) is never there without it; and who asked is
    not answered before it is safe, also when it is refused for what another has just done. When
    that last wait fails it is as when the answer to a COMMIT is lost: what was done is done, and
    asking again finds it so. Inside another transaction it does nothing: that one decides.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    try:
        with without_waiting():
            yield
    except BaseException:
        with suppress(Error):  # what happened before says more
            _wait_for_the_disk()
        raise
    _wait_for_the_disk()


def _wait_for_the_disk() -> None:
    """A transaction of its own that waits for the journal, where it comes after all the others
    that this connection knows of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'lonja', '')")
