"""The whole way once, as a person walks it: from the link of the installation to the first invoice
of a signed service, with every letter received for real."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Browser, Page, expect

from lonja.accounts.scope import all_organisations
from lonja.billing.models import Invoice
from lonja.config.verification import verify
from lonja.fiscal.models import Record
from lonja.office.setup import ensure_setup_link
from tests.journeys.conftest import CLIENTS, PRODUCTS, PostOffice, links, pdfs
from tests.support.browser import LISTEN_FOR_VIOLATIONS

pytestmark = [pytest.mark.browser, pytest.mark.both, pytest.mark.no_scope]

Look = Callable[[Page], None]
CLIENT = "Academia Criado S.Coop."


def text_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_from_the_link_to_the_invoice(
    page: Page, browser: Browser, server: str, post: PostOffice, look: Look
) -> None:
    install(page, server, look)
    set_mail_up(page, post, look)
    import_list(
        page, "Clientes", CLIENTS, look, leave_out="Agente", expected="394 filas importadas"
    )
    import_list(page, "Productos y servicios", PRODUCTS, look, expected="Todo importado: 8 filas")
    write_quote(page, look)
    letter = send_quote(page, post, look)
    sign_on_a_phone(browser, links(letter)[0], look)
    check_signed_copies(post)
    start_service(page, look)
    bill(page, post, look)
    check_invoice(post)
    check_home(page, look)
    report = verify()
    assert report.ok, report.problems


def install(page: Page, server: str, look: Look) -> None:
    """The first administrator and the first run."""
    page.goto(server + (ensure_setup_link() or ""))
    look(page)
    page.get_by_label("Nombre y apellidos").fill("Lucía Ferrer")
    page.get_by_label("Correo").fill("lucia@climalevante.example")
    page.get_by_label("Contraseña").fill("una-frase-bien-larga")
    page.get_by_label("Nombre de tu empresa").fill("Clima Levante")
    page.get_by_role("button", name="Crear mi cuenta").click()

    expect(page.get_by_role("heading", name="¿Quién emite las facturas?")).to_be_visible()
    look(page)
    page.get_by_label("NIF").fill("b-98765431")
    page.get_by_label("Nombre o razón social").fill("Clima Levante, S.L.")
    page.get_by_label("Domicilio fiscal").fill("C/ de la Ferreria, 8")
    page.get_by_label("Código postal").fill("46013")
    page.get_by_label("Población").fill("València")
    page.get_by_role("button", name="Continuar").click()

    expect(page.get_by_role("heading", name="Tus facturas, con tu marca")).to_be_visible()
    look(page)
    page.get_by_label("Lema").fill("Frío y calor desde 1998")
    page.get_by_role("button", name="Continuar").click()

    expect(page.get_by_role("heading", name="¿Cómo cobras?")).to_be_visible()
    look(page)
    page.get_by_label("IBAN donde te pagan").fill("ES91 2100 0418 4502 0005 1332")
    page.get_by_role("button", name="Continuar").click()

    expect(page.get_by_role("heading", name="¿Con qué empiezas?")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Ir a Inicio").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lucía")
    look(page)


def go(page: Page, name: str) -> None:
    """By the side bar."""
    page.get_by_role("link", name=name, exact=True).first.click()


def set_mail_up(page: Page, post: PostOffice, look: Look) -> None:
    go(page, "Configuración")
    look(page)
    page.get_by_role("link", name="Servidor de correo").first.click()
    look(page)
    page.get_by_label("Servidor", exact=True).fill("127.0.0.1")
    page.get_by_role("spinbutton", name="Puerto").fill(str(post.port))
    page.get_by_label("Sin cifrar").check()
    page.get_by_label("Remitente", exact=True).fill("facturas@climalevante.example")
    page.get_by_role("button", name="Guardar").click()
    page.get_by_label("Enviar la prueba a").fill("lucia@climalevante.example")
    page.get_by_role("button", name="Probar").click()
    expect(page.get_by_text("Funciona: última prueba")).to_be_visible()


def import_list(
    page: Page, kind: str, file: Any, look: Look, expected: str, *, leave_out: str = ""
) -> None:
    page.goto(page.url.split("/clima-levante/")[0] + "/clima-levante/importar/")
    look(page)
    page.get_by_role("main").get_by_role("link", name=kind, exact=True).click()
    look(page)
    page.get_by_label("Fichero", exact=True).set_input_files(file)
    page.get_by_role("button", name="Continuar").click()
    look(page)
    if leave_out:
        page.get_by_label(leave_out, exact=True).select_option("")
    page.get_by_role("button", name="Revisar el fichero").click()
    page.get_by_role("button", name="Importar las").click()
    expect(page.get_by_text(expected)).to_be_visible(timeout=20_000)
    look(page)


def write_quote(page: Page, look: Look) -> None:
    """A quote of two lines, one of them every month."""
    go(page, "Presupuestos")
    look(page)
    page.get_by_role("link", name="Nuevo presupuesto").first.click()
    choose_client(page)
    page.get_by_label("Título del presupuesto").fill("Climatización de las aulas")
    page.get_by_role("button", name="Crear presupuesto").click()
    expect(page.get_by_text("Así lo verá tu cliente")).to_be_visible()
    look(page)

    page.get_by_label("Concepto").first.press_sequentially("Mantenimiento")
    page.get_by_role("listbox").get_by_text("Mantenimiento preventivo").click()
    first = page.locator("[data-line]").first
    expect(first.get_by_label("Precio")).to_have_value("420,00")
    first.get_by_label("Periodicidad").select_option("month")
    page.get_by_role("button", name="Añadir concepto").click()
    second = page.locator("[data-line]").nth(1)
    second.get_by_label("Concepto").fill("Instalación y puesta en marcha")
    second.get_by_label("Precio").fill("1.200")
    expect(page.locator("#total-movil")).to_contain_text("1.452,00")
    expect(page.locator("#totales")).to_contain_text("508,20")


def choose_client(page: Page) -> None:
    page.locator(".ts-control").first.click()
    page.keyboard.type("Academia Criado")
    page.get_by_role("listbox").get_by_role("option", name=CLIENT).click()


def send_quote(page: Page, post: PostOffice, look: Look) -> Any:
    page.get_by_role("button", name="Enviar").first.click()
    expect(page.get_by_label("Para")).to_have_value("contacto1@empresa1.example")
    look(page)
    page.get_by_role("button", name="Enviar presupuesto").click()
    expect(page.get_by_text("Enviado").first).to_be_visible()
    look(page)
    letter = post.letter("resupuesto", to="contacto1@empresa1.example")
    assert CLIENT in text_of(pdfs(letter)[0])
    return letter


def sign_on_a_phone(browser: Browser, address: str, look: Look) -> None:
    """The customer, on a telephone of their own: no account, only the link of the letter."""
    phone = browser.new_context(
        locale="es-ES", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    phone.set_default_timeout(10_000)
    phone.add_init_script(LISTEN_FOR_VIOLATIONS)
    page, complaints = phone.new_page(), []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    expect(page.get_by_text("1.452,00").first).to_be_visible()
    look(page)
    page.locator("#importe-boton").click()
    page.wait_for_url("**/firma/**")
    look(page)
    page.get_by_label("Nombre y apellidos").fill("Carmen Roselló Ferrer")
    page.get_by_label("NIF").fill("12345678Z")
    draw(page)
    page.get_by_label("Acepto el presupuesto").check()
    page.get_by_role("button", name="Firmar y aceptar").click()
    expect(page.get_by_role("heading", name="¡Gracias, Carmen!")).to_be_visible()
    look(page)
    phone.close()
    assert complaints == []


def draw(page: Page) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 120)
    page.mouse.down()
    for x, y in ((80, 40), (120, 130), (170, 60), (230, 120), (300, 70)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=6)
    page.mouse.up()


def check_signed_copies(post: PostOffice) -> None:
    theirs = post.letter("copia firmada", to="contacto1@empresa1.example")
    ours = post.letter("ha firmado", to="lucia@climalevante.example")
    assert pdfs(theirs) == pdfs(ours)
    words = text_of(pdfs(theirs)[0])
    assert "Carmen Roselló Ferrer" in words
    assert "12345678Z" in words


def start_service(page: Page, look: Look) -> None:
    """From today at midnight, so that the first invoices are due already."""
    page.reload()
    look(page)
    page.get_by_role("link", name="Dar de alta el servicio", exact=True).click()
    look(page)
    page.get_by_role("textbox", name="Fecha de inicio").fill("hoy")
    page.get_by_label("Hora").fill("00:00")
    page.get_by_role("button", name="Dar de alta el servicio").click()
    expect(page.get_by_role("heading", name="Servicio de alta")).to_be_visible()
    look(page)


def bill(page: Page, post: PostOffice, look: Look) -> None:
    go(page, "Recurrentes")
    look(page)
    page.get_by_role("button", name="Ejecutar ahora").click()
    expect(
        page.get_by_role("heading", name="Ejecuciones").or_(page.get_by_text("No hay nada"))
    ).to_be_visible()
    post.letter("F2026/0002")
    go(page, "Facturas")
    expect(page.get_by_role("link", name="F2026/0001").first).to_be_visible()
    look(page)
    page.get_by_role("link", name="F2026/0001").first.click()
    look(page)


def check_invoice(post: PostOffice) -> None:
    with all_organisations():
        invoices = list(Invoice.objects.order_by("number"))
        records = list(Record.objects.order_by("position"))
    assert sorted(invoice.total_cents for invoice in invoices) == [50820, 145200]
    assert [record.invoice_id for record in records] == [invoice.pk for invoice in invoices]
    assert records[1].previous_huella == records[0].huella
    for invoice in invoices:
        letter = post.letter(str(invoice), to="contacto1@empresa1.example")
        words = text_of(pdfs(letter)[0])
        assert str(invoice) in words and "F31234768" in words and "QR tributario" in words


def check_home(page: Page, look: Look) -> None:
    go(page, "Inicio")
    expect(page.locator("#tarjeta-mrr")).to_contain_text("420,00")
    expect(page.locator("#tarjeta-prevision")).to_be_visible()
    look(page)
