"""Locks in the database itself: same-organisation references, row-level security, frozen rows.

Put back after every migration, on both engines:

- lock 4: a reference to a row of another organisation is refused (trigger on SQLite, composite
  foreign key on PostgreSQL);
- lock 5: row-level security on PostgreSQL, also for the owner of the tables;
- frozen rows (R10, R37): a model says `database_lock = AppendOnly()` or `FrozenColumns(...)`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction

from lonja.accounts import textsearch
from lonja.accounts.models.base import OrganisationModel


@dataclass(frozen=True)
class AppendOnly:
    """Rows are written once: no UPDATE, no DELETE (rows of a demo organisation may be deleted)."""


@dataclass(frozen=True)
class FrozenColumns:
    """Once `when` holds for the old row, these columns do not change and the row stays.

    `when` is SQL valid on both engines over `OLD`, for instance ``OLD.number <> ''``.
    """

    when: str
    columns: tuple[str, ...]


def scoped_models() -> Iterator[type[OrganisationModel]]:
    """Every model whose rows belong to an organisation, those of many-to-many tables included."""
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, OrganisationModel) and model._meta.managed:
            yield model


def references(model: type[models.Model]) -> list[tuple[str, str]]:
    """(column, referenced table) for each reference from a business row to another."""
    return [
        (field.column, field.related_model._meta.db_table)
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and isinstance(field.related_model, type)
        and issubclass(field.related_model, OrganisationModel)
    ]


def lift(using: str = "default", app_config: Any = None, **_kwargs: Any) -> None:
    """Take the SQLite triggers away before tables are rebuilt."""
    connection = connections[using]
    if app_config is None or app_config.label != "accounts" or connection.vendor != "sqlite":
        return
    drop_sqlite_triggers(connection)


def drop_sqlite_triggers(connection: Any) -> None:
    """Take away every trigger that `put_back` made; the tables stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND name LIKE 'lock_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')


def put_back(using: str = "default", app_config: Any = None, **_kwargs: Any) -> None:
    """Install every lock once the last app has migrated."""
    with_models = [config for config in apps.get_app_configs() if config.models_module is not None]
    if app_config is not None and app_config is not with_models[-1]:
        return
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A new reference is checked against the rows there are, of every organisation.
            cursor.execute("SELECT set_config('app.organisation_id', '*', true)")
        for model in scoped_models():
            if model._meta.db_table not in tables:
                continue
            for sql in lock_statements(model, connection.vendor):
                cursor.execute(sql)
        if connection.vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for searchable in textsearch.searchable_models():
            if searchable._meta.db_table in tables:
                for sql in textsearch.statements(searchable, connection.vendor):
                    cursor.execute(sql)


def lock_statements(model: type[models.Model], vendor: str) -> Iterator[str]:
    """The SQL that installs every lock of a model on that engine; running it again is harmless."""
    return _sqlite(model) if vendor == "sqlite" else _postgres(model)


def _sqlite(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    checks = " OR ".join(
        f'(NEW."{column}" IS NOT NULL AND NEW.organisation_id IS NOT '  # noqa: S608
        f'(SELECT organisation_id FROM "{ref}" WHERE id = NEW."{column}"))'
        for column, ref in references(model)
    )
    changed = "NEW.organisation_id IS NOT OLD.organisation_id"
    for event, extra in (("INSERT", ""), ("UPDATE", changed)):
        condition = " OR ".join(part for part in (checks, extra) if part)
        yield f'DROP TRIGGER IF EXISTS "lock_org_{table}_{event.lower()}"'
        if condition:
            yield (
                f'CREATE TRIGGER "lock_org_{table}_{event.lower()}" BEFORE {event} ON "{table}" '
                f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'lonja: foreign organisation'); END"
            )
    lock = getattr(model, "database_lock", None)
    demo = "(SELECT is_demo FROM accounts_organisation WHERE id = OLD.organisation_id) IS NOT 1"
    if isinstance(lock, AppendOnly):
        update_when, delete_when = "1", demo
    elif isinstance(lock, FrozenColumns):
        differs = " OR ".join(f'NEW."{c}" IS NOT OLD."{c}"' for c in lock.columns)
        update_when, delete_when = f"({lock.when}) AND ({differs})", f"({lock.when}) AND {demo}"
    else:
        return
    for event, when in (("UPDATE", update_when), ("DELETE", delete_when)):
        name = f"lock_frozen_{table}_{event.lower()}"
        yield f'DROP TRIGGER IF EXISTS "{name}"'
        yield (
            f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" WHEN {when} '
            f"BEGIN SELECT RAISE(ABORT, 'lonja: frozen row'); END"
        )


