"""A pen with pressure on a phone, a code by mail, and the checker, in a real browser."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.scope import scope
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Contact, Party
from lonja.sales.actions import publish_quote
from lonja.sales.actions.document import signed_document
from lonja.sales.biometrics import sealed
from lonja.sales.models import Signature, SigningSettings
from lonja.sales.seals import check
from lonja.sales.tests.house import make_quote
from lonja.sales.tests.signers import custodian, keep_dynamics

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_scope,
    pytest.mark.usefixtures("whole_transactions"),
]
SHOTS = os.environ.get("LONJA_SHOTS", "")


def shot(page: Any, name: str) -> None:
    """A picture for people to look at, when a folder is given."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


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
        quote = make_quote(lonja.company, party, lonja.lucia)  # type: ignore[attr-defined]
        keep_dynamics(lonja.company)
        SigningSettings.objects.update(code_policy="always")
        link = publish_quote(quote, by=lonja.lucia, base_url=live_server.url)  # type: ignore
        lonja.token, lonja.quote = link.token, quote  # type: ignore[attr-defined]
    return lonja


def write_with_a_pen(page: Any) -> None:
    box = page.locator("canvas").bounding_box()
    cdp = page.context.new_cdp_session(page)

    def pen(kind: str, x: float, y: float, force: float) -> None:
        cdp.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": box["x"] + x,
                "y": box["y"] + y,
                "button": "left",
                "buttons": 0 if kind == "mouseReleased" else 1,
                "clickCount": 1,
                "pointerType": "pen",
                "force": force,
                "tiltX": 20,
                "tiltY": -10,
            },
        )

    points = [(40, 120, 0.1), (80, 40, 0.5), (120, 130, 0.8), (170, 60, 0.9), (230, 120, 0.4)]
    pen("mousePressed", *points[0])
    for x, y, force in points[1:]:
        pen("mouseMoved", x, y, force)
    pen("mouseReleased", 240, 110, 0)


def test_a_pen_signs_with_pressure_and_a_code_and_the_checker_knows_it(
    page: Any, page_errors: list[str], house: Any, live_server: Any, axe: Any, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/p/{house.token}/firma/")
    page.get_by_label("NIF").fill("12345678Z")
    write_with_a_pen(page)
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.locator("#id_consiento-campo > .error").wait_for()  # above its box, not squeezed beside
    page_errors.clear()  # the 422 that the browser tells its console
    page.get_by_label("Acepto el presupuesto").check()
    page.get_by_label("Registrar también cómo trazo").check()
    page.get_by_role("button", name="Enviar código").click()
    page.get_by_text("Te hemos enviado un código").wait_for()
    with scope(house):
        text = OutgoingMail.objects.get(kind="sales.code").text
    page.get_by_label("Código de seis cifras").fill(re.search(r"^(\d{6})$", text, re.M).group(1))
    assert axe(page) == []
    shot(page, "firmar")
    page.get_by_role("button", name="Firmar y aceptar").click()
    page.get_by_role("heading", name="¡Gracias, Carmen!").wait_for()
    assert axe(page) == []
    shot(page, "gracias")
    with scope(house):
        signature = Signature.objects.select_related("dynamics").get()
        assert signature.identified_by == "code"
        assert signature.signed_at_device is not None
        strokes = json.loads(sealed.decrypt(signature.dynamics.read(), custodian()))
        pdf = tmp_path / "firmado.pdf"
        pdf.write_bytes(signed_document(signature).pdf.read())
    assert strokes["pointer"] == "pen"
    forces = [point[3] for stroke in strokes["strokes"] for point in stroke]
    assert max(force for force in forces if force is not None) > 0.6
    page.goto(f"{live_server.url}/comprobar/")
    assert axe(page) == []
    shot(page, "comprobar")
    page.get_by_label("Documento PDF").set_input_files(str(pdf))
    page.get_by_role("button", name="Comprobar").click()
    page.get_by_role("heading", name="Está intacto").wait_for()
    assert axe(page) == []
    shot(page, "intacto")


def test_while_another_document_is_checked_the_one_chosen_stays_chosen(
    page: Any, page_errors: list[str], house: Any, live_server: Any
) -> None:
    brought = {"name": "otro.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 otro"}
    page.goto(f"{live_server.url}/comprobar/")
    page.get_by_label("Documento PDF").set_input_files(brought)
    with check._turn:
        page.get_by_role("button", name="Comprobar").click()
        page.get_by_text("Se está comprobando otro documento").wait_for()
    page_errors.clear()  # the browser complains of the 503
    page.get_by_role("button", name="Comprobar").click()
    page.get_by_role("heading", name="No se puede leer").wait_for()


def test_the_settings_of_signing_and_the_panel_of_the_quote_are_accessible(
    page: Any, house: Any, live_server: Any, axe: Any
) -> None:
    with scope(house):
        client = OrganisationClient(house.lucia)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.set_viewport_size({"width": 1440, "height": 900})
    for path, name in (
        ("configuracion/firma/", "ajustes"),
        ("configuracion/firma/textos/accept_for/", "texto"),
        (f"presupuestos/{house.quote.pk}/", "presupuesto"),
    ):
        page.goto(f"{live_server.url}/clima-levante/{path}")
        at_rest(page)
        assert axe(page) == [], path
        shot(page, name)
