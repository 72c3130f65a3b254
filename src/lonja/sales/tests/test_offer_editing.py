"""Two people on the same oferta, somebody who left, and forms that fail half way."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import make_member

from lonja.parties.models import Party
from lonja.sales.actions import save_quote
from lonja.sales.actions.opportunities import create_opportunity
from lonja.sales.models import Opportunity, Quote, QuoteTemplate
from lonja.sales.tests.house import LINES, line
from lonja.sales.tests.test_editor import form

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(lonja: Any, lucia: Any, mirador: Party) -> Opportunity:
    return create_opportunity(
        company=lonja.company, party=mirador, title="Reforma", by=lucia, amount_cents=123_456
    )


def fields_of(page: str) -> dict[str, str]:
    """What a form posts as it was opened: its hidden fields, boxes and chosen options."""
    told = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    told |= dict.fromkeys(re.findall(r'<input[^>]*name="(initial-[^"]+)"', page), "") | told
    for name, options in re.findall(r'(?s)<select[^>]*name="([^"]+)".*?>(.*?)</select>', page):
        chosen = re.search(r'value="([^"]*)" selected', options)
        told[name] = chosen[1] if chosen else ""
    return {name: value for name, value in told.items() if name != "_key"}


def test_saving_an_oferta_leaves_alone_what_another_changed_meanwhile(
    as_lucia: Any, offer: Opportunity, lucia: Any
) -> None:
    url = f"/ofertas/{offer.pk}/datos/"
    opened = fields_of(as_lucia.get(url).content.decode())
    assert opened["title"] == "Reforma"
    Opportunity.objects.update(probability_pct=77, amount_cents=999_900, notes="Llamar el lunes")
    as_lucia.post(url, {**opened, "title": "Reforma integral", "notes": ""})
    now = Opportunity.objects.get()
    assert (now.title, now.probability_pct, now.amount_cents) == ("Reforma integral", 77, 999_900)
    assert (now.notes, now.agent) == ("Llamar el lunes", lucia)


def test_what_is_emptied_on_the_screen_is_emptied(as_lucia: Any, offer: Opportunity) -> None:
    url = f"/ofertas/{offer.pk}/datos/"
    opened = fields_of(as_lucia.get(url).content.decode())
    as_lucia.post(url, {**opened, "amount_cents": ""})
    assert not Opportunity.objects.get().amount_by_hand


def test_an_agent_who_left_stays_until_somebody_changes_it(
    as_lucia: Any, lonja: Any, offer: Opportunity, quote: Quote
) -> None:
    gone = make_member(lonja, "Ana Gil", role="sales")
    gone.deactivated_at = timezone.now()
    gone.save()
    Opportunity.objects.update(agent=gone)
    Quote.objects.update(agent=gone)
    url = f"/ofertas/{offer.pk}/datos/"
    opened = fields_of(as_lucia.get(url).content.decode())
    assert opened["agent"] == str(gone.pk)
    as_lucia.post(url, {**opened, "title": "Otro"})
    quote.refresh_from_db()
    posted = form(quote, {"concept": "Obra", "unit_price": "1"})
    assert as_lucia.post(f"/presupuestos/{quote.pk}/editar/", posted).status_code == 302
    assert Opportunity.objects.get().agent == Quote.objects.get().agent == gone


@pytest.mark.parametrize("kind", ["quote", "offer"])
def test_a_form_that_fails_leaves_no_potencial_behind(as_lucia: Any, lonja: Any, kind: str) -> None:
    alone = {**line("A"), "group": "Acabado", "product": None, "by_hand": True}
    kept = {name: str(value) if name in NUMBERS else value for name, value in alone.items()}
    template = QuoteTemplate.objects.create(
        company=lonja.company, name="Rota", content={"lines": [kept]}
    )
    data = {"name": "Bar Pepe", "kind": "company", "template": template.pk, "title": "\u200b"}
    url = "/presupuestos/nuevo/" if kind == "quote" else "/ofertas/nueva/"
    answer = as_lucia.post(url, {**data, "agent": ""})
    assert answer.status_code in (409, 422)
    assert not Party.objects.filter(name="Bar Pepe").exists()


NUMBERS = ("quantity", "unit_price")


@pytest.mark.parametrize(
    "path",
    [
        "/presupuestos/nuevo/?cliente=²",
        "/presupuestos/nuevo/?plantilla=²",
        "/ofertas/nueva/?cliente=²",
        "/catalogo/tarifas/nueva/?copia=²",
        "/recurrentes/nueva/?cliente=²",
        "/presupuestos/nuevo/?cliente=99999999999999999999999",
    ],
)
def test_a_figure_that_is_no_number_chooses_nothing(as_lucia: Any, path: str) -> None:
    assert as_lucia.get(path).status_code == 200


def test_more_lines_than_fit_are_told_and_none_is_lost(as_lucia: Any, quote: Quote) -> None:
    url = f"/presupuestos/{quote.pk}/editar/"
    posted = form(quote, *[{"concept": f"L{n}", "unit_price": "1"} for n in range(301)])
    for headers in ({}, {"X-Lonja-Autosave": "1"}):
        answer = as_lucia.post(url, posted, headers=headers)
        assert answer.status_code == 409
        assert "como mucho 300 líneas" in answer.content.decode()
    assert quote.lines.count() == len(LINES)


def test_a_longer_quote_is_saved_with_the_same_queries(
    as_lucia: Any, quote: Quote, lucia: Any, django_assert_max_num_queries: Any
) -> None:
    from lonja.catalogue.models import Product

    products = [
        Product.objects.create(code=f"P{n}", name=f"Pieza {n}", price=n + 1) for n in range(40)
    ]
    rows = [{"product": one.pk, "concept": one.name, "suggested": "*"} for one in products]
    save_quote(quote, fields={}, lines=LINES, edited=quote.edited, by=lucia)
    quote.refresh_from_db()
    with django_assert_max_num_queries(60):
        as_lucia.post(
            f"/presupuestos/{quote.pk}/editar/",
            form(quote, *rows),
            headers={"X-Lonja-Autosave": "1"},
        )
    assert quote.lines.filter(product__isnull=False).count() == 40
