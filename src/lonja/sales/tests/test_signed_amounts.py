"""After the signature everything shows and bills what was signed, not what was offered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.cast import OrganisationClient, make_member

from lonja.billing.models import Proforma
from lonja.parties.models import Party
from lonja.sales.actions import create_quote, publish_quote, reject_quote, save_quote
from lonja.sales.models import Quote, QuoteSettings
from lonja.sales.tests.house import BASE, line, make_quote
from lonja.sales.tests.signers import sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(lonja: Any, lucia: Any, mirador: Party) -> Quote:
    """Two units offered at 100 €; the client asked for five and ticked the option of 50 €."""
    lines = [
        line("Split", 2, 100, max_quantity=Decimal(10)),
        line("Mando", 1, 50, optional=True, chosen=False),
    ]
    quote = make_quote(lonja.company, mirador, lucia, lines)
    sign(publish_quote(quote, by=lucia, base_url=BASE), chosen=[2], quantities={1: 5})
    return Quote.objects.get()


def test_a_proforma_of_a_signed_quote_has_what_was_signed(as_lucia: Any, signed: Quote) -> None:
    as_lucia.post(f"/presupuestos/{signed.pk}/proforma/")
    proforma = Proforma.objects.get()
    assert proforma.total_cents == 66_550  # 550 € and its IVA


@pytest.mark.parametrize("page", ["", "alta/"])
def test_the_pages_of_a_signed_quote_show_the_amounts_signed(
    as_lucia: Any, signed: Quote, page: str
) -> None:
    html = as_lucia.get(f"/presupuestos/{signed.pk}/{page}").content.decode()
    assert "500,00" in html
    assert "200,00" not in html


@pytest.mark.parametrize("lost", [False, True])
def test_a_proforma_does_not_walk_round_the_discount_limit(
    lonja: Any, mirador: Party, lost: bool
) -> None:
    QuoteSettings.objects.create(company=lonja.company, discount_limits={"sales": "10"})
    ana = make_member(lonja, "Ana Gil", role="sales")
    quote = create_quote(company=lonja.company, party=mirador, by=ana)
    lines = [line("Obra", 1, 1000, discount_pct=Decimal(90))]
    save_quote(quote, fields={}, lines=lines, edited=0, by=ana)
    if lost:
        reject_quote(quote, reason="Prueba", by=ana, at=quote.created_at)
    answer = OrganisationClient(ana).post(f"/presupuestos/{quote.pk}/proforma/")
    assert answer.status_code == 409
    assert not Proforma.objects.exists()
