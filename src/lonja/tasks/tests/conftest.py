from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from lonja.accounts import locks
from lonja.accounts.models import Membership, Organisation
from lonja.accounts.scope import scope
from lonja.tasks.tests import house


@pytest.fixture
def team(lonja: Organisation) -> dict[str, Membership]:
    """Álvaro and Begoña (soporte), Íñigo (comercial)."""
    with scope(lonja):
        return house.people(lonja)


@pytest.fixture
def real_commits(transactional_db: None) -> Iterator[None]:
    """For threads: commits are real. The locks of frozen rows are lifted to empty the tables."""
    yield
    if connection.vendor == "sqlite":
        locks.drop_sqlite_triggers(connection)
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
        locks.put_back()
