"""Books to check and to spoil: issued invoices, and a way past the database's own locks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from lonja.accounts import locks
from lonja.accounts.scope import scope
from lonja.config.bench.billing_run import plans_due
from lonja.subscriptions.actions.bill import bill_due


def billed(count: int = 5, slug: str = "libros") -> Any:
    """An organisation with so many invoices issued from plans."""
    organisation = plans_due(count, 2, slug=slug)
    with scope(organisation):
        run = bill_due()
        assert run is not None and run.issued == count
    return organisation


@contextmanager
def by_hand(organisation: Any) -> Iterator[Any]:
    """A cursor for somebody who has the password of the database and takes the triggers away."""
    with scope(organisation), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            locks.drop_sqlite_triggers(connection)
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
                "WHERE tgname LIKE 'lock_frozen%' AND tgenabled <> 'D'"
            )
            for table, name in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"')
        yield cursor
