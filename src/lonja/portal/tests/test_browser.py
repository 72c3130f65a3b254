"""Signing with a finger on a phone, in a real browser under its content policy."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import expect
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.scope import scope
from lonja.catalogue.models import Product
from lonja.parties.models import Contact, Party
from lonja.sales.actions import publish_quote
from lonja.sales.actions.signing_settings import write_text
from lonja.sales.models import Quote, Signature, SignedDocument, TextKind
from lonja.sales.tests.house import make_quote

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_scope,
    pytest.mark.usefixtures("whole_transactions"),
]


@pytest.fixture
def house(whole_transactions: None, live_server: Any) -> Any:
    cache.clear()
    lonja = make_organisation("Clima Levante", "clima-levante", "B98765431")
    lonja.lucia = make_member(lonja, "Lucía Ferrer")  # type: ignore[attr-defined]
    with scope(lonja):
        party = Party.objects.create(
            name="Hotel Mirador de la Bahía, S.L.", nif="B12345674", email="compras@mirador.example"
        )
        Contact.objects.create(party=party, name="Carmen Roselló", is_main=True)
        lonja.quote = make_quote(lonja.company, party, lonja.lucia)  # type: ignore[attr-defined]
    return lonja


ASKED = {"document", "stylesheet", "script", "font", "image"}


def weight(page: Any, url: str) -> int:
    """Bytes of its content at most: the server compresses text with gzip or, better, brotli."""
    body: bytes = page.request.get(url).body()
    return len(body if url.endswith((".woff2", ".png")) else gzip.compress(body, 6))


@pytest.mark.parametrize("who", ["Carmen Roselló", "Łukasz Şahin Őry"])
def test_everything_a_public_page_asks_for_weighs_less_than_sixty_kilobytes(
    page: Any, house: Any, live_server: Any, who: str
) -> None:
    with scope(house):
        Contact.objects.update(name=who)
        house.quote.contact_name = who
        house.quote.save()
        token = publish_quote(house.quote, by=house.lucia, base_url=live_server.url).token
    came: dict[str, str] = {}
    page.on("request", lambda asked: came.setdefault(asked.url, asked.resource_type))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/p/{token}/")
    page.get_by_text(f"Hola, {who.split()[0]}").wait_for()
    page.evaluate("document.fonts.ready.then(() => true)")
    asked = [url for url, kind in came.items() if kind in ASKED]
    letters = {url.rpartition("/")[2] for url in asked if url.endswith(".woff2")}
    assert letters == {"inter-public.woff2", *(["inter-public-ext.woff2"] if "Ł" in who else [])}
    assert {"document", "stylesheet", "script", "font"} <= set(came.values())
    assert sum(weight(page, url) for url in asked) < 60_000


def draw(page: Any) -> None:
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 120)
    page.mouse.down()
    for x, y in ((80, 40), (120, 130), (170, 60), (230, 120), (300, 70)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=6)
    page.mouse.up()


def test_a_customer_chooses_draws_loses_the_network_and_signs(
    page: Any, page_errors: list[str], house: Any, live_server: Any, axe: Any
) -> None:
    with scope(house):
        token = publish_quote(house.quote, by=house.lucia, base_url=live_server.url).token
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/p/{token}/")
    assert axe(page) == []
    page.locator(".option input").check()
    page.locator("#importe-boton").get_by_text("42,35").wait_for()
    page.locator("#importe-boton").click()
    page.wait_for_url("**/firma/**")
    assert axe(page) == []
    page.get_by_label("NIF").fill("12345678Z")
    draw(page)
    page.get_by_label("Acepto el presupuesto").check()
    page.context.set_offline(True)
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.get_by_role("button", name="Reintentar").wait_for()
    page.context.set_offline(False)
    page_errors.clear()  # the browser complains of the network we took away
    page.get_by_role("button", name="Reintentar").click()
    page.get_by_role("heading", name="¡Gracias, Carmen!").wait_for()
    assert axe(page) == []
    with scope(house):
        signature = Signature.objects.get()
        assert signature.method == "drawn"
        assert signature.image.size > 400
        assert signature.chosen_lines == [4]
        assert Quote.objects.get().views == 1
        assert SignedDocument.objects.count() == 1


def test_a_text_that_changed_while_it_was_read_is_ticked_again_and_the_drawing_stays(
    page: Any, page_errors: list[str], house: Any, live_server: Any, axe: Any
) -> None:
    with scope(house):
        token = publish_quote(house.quote, by=house.lucia, base_url=live_server.url).token
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/p/{token}/firma/")
    page.get_by_label("NIF").fill("12345678Z")
    draw(page)
    page.get_by_label("Acepto el presupuesto").check()
    drawn = page.locator("[name=firma]").input_value()
    with scope(house):
        write_text(house.company, TextKind.ACCEPT_FOR, "Acepto {numero} y la obra.", by=house.lucia)
        write_text(house.company, TextKind.CONDITIONS, "Pago al terminar.", by=house.lucia)
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.get_by_role("link", name="El texto ha cambiado").wait_for()
    page_errors.clear()  # the 422
    new = page.get_by_label("Acepto P2026/0001 y la obra")
    expect(new).not_to_be_checked()
    expect(page.get_by_text("Pago al terminar.")).to_be_visible()
    assert page.locator("[name=firma]").input_value() == drawn
    assert axe(page) == []
    new.check()
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.get_by_role("heading", name="¡Gracias, Carmen!").wait_for()
    with scope(house):
        signature = Signature.objects.get()
        kinds = [(one["kind"], one["version"]) for one in signature.consents]
        assert kinds == [("accept_for", 1), ("conditions", 1)]
        assert signature.image.size > 400


def test_the_pad_is_empty_and_then_the_name_is_typed(
    page: Any, page_errors: list[str], house: Any, live_server: Any
) -> None:
    with scope(house):
        token = publish_quote(house.quote, by=house.lucia, base_url=live_server.url).token
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/p/{token}/firma/")
    page.get_by_label("NIF").fill("12345678Z")
    page.get_by_label("Acepto el presupuesto").check()
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.get_by_role("link", name="Firma en el recuadro o escribe tu nombre").wait_for()
    page_errors.clear()  # the 422 of the empty pad
    page.get_by_role("button", name="Escribir mi nombre").click()
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.get_by_role("heading", name="¡Gracias, Carmen!").wait_for()
    with scope(house):
        assert Signature.objects.get().method == "typed"


def test_the_editor_finds_a_product_computes_and_saves_itself(
    page: Any, house: Any, live_server: Any, axe: Any
) -> None:
    with scope(house):
        Product.objects.create(code="REC-0071", name="Filtro de aire F7", price="41.90")
        client = OrganisationClient(house.lucia)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.set_viewport_size({"width": 1440, "height": 900})
    address = f"{live_server.url}/clima-levante/presupuestos/{house.quote.pk}/editar/"
    page.goto(address)
    page.locator("img.paper").first.wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Añadir concepto").click()
    page.locator("[data-line]:visible [data-concept]").last.fill("filt")
    page.locator("[data-values]").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("#totales").get_by_text("4.426,06").wait_for()
    page.locator("[data-saved]:not([hidden])").wait_for()
    at_rest(page)
    with scope(house):
        assert house.quote.lines.count() == 5
        assert Quote.objects.get().total_cents == 442606
