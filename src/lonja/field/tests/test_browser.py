"""A telephone in the street: three steps without network, a pen, and the office sees it signed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.models import Profile, Role
from lonja.accounts.scope import scope
from lonja.catalogue.models import Product
from lonja.field.actions.devices import allow_device, revoke_device
from lonja.field.models import FieldDelivery, FieldDevice
from lonja.field.tests.house import furnish
from lonja.sales.models import Quote, QuoteStatus, Signature, SignedDocument
from lonja.sales.tests.signers import keep_dynamics, validated
from lonja.subscriptions.models import Plan

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


# Not `wait_for_function`: from its second try on it is eval, which the page refuses.
TAKEN_OVER = """() => navigator.serviceWorker.controller !== null
  || new Promise((done) => navigator.serviceWorker.addEventListener(
       "controllerchange", () => done(true), {once: true}))"""


def open_application(page: Any, url: str) -> None:
    page.goto(f"{url}/clima-levante/campo/")
    page.locator("[data-client]").first.wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate(TAKEN_OVER)
    at_rest(page)


def brought_up_to_date(page: Any) -> None:
    """Open it again with network, until what the office changed has arrived."""
    page.reload()
    page.locator("[data-client]").first.wait_for()
    at_rest(page)


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
    with scope(house):
        keep_dynamics(house.company)
    brought_up_to_date(road)
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
    road.get_by_label("Facturar desde").fill((timezone.localdate() + timedelta(days=1)).isoformat())
    sign_with_a_pen(road)
    road.get_by_label("Acepto").check()
    road.get_by_label("Consiento").check()
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
        assert signature.dynamics is not None  # the strokes, for whoever keeps the key
        sealed = SignedDocument.objects.get(signature=signature).pdf.read()
        status, _seal = validated(sealed)
        assert (status.bottom_line, status.coverage.name) == (True, "ENTIRE_FILE")
        assert quote.service_started_at is not None
        assert Plan.objects.get().next_on == timezone.localdate() + timedelta(days=1)
        assert FieldDelivery.objects.get().state == "done"
    log_in(page.context, house.lucia, page.url.split("/clima")[0])
    page.goto(page.url.replace("/campo/", f"/presupuestos/{quote.pk}/"))
    page.get_by_text("Carmen Roselló").first.wait_for()
    altered = bytearray(sealed)
    altered[len(altered) // 2] ^= 1
    for content, said in ((sealed, "Está intacto"), (bytes(altered), "Está alterado")):
        page.goto(page.url.split("/clima")[0].split("/comprobar")[0] + "/comprobar/")
        brought = {"name": "copia.pdf", "mimeType": "application/pdf", "buffer": content}
        page.locator("input[type=file]").set_input_files(brought)
        page.get_by_role("button", name="Comprobar", exact=True).click()
        page.get_by_role("heading", name=said).wait_for()


def test_the_customer_chooses_one_of_a_group_without_network(
    road: Any, house: Any, axe: Any
) -> None:
    with scope(house):
        Product.objects.create(code="TUB", name="Tubería vista", price=90)
    brought_up_to_date(road)
    road.get_by_role("button", name="Hotel Mirador de la Bahía").click()
    road.context.set_offline(True)
    road.get_by_role("button", name="Todo", exact=True).click()
    road.get_by_role("button", name="Añadir Split inverter 3,5 kW A+++").click()
    road.locator("[data-product] .pr-open", has_text="Instalación").click()
    road.get_by_label("Una de").fill("Montaje")
    road.get_by_role("button", name="Aplicar").click()
    road.get_by_text("«Montaje» tiene una sola alternativa").wait_for()
    expect(road.get_by_role("button", name="Generar presupuesto")).to_be_disabled()
    road.locator("[data-product] .pr-open", has_text="Plan de mantenimiento").click()
    road.get_by_label("Una de").fill("Montaje")
    road.get_by_role("button", name="Aplicar").click()
    road.get_by_text("no se eligen entre sí").wait_for()
    road.get_by_role("button", name="Cerrar").click()
    road.locator("[data-product] .pr-open", has_text="Tubería vista").click()
    road.get_by_label("Una de").fill("Montaje")
    assert axe(road) == []
    shot(road, "grupo")
    road.get_by_role("button", name="Aplicar").click()
    expect(road.locator(".total b")).to_have_text("1.051,49 €")
    road.get_by_role("button", name="Modo cliente").click()
    road.get_by_role("radio", name="Tubería vista").check()
    expect(road.locator(".total b")).to_have_text("942,59 €")
    assert axe(road) == []
    shot(road, "grupo-cliente")
    road.get_by_role("radio", name="Tubería vista").press("ArrowUp")
    expect(road.locator(".total b")).to_have_text("1.051,49 €")
    road.get_by_role("radio", name="Tubería vista").check()
    road.get_by_role("button", name="Listo").click()
    road.get_by_label("NIF de quien firma").fill("12345678Z")
    sign_with_a_pen(road)
    road.get_by_label("Acepto").check()
    road.get_by_role("button", name="Firmar y aceptar").click()
    road.locator(".done").wait_for()
    road.context.set_offline(False)
    road.locator(".strip.ok").get_by_text("P2026/0001 firmado").wait_for()
    with scope(house):
        quote = Quote.objects.get()
        assert (quote.status, quote.total_cents) == (QuoteStatus.ACCEPTED, 94259)
        assert [one.group for one in quote.lines.all()] == ["", "Montaje", "Montaje"]


def test_a_known_client_signs_in_eight_clicks_and_three_fields(
    road: Any, house: Any, axe: Any
) -> None:
    clicks: list[str] = []
    fields: list[str] = []

    def click(locator: Any) -> None:
        clicks.append(str(locator))
        locator.click()

    click(road.get_by_role("button", name="Hotel Mirador de la Bahía"))
    click(road.get_by_role("button", name="Añadir Split inverter 3,5 kW A+++"))
    click(road.get_by_role("button", name="Añadir Instalación y puesta en marcha"))
    click(road.get_by_role("button", name="Generar presupuesto"))
    road.get_by_label("NIF de quien firma").fill("12345678Z")
    fields.append("nif")
    sign_with_a_pen(road)
    clicks.append("pad")
    click(road.get_by_label("Acepto"))
    click(road.get_by_role("button", name="Firmar y aceptar"))
    road.locator(".done").get_by_text("P2026/0001 firmado").wait_for()
    assert axe(road) == []
    assert (len(clicks) <= 8, len(fields) <= 3) == (True, True), (clicks, fields)
    with scope(house):
        assert Quote.objects.get().status == QuoteStatus.ACCEPTED


READ_STORE = """async () => {
  const open = (name) => new Promise((done) => {
    const request = indexedDB.open(name); request.onsuccess = () => done(request.result) })
  const database = await open('lonja-campo-clima-levante')
  const all = (store, what) => new Promise((done) => {
    const request = database.transaction(store).objectStore(store)[what]()
    request.onsuccess = () => done(request.result) })
  const bytes = (rows) => rows.map((row) => new TextDecoder('latin1').decode(row.data)).join('')
  const key = await new Promise((done) => {
    const request = database.transaction('meta').objectStore('meta').get('key')
    request.onsuccess = () => done(request.result) })
  const [box, queue] = [await all('box', 'getAll'), await all('outbox', 'getAll')]
  const kept = await all('meta', 'getAll')
  database.close()
  return { key: key ? { type: key.constructor.name, out: key.extractable } : null,
    box: box.length, queue: queue.length, said: bytes(box) + bytes(queue) + JSON.stringify(kept) }
}"""


def queue_one_signed(page: Any) -> None:
    page.context.set_offline(True)
    choose(page)
    page.get_by_role("button", name="Generar presupuesto").click()
    page.get_by_label("NIF de quien firma").fill("12345678Z")
    sign_with_a_pen(page)
    page.get_by_label("Acepto").check()
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.get_by_text("Pendiente de enviar (1)").wait_for()


def test_what_the_telephone_keeps_cannot_be_read(road: Any) -> None:
    queue_one_signed(road)
    kept = road.evaluate(READ_STORE)
    assert kept["key"] == {"type": "CryptoKey", "out": False}
    assert (kept["box"] >= 1, kept["queue"]) == (True, 1)
    for word in ("Mirador", "Carmen", "12345678Z", "Split"):
        assert word not in kept["said"]


def test_a_revoked_telephone_wipes_itself_and_what_was_signed_returns_when_allowed(
    road: Any, house: Any
) -> None:
    queue_one_signed(road)
    with scope(house):
        device = FieldDevice.objects.get()
        revoke_device(device, by=house.lucia, at=timezone.now())
    road.context.set_offline(False)
    road.reload()
    road.get_by_text("Han retirado el permiso de este dispositivo").wait_for()
    kept = road.evaluate(READ_STORE)
    assert (kept["key"], kept["box"], kept["queue"]) == (None, 0, 1)
    with scope(house):
        assert Quote.objects.count() == 0
        allow_device(device, by=house.lucia)
    road.get_by_role("button", name="Actualizar ahora").click()
    road.locator(".strip.ok").get_by_text("P2026/0001 firmado").wait_for()


def test_logging_out_of_the_office_wipes_the_telephone(road: Any, live_server: Any) -> None:
    queue_one_signed(road)
    page = road.context.new_page()
    page.context.set_offline(False)
    road.close(run_before_unload=False)
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto(f"{live_server.url}/clima-levante/presupuestos/")
    page.locator("summary[aria-label*='cuenta de']").click()
    page.get_by_role("button", name="Cerrar sesión").click()
    page.wait_for_url("**/cuenta/entrar/**")
    kept = page.evaluate(READ_STORE)
    assert (kept["key"], kept["box"], kept["queue"]) == (None, 0, 1)


def test_a_change_of_price_is_decided_on_the_telephone(road: Any, house: Any, axe: Any) -> None:
    road.context.set_offline(True)
    choose(road)
    road.get_by_role("button", name="Generar presupuesto").click()
    road.get_by_role("button", name="Guardar sin enviar").click()
    road.get_by_role("button", name="Pendiente de enviar (1)").click()
    road.get_by_role("button", name="Enviar ahora").click()  # nobody answers: it stays
    with scope(house):
        Product.objects.filter(code="INS-01").update(price="200")
    road.context.set_offline(False)  # it is sent by itself
    road.get_by_text("Algo ha cambiado mientras estabas sin conexión").wait_for()
    assert axe(road) == []
    shot(road, "conflicto")
    road.get_by_role("button", name="Usar los precios de hoy").click()
    road.get_by_text("Todo está enviado").wait_for()
    with scope(house):
        assert Quote.objects.get().total_cents == 107569


def test_the_customer_chooses_and_cannot_leave_without_the_long_press(
    road: Any, house: Any, axe: Any
) -> None:
    choose(road)
    road.get_by_role("button", name="Añadir Plan de mantenimiento Plus").click()
    road.locator("[data-product]").filter(has_text="Plan de mantenimiento").locator(
        ".pr-open"
    ).click()
    road.get_by_label("El cliente decide si lo quiere").check()
    assert axe(road) == []
    road.get_by_role("button", name="Aplicar").click()
    road.get_by_role("button", name="Modo cliente").click()
    road.get_by_role("heading", name="Elige lo que quieras incluir").wait_for()
    assert axe(road) == []
    shot(road, "modo-cliente")
    assert road.get_by_role("button", name="Volver").count() == 0
    road.get_by_label("Incluir Plan de mantenimiento Plus").uncheck()
    expect(road.locator(".total b")).to_have_text("1.051,49 €")
    road.evaluate("history.back()")
    expect(road.get_by_role("heading", name="Elige lo que quieras incluir")).to_be_visible()
    road.get_by_role("button", name="Mantén pulsado para salir").click()
    assert road.get_by_role("button", name="Generar presupuesto").count() == 0
    road.get_by_role("button", name="Mantén pulsado para salir").focus()
    road.keyboard.down("Enter")
    road.get_by_role("button", name="Generar presupuesto").wait_for()
    road.keyboard.up("Enter")


def try_pin(page: Any, pin: str) -> None:
    page.get_by_role("button", name="Salir").first.click()
    page.get_by_label("PIN", exact=True).fill(pin)
    page.get_by_role("dialog").get_by_role("button", name="Salir").click()


def test_with_a_pin_the_customer_cannot_leave_even_opening_it_again(road: Any, axe: Any) -> None:
    road.get_by_role("button", name="Menú").click()
    road.get_by_role("button", name="PIN del modo cliente").click()
    road.get_by_label("PIN nuevo").fill("12")
    road.get_by_role("button", name="Guardar").click()
    road.get_by_text("Escribe de 4 a 8 cifras").wait_for()
    assert axe(road) == []
    road.get_by_label("PIN nuevo").fill("4711")
    road.get_by_role("button", name="Guardar").click()
    road.get_by_text("PIN guardado en este dispositivo").wait_for()
    choose(road)
    road.context.set_offline(True)
    road.get_by_role("button", name="Modo cliente").click()
    road.get_by_role("heading", name="Elige lo que quieras incluir").wait_for()
    road.once("dialog", lambda asked: asked.accept())  # «leave the page?»
    road.reload()
    road.get_by_role("heading", name="Elige lo que quieras incluir").wait_for()
    assert road.get_by_role("button", name="Menú").count() == 0
    for _wrong in range(5):
        try_pin(road, "0000")
        road.get_by_text("No es ese PIN").wait_for()
        road.get_by_role("button", name="Cerrar").click()
    try_pin(road, "4711")  # right, and too soon
    road.get_by_text("Espera 30 segundos").wait_for()
    assert axe(road) == []
    shot(road, "pin")
    road.get_by_role("button", name="Cerrar").click()
    road.evaluate("(real => { Date.now = () => real() + 31000 })(Date.now)")
    try_pin(road, "4711")
    road.get_by_role("button", name="Generar presupuesto").wait_for()


def test_signed_in_client_mode_and_opened_again_it_shows_nothing_of_anybody(road: Any) -> None:
    choose(road)
    road.context.set_offline(True)
    road.get_by_role("button", name="Modo cliente").click()
    road.get_by_role("button", name="Listo").click()
    road.get_by_label("NIF de quien firma").fill("12345678Z")
    sign_with_a_pen(road)
    road.get_by_label("Acepto").check()
    road.get_by_role("button", name="Firmar y aceptar").click()
    road.locator(".done").wait_for()
    road.once("dialog", lambda asked: asked.accept())
    road.reload()
    road.get_by_text("Devuelve el dispositivo").wait_for()
    assert road.get_by_text("Hotel Mirador").count() == 0
    road.get_by_role("button", name="Mantén pulsado para salir").focus()
    road.keyboard.down("Enter")
    road.get_by_role("button", name="Pendiente de enviar (1)").wait_for()
    road.keyboard.up("Enter")


# A camera that sees a label: the machine of the tests has none, nor a browser that reads codes.
CAMERA = """
globalThis.BarcodeDetector = class { async detect() { return globalThis.label ?? [] } }
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement('canvas')
  canvas.getContext('2d').fillRect(0, 0, 9, 9)
  globalThis.camera = canvas.captureStream(5)
  return globalThis.camera
}"""


def test_the_code_of_a_product_is_read_with_the_camera_where_there_is_one(
    road: Any, axe: Any
) -> None:
    road.get_by_role("button", name="Hotel Mirador de la Bahía").click()
    assert road.get_by_role("button", name="Leer un código").count() == 0
    road.get_by_text("Guardado").wait_for()
    road.add_init_script(CAMERA)
    road.reload()
    road.get_by_role("button", name="Leer un código").click()
    road.get_by_text("Pon el código").wait_for()
    assert axe(road) == []
    road.evaluate("globalThis.label = [{ rawValue: '8400000000000' }]")
    road.get_by_text("Ningún producto tiene el código 8400000000000").wait_for()
    road.evaluate("globalThis.label = [{ rawValue: 'spl-35' }]")
    expect(road.locator(".total b")).to_have_text("833,69 €")
    road.get_by_role("dialog").wait_for(state="detached")
    assert road.evaluate("globalThis.camera.getTracks()[0].readyState") == "ended"


def test_a_new_lead_is_warned_of_who_may_be_the_same(road: Any, house: Any, axe: Any) -> None:
    road.context.set_offline(True)
    road.get_by_role("button", name="Nuevo potencial").click()
    road.get_by_label("Nombre", exact=True).fill("Mirador de la Bahia")
    road.get_by_label("Teléfono").fill("960 000 001")
    road.get_by_role("button", name="Continuar").click()
    road.get_by_text("Ya existe Hotel Mirador de la Bahía: mismo teléfono").wait_for()
    assert axe(road) == []
    shot(road, "duplicado")
    road.get_by_role("button", name="Usar este").click()
    road.get_by_role("heading", name="Hotel Mirador de la Bahía").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_reads_well_on_a_tablet_by_day_and_by_night(road: Any, axe: Any, theme: str) -> None:
    road.set_viewport_size({"width": 820, "height": 1180})
    road.emulate_media(color_scheme=theme)
    assert axe(road) == []
    choose(road)
    assert axe(road) == []
    shot(road, f"tableta-{theme}-2")
    road.get_by_role("button", name="Generar presupuesto").click()
    assert axe(road) == []
    shot(road, f"tableta-{theme}-3")
    road.set_viewport_size({"width": 390, "height": 844})
    shot(road, f"movil-{theme}-3")
