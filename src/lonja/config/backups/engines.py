"""Copying and bringing back the database itself, on each engine."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lonja.config.backups.manifest import BadCopy, fsync

SQLITE, POSTGRES = "lonja.sqlite3", "lonja.pgdump"
# Row-level security hides every row from a dump that does not say it wants all of them.
ALL_ROWS = {"PGOPTIONS": "-c app.organisation_id=*"}


def copy_sqlite(source: Path, target: Path) -> None:
    """An exact copy of a database in use. Raises BadCopy when SQLite finds fault with the copy.

    One step of the backup API: it reads a snapshot, and whoever writes goes on writing.
    """
    with (
        contextlib.closing(sqlite3.connect(source)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy, pages=-1)
    close_sqlite(target)
    check_sqlite(target)


def close_sqlite(path: Path) -> None:
    """Leave the database in one file, complete without a journal beside it, and on the disk."""
    with contextlib.closing(sqlite3.connect(path)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    fsync(path)


def check_sqlite(path: Path) -> None:
    """Raises BadCopy with what SQLite finds wrong in the file."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as copy:
            wrong = [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
            broken = copy.execute("PRAGMA foreign_key_check").fetchmany(5)
    except sqlite3.DatabaseError as error:
        raise BadCopy(f"SQLite no puede leer {path.name}: {error}") from None
    if wrong != ["ok"] or broken:
        raise BadCopy(f"La base de datos está dañada: {'; '.join(map(str, wrong + broken))}")


def dump_postgres(url: str, target: Path) -> None:
    """`pg_dump -Fc`. Raises BadCopy when it fails or is not installed."""
    _run(
        [_program("pg_dump"), "-Fc", "--no-owner", "--no-privileges", "--enable-row-security",
         "--dbname", _plain(url), "--file", str(target)],
    )  # fmt: skip
    fsync(target)


def load_postgres(dump: Path, url: str) -> None:
    """Bring a dump back into an empty database. Raises BadCopy."""
    _run(
        [_program("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error",
         "--single-transaction", "--dbname", _plain(url), str(dump)],
    )  # fmt: skip


def is_empty(url: str) -> bool:
    """Whether a database holds no table."""
    import psycopg

    with psycopg.connect(url) as server:
        row = server.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchone()
    return row == (0,)


@contextlib.contextmanager
def scratch_copy(dump: Path, url: str) -> Iterator[str]:
    """The dump restored in a database of its own, dropped when the block ends."""
    from lonja.config.bench.scratch import scratch_database

    with scratch_database(url, f"lonja_check_{os.getpid()}") as scratch:
        load_postgres(dump, scratch)
        yield scratch


def put_aside(url: str, name: str) -> None:
    """Rename the database of `url` and make an empty one in its place."""
    import psycopg
    from psycopg import sql

    database = urlsplit(url).path.lstrip("/")
    maintenance = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    old, new = sql.Identifier(database), sql.Identifier(name)
    try:
        with psycopg.connect(maintenance, autocommit=True) as server:
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, new))
            server.execute(sql.SQL("CREATE DATABASE {}").format(old))
    except psycopg.Error as error:
        raise BadCopy(f"No se pudo apartar la base de datos {database}: {error}") from None


@contextlib.contextmanager
def pointed_at(**settings: Any) -> Iterator[None]:
    """Django's connection turned to another database for the block (command line only)."""
    from django.db import connection

    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(settings)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


def _plain(url: str) -> str:
    """The address as libpq reads it: `postgres://` is not a scheme of every version."""
    return url.replace("postgres://", "postgresql://", 1)


def _program(name: str) -> str:
    from lonja.config.workbench.cluster import _programs

    folder = _programs()
    found = shutil.which(name) or (str(folder / name) if folder else None)
    if found is None or not Path(found).exists():
        raise BadCopy(
            f"Falta {name}: instala las herramientas de PostgreSQL (postgresql-client) de la "
            "misma versión que el servidor."
        )
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603
        command,
        env={**os.environ, **ALL_ROWS},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BadCopy(f"{Path(command[0]).name} ha fallado:\n{done.stderr.strip()}")
