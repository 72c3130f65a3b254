from __future__ import annotations

import pytest

from lonja.accounts.models import Membership, Organisation
from lonja.tasks.tests import house


@pytest.fixture
def team(lonja: Organisation) -> dict[str, Membership]:
    from lonja.accounts.scope import scope

    with scope(lonja):
        return house.people(lonja)