def _always_refers(model: type[models.Model]) -> bool:
    """Whether every row refers to another of its organisation: the composite key then proves that
    the organisation exists, and a key of its own would check the same row again and again."""
    return any(
        not model._meta.get_field(field.name).null
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and field.column in {column for column, _table in references(model)}
    )


def _short(name: str) -> str:
    """PostgreSQL cuts names at 63 bytes: keep them unique."""
    if len(name) <= 60:
        return name
    return f"{name[:50]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _postgres(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    yield _pg_constraint(table, _short(f"{table}_org_id_uniq"), "UNIQUE (organisation_id, id)")
    for column, ref in references(model):
        yield _pg_constraint(ref, _short(f"{ref}_org_id_uniq"), "UNIQUE (organisation_id, id)")
        yield _pg_constraint(
            table,
            _short(f"{table}_{column}_org_fk"),
            f'FOREIGN KEY (organisation_id, "{column}") REFERENCES "{ref}" (organisation_id, id) '
            "DEFERRABLE INITIALLY DEFERRED",
        )
        yield _pg_drop_simple_key(table, column)
    if _always_refers(model):
        yield _pg_drop_simple_key(table, "organisation_id")
    yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
    yield f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'
    yield f'DROP POLICY IF EXISTS lonja_organisation ON "{table}"'
    told = "(SELECT current_setting('app.organisation_id'))"
    # Compared as a number: over a cast of the column the planner guesses wildly.
    number = "(SELECT nullif(current_setting('app.organisation_id'), '*')::bigint)"
    rule = f"organisation_id = {number} OR {told} = '*'"
    yield f'CREATE POLICY lonja_organisation ON "{table}" USING ({rule}) WITH CHECK ({rule})'
    lock = getattr(model, "database_lock", None)
    if lock is not None:
        yield from _pg_frozen(table, lock)


def _pg_constraint(table: str, name: str, definition: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{name}') "  # noqa: S608
        f'THEN ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}; END IF; END $$'
    )


def _pg_drop_simple_key(table: str, column: str) -> str:
    """The composite key says more than the one Django made: checking both halves the speed."""
    return (
        "DO $$ DECLARE name text; BEGIN FOR name IN SELECT c.conname FROM pg_constraint c "  # noqa: S608
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        f"WHERE c.contype = 'f' AND c.conrelid = '\"{table}\"'::regclass "
        f"AND array_length(c.conkey, 1) = 1 AND a.attname = '{column}' LOOP "
        f"EXECUTE format('ALTER TABLE \"{table}\" DROP CONSTRAINT %I', name); END LOOP; END $$"
    )


def _pg_frozen(table: str, lock: AppendOnly | FrozenColumns) -> Iterator[str]:
    function = _short(f"lock_frozen_{table}")
    if isinstance(lock, AppendOnly):
        update_when, delete_when = "TRUE", "TRUE"
    else:
        differs = " OR ".join(f'NEW."{c}" IS DISTINCT FROM OLD."{c}"' for c in lock.columns)
        update_when, delete_when = f"({lock.when}) AND ({differs})", f"({lock.when})"
    demo = (
        "NOT coalesce((SELECT is_demo FROM accounts_organisation "
        "WHERE id = OLD.organisation_id), false)"
    )
    yield f"""CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF {update_when} THEN RAISE EXCEPTION 'lonja: frozen row'; END IF;
    RETURN NEW;
  END IF;
  IF {delete_when} AND {demo} THEN RAISE EXCEPTION 'lonja: frozen row'; END IF;
  RETURN OLD;
END $f$"""
    yield f'DROP TRIGGER IF EXISTS "{function}" ON "{table}"'
    yield (
        f'CREATE TRIGGER "{function}" BEFORE UPDATE OR DELETE ON "{table}" '
        f'FOR EACH ROW EXECUTE FUNCTION "{function}"()'
    )
