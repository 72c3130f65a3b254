"""The gallery in a real browser, under its content policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.scope import scope

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_scope,
    pytest.mark.django_db(transaction=True),
]
PAGES = ["", "inicio/", "ficha/", "lista/", "lista-vacia/", "editor/", "cajon/", "publica/"]


@pytest.fixture
def gallery(page: Any, live_server: Any) -> str:
    """Address of the gallery, with a member already logged in."""
    house = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(house):
        client = OrganisationClient(make_member(house, "Marta Soler"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    return f"{live_server.url}/clima-levante/ui/galeria/"


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_can_be_used_by_everybody(page, gallery, axe, theme, width):
    page.context.add_cookies([{"name": "tema", "value": theme, "url": gallery}])
    page.set_viewport_size({"width": width, "height": 900})
    for name in PAGES:
        page.goto(gallery + name)
        at_rest(page)
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_a_list_is_filtered_without_losing_its_place(page, gallery):
    page.goto(f"{gallery}lista/")
    page.locator("#filtro-sla summary").click()
    page.locator("#filtro-sla label").nth(1).click()
    page.wait_for_url("**/lista/?sla=no")
    assert page.locator("#filtro-sla").get_attribute("open") is not None
    page.locator("#buscar-en-lista").fill("ruzafa")
    page.wait_for_url("**/lista/?q=ruzafa&sla=no")
    assert page.evaluate("document.activeElement.id") == "buscar-en-lista"


def test_choosing_rows_shows_what_can_be_done(page, gallery):
    page.goto(f"{gallery}lista/")
    page.locator(".bulk").wait_for(state="hidden")
    page.locator("#tabla tbody input[name=id]").nth(0).click()
    page.locator("#tabla tbody input[name=id]").nth(1).click()
    assert page.locator("[data-chosen]").inner_text() == "2 seleccionadas"
    page.locator("[data-choose-none]").click()
    page.locator(".bulk").wait_for(state="hidden")


def test_the_drawer_is_part_of_the_address(page, gallery):
    page.goto(gallery)
    page.locator("a[data-drawer]").click()
    page.wait_for_url("**/galeria/?ver=1")
    page.locator("#cajon h2").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_url("**/galeria/")
    page.goto(f"{gallery}?ver=1")
    page.locator("#cajon h2").wait_for()


def test_lines_are_added_moved_and_copied_with_the_keyboard(page, gallery):
    page.goto(f"{gallery}editor/")
    at_rest(page)
    page.locator("[data-line] select").nth(3).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Filtro")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Control+d")
    titles = [line.input_value() for line in page.locator("[data-concept]").all()]
    assert titles[3:] == ["Filtro", "Filtro", "Desplazamiento · zona Marina Alta"]


def test_a_signature_keeps_where_when_and_how_hard(page, gallery):
    page.goto(gallery)
    at_rest(page)
    pad = page.locator(".sign-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 90, steps=6)
    page.mouse.up()
    points = page.evaluate(
        "JSON.parse(document.querySelector('[data-sign-strokes]').value).strokes[0]"
    )
    assert len(points) > 2
    x, y, moment, _pressure, _tilt_x, _tilt_y = points[0]
    assert (x, y, moment) == (30, 60, 0)
