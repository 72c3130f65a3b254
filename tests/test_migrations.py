"""An empty database is made at once; the same as living every migration."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.no_scope


def made(folder: Path, how: str) -> Path:
    """An empty installation whose tables were made by that code."""
    folder.mkdir(exist_ok=True)
    code = (
        # Living every migration draws every model again a hundred times: the collector of rubbish
        # took a third of it, going through what nobody had thrown away.
        "import gc; gc.set_threshold(100_000, 50, 1000)\n"
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from django.db import connection\n"
        "from lonja.config.commands.migrate import bring_up_to_date\n" + how
    )
    environment = {**os.environ, "LONJA_DATA_DIR": str(folder), "LONJA_DATABASE_URL": ""}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    return folder / "lonja.sqlite3"


def described(path: Path) -> dict[str, Any]:
    """Each table with its columns and indexes, and every trigger."""
    database = sqlite3.connect(path)
    found: dict[str, Any] = {}
    for kind, name, table in database.execute("SELECT type, name, tbl_name FROM sqlite_master"):
        if kind == "table" and not name.startswith("sqlite_"):
            columns = database.execute(f'PRAGMA table_info("{name}")').fetchall()
            keys = database.execute(f'PRAGMA foreign_key_list("{name}")').fetchall()
            found[name] = (
                {(column[1], column[2], column[3], bool(column[5])) for column in columns},
                {(key[2], key[3]) for key in keys},
            )
        elif kind in ("trigger", "index") and not name.startswith("sqlite_"):
            found[f"{kind} {table}"] = found.get(f"{kind} {table}", 0) + 1
    database.close()
    return found


def test_made_at_once_or_step_by_step_a_database_is_the_same(tmp_path):
    at_once = described(made(tmp_path / "at_once", "bring_up_to_date(connection)"))
    steps = "call_command('migrate', verbosity=0)\nbring_up_to_date(connection)"
    one_by_one = described(made(tmp_path / "one_by_one", steps))
    assert at_once == one_by_one


def test_a_program_that_left_the_data_ready_does_not_prepare_them_again(tmp_path, monkeypatch):
    from lonja.config import freshness

    folder = tmp_path / "data"
    assert not freshness.is_fresh("", folder)
    made(
        folder,
        "bring_up_to_date(connection)\nfrom lonja.config import freshness\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "freshness.note(MigrationRecorder(connection))\n",
    )
    assert not freshness.is_fresh("", folder)  # nobody can come in: the link is still to be given
    made(folder, "from lonja.accounts.models import User\nUser.objects.create_user('a@b.es', None)")
    assert freshness.is_fresh("", folder)
    monkeypatch.setattr(freshness, "program", lambda: "program-of-tomorrow")
    assert not freshness.is_fresh("", folder)
