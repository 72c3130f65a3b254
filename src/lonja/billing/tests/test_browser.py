"""Invoicing in a real browser: the mouse, the keyboard, and neither JavaScript nor mouse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.models import Membership, Organisation
from lonja.accounts.scope import scope
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.series import ensure_series
from lonja.billing.models import Credit, Invoice, InvoiceLine, Status
from lonja.catalogue.models import Product
from lonja.parties.models import Party

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


class Desk:
    """A member at a desk: the address of their organisation, and their client's rows."""

    def __init__(self, house: Organisation, url: str, session: str) -> None:
        self.house, self.url, self.session = house, url, session

    def invoices(self) -> list[Invoice]:
        with scope(self.house):
            return list(Invoice.objects.order_by("pk"))

    def wait_for_concepts(self, page: Any, wanted: list[str]) -> None:
        """Until autosave has kept those lines (it does, two seconds after the last change)."""
        found: list[str] = []
        for _try in range(40):
            page.wait_for_timeout(200)
            with scope(self.house):
                rows = InvoiceLine.objects.order_by("position").values_list("concept", flat=True)
                found = [concept for concept in rows if concept]
            if found == wanted:
                return
        raise AssertionError(f"{found} != {wanted}")


@pytest.fixture
def desk(real_commits: None, context: Any, live_server: Any) -> Desk:
    house = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(house):
        client = OrganisationClient(make_member(house, "Marta Soler"))
        ensure_series(house.company)
        Party.objects.create(
            name="Hotel Mirador de la Bahía, S.L.",
            nif="B12345674",
            address="Av. del Puerto, 14",
            city="Dénia",
            email="compras@mirador.example",
            payment_terms_days=45,
        )
        Product.objects.create(code="REC-0071", name="Filtro de aire F7", price=Decimal("41.90"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": session, "url": live_server.url}])
    return Desk(house, f"{live_server.url}/clima-levante", session)


def choose_client(page: Any) -> None:
    page.locator("#cliente .ts-control").click()
    page.keyboard.type("mira")
    page.locator("#cliente .ts-dropdown .option", has_text="Hotel Mirador").click()
    page.locator("#cliente .picked").wait_for()


def test_an_invoice_of_one_line_takes_four_clicks_and_two_fields(page, desk):
    page.goto(f"{desk.url}/facturas/")
    page.locator("a[data-primary]").first.click()  # 1 «Nueva factura»
    page.locator("#cliente .ts-control input").focus()
    page.keyboard.type("mira")  # field one
    page.locator("#cliente .ts-dropdown .option", has_text="Hotel").click()  # 2
    page.locator("#cliente .picked").wait_for()
    page.locator("[data-concept]").first.focus()
    page.keyboard.type("filtro")  # field two
    page.locator(".line-option").click()  # 3
    page.locator("#totales .grand", has_text="50,70").wait_for()
    page.locator("button[data-primary]").click()  # 4 «Emitir y enviar»
    page.wait_for_url("**/facturas/*/")
    (invoice,) = desk.invoices()
    assert invoice.status == Status.ISSUED
    assert invoice.total_cents == 5070
    assert invoice.mailed_at is not None
    assert (invoice.due_on - invoice.issued_on).days == 45


def test_lines_are_written_moved_and_copied_with_the_keyboard(page, desk):
    page.goto(f"{desk.url}/facturas/nueva/")
    choose_client(page)
    first = page.locator("[data-concept]").first
    first.click()
    page.keyboard.type("Uno")
    for _cell in range(5):  # through detail by Tab, the rest by Enter
        page.keyboard.press("Tab" if _cell == 1 else "Enter")
    page.locator("[data-concept]").nth(0).focus()
    page.keyboard.press("Control+d")
    page.locator("[data-concept]").nth(1).fill("Dos")
    page.keyboard.press("Alt+ArrowUp")
    assert page.locator("[data-concept]").nth(0).input_value() == "Dos"
    desk.wait_for_concepts(page, ["Dos", "Uno"])
    assert len(desk.invoices()) == 1


def test_money_is_shared_out_while_it_is_typed(page, desk):
    with scope(desk.house):
        member, party = Membership.objects.get(), Party.objects.get()
        company, series = desk.house.company, ensure_series(desk.house.company)
        made = []
        for price in (100, 50):
            one = Invoice(company=company, party=party, series=series)
            one = save_draft(one, [InvoiceLine(concept="Cuota", unit_price=price)], by=member)
            made.append(issue_invoice(one, by=member))
    page.goto(f"{desk.url}/clientes/{party.pk}/?tab=ventas")
    page.goto(f"{desk.url}/cobros/nuevo/?cliente={party.pk}")
    page.locator("[name=amount]").fill("150")
    page.locator("[name=amount]").press("Tab")
    page.locator(f'[name=r{made[1].pk}][value="29,00"]').wait_for()
    page.locator(f"[name=r{made[1].pk}]").fill("9")
    page.locator(f"[name=r{made[1].pk}]").press("Tab")
    page.locator("#resto", has_text="Sobran 20,00").wait_for()
    page.locator("[name=keep_surplus]").check()
    page.locator("button[data-primary]").click()
    page.wait_for_url("**tab=ventas")
    with scope(desk.house):
        assert [invoice.outstanding_cents for invoice in desk.invoices()] == [0, 5150]
        assert Credit.objects.get().remaining_cents == 2000


def test_enter_before_the_answer_takes_who_was_written_and_not_who_was_listed(page, desk):
    with scope(desk.house):
        Party.objects.create(name="Abadía del Sur, S.L.")
    page.goto(f"{desk.url}/facturas/nueva/")
    page.locator(".ts-control").first.click()
    page.locator(".ts-dropdown .option", has_text="Abadía").wait_for()  # before anything is typed
    page.keyboard.type("mirador")
    page.keyboard.press("Enter")
    page.get_by_role("group", name="Cliente").get_by_text("Hotel Mirador").wait_for()


def test_a_draft_survives_a_reload(page, desk):
    page.goto(f"{desk.url}/facturas/nueva/")
    choose_client(page)
    page.locator("[data-concept]").first.fill("Revisión de calderas")
    desk.wait_for_concepts(page, ["Revisión de calderas"])
    page.locator(".saved").wait_for()
    page.reload()
    page.wait_for_url("**/editar/")
    assert page.locator("[data-concept]").first.input_value() == "Revisión de calderas"


def test_without_javascript_it_also_invoices(browser, desk):
    plain = browser.new_context(java_script_enabled=False, locale="es-ES")
    plain.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": desk.session, "url": desk.url}]
    )
    page = plain.new_page()
    page.goto(f"{desk.url}/facturas/nueva/")
    page.locator("select[name=party]").select_option(label="Hotel Mirador de la Bahía, S.L.")
    page.locator("[name=lineas-0-concept]").fill("Revisión")
    page.locator("[name=lineas-0-unit_price]").fill("100")
    page.locator("button[value=linea]").click()
    page.locator("[name=lineas-1-concept]").fill("Desplazamiento")
    page.locator("[name=lineas-1-unit_price]").fill("20,50")
    page.locator("button[value=recalcular]").click()
    assert "145,81" in page.locator("#totales").inner_text()
    page.locator("summary.btn-primary").click()
    page.locator(".split button[value=emitir]").click()
    assert page.locator("h1").inner_text() == f"F{desk.invoices()[0].year}/0001"
    plain.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_can_be_used_by_everybody(page, desk, axe, theme, width):
    page.context.add_cookies([{"name": "tema", "value": theme, "url": desk.url}])
    page.set_viewport_size({"width": width, "height": 900})
    with scope(desk.house):
        from lonja.accounts.models import Membership
        from lonja.billing.actions.drafts import save_draft
        from lonja.billing.actions.issue import issue_invoice

        made = []
        for _n in range(2):
            one = Invoice(
                company=desk.house.company,
                party=Party.objects.get(),
                series=ensure_series(desk.house.company),
            )
            member = Membership.objects.get()
            lines = [InvoiceLine(concept="Una línea de nombre muy largo " * 6, unit_price=100)]
            made.append(save_draft(one, lines, by=member))
        issue_invoice(made[0], by=member, send=True)
    for path in (
        "/facturas/",
        "/facturas/nueva/",
        f"/facturas/{made[0].pk}/",
        f"/facturas/{made[0].pk}/cobros/",
        f"/facturas/{made[0].pk}/envios/",
        f"/facturas/{made[1].pk}/editar/",
        f"/clientes/{made[0].party_id}/?tab=ventas",
        f"/cobros/nuevo/?cliente={made[0].party_id}",
        f"/cobros/extracto/{made[0].party_id}/",
        f"/facturas/{made[0].pk}/saldo/",
        f"/facturas/{made[0].pk}/demora/",
        "/cobros/",
        "/cobros/clientes/",
        "/libros/",
        "/configuracion/cobros-y-recordatorios/",
        "/configuracion/series/",
        "/configuracion/series/nueva/",
    ):
        page.goto(desk.url + path)
        at_rest(page)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
