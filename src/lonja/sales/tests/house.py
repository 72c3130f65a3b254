"""A quote like the one of the design: four rooms of a hotel, and an optional monthly plan."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image, ImageDraw

from lonja.parties.models import Contact, Party, Stage
from lonja.sales.actions import create_quote, publish_quote, save_quote, send_quote
from lonja.sales.models import PublicLink, Quote

BASE = "http://testserver"


def line(concept: str, quantity: Any = 1, price: Any = 0, **more: Any) -> dict[str, Any]:
    return {
        "concept": concept,
        "quantity": Decimal(quantity),
        "unit_price": Decimal(price),
        "tax_category": "iva_general",
        **more,
    }


LINES = [
    line("Split inverter 3,5 kW A+++", 4, 689, unit="ud."),
    line("Instalación y puesta en marcha", 4, 180, detail="2 jornadas"),
    line("Retirada y reciclaje de equipos", 4, 35),
    line(
        "Plan de mantenimiento Plus",
        1,
        35,
        detail="Sin permanencia",
        optional=True,
        chosen=False,
        unit_of_time="month",
    ),
]
PLAN_KEY = 4


@pytest.fixture
def mirador(lonja: Any) -> Party:
    party = Party.objects.create(
        name="Hotel Mirador de la Bahía, S.L.",
        nif="B12345674",
        address="Av. del Puerto, 14",
        postcode="03700",
        city="Dénia",
        email="compras@mirador.example",
        stage=Stage.LEAD,
    )
    Contact.objects.create(party=party, name="Carmen Roselló", is_main=True)
    return party


@pytest.fixture
def quote(lonja: Any, lucia: Any, mirador: Party) -> Quote:
    return make_quote(lonja.company, mirador, lucia)


def make_quote(company: Any, party: Party, by: Any, lines: Any = LINES, **fields: Any) -> Quote:
    draft = create_quote(
        company=company,
        party=party,
        by=by,
        title="Renovación de 4 habitaciones",
        conditions="Garantía de 3 años.\n\nEl pago es a 30 días.",
        **fields,
    )
    return save_quote(draft, fields={}, lines=lines, edited=draft.edited, by=by)


@pytest.fixture
def link(quote: Quote, lucia: Any) -> PublicLink:
    return publish_quote(quote, by=lucia, base_url=BASE)


@pytest.fixture
def sent(quote: Quote, lucia: Any) -> PublicLink:
    return send_quote(quote, by=lucia, to=["compras@mirador.example"], base_url=BASE)


def a_drawing() -> bytes:
    """A picture such as the signature pad gives: ink on nothing."""
    image = Image.new("RGBA", (340, 190), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(20, 150), (90, 40), (160, 140), (300, 60)], (20, 33, 61), 4)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture
def whole_transactions(transactional_db: None) -> None:
    """Real commits, for threads and browsers (`tests.support.emptying` takes them away)."""
