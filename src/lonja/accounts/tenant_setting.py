"""Tell PostgreSQL which organisation the current transaction works for (row-level security).

The setting is transaction-local; it is told again at each transaction start and whenever the scope
changes inside one. "0" is no organisation (every policy fails to match); "*" is the searchable way
out of `all_organisations()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lonja.accounts import scoping

_SQL = "SELECT set_config('app.organisation_id', %s, true)"


def value() -> str:
    """What PostgreSQL is told: an id, "0" for none, "*" for all of them."""
    current = scoping.current()
    if current is None:
        return "0"
    return "*" if current is scoping.EVERY else str(current)


def tell(connection: Any) -> None:
    """Set it on the raw connection, without passing through Django's cursor and its wrappers."""
    with connection.connection.cursor() as cursor:
        cursor.execute(_SQL, (value(),))


def scope_changed() -> None:
    """Called when a scope opens or closes: an open transaction has to learn of it."""
    from django.db import connection

    if connection.vendor == "postgresql" and connection.connection and connection.in_atomic_block:
        if connection.needs_rollback or connection.connection.info.transaction_status == 3:
            return  # the transaction is broken: its end will reset the setting anyway
        tell(connection)


@contextmanager
def reading() -> Iterator[None]:
    """A few reads in one go: PostgreSQL is told the organisation once for all of them.

    On SQLite it opens nothing: transactions are IMMEDIATE there, and reading would wait for
    whoever writes.
    """
    from django.db import connection, transaction

    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        yield
