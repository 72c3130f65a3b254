"""Empties the database after a test whose commits are real.

Django's `flush` goes through every table and then puts every lock back, a thousand statements: it
took longer than most of the tests. Here only tables that hold something are emptied, and the locks
of frozen rows stand aside for that moment. The rest is put back only if the test took some away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from lonja.accounts import locks

# Made with the database, not by tests.
KEPT = {"django_migrations", "django_content_type", "auth_permission", "django_site"}


# How many locks a database just made has.
WHOLE: dict[str, int] = {}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database of the tests; its locks are counted before any test can take one away."""
    with django_db_blocker.unblock():
        WHOLE[connection.vendor] = _locks()
        assert WHOLE[connection.vendor] > 100


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    before = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: empty()
    yield
    TransactionTestCase._fixture_teardown = before


def empty() -> None:
    """Delete every row that a test may have written."""
    tables = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    if connection.vendor == "sqlite":
        _empty_sqlite(tables)
    else:
        _empty_postgres(tables)
    if _locks() < WHOLE[connection.vendor]:
        locks.put_back()


def _locks() -> int:
    """How many locks stand in the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'lock_%'"
            )
        else:
            cursor.execute(
                "SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'lock_%' "
                "AND tgenabled = 'O') "
                "+ (SELECT count(*) FROM pg_constraint WHERE conname LIKE '%_org_fk%')"
            )
        return int(cursor.fetchone()[0])


def _empty_sqlite(tables: set[str]) -> None:
    unchecked, one = connection.constraint_checks_disabled(), transaction.atomic()
    with unchecked, one, connection.cursor() as cursor:
        full = _of(cursor, _exists(tables))
        with _without_frozen(cursor, full):
            for table in full:
                cursor.execute(f'DELETE FROM "{table}"')


def _exists(tables: set[str]) -> str:
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in sorted(tables)
    )


def _of(cursor: Any, sql: str) -> list[str]:
    cursor.execute(sql)
    return [name for (name,) in cursor.fetchall()]


@contextmanager
def _without_frozen(cursor: Any, tables: list[str]) -> Iterator[None]:
    cursor.execute(
        "SELECT name, tbl_name, sql FROM sqlite_master "
        "WHERE type = 'trigger' AND name LIKE 'lock_frozen_%_delete'"
    )
    found = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
    for name, _sql in found:
        cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    for _name, sql in found:
        cursor.execute(sql)


def _empty_postgres(tables: set[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organisation_id', '*', true)")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        # Tables that were ever written: the size of the others is nothing.
        written = _of(
            cursor,
            "SELECT relname FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0",
        )
        frozen = _of(
            cursor,
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgname LIKE 'lock_frozen_%'",
        )
        for table in sorted(tables.intersection(written)):
            if table in frozen:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sorted(tables.intersection(written, frozen)):
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
