"""A throw-away installation: data folder and database of its own, gone when the block ends."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from lonja.config.supervisor import CLI
from lonja.kit.text import slug


@contextlib.contextmanager
def installation(label: str, *, postgres: bool = False, keep: Path | None = None) -> Iterator[Path]:
    """Point this process and its children at a new empty installation, migrated and ready.

    The engine is that of `LONJA_DATABASE_URL` (a database beside the one it names, whose role must
    be allowed to create databases), or with `postgres` a temporary cluster that writes to disk as a
    real one does. With `keep` the folder is that one (on a server, with a database named after it)
    and stays for the next time. Must be entered before Django is set up. Yields the data folder.
    """
    url = os.environ.get("LONJA_DATABASE_URL", "")
    with contextlib.ExitStack() as stack:
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            folder = str(keep.resolve())
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=f"lonja-{label}-"))
        if postgres and not url:
            from lonja.config.workbench.cluster import temporary_cluster

            url = stack.enter_context(temporary_cluster(durable=True))
        if url:
            if keep is not None:
                url = _kept_database(url, f"lonja_{label}_{slug(keep.name).replace('-', '_')}")
            else:
                url = stack.enter_context(scratch_database(url, f"lonja_{label}_{os.getpid()}"))
        for name in ("LONJA_SMTP_URL", "LONJA_GATE"):
            os.environ.pop(name, None)
        os.environ["LONJA_DATA_DIR"] = folder
        os.environ["LONJA_DATABASE_URL"] = url
        os.environ.setdefault("LONJA_LOG_LEVEL", "ERROR")
        import django

        django.setup()
        from django.db import connection

        from lonja.config.commands.migrate import bring_up_to_date

        bring_up_to_date(connection)
        try:
            yield Path(folder)
        finally:
            connection.close()


@contextlib.contextmanager
def scratch_database(url: str, name: str) -> Iterator[str]:
    """Create a database on the server of `url`, yield its URL, drop it."""
    import psycopg
    from psycopg import sql

    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(url, autocommit=True) as server:
            for patience in range(20, -1, -1):
                try:
                    server.execute(drop)
                    break
                except psycopg.errors.InsufficientPrivilege:
                    # The server's own cleaner is in it, and only a superuser may send it away.
                    if not patience:
                        raise
                    time.sleep(0.5)


def _kept_database(url: str, name: str) -> str:
    """The URL of a database of that name on the server of `url`, created if it is not there."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url, autocommit=True) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def engine() -> str:
    """«sqlite» or «postgresql», as Django calls it."""
    from django.db import connection

    return connection.vendor


def command(*words: str) -> list[str]:
    """The command line of another process of this program."""
    return [*CLI, *words]
