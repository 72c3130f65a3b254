"""Keys, webhooks and the documentation in a real browser: made, read and used by everybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.models import Membership
from lonja.accounts.scope import scope
from lonja.api.actions.tokens import create_token
from lonja.api.actions.webhooks import create_endpoint, ping
from lonja.api.models import ApiToken, Delivery
from lonja.api.tests.conftest import Program

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


@pytest.fixture
def house(real_commits: None, context: Any, live_server: Any) -> Any:
    found = make_organisation("Clima Levante", "clima-levante", "B98765431")
    client = OrganisationClient(make_member(found, "Marta Soler"))
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    return found


def test_a_key_made_on_screen_opens_the_door(page: Any, house: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/clima-levante/configuracion/api/")
    page.get_by_role("link", name="Crear clave").click()
    page.get_by_label("Nombre", exact=True).fill("Tienda")
    page.get_by_label("Ver clientes, su saldo").check()
    page.get_by_role("button", name="Crear clave").click()
    secret = page.get_by_label("Clave de la API").input_value()
    with scope(house):
        token = ApiToken.objects.get()
    program = Program(secret, token)
    assert program.get("/clientes").status_code == 200
    assert program.get("/facturas").status_code == 403
    page.get_by_role("link", name="Hecho").click()
    assert "Tienda" in page.get_by_role("row").nth(1).inner_text()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440)])
def test_every_page_can_be_used_by_everybody(
    page: Any, house: Any, live_server: Any, axe: Any, settings: Any, theme: str, width: int
) -> None:
    settings.OUTGOING_PRIVATE = True
    with scope(house):
        member = Membership.objects.get()
        create_token(
            name="Tienda", membership=member, scopes=["clientes:leer"], expires_at=None, by=member
        )
        hook, _secret = create_endpoint(
            url="http://127.0.0.1:9/una-direccion-muy-larga-que-no-cabe-en-un-movil/" + "x" * 60,
            description="",
            events=["invoice.issued"],
            by=member,
        )
        sent = ping(hook, by=member)
        tried = {"at": "2026-11-21T10:00:00+00:00", "status": 500, "ms": 51, "said": "x" * 90}
        Delivery.objects.filter(pk=sent.pk).update(tries=[tried], body='{"id": "evt_1"}')
        key = ApiToken.objects.get()
    page.context.add_cookies([{"name": "tema", "value": theme, "url": live_server.url}])
    page.set_viewport_size({"width": width, "height": 900})
    inside = f"{live_server.url}/clima-levante/configuracion/api"
    for url in (
        f"{inside}/",
        f"{inside}/claves/nueva/",
        f"{inside}/claves/{key.pk}/",
        f"{inside}/webhooks/nuevo/",
        f"{inside}/webhooks/{hook.pk}/",
        f"{inside}/entregas/{sent.pk}/",
        f"{live_server.url}/api/v1/",
    ):
        page.goto(url)
        at_rest(page)
        assert axe(page) == [], url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
