"""Somebody to bill and something to bill them for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lonja.billing.actions.series import ensure_series
from lonja.parties.models import Party
from lonja.subscriptions.actions.plans import start_plan


@pytest.fixture
def hotel(lonja, lucia) -> Party:
    ensure_series(lonja.company)
    return Party.objects.create(
        name="Hotel Mirador de la Bahía, S.L.",
        nif="B12345674",
        address="Av. del Puerto, 14",
        postcode="03700",
        city="Dénia",
        province="Alicante",
        email="compras@mirador.example",
    )


@pytest.fixture
def start(lonja, lucia, hotel) -> Any:
    """Start a plan of one line; keyword arguments replace the usual ones."""

    def make(price: str = "100.00", **changes: Any) -> Any:
        values: dict[str, Any] = {
            "company": lonja.company,
            "party": hotel,
            "name": "Mantenimiento",
            "lines": [{"concept": "Mantenimiento {periodo}", "unit_price": Decimal(price)}],
            "unit": "month",
            "anchor": date(2026, 1, 31),
            "by": lucia,
        }
        return start_plan(**{**values, **changes})

    return make
