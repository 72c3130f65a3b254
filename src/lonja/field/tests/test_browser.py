"""A telephone in the street: three steps without network, a pen, and the office sees it signed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import expect
from tests.cast import OrganisationClient, make_member, make_organisation

from lonja.accounts.models import Profile, Role
from lonja.accounts.scope import scope
from lonja.field.models import FieldDelivery
from lonja.field.tests.house import furnish
from lonja.sales.models import Quote, QuoteStatus, Signature

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_scope,
    pytest.mark.usefixtures("whole_transactions"),
]
SHOTS = os.environ.get("LONJA_SHOTS", "")


@pytest.fixture
def house(whole_transactions: None, live_server: Any) -> Any:
    cache.clear()
    lonja = make_organisation("Clima Levante", "clima-levante", "B98765431")
    lonja.lucia = make_member(lonja, "Lucía Ferrer")  # type: ignore[attr-defined]
    lonja.marcos = make_member(  # type: ignore[attr-defined]
        lonja, "Marcos Peris", Role.SALES, Profile.HIERARCHICAL, lonja.lucia
    )
    with scope(lonja):
        lonja.goods = furnish(lonja.marcos)  # type: ignore[attr-defined]
    return lonja


@pytest.fixture
def road(browser: Any, house: Any, live_server: Any, page_errors: list[str]) -> Iterator[Any]:
    """Marcos's telephone, with the application open and up to date."""
    context = browser.new_context(
        locale="es-ES", timezone_id="Europe/Madrid", has_touch=True, is_mobile=True,
        viewport={"width": 390, "height": 844}, device_scale_factor=2,
        user_agent="Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130.0 Mobile Safari/537.36",
    )  # fmt: skip
    context.set_default_timeout(15_000)
    log_in(context, house.marcos, live_server.url)
    page = context.new_page()
    page.on("pageerror", lambda error: page_errors.append(str(error)))
    open_application(page, live_server.url)
    yield page
    context.close()
    assert page_errors == []


def log_in(context: Any, member: Any, url: str) -> None:
    with scope(member.organisation):
        cookie = OrganisationClient(member).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])


def open_application(page: Any, url: str) -> None:
    page.goto(f"{url}/clima-levante/campo/")
    page.locator("[data-client]").first.wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def sign_with_a_pen(page: Any) -> None:
    """Strokes of a pen with growing pressure, as the screen of a tablet tells them."""
    pad = page.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    devtools = page.context.new_cdp_session(page)
    points = [(40, 120), (80, 40), (120, 130), (170, 60), (230, 120), (300, 70)]
    kinds = ["mousePressed", *["mouseMoved"] * 4, "mouseReleased"]
    for number, ((x, y), kind) in enumerate(zip(points, kinds, strict=True)):
        devtools.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind, "x": box["x"] + x, "y": box["y"] + y, "button": "left",
                "buttons": 1, "pointerType": "pen", "force": 0.1 + number * 0.15, "clickCount": 1,
            },
        )  # fmt: skip


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def choose(page: Any) -> None:
    """Steps 1 and 2: the client and two products."""
    page.get_by_role("button", name="Hotel Mirador de la Bahía").click()
    page.get_by_role("button", name="Todo", exact=True).click()
    page.get_by_role("button", name="Añadir Split inverter 3,5 kW A+++").click()
    page.get_by_role("button", name="Añadir Instalación y puesta en marcha").click()


def test_a_quote_is_made_and_signed_without_network_and_the_office_sees_it(
    road: Any, house: Any, axe: Any
) -> None:
    assert axe(road) == []
    road.context.set_offline(True)
    road.reload()
    road.get_by_text("sin conexión").first.wait_for()
    shot(road, "paso-1")
    choose(road)
    expect(road.locator(".total b")).to_have_text("1.051,49 €")
    assert axe(road) == []
    shot(road, "paso-2")
    road.get_by_role("button", name="Generar presupuesto").click()
    road.get_by_label("NIF de quien firma").fill("12345678Z")
    road.get_by_label("Facturar desde").fill(tomorrow())
    sign_with_a_pen(road)
    road.get_by_label("Acepto").check()
    assert axe(road) == []
    shot(road, "paso-3")
    road.get_by_role("button", name="Firmar y aceptar").click()
    road.get_by_text("Pendiente de enviar (1)").wait_for()
    shot(road, "pendiente")
    with scope(house):
        assert Quote.objects.count() == 0
    road.close(run_before_unload=False)
    page = road.context.new_page()
    page.context.set_offline(False)
    page.goto(road.url)
    page.locator(".strip.ok").get_by_text("P2026/0001 firmado").wait_for()
    shot(page, "enviado")
    with scope(house):
        signature, quote = Signature.objects.get(), Quote.objects.get()
        assert (quote.status, quote.total_cents) == (QuoteStatus.ACCEPTED, 105149)
        assert (signature.method, signature.image.size > 400) == ("drawn", True)
        assert quote.service_started_at is not None  # its invoice is scheduled
        assert FieldDelivery.objects.get().state == "done"
    log_in(page.context, house.lucia, page.url.split("/clima")[0])
    page.goto(page.url.replace("/campo/", f"/presupuestos/{quote.pk}/"))
    page.get_by_text("Carmen Roselló").first.wait_for()


def tomorrow() -> str:
    from datetime import timedelta

    from django.utils import timezone

    return (timezone.localdate() + timedelta(days=1)).isoformat()
