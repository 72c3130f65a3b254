from __future__ import annotations

import pytest

from lonja.accounts.models import Membership, Organisation
from lonja.accounts.scope import scope
from lonja.tasks.tests import house


@pytest.fixture
def team(lonja: Organisation) -> dict[str, Membership]:
    """Álvaro and Begoña (soporte), Íñigo (comercial)."""
    with scope(lonja):
        return house.people(lonja)


@pytest.fixture
def real_commits(transactional_db: None) -> None:
    """For threads: commits are real (`tests.support.emptying` takes them away)."""
