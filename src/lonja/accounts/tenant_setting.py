"""Tell PostgreSQL which organisation the current transaction works for (row-level security).

The setting is transaction-local; it is told again at each transaction start and whenever the scope
changes inside one. "0" is no organisation (every policy fails to match); "*" is the searchable way
out of `all_organisations()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lonja.accounts import scoping

_NO_WAIT = ", set_config('synchronous_commit', 'off', true)"
_no_wait: ContextVar[bool] = ContextVar("lonja_no_wait", default=False)


def value() -> str:
    """What PostgreSQL is told: an id, "0" for none, "*" for all of them."""
    current = scoping.current()
    if current is None:
        return "0"
    return "*" if current is scoping.EVERY else str(int(current))


def sql() -> str:
    """The statement that tells it, to go in front of others in the same message."""
    more = _NO_WAIT if _no_wait.get() else ""
    return f"SELECT set_config('app.organisation_id', '{value()}', true){more}"


def tell(connection: Any) -> None:
    """Set it on the raw connection, without passing through Django's cursor and its wrappers."""
    send(connection, sql())


def begin(connection: Any) -> None:
    """Begin a transaction and tell it, in one message."""
    send(connection, f"BEGIN; {sql()}")


def send(connection: Any, statements: str) -> None:
    """Statements without parameters nor answer, in one message. Raises as psycopg does."""
    from psycopg.errors import error_from_result  # only where there is PostgreSQL
    from psycopg.pq import ExecStatus

    pgconn = connection.connection.pgconn
    result = pgconn.exec_(statements.encode())
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)


def scope_changed() -> None:
    """Called when a scope opens or closes: an open transaction has to learn of it."""
    from django.db import connection

    if connection.vendor == "postgresql" and connection.connection and connection.in_atomic_block:
        if connection.needs_rollback or connection.connection.info.transaction_status == 3:
            return  # the transaction is broken: its end will reset the setting anyway
        connection.send_kept()  # type: ignore[attr-defined]  # written in the scope that was
        tell(connection)


@contextmanager
def without_waiting() -> Iterator[None]:
    """What is written in the block, outside a transaction, does not wait for the disk."""
    token = _no_wait.set(True)
    try:
        yield
    finally:
        _no_wait.reset(token)
