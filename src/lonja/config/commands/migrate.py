"""Pone los datos al día: crea o actualiza las tablas y sus cierres de seguridad.

«lonja run» lo hace solo al arrancar. Cuando web y trabajos van en varias máquinas, se lanza una
vez antes de arrancarlos; si se lanza en varias a la vez, se esperan unas a otras.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lonja.config import freshness
from lonja.config.freshness import MARK
from lonja.config.supervisor import data_folder

help = "crea o actualiza las tablas (run lo hace solo)"

# Rows of `MARK` in Django's own list of migrations say which locks are in place, so that an
# update killed between the last table and the locks is finished by the next start (F15).
ADVISORY_LOCK = 0x10A7A


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prepare",
        action="store_true",
        help="como al arrancar: además da el enlace para crear la primera cuenta",
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 1, with the reason in Spanish, when the database is not fit for use."""
    if args.prepare and freshness.is_fresh(
        os.environ.get("LONJA_DATABASE_URL", ""), data_folder().resolve()
    ):
        return 0

    import django

    django.setup()
    from django.db import DatabaseError, connection
    from django.db.migrations.recorder import MigrationRecorder

    try:
        with one_at_a_time(connection):
            changed = bring_up_to_date(connection)
            check_settings(connection)
    except (DatabaseError, UnfitDatabase) as problem:
        print(f"La base de datos no está lista: {problem}", file=sys.stderr)
        return 1
    if changed or not args.prepare:
        print("Datos al día.")
    with one_at_a_time(connection):
        freshness.note(MigrationRecorder(connection))
    if args.prepare:
        from lonja.ui import assets

        assets.prepare()
        for line in first_steps():
            print(line)
    connection.close()
    return 0


class UnfitDatabase(Exception):
    """The database does not keep what the books need."""


@contextmanager
def one_at_a_time(connection: Any) -> Iterator[None]:
    """Several machines may start at once on the same PostgreSQL."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def bring_up_to_date(connection: Any) -> bool:
    """Migrate if anything is missing; returns whether it was."""
    from django.core.management import call_command
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.recorder import MigrationRecorder

    executor = MigrationExecutor(connection)
    recorder: MigrationRecorder = executor.recorder
    mark = fingerprint(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan and (MARK, mark) in executor.loader.applied_migrations:
        return False
    if not connection.introspection.table_names():
        create_at_once(connection, executor)
    recorder.ensure_schema()
    recorder.migration_qs.filter(app=MARK).delete()
    call_command("migrate", interactive=False, verbosity=0)
    recorder.record_applied(MARK, mark)
    return True


def create_at_once(connection: Any, executor: Any) -> None:
    """The tables of an empty database as they are today, every migration noted as applied.

    Living all of them one by one takes half a minute: Django draws every model again after each
    step, and all of them refer to the organisation. A test asks that both ways give the same
    database. All or nothing; the locks come with the `migrate` that follows.
    """
    from django.apps import apps

    recorder = executor.recorder
    with connection.schema_editor() as editor:
        editor.create_model(recorder.Migration)
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
        for app, name in executor.loader.graph.nodes:
            recorder.Migration.objects.using(connection.alias).create(app=app, name=name)


def fingerprint(connection: Any) -> str:
    """Which locks this version of the program wants in the database."""
    from lonja.accounts import locks

    digest = hashlib.sha256()
    for model in sorted(locks.scoped_models(), key=lambda model: model._meta.label):
        for statement in locks.lock_statements(model, connection.vendor):
            digest.update(statement.encode())
    return f"locks-{digest.hexdigest()[:24]}"


def check_settings(connection: Any) -> None:
    """Read back what makes SQLite safe for the books (R17)."""
    if connection.vendor != "sqlite":
        return
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with connection.cursor() as cursor:
        for name, value in wanted.items():
            cursor.execute(f"PRAGMA {name}")
            (found,) = cursor.fetchone()
            if found != value:
                raise UnfitDatabase(
                    f"SQLite no acepta {name}={value} (dice {found}). ¿Está la carpeta de datos "
                    "en un disco de red? Tiene que estar en un disco de esta máquina."
                )
    if connection.transaction_mode != "IMMEDIATE":
        raise UnfitDatabase("SQLite necesita transaction_mode=IMMEDIATE.")


def first_steps() -> Iterator[str]:
    """While nobody can log in: the link that makes the first administrator, good for one use."""
    from django.urls import Resolver404, resolve

    from lonja.accounts.models import SetupLink, User
    from lonja.accounts.models.people import new_token
    from lonja.config.supervisor import public_address

    if User.objects.exists():
        return
    token, token_hash = new_token()
    path = f"/instalacion/{token}/"
    try:
        resolve(path)
    except Resolver404:
        return
    # Only the newest link works: the ones before may have stayed in some log.
    SetupLink.objects.filter(used_at=None).delete()
    SetupLink.objects.create(token_hash=token_hash)
    host, port = os.environ.get("LONJA_HOST", ""), int(os.environ.get("LONJA_PORT") or 8000)
    base = os.environ.get("LONJA_PUBLIC_URL") or public_address(host, port)
    yield ""
    yield "Crea tu cuenta de administrador con este enlace (vale una vez, siete días):"
    yield f"    {base.rstrip('/')}{path}"
