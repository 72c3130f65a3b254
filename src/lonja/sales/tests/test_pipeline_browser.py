"""«Embudo» as a person uses it: dragging, the menu, the keyboard and a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.models import Organisation
from lonja.accounts.scope import scope
from lonja.parties.models import Party
from lonja.sales.actions.opportunities import create_opportunity, ensure_pipeline
from lonja.sales.models import Opportunity, PipelineStage

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


class Desk:
    """Marta at her desk, with three ofertas in front of her."""

    def __init__(self, organisation: Organisation, url: str) -> None:
        self.organisation, self.url = organisation, url

    def stage_of(self, title: str) -> str:
        with scope(self.organisation):
            return Opportunity.objects.select_related("stage").get(title=title).stage.name

    def column(self, page: Any, name: str) -> Any:
        return page.locator(f'[data-stage][data-name="{name}"]')


def card(page: Any, title: str) -> Any:
    return page.locator("[data-card]", has_text=title)


@pytest.fixture
def desk(whole_transactions: None, context: Any, live_server: Any) -> Desk:
    organisation = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(organisation):
        marta = make_member(organisation, "Marta Soler")
        ensure_pipeline(organisation.company)  # type: ignore[attr-defined]
        party = Party.objects.create(name="Hotel Mirador, S.L.")
        for title, cents in (("Climatizar", 1_200_000), ("Toldo", 90_000), ("Caldera", 0)):
            create_opportunity(
                company=organisation.company,  # type: ignore[attr-defined]
                party=party,
                title=title,
                by=marta,
                amount_cents=cents,
            )
    client = OrganisationClient(marta)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    context.add_cookies([cookie])
    return Desk(organisation, f"{live_server.url}/clima-levante")


def open_board(page: Any, desk: Desk) -> None:
    page.goto(f"{desk.url}/embudo/")
    page.locator(".js [data-board]").wait_for()


def drag(page: Any, title: str, to: Any) -> None:
    grip = card(page, title).bounding_box()
    target = to.bounding_box()
    page.mouse.move(grip["x"] + 40, grip["y"] + 40)
    page.mouse.down()
    page.mouse.move(grip["x"] + 60, grip["y"] + 60, steps=4)
    page.mouse.move(target["x"] + 60, target["y"] + 130, steps=12)
    page.wait_for_timeout(250)  # the place is looked for twenty times a second
    page.mouse.up()


def test_a_card_is_dragged_to_another_stage_and_brought_back_with_undo(page, desk, axe):
    open_board(page, desk)
    assert axe(page) == []
    negotiation = desk.column(page, "Negociación")
    with page.expect_response("**/etapa/**"):
        drag(page, "Climatizar", negotiation)
    negotiation.locator("[data-card]", has_text="Climatizar").wait_for()
    negotiation.get_by_text("12.000,00").first.wait_for()
    assert desk.stage_of("Climatizar") == "Negociación"
    page.locator("#avisos").get_by_role("button", name="Deshacer").click()
    desk.column(page, "Nueva").locator("[data-card]", has_text="Climatizar").wait_for()
    assert desk.stage_of("Climatizar") == "Nueva"


def test_a_card_goes_back_when_the_server_refuses(page, desk, page_errors):
    open_board(page, desk)
    with scope(desk.organisation):
        PipelineStage.objects.filter(name="Cualificada").update(retired_at="2026-01-01T00:00Z")
    drag(page, "Toldo", desk.column(page, "Cualificada"))
    page.locator("#avisos").get_by_text("ya no existe").wait_for()
    desk.column(page, "Nueva").locator("[data-card]", has_text="Toldo").wait_for()
    assert desk.stage_of("Toldo") == "Nueva"
    page_errors.clear()  # the 409 that was asked for


def test_with_the_keyboard_alone_a_card_moves_and_is_lost_with_its_reason(page, desk, axe):
    open_board(page, desk)
    card(page, "Toldo").locator(".board-title").focus()
    page.keyboard.press("m")
    items = card(page, "Toldo").locator("[data-to]")
    items.first.wait_for()
    assert items.first.inner_text().strip() == "Cualificada"
    with page.expect_response("**/etapa/**"):
        page.keyboard.press("Enter")
    desk.column(page, "Cualificada").locator("[data-card]", has_text="Toldo").wait_for()
    expect(card(page, "Toldo").locator(".board-title")).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("ArrowUp")  # the last of the menu
    page.keyboard.press("Enter")
    page.locator("#cajon form#perdida").wait_for()
    assert axe(page, within="#cajon") == []
    page.locator("#cajon [name=reason]").select_option(label="Precio")
    page.locator("#cajon [data-primary]").click()
    desk.column(page, "Perdida").locator("[data-card]", has_text="Toldo").wait_for()
    assert desk.stage_of("Toldo") == "Perdida"


def test_on_a_phone_one_column_is_seen_and_the_menu_moves(page, desk, axe):
    page.set_viewport_size({"width": 390, "height": 844})
    open_board(page, desk)
    assert axe(page) == []
    assert page.locator("[data-stage]:visible").count() == 1
    card(page, "Caldera").locator("summary").click()
    with page.expect_response("**/etapa/**"):
        card(page, "Caldera").get_by_role("button", name="Propuesta enviada").click()
    page.locator("[data-show-stage]", has_text="Propuesta enviada").click()
    shown = page.locator("[data-stage]:visible")
    assert shown.get_attribute("data-name") == "Propuesta enviada"
    shown.locator("[data-card]", has_text="Caldera").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


def test_the_page_of_an_oferta_its_list_and_the_analysis_are_accessible(page, desk, axe):
    with scope(desk.organisation):
        pk = Opportunity.objects.get(title="Climatizar").pk
    for path in (f"/ofertas/{pk}/", "/ofertas/", "/ventas/analisis/", "/configuracion/embudo/"):
        page.goto(f"{desk.url}{path}")
        at_rest(page)
        assert axe(page) == [], path


def test_stages_are_put_in_order_by_dragging(page, desk):
    page.goto(f"{desk.url}/configuracion/embudo/")
    at_rest(page)
    rows = page.locator('[data-reorder="orden-etapas"] [data-item]')
    source = rows.nth(3).locator(".grip").bounding_box()
    target = rows.nth(0).bounding_box()
    page.mouse.move(source["x"] + 5, source["y"] + 8)
    page.mouse.down()
    page.mouse.move(source["x"] + 5, source["y"] - 20, steps=4)
    page.mouse.move(target["x"] + 20, target["y"] + 4, steps=10)
    page.wait_for_timeout(250)
    with page.expect_navigation():
        page.mouse.up()
    first = page.locator('[data-reorder="orden-etapas"] [data-item]').first
    assert "Negociación" in first.inner_text()
