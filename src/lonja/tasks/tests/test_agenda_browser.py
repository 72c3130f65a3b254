"""The agenda in a real browser: two clicks to write a call down, the bell, and axe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.models import Role
from lonja.accounts.scope import scope
from lonja.billing.tests import conftest as fixtures
from lonja.parties.models import Party
from lonja.tasks.models import Interaction, Task
from lonja.tasks.tests import house

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]
real_commits = fixtures.real_commits


@pytest.fixture
def hotel(real_commits: None, context: Any, live_server: Any) -> Any:
    found = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(found):
        marta = make_member(found, "Marta Soler")
        jordi = make_member(found, "Jordi Mas", Role.OFFICE)
        client = OrganisationClient(marta)
        party = Party.objects.create(name="Hotel Mirador de la Bahía, S.L.")
        motive = house.reason()
        for days in (-1, 0, 3):
            house.task(
                motive, found.company, jordi, asked=marta, party=party,
                due_at=timezone.now() + timedelta(days=days),
            )  # fmt: skip
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    return party


def test_a_call_is_written_down_in_two_clicks(page, hotel, live_server):
    page.goto(f"{live_server.url}/clima-levante/clientes/{hotel.pk}/?tab=actividad")
    page.locator("details.log summary", has_text="Llamada").click()
    page.locator("details.log[open] button.btn-primary").click()
    page.locator(".timeline li", has_text="llamó: Hablamos").wait_for()
    with scope(hotel.organisation_id):
        assert Interaction.objects.get().kind == "call"


def test_the_bell_shows_what_is_new_and_leads_to_it(page, hotel, live_server):
    page.goto(f"{live_server.url}/clima-levante/mi-dia/")
    number = page.locator("#menu-avisos .icon-btn-count")
    expect(number).to_have_text("Sin leer: 3")
    page.locator("#menu-avisos summary").click()
    newest = page.locator("#menu-avisos .notice").first
    said = newest.inner_text()
    newest.click()
    page.wait_for_url("**/tareas/*/")
    assert page.locator("main .ficha-head .tn").inner_text() in said
    expect(number).to_have_text("Sin leer: 2")


def test_the_side_bar_counts_after_the_page_and_follows_what_is_done(page, hotel, live_server):
    page.goto(f"{live_server.url}/clima-levante/tareas/buscar/")
    place = page.locator(".side [data-nav-count='tasks:search']")
    expect(place).to_have_text("2")
    page.locator("tbody a.key").first.click()
    page.locator("#cajon").get_by_role("button", name="Completar").click()
    expect(place).to_have_text("1")


def test_without_javascript_the_side_bar_has_no_number(browser, context, hotel, live_server):
    plain = browser.new_context(java_script_enabled=False, locale="es-ES")
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(f"{live_server.url}/clima-levante/mi-dia/")
    expect(page.locator(".side [data-nav-count='tasks:search']")).to_have_text("")
    expect(page.locator(".side a", has_text="Tareas")).to_be_visible()
    plain.close()


def test_a_task_is_completed_from_my_day(page, hotel, live_server):
    page.goto(f"{live_server.url}/clima-levante/mi-dia/")
    page.get_by_role("button", name="Completar T-1").click()
    page.get_by_role("link", name="Programar la siguiente").wait_for()
    with scope(hotel.organisation_id):
        assert not Task.objects.get(number=1).is_open


@pytest.mark.parametrize(
    "path",
    ["mi-dia/", "tareas/calendario/", "tareas/calendario/?vista=semana", "avisos/",
     "configuracion/mis-avisos/", "configuracion/horarios/nuevo/", "configuracion/ausencias/"],
)  # fmt: skip
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_are_accessible_and_fit(page, axe, hotel, live_server, path, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{live_server.url}/clima-levante/{path}")
    at_rest(page)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
