"""Whether the data were already prepared by this very program, asked without loading it.

Preparing means importing everything and comparing each migration: as long as the web server itself
takes to load, at the same time, on the same two cores. When it ends, a row in Django's list of
migrations names the program that did it; the next start of the same program only reads that row.
Anything unexpected means no, and the whole preparation is done.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
# The `app` of our own rows among Django's migrations.
MARK = "lonja"
_ASKED = (
    "SELECT 1 FROM django_migrations WHERE app = 'lonja' AND name = {place} "
    "AND EXISTS (SELECT 1 FROM accounts_user)"
)


def program() -> str:
    """Names this program: its code and the versions of all that is installed beside it."""
    digest = hashlib.sha256()
    for path in _code(PACKAGE):
        digest.update(os.path.relpath(path, PACKAGE).encode())
        with open(path, "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    for folder in sys.path:
        if folder.endswith(("site-packages", "dist-packages")) and os.path.isdir(folder):
            names = [name for name in os.listdir(folder) if name.endswith(".dist-info")]
            digest.update("\n".join(sorted(names)).encode())
    return f"program-{digest.hexdigest()[:24]}"


def _code(folder: Path) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"tests", "__pycache__", "static", "templates"})
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.join(here, name)


def is_fresh(url: str, data: Path) -> bool:
    """Whether this program left these data ready, and somebody can already log in."""
    try:
        return _asked_postgres(url) if url else _asked_sqlite(data / "lonja.sqlite3")
    except Exception:
        # Whatever it is, the preparation that follows will tell it in its own words.
        return False


def _asked_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as base:
        (mode,) = base.execute("PRAGMA journal_mode").fetchone()
        found = base.execute(_ASKED.format(place="?"), [program()]).fetchone()
    return mode == "wal" and found is not None


def _asked_postgres(url: str) -> bool:
    import psycopg

    with psycopg.connect(url, connect_timeout=5) as base:
        return base.execute(_ASKED.format(place="%s"), [program()]).fetchone() is not None


def note(recorder: Any) -> None:
    """Leave the name of this program in the database: it is up to date."""
    recorder.migration_qs.filter(app=MARK, name__startswith="program-").delete()
    recorder.record_applied(MARK, program())
