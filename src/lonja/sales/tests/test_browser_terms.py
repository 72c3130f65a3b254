"""The editor with tarifas and sections, and the pages around it, in a real browser."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.scope import scope
from lonja.catalogue.actions.price_lists import (
    PriceRow,
    assign_price_list,
    save_price_list,
    set_prices,
)
from lonja.catalogue.models import PriceList, Product
from lonja.parties.models import Contact, Party
from lonja.sales.actions import ask_approval, new_version, publish_quote, save_quote
from lonja.sales.actions.templates import save_as_template
from lonja.sales.models import Quote, QuoteSettings
from lonja.sales.tests.house import line, make_quote
from lonja.sales.tests.test_paper import RICH

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_scope,
    pytest.mark.usefixtures("whole_transactions"),
]


@pytest.fixture
def house(whole_transactions: None, live_server: Any) -> Any:
    lonja: Any = make_organisation("Clima Levante", "clima-levante", "B98765431")
    lonja.lucia = make_member(lonja, "Lucía Ferrer")
    lonja.ana = make_member(lonja, "Ana Gil", role="sales")
    with scope(lonja):
        party = Party.objects.create(name="Hotel Mirador de la Bahía, S.L.", nif="B12345674",
                                     email="compras@mirador.example")  # fmt: skip
        Contact.objects.create(party=party, name="Carmen Roselló", is_main=True)
        lonja.split = Product.objects.create(
            code="SP-35", name="Split inverter 3,5 kW", price=689, cost=410, unit="ud."
        )
        lonja.tarifa = save_price_list(PriceList(name="Hostelería"), by=lonja.lucia)
        rows = [PriceRow(Decimal(0), Decimal(650)), PriceRow(Decimal(10), Decimal(600))]
        set_prices(lonja.tarifa, lonja.split, rows, by=lonja.lucia)
        assign_price_list(party, lonja.tarifa, by=lonja.lucia)
        QuoteSettings.objects.create(
            company=lonja.company, discount_limits={"sales": "10"}, deposit_pct=30
        )
        party.refresh_from_db()
        lines = [dict(one) for one in RICH]
        lines[0] |= {"product": lonja.split, "untouched": True}
        lonja.quote = make_quote(lonja.company, party, lonja.lucia, lines)
    return lonja


@pytest.fixture
def desk(page: Any, house: Any, live_server: Any) -> Any:
    with scope(house):
        client = OrganisationClient(house.lucia)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    return f"{live_server.url}/{house.slug}"


def look(page: Any, name: str) -> None:
    if folder := os.environ.get("LONJA_LOOK"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_price_follows_the_quantity_until_somebody_changes_it(
    page: Any, desk: str, house: Any
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{desk}/presupuestos/{house.quote.pk}/editar/")
    page.get_by_role("button", name="Añadir sección").click()
    page.keyboard.type("Repuestos")
    page.get_by_role("button", name="Añadir concepto").click()
    page.keyboard.type("split inv")
    page.locator(".line-option").first.wait_for()
    page.keyboard.press("Enter")
    row = page.locator("[data-line]").last
    row.get_by_text("Tarifa Hostelería · desde 10").wait_for()
    assert row.locator('input[name$="-unit_price"]').input_value() == "650,00"
    row.locator('input[name$="-quantity"]').fill("12")
    row.get_by_text("Tarifa Hostelería, desde 10").wait_for()
    assert row.locator('input[name$="-unit_price"]').input_value() == "600,00"
    row.locator('input[name$="-unit_price"]').fill("620")
    row.get_by_text("Precio a mano").wait_for()
    row.get_by_role("button", name="Volver a la tarifa").click()
    row.get_by_text("Precio a mano").wait_for(state="detached")
    assert row.locator('input[name$="-unit_price"]').input_value() == "600,00"
    row.locator("[data-concept]").press("Alt+ArrowUp")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    with scope(house):
        last = list(house.quote.lines.order_by("position"))[-2:]
        told = {(row.section, row.quantity, row.unit_price) for row in last}
    assert ("", Decimal(12), Decimal(600)) in told  # with the line above it, which has no section


def test_saving_while_the_draft_is_on_its_way_is_no_conflict(
    page: Any, desk: str, house: Any
) -> None:
    page.goto(f"{desk}/presupuestos/{house.quote.pk}/editar/")

    def slow(route: Any) -> None:
        if "x-lonja-autosave" not in route.request.headers:
            return route.continue_()
        answer = route.fetch()  # the server has kept it, and the page does not know yet
        page.keyboard.press("Control+s")
        return route.fulfill(response=answer)

    page.route("**/editar/", slow)
    page.locator("[name=title]").fill("Reforma")
    with page.expect_navigation():
        page.locator("[name=title]").blur()
    with scope(house):
        house.quote.refresh_from_db()
        assert house.quote.title == "Reforma"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_can_be_used_by_everybody(
    page: Any, desk: str, house: Any, live_server: Any, axe: Any, theme: str, width: int
) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
    with scope(house):
        sold = make_quote(house.company, house.quote.party, house.ana, [
            {**line("Split inverter 3,5 kW", 1, 689), "product": house.split,
             "discount_pct": Decimal(25)}
        ])  # fmt: skip
        ask_approval(sold, by=house.ana, reason="Igualar otra oferta")
        save_as_template(house.quote, name="Habitación tipo", by=house.lucia)
        sent = make_quote(house.company, house.quote.party, house.lucia, RICH)
        publish_quote(sent, by=house.lucia, base_url=live_server.url)
        sent.refresh_from_db()
        again = new_version(sent, by=house.lucia)
        save_quote(again, fields={}, lines=RICH[:4], edited=again.edited, by=house.lucia)
    paths = {
        "editor": f"/presupuestos/{house.quote.pk}/editar/",
        "aprobar": f"/presupuestos/{sold.pk}/",
        "versiones": f"/presupuestos/{sent.pk}/",
        "lista": "/presupuestos/",
        "plantillas": "/presupuestos/plantillas/",
        "ajustes": "/configuracion/presupuestos/",
        "ampliar": f"/presupuestos/{house.quote.pk}/validez/",
        "tarifas": "/catalogo/tarifas/",
        "tarifa": f"/catalogo/tarifas/{house.tarifa.pk}/",
        "precios": f"/catalogo/tarifas/{house.tarifa.pk}/producto/{house.split.pk}/",
        "tarifa-nueva": "/catalogo/tarifas/nueva/",
    }
    for name, path in paths.items():
        page.goto(f"{desk}{path}")
        at_rest(page)
        look(page, f"{name}-{width}-{theme}")
        assert axe(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"


def test_the_customer_counts_and_chooses_on_a_phone(
    page: Any, house: Any, live_server: Any, axe: Any
) -> None:
    with scope(house):
        token = publish_quote(house.quote, by=house.lucia, base_url=live_server.url).token
        assert Quote.objects.get(pk=house.quote.pk).status == "sent"
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/p/{token}/")
    page.get_by_role("button", name="Una más de Split").click()
    page.locator("#importe-boton").get_by_text("4.953,74").wait_for()
    page.get_by_label("Termostato con wifi").check()
    page.locator("#importe-boton").get_by_text("5.219,94").wait_for()
    look(page, "cliente-390")
    assert axe(page) == []
