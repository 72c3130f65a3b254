"""Fields in place and compact rows, by keyboard, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.parties.models import Party

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


@pytest.fixture
def hotel(transactional_db: None, live_server: Any, page: Any) -> Party:
    lonja = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(lonja):
        client = OrganisationClient(make_member(lonja, "Lucía Ferrer"))
        party = Party.objects.create(
            name="Hotel Mirador, S.L.", nif="B12345674", phone="+34975789328"
        )
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    return party


def test_enter_saves_and_escape_leaves_it_as_it_was(
    page: Any, page_errors: list[str], hotel: Party, live_server: Any, axe: Any
) -> None:
    page.goto(f"{live_server.url}/clima-levante/clientes/{hotel.pk}/")
    pencil = page.get_by_role("link", name="Cambiar Teléfono")
    beside = "(one) => one.parentElement.getBoundingClientRect().height < 30"
    assert pencil.evaluate(beside)  # on the line of the figure, not under it
    pencil.click()
    box = page.locator("#campo-phone input[name=phone]")
    box.wait_for()
    assert axe(page) == []
    assert box.evaluate("(one) => one === document.activeElement")
    page.keyboard.type("600 111 222")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Cambiar Teléfono").wait_for()
    page.keyboard.press("Enter")  # the focus is back on what opened it
    box.wait_for()
    page.keyboard.type("600 111 222")
    page.keyboard.press("Enter")
    page.locator("#campo-phone").get_by_text("600 111 222").wait_for()
    page.get_by_role("link", name="Cambiar Correo").click()
    page.locator("#campo-email input[name=email]").fill("no es un correo")
    page.keyboard.press("Enter")
    page.locator("#campo-email .error").wait_for()
    page_errors.clear()  # the 422 that the browser tells its console
    assert axe(page) == []
    with scope(hotel.organisation):
        hotel.refresh_from_db()
        assert (hotel.phone, hotel.email) == ("+34600111222", "")


def test_compact_rows_are_thirty_four_pixels_high(
    page: Any, hotel: Party, live_server: Any, axe: Any
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/clima-levante/clientes/")
    row = page.locator("tr[data-row]").first
    assert round(row.bounding_box()["height"]) == 42
    page.get_by_label("cuenta de Lucía Ferrer").click()
    page.get_by_role("button", name="Compactas").click()
    page.locator("html[data-density=compact]").wait_for()
    assert round(row.bounding_box()["height"]) == 34
    assert axe(page) == []
