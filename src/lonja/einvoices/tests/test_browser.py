"""The screens of electronic invoices in a real browser, for everybody, by day and by night."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.scope import scope
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.send import send_invoice
from lonja.billing.models import Invoice, InvoiceLine
from lonja.billing.tests.conftest import real_commits
from lonja.einvoices.actions.certificates import keep_certificate
from lonja.einvoices.actions.copies import electronic_copy
from lonja.einvoices.actions.face import present
from lonja.einvoices.actions.received import take_in
from lonja.einvoices.actions.statuses import tell_status
from lonja.einvoices.models import EinvoiceProfile, FaceDelivery
from lonja.einvoices.tests.conftest import P12_PASSWORD, SAMPLES, p12
from lonja.parties.models import Party

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]

__all__ = ["real_commits"]
SHOTS = os.environ.get("LONJA_TEST_SHOTS", "")


@pytest.fixture
def office(real_commits: None, context: Any, live_server: Any) -> tuple[str, list[str]]:
    """The address of an organisation and the pages to look at."""
    house = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(house):
        member = make_member(house, "Marta Soler")
        client = OrganisationClient(member)
        town = Party.objects.create(
            name="Ayuntamiento de Dénia", nif="P0306300E", address="Pl. de la Constitució, 10",
            postcode="03700", city="Dénia", province="Alicante", email="facturas@denia.example",
        )  # fmt: skip
        EinvoiceProfile.objects.create(
            party=town,
            preferred="facturae",
            accounting_office="L01030632",
            managing_body="L01030633",
            processing_unit="L01030634",
        )
        keep_certificate(house.company, p12(), P12_PASSWORD, by=member)
        invoice = Invoice(company=house.company, party=town, issued_on=house.company.today())
        line = InvoiceLine(concept="Mantenimiento", unit_price=Decimal("1240"))
        save_draft(invoice, [line], by=member)
        invoice = issue_invoice(invoice, by=member)
        electronic_copy(invoice, "ubl")
        send_invoice(invoice, by=member)
        delivery = present(invoice, by=member)
        FaceDelivery.objects.filter(pk=delivery.pk).update(
            state="registered",
            registry_number="202611000042",
            code="2400",
            text="Contabilizada la obligación reconocida",
        )
        today = house.company.today()
        tell_status(invoice, "accepted", today, by=member)
        received = []
        for name in ("CII_example1.xml", "ubl-tc434-example9.xml"):
            content = (SAMPLES / name).read_bytes()
            received += take_in(house.company, name, content, received_on=today, by=member)
        paths = [
            f"facturas/{invoice.pk}/",
            f"facturas/{invoice.pk}/estado-electronico/",
            f"facturas/{invoice.pk}/face/anulacion/",
            f"clientes/{town.pk}/?tab=facturacion-electronica",
            f"clientes/{town.pk}/facturacion-electronica/editar/",
            "configuracion/facturacion-electronica/",
            "facturas-recibidas/",
            "facturas-recibidas/nueva/",
            f"facturas-recibidas/{received[0].pk}/",
            f"facturas-recibidas/{received[0].pk}/rechazo/",
        ]
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    return f"{live_server.url}/clima-levante/", paths


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_can_be_used_by_everybody(page, office, axe, theme, width):
    url, paths = office
    page.context.add_cookies([{"name": "tema", "value": theme, "url": url}])
    page.set_viewport_size({"width": width, "height": 900 if width > 400 else 844})
    for number, path in enumerate(paths):
        page.goto(url + path)
        at_rest(page)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{number:02}-{theme}-{width}.png", full_page=True)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_menu_of_downloads_gives_the_file(page, office):
    url, paths = office
    page.goto(url + paths[0])
    page.get_by_text("Descargar", exact=True).first.click()
    with page.expect_download() as waited:
        page.get_by_role("link", name="UBL 2.1 (EN 16931)").first.click()
    assert waited.value.suggested_filename == "UBL F2026-0001.xml"


def test_an_invoice_is_accepted_in_the_drawer(page, office):
    url, paths = office
    page.goto(url + paths[-2])
    page.get_by_role("link", name="Aceptar").click()
    page.locator("#cajon").get_by_role("button", name="Aceptar").click()
    page.get_by_text("Comunícalo antes de acabar el").first.wait_for()
    page.get_by_role("link", name="Pagada").wait_for()
