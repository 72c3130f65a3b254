"""From a call to a client, in a real browser; and pages that everybody can use."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.models import Membership, Organisation
from lonja.accounts.scope import scope
from lonja.parties.actions.leads import capture_lead
from lonja.parties.actions.merge import merge_parties
from lonja.parties.models import Party

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


@pytest.fixture
def house(real_commits: None, context: Any, live_server: Any) -> Organisation:
    found = make_organisation("Clima Levante", "clima-levante", "B98765431")
    client = OrganisationClient(make_member(found, "Marta Soler"))
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    return found


def test_a_call_becomes_a_client_without_typing_anything_twice(
    page: Any, house: Organisation, live_server: Any
) -> None:
    page.goto(f"{live_server.url}/clima-levante/potenciales/")
    page.locator("a.btn-primary", has_text="Nuevo potencial").first.click()
    form = page.locator("#cajon form#potencial-rapido")
    form.wait_for()
    form.get_by_label("Nombre").fill("Carmen Roselló")
    form.get_by_label("Teléfono").fill("612 345 678")
    page.get_by_role("button", name="Apuntar potencial").click()
    page.wait_for_url("**/potenciales/*/")
    assert "+20 tiene teléfono" in page.locator(".ficha-rail").inner_text()
    page.get_by_role("link", name="Convertir en cliente").click()
    form = page.locator("#cajon form#conversion")
    form.wait_for()
    form.get_by_label("NIF").fill("12345678Z")
    page.get_by_role("button", name="Convertir en cliente").click()
    page.wait_for_url("**/clientes/*/")
    with scope(house):
        party = Party.objects.get()
    assert (party.stage, party.phone, party.nif) == ("client", "+34612345678", "12345678Z")


def test_the_letter_of_the_page_goes_before_that_of_the_menu(
    page: Any, house: Organisation, live_server: Any
) -> None:
    page.goto(f"{live_server.url}/clima-levante/clientes/")
    page.keyboard.press("c")
    page.locator("#cajon").get_by_role("heading", name="Nuevo cliente").wait_for()
    page.goto(f"{live_server.url}/clima-levante/embudo/")
    page.keyboard.press("c")  # there it is another thing, and no client
    page.locator("#cajon").get_by_role("heading", name="Nueva oferta").wait_for()


def test_a_menu_at_the_foot_of_a_short_list_is_whole_on_the_page(
    page: Any, house: Organisation, live_server: Any, axe: Any
) -> None:
    with scope(house):
        Party.objects.create(name="Hotel Mirador, S.L.", stage="client")
    page.goto(f"{live_server.url}/clima-levante/clientes/")
    page.get_by_role("checkbox", name="Hotel Mirador").check()
    page.locator("#columnas > summary").click()
    panel = page.locator("#columnas > .menu-panel")
    panel.get_by_role("checkbox", name="Provincia").wait_for()
    box = panel.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]
    assert axe(page) == []


def test_who_is_here_already_is_told_when_leaving_the_field(
    page: Any, house: Organisation, live_server: Any
) -> None:
    with scope(house):
        Party.objects.create(name="Hotel Mirador, S.L.", phone="+34965780000")
    page.goto(f"{live_server.url}/clima-levante/potenciales/nuevo/")
    page.get_by_label("Teléfono").fill("965 78 00 00")
    page.get_by_label("Correo").focus()
    page.get_by_text("Ya existe Hotel Mirador, S.L.: tiene el mismo teléfono.").wait_for()


@pytest.mark.parametrize(
    ("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)]
)
def test_every_page_can_be_used_by_everybody(
    page: Any, house: Organisation, live_server: Any, axe: Any, theme: str, width: int
) -> None:
    with scope(house):
        marta = Membership.objects.get()
        data = {"phone": "612345678", "source": "Feria de Dénia", "notes": "Aire para el salón"}
        first = capture_lead({"name": "Carmen", "company": "Hotel Mirador", **data}, by=marta)
        second = capture_lead({"name": "Luis", **data, "allow_duplicate": True}, by=marta)
        third = capture_lead({"name": "N" * 100, "email": "n@x.example"}, by=marta)
        merge_parties(first, third, by=marta)
    page.context.add_cookies([{"name": "tema", "value": theme, "url": live_server.url}])
    page.set_viewport_size({"width": width, "height": 900})
    inside = f"{live_server.url}/clima-levante"
    for path in (
        "/potenciales/",
        f"/potenciales/{first.pk}/",
        f"/potenciales/{second.pk}/conversion/",
        f"/potenciales/{second.pk}/descarte/",
        "/potenciales/nuevo/",
        "/clientes/duplicados/",
        f"/clientes/{first.pk}/union/",
        f"/clientes/{first.pk}/union/{second.pk}/",
        "/configuracion/potenciales/",
        "/potenciales/origen/",
        "/potenciales/origen/potenciales/?origen=0",
    ):
        page.goto(inside + path)
        at_rest(page)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
