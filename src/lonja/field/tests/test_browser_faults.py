"""What goes wrong in the street: clocks, shared tablets, sessions that end, servers that fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from lonja.accounts.scope import scope
from lonja.catalogue.models import Product
from lonja.field.models import FieldDelivery, FieldDevice
from lonja.field.tests.test_browser import (
    READ_STORE,
    choose,
    house,
    log_in,
    open_application,
    queue_one_signed,
    road,
    sign_with_a_pen,
)
from lonja.parties.models import Party
from lonja.sales.models import Quote, QuoteStatus, Signature

__all__ = ["house", "road"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_scope,
    pytest.mark.usefixtures("whole_transactions"),
]

PUT_META = """([id, value]) => new Promise((done) => {
  const request = indexedDB.open('lonja-campo-clima-levante')
  request.onsuccess = () => {
    const change = request.result.transaction('meta', 'readwrite')
    change.objectStore('meta').put(value, id)
    change.oncomplete = () => { request.result.close(); done(true) } } })"""
# As if somebody moved the clock of the telephone a month ahead, and it went to the pocket.
CLOCK_AHEAD = """() => {
  const real = Date.now
  Date.now = () => real() + 30 * 86400000
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
  return new Promise((done) => setTimeout(done, 300)) }"""
# Until the moment that is kept is that of the server again.
CLOCK_RIGHT = """() => new Promise((done) => {
  const look = () => {
    const request = indexedDB.open('lonja-campo-clima-levante')
    request.onsuccess = () => {
      const database = request.result
      const kept = database.transaction('meta').objectStore('meta').get('latest')
      kept.onsuccess = () => {
        database.close()
        if ((kept.result?.value ?? kept.result) < Date.now() + 86400000) done(true)
        else setTimeout(look, 50)
      }
    }
  }
  look() })"""


def in_touch(page: Any) -> None:
    """Wait until the application has what the server had to say."""
    page.locator(".head ~ #contenido:not([data-message])").wait_for()
    page.locator("[data-offline]").wait_for(state="detached")


def back_online(page: Any) -> None:
    """Online again, and what the server said is kept."""
    page.context.set_offline(False)
    with page.expect_response("**/campo/sincronizacion/"):
        page.reload()
    in_touch(page)


def test_a_clock_that_once_ran_ahead_leaves_nothing_behind(road: Any, house: Any) -> None:
    road.evaluate(CLOCK_AHEAD)
    back_online(road)
    road.evaluate(CLOCK_RIGHT)
    road.context.set_offline(True)
    road.reload()
    choose(road)
    road.get_by_role("button", name="Generar presupuesto").click()
    expect(road.get_by_role("button", name="Firmar y aceptar")).to_be_visible()
    assert road.get_by_text("Estos precios ya no valen").count() == 0


def test_a_week_without_the_server_wipes_the_copy_and_not_what_was_signed(road: Any) -> None:
    queue_one_signed(road)
    eight_days = 8 * 86400 * 1000
    road.evaluate(PUT_META, ["confirmed", road.evaluate("Date.now()") - eight_days])
    road.reload()
    road.get_by_text("más de 7 días").wait_for()
    kept = road.evaluate(READ_STORE)
    assert (kept["key"], kept["box"], kept["queue"]) == (None, 0, 1)


def test_the_draft_in_progress_comes_back_after_logging_in_again(
    road: Any, house: Any, live_server: Any
) -> None:
    choose(road)
    road.get_by_text("Guardado").wait_for()
    road.context.clear_cookies()
    road.reload()
    road.get_by_role("link", name="Entrar").wait_for()
    kept = road.evaluate(READ_STORE)
    assert (kept["key"], kept["box"]) == (None, 1)
    assert "Mirador" not in kept["said"]
    log_in(road.context, house.marcos, live_server.url)
    road.goto(f"{live_server.url}/clima-levante/campo/")
    road.get_by_role("heading", name="Hotel Mirador de la Bahía").wait_for()
    expect(road.locator(".total b")).to_have_text("1.051,49 €")


def test_on_a_shared_tablet_each_finds_their_own_queue_and_draft(
    road: Any, house: Any, live_server: Any
) -> None:
    queue_one_signed(road)
    road.context.set_offline(False)
    with scope(house):
        for member in (house.lucia, house.marcos, house.lucia):
            log_in(road.context, member, live_server.url)
            road.goto(f"{live_server.url}/clima-levante/campo/")
            in_touch(road)
        assert FieldDevice.objects.count() == 2
        assert Quote.objects.get().status == QuoteStatus.ACCEPTED
        assert Signature.objects.get().by == house.marcos
    assert road.evaluate(READ_STORE)["queue"] == 0


def refused_signature(page: Any, house: Any) -> None:
    """A signed quote that the server did not take: one of its products does not exist."""
    queue_one_signed(page)
    with scope(house):
        Product.objects.filter(code="INS-01").delete()
    back_online(page)
    page.get_by_role("button", name="Pendiente de enviar (1)").wait_for()


def test_mending_what_was_signed_is_asked_first_and_keeps_the_other_draft(
    road: Any, house: Any
) -> None:
    refused_signature(road, house)
    road.get_by_role("button", name="Hotel Mirador de la Bahía").click()
    road.get_by_role("button", name="Todo", exact=True).click()
    road.get_by_role("button", name="Añadir Plan de mantenimiento Plus").click()
    road.get_by_role("button", name="Pendiente de enviar (1)").click()
    road.once("dialog", lambda asked: asked.dismiss())
    road.get_by_role("button", name="Corregir").click()
    expect(road.get_by_text("Firmado")).to_be_visible()
    assert road.evaluate(READ_STORE)["queue"] == 1
    road.once("dialog", lambda asked: asked.accept())
    road.get_by_role("button", name="Corregir").click()
    expect(road.locator(".total b")).to_have_text("833,69 €")
    road.get_by_role("button", name="Generar presupuesto").click()
    road.get_by_role("button", name="Guardar sin enviar").click()
    road.locator(".strip.ok").get_by_text("Enviado: P2026/0001").wait_for()
    road.get_by_role("button", name="Seguir con Hotel Mirador de la Bahía").click()
    expect(road.locator(".total")).to_contain_text("42,35")


def test_one_that_the_server_cannot_take_does_not_stop_those_behind(road: Any, house: Any) -> None:
    queue_one_signed(road)
    first = road.evaluate(READ_STORE)["queue"]
    road.get_by_role("button", name="Otro presupuesto").click()
    choose(road)
    road.get_by_role("button", name="Generar presupuesto").click()
    road.get_by_role("button", name="Guardar sin enviar").click()
    road.get_by_role("button", name="Pendiente de enviar (2)").wait_for()

    def answer(route: Any) -> None:
        signed = json.loads(route.request.post_data)["signature"]
        if signed:
            route.fulfill(status=500, body="boom")
        else:
            route.continue_()

    road.route("**/campo/entrega/", answer)
    back_online(road)
    road.get_by_role("button", name="Pendiente de enviar (1)").click()
    road.get_by_text("Lonja no puede recibirlo ahora").wait_for()
    with scope(house):
        assert (first, Quote.objects.get().status) == (1, QuoteStatus.DRAFT)


def test_the_worker_of_an_organisation_leaves_the_shell_of_another(
    road: Any, live_server: Any
) -> None:
    old, foreign = (f"campo-clima-levante{part}-{'0' * 16}" for part in ("", "-norte"))
    road.evaluate(
        """async (names) => {
          for (const name of names) await caches.open(name)
          const worker = await navigator.serviceWorker.getRegistration()
          await worker.unregister() }""",
        [old, foreign],
    )
    open_application(road, live_server.url)
    kept = road.evaluate(
        """async (gone) => {
          for (let n = 0; n < 100 && await caches.has(gone); n += 1)
            await new Promise((done) => setTimeout(done, 50))
          return caches.keys() }""",
        old,
    )
    assert (foreign in kept, old in kept) == (True, False)


def test_a_signer_with_the_document_of_another_country_signs(road: Any, house: Any) -> None:
    with scope(house):
        Party.objects.update(country="FR")
    back_online(road)
    choose(road)
    road.get_by_role("button", name="Generar presupuesto").click()
    road.get_by_label("NIF de quien firma").fill("12AB34567")
    sign_with_a_pen(road)
    road.get_by_label("Acepto").check()
    road.get_by_role("button", name="Firmar y aceptar").click()
    road.locator(".done").get_by_text("P2026/0001 firmado").wait_for()
    with scope(house):
        assert Signature.objects.get().signer_nif == "12AB34567"


def test_a_recargo_that_came_meanwhile_is_explained_and_signed_again_by_mail(
    road: Any, house: Any, axe: Any
) -> None:
    queue_one_signed(road)
    with scope(house):
        Party.objects.update(surcharge=True)
    back_online(road)
    road.get_by_role("button", name="Pendiente de enviar (1)").click()
    road.get_by_text("lleva ahora recargo de equivalencia").wait_for()
    said = road.locator(".warn-box .facts").inner_text().replace("\xa0", " ").split("\n")
    assert [one for one in said if one] == ["El cliente vio", "1.051,49 €", "Hoy", "1.096,68 €"]
    assert axe(road) == []
    road.get_by_role("button", name="Enviarlo a compras@mirador.example").click()
    told = road.locator(".strip.ok")
    told.get_by_text("P2026/0001 enviado otra vez").wait_for()
    with scope(house):
        quote = Quote.objects.get()
        assert (quote.status, quote.total_cents) == (QuoteStatus.SENT, 109668)
        assert (
            told.get_by_role("link", name="Abrir").get_attribute("href").endswith(f"/{quote.pk}/")
        )
        assert FieldDelivery.objects.get().kept_image is not None
        assert Signature.objects.count() == 0
