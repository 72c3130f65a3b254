"""A quote read on a phone, and seen being read from the office, in a real browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from tests.cast import OrganisationClient

from lonja.accounts.scope import scope
from lonja.portal.tests.test_browser import house
from lonja.sales.actions import send_quote
from lonja.sales.models import QuoteVisit, Verdict
from lonja.sales.tests.house import line, make_quote
from lonja.sales.tests.test_track import IPHONE

__all__ = ["house"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_scope,
    pytest.mark.usefixtures("whole_transactions"),
]
# A browser driven by a program says so; this one is to pass for a person's.
LIKE_A_PERSON = "Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })"


@pytest.fixture
def phone(browser: Any) -> Any:
    opened = browser.new_context(
        locale="es-ES",
        timezone_id="Europe/Madrid",
        viewport={"width": 390, "height": 844},
        user_agent=IPHONE,
        has_touch=True,
    )
    opened.add_init_script(LIKE_A_PERSON)
    yield opened.new_page()
    opened.close()


def enter(page: Any, live_server: Any, member: Any) -> None:
    with scope(member.organisation):
        client = OrganisationClient(member)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )


def test_what_a_person_reads_reaches_the_office_while_it_is_read(
    page: Any, phone: Any, house: Any, live_server: Any, axe: Any
) -> None:
    with scope(house):
        to = ["compras@mirador.example"]
        token = send_quote(house.quote, by=house.lucia, to=to, base_url=live_server.url).token
    enter(page, live_server, house.lucia)
    page.clock.install()
    page.goto(f"{live_server.url}/clima-levante/presupuestos/{house.quote.pk}/")
    page.get_by_text("Nadie lo ha abierto todavía").wait_for()
    phone.goto(f"{live_server.url}/p/{token}/")
    phone.get_by_text("Sin cookies").wait_for()
    phone.locator(".option input").tap()
    with phone.expect_request("**/visto/") as told:
        phone.wait_for_timeout(3500)
    assert told.value.method == "POST"
    with phone.expect_request(lambda one: one.url.endswith("/visto/") and "d=1" in one.post_data):
        phone.evaluate("addEventListener('click', (event) => event.preventDefault())")
        phone.locator("[data-download]").tap()
    page.clock.run_for(31_000)
    page.get_by_text("Lo está viendo ahora").first.wait_for()
    page.get_by_text("iPhone · Safari").first.wait_for()
    page.clock.resume()
    assert axe(page) == []
    with scope(house):
        visit = QuoteVisit.objects.get()
        assert visit.verdict == Verdict.HUMAN
        assert sum(visit.sections.values()) >= 2
        assert visit.options["4"]["n"] == 1
        assert visit.options["4"]["on"] is True
        assert visit.downloads == 1


def test_the_office_sees_how_long_each_section_of_the_quote_was_read(
    page: Any, phone: Any, house: Any, live_server: Any, axe: Any
) -> None:
    works = [line(f"Zanja {n}", 1, 100, section="Obra civil") for n in range(14)]
    plants = [line(f"Olivo {n}", 1, 100, section="Jardín <b>") for n in range(14)]
    with scope(house):
        quote = make_quote(
            house.company, house.quote.party, house.lucia, [line("Visita"), *works, *plants]
        )
        token = send_quote(
            quote, by=house.lucia, to=["a@b.example"], base_url=live_server.url
        ).token
    phone.clock.install()
    phone.goto(f"{live_server.url}/p/{token}/")
    with phone.expect_response("**/visto/"):
        phone.clock.run_for(1000)
    with scope(house):  # the seconds of this page are not those of the server
        QuoteVisit.objects.update(started_at=timezone.now() - timedelta(minutes=20))
    for title, seconds in (("Zanja 3", 4), ("Olivo 7", 8)):
        phone.get_by_text(title, exact=True).scroll_into_view_if_needed()
        phone.touchscreen.tap(5, 5)
        phone.clock.run_for(seconds * 1000)
    with phone.expect_request("**/visto/"):
        phone.clock.run_for(30_000)
    phone.close()
    enter(page, live_server, house.lucia)
    page.goto(f"{live_server.url}/clima-levante/presupuestos/{quote.pk}/")
    page.get_by_label("Sección «Obra civil»").wait_for()
    page.get_by_label("Sección «Jardín <b>»").wait_for()
    assert axe(page) == []


def test_a_hidden_page_is_not_asked_for_again(page: Any, house: Any, live_server: Any) -> None:
    with scope(house):
        send_quote(house.quote, by=house.lucia, to=["a@b.example"], base_url=live_server.url)
    enter(page, live_server, house.lucia)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/vivo/" in one.url else None)
    page.goto(f"{live_server.url}/clima-levante/presupuestos/{house.quote.pk}/")
    page.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', { get: () => window.gone, configurable: true })
          window.gone = true
          document.dispatchEvent(new Event('visibilitychange'))
        }"""
    )
    page.clock.run_for(120_000)
    assert asked == []
    with page.expect_response("**/vivo/**") as answer:
        page.evaluate("window.gone = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert answer.value.status == 200
    with page.expect_response("**/vivo/**") as answer:
        page.clock.run_for(31_000)
    assert answer.value.status == 304


def test_the_list_offers_each_action(page: Any, house: Any, live_server: Any, axe: Any) -> None:
    with scope(house):
        house.quote.party.phone = "+34975789328"
        house.quote.party.save()
        send_quote(house.quote, by=house.lucia, to=["a@b.example"], base_url=live_server.url)
    enter(page, live_server, house.lucia)
    page.goto(f"{live_server.url}/clima-levante/presupuestos/seguimiento/")
    assert axe(page) == []
    page.get_by_label(f"Acciones de {house.quote.number}").click()
    page.get_by_role("link", name="Apuntar llamada").click()
    page.get_by_label("Qué se dijo").fill("Lo mira el lunes")
    assert axe(page) == []
    page.locator("#cajon").get_by_role("button", name="Apuntar").click()
    page.get_by_title("1 llamada · 1 correo").wait_for()
