"""Billers of one machine write one after another.

On SQLite a writer that finds the database taken sleeps for ever longer times before it looks
again; a lock of the system wakes it the moment the other one commits.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


@contextmanager
def turn() -> Iterator[None]:
    """Wait for the turn to write. Nothing to wait for on PostgreSQL, which queues by itself."""
    if connection.vendor != "sqlite":
        yield
        return
    with (Path(settings.DATA_DIR) / "billing.turn").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
