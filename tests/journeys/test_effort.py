"""What the commonest tasks cost: clicks and fields, counted in a real browser.

A choice made with the keyboard while writing (Intro on the first option) is no click.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from lonja.accounts.scope import scope
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Entry, Invoice
from lonja.catalogue.models import Product
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Party
from lonja.subscriptions.models import Plan
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import accessibility_faults

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


@dataclass
class Hand:
    """Somebody at the screen who counts what they do."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def write(self, text: str, choose: str = "") -> None:
        """Type where the cursor is; `choose` waits for that option and takes it with Intro."""
        self.fields += 1
        self.page.keyboard.type(text)
        if choose:
            expect(self.page.get_by_role("listbox").get_by_text(choose).first).to_be_visible()
            self.page.keyboard.press("Enter")


@pytest.fixture
def house(server: str) -> Any:
    lonja = make_organisation("Clima Levante", "clima-levante", "B98765431")
    lonja.lucia = make_member(lonja, "Lucía Ferrer")  # type: ignore[attr-defined]
    with scope(lonja):
        ensure_series(lonja.company)  # type: ignore[attr-defined]
        Product.objects.create(code="MP-01", name="Mantenimiento preventivo", price=Decimal(420))
        Party.objects.create(
            name="Hotel Mirador de la Bahía, S.L.",
            nif="B12345674",
            address="Av. del Puerto, 14",
            postcode="03700",
            city="Dénia",
            province="Alicante",
            email="compras@mirador.example",
        )
    return lonja


@pytest.fixture
def hand(page: Page, house: Any, server: str) -> Hand:
    session = OrganisationClient(house.lucia).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}]
    )
    page.goto(f"{server}/clima-levante/facturas/")
    return Hand(page)


def issue_and_send(hand: Hand) -> None:
    page = hand.page
    hand.click(page.get_by_role("main").get_by_role("link", name="Nueva factura").first)
    hand.click(page.locator(".ts-control").first)
    hand.write("mirador", choose="Hotel Mirador")
    expect(page.get_by_role("group", name="Cliente")).to_contain_text("Hotel Mirador")
    hand.click(page.get_by_label("Concepto").first)
    hand.write("manten", choose="Mantenimiento preventivo")
    expect(page.get_by_label("Precio").first).to_have_value("420,00")
    hand.click(page.get_by_role("button", name="Emitir y enviar").first)
    expect(page.get_by_role("heading", name="F2026/0001")).to_be_visible()


def test_an_invoice_is_made_and_sent_in_four_clicks_and_two_fields(hand: Hand, house: Any) -> None:
    issue_and_send(hand)
    assert (hand.clicks, hand.fields) == (4, 2)
    with scope(house):
        invoice = Invoice.objects.get()
        assert (invoice.total_cents, invoice.status) == (50820, "issued")
        assert OutgoingMail.objects.get().to == ["compras@mirador.example"]


def test_a_payment_is_registered_in_two_clicks_and_no_field(hand: Hand, house: Any) -> None:
    issue_and_send(hand)
    page = hand.page
    hand.clicks = hand.fields = 0
    hand.click(page.get_by_role("link", name="Registrar cobro"))
    hand.click(page.get_by_role("dialog").get_by_role("button", name="Registrar cobro"))
    expect(page.get_by_text("Cobrada").first).to_be_visible()
    assert (hand.clicks, hand.fields) == (2, 0)
    with scope(house):
        assert Invoice.objects.get().outstanding_cents == 0
        assert Entry.objects.filter(kind="payment").count() == 1


def test_the_first_visit_is_light_and_the_second_one_fetches_no_file_again(
    page: Page, hand: Hand, server: str
) -> None:
    """The budget of a first page: 150 kB with its styles, scripts and font."""
    weighed: dict[str, int] = {}
    page.on("requestfinished", lambda r: weighed.update({r.url: r.sizes()["responseBodySize"]}))
    browser = page.context.browser
    assert browser is not None
    page.goto(f"{server}/clima-levante/clientes/", wait_until="networkidle")
    # What comes from the browser's own store weighs nothing (less its heading).
    assert all(size <= 0 for url, size in weighed.items() if "/static/" in url), weighed
    with closing(browser.new_context()) as fresh:
        first = fresh.new_page()
        weighed.clear()
        first.on(
            "requestfinished", lambda r: weighed.update({r.url: r.sizes()["responseBodySize"]})
        )
        first.goto(f"{server}/cuenta/entrar/", wait_until="networkidle")
        assert 30_000 < sum(weighed.values()) < 150_000, weighed


def test_a_plan_is_written_and_saved_in_its_editor(hand: Hand, house: Any, server: str) -> None:
    page = hand.page
    page.goto(f"{server}/clima-levante/recurrentes/nueva/")
    page.locator("[data-lines][data-ready]").wait_for()
    assert accessibility_faults(page) == []
    page.locator(".ts-control").first.click()
    hand.write("mirador", choose="Hotel Mirador")
    page.get_by_label("Nombre del servicio").fill("Mantenimiento")
    page.get_by_label("Concepto").first.click()
    hand.write("manten", choose="Mantenimiento preventivo")
    expect(page.get_by_label("Precio").first).to_have_value("420,00")
    page.get_by_role("button", name="Guardar").first.click()
    expect(page.get_by_role("heading", name="Mantenimiento", exact=True)).to_be_visible()
    with scope(house):
        assert Plan.objects.get().net_cents == 42000
