from __future__ import annotations

from typing import Any

import pytest

from lonja.field.tests.house import Telephone, furnish
from lonja.sales.tests.house import whole_transactions

__all__ = ["whole_transactions"]


@pytest.fixture
def shop(lonja: Any, marcos: Any) -> dict[str, Any]:
    return furnish(marcos)


@pytest.fixture
def phone(shop: Any, as_marcos: Any) -> Telephone:
    """Marcos's, just up to date."""
    return Telephone(as_marcos)
