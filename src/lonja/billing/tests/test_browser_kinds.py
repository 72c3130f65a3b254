"""Kinds, corrections and papers in a real browser."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.support.browser import at_rest

from lonja.accounts.models import Membership
from lonja.accounts.scope import scope
from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.models import Invoice, InvoiceLine, Status
from lonja.billing.tests.test_browser import choose_client, desk
from lonja.parties.models import Party

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]
__all__ = ["desk"]


def sold(desk, kind: str = "ordinary", price: int = 100, **more) -> Invoice:
    with scope(desk.house):
        member = Membership.objects.get()
        one = Invoice(company=desk.house.company, party=Party.objects.first(), kind=kind, **more)
        line = InvoiceLine(concept="Filtro de aire", quantity=Decimal(3), unit_price=price)
        return issue_invoice(save_draft(one, [line], by=member), by=member)


def correction(desk, original: Invoice, how: str = "I") -> Invoice:
    with scope(desk.house):
        today = desk.house.company.today()
        member = Membership.objects.get()
        cause = CAUSES["return"]
        return start_correction([original], cause, correction=how, reason="", on=today, by=member)


def test_a_client_created_from_the_editor_comes_back_chosen(page, desk):
    page.goto(f"{desk.url}/facturas/nueva/")
    page.locator("[data-concept]").first.fill("Revisión de calderas")
    page.locator("#cliente a[data-drawer]").click()
    page.locator("#cajon #id_name").fill("Bodega Sur, S.L.")
    page.locator("#cajon [data-primary]").click()
    page.locator("#cliente .picked", has_text="Bodega Sur").wait_for()
    assert page.locator("[data-concept]").first.input_value() == "Revisión de calderas"


def test_changing_the_kind_changes_what_is_asked(page, desk):
    page.goto(f"{desk.url}/facturas/nueva/")
    page.locator("summary", has_text="Más datos").click()
    page.locator("#id_withholding_pct").wait_for()
    page.locator("#id_kind").select_option("simplified")
    page.locator("#id_prices_include_tax").wait_for()
    assert not page.locator("#id_withholding_pct").count()
    page.locator("[data-concept]").first.fill("Café")
    page.locator("[name=lineas-0-unit_price]").fill("12,10")
    page.locator("#id_prices_include_tax").check()
    page.locator("#totales .grand", has_text="12,10").wait_for()
    page.locator("summary.btn-primary").click()
    page.locator(".split button[value=emitir]").click()
    page.wait_for_url("**/facturas/*/")
    (one,) = desk.invoices()
    assert (one.number[0], one.total_cents) == ("T", 1210)


def test_a_part_is_returned_in_five_clicks_and_two_fields(page, desk):
    one = sold(desk)
    page.goto(f"{desk.url}/facturas/{one.pk}/")
    page.get_by_role("link", name="Rectificar").first.click()  # 1
    page.get_by_text("Me devuelven productos").click()  # 2
    page.locator("#id_reason").fill("Un filtro roto")  # field one
    page.locator("button[data-primary]").click()  # 3
    page.wait_for_url("**/editar/")
    at_rest(page)  # a machine types faster than the page wakes up
    page.locator("[name=lineas-0-quantity]").fill("-1")  # field two
    page.locator("#antes-despues", has_text="242,00").wait_for()
    page.locator("summary.btn-primary").click()  # 4
    page.locator(".split button[value=emitir]").click()  # 5
    page.locator("h1", has_text="R2").wait_for()
    done = desk.invoices()[-1]
    assert (done.status, done.total_cents) == (Status.ISSUED, -12100)
    assert done.correction_reason == "Un filtro roto"


def test_advances_are_put_in_the_lines(page, desk):
    advance = sold(desk)
    page.goto(f"{desk.url}/facturas/nueva/")
    choose_client(page)
    page.locator("[data-concept]").first.fill("Obra terminada")
    page.locator("[name=lineas-0-unit_price]").fill("1000")
    page.locator("summary", has_text="Descontar anticipos").click()
    page.locator(f"#anticipo-{advance.pk}").check()
    page.get_by_role("button", name="Poner en las líneas").click()
    page.locator("[data-line]").nth(1).wait_for()
    assert advance.number in page.locator("[data-concept]").nth(1).input_value()
    assert "847,00" in page.locator("#totales").inner_text()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_of_kinds_can_be_used_by_everybody(page, desk, axe, theme, width):
    page.context.add_cookies([{"name": "tema", "value": theme, "url": desk.url}])
    page.set_viewport_size({"width": width, "height": 900})
    one = sold(desk, withholding_pct=Decimal(15))
    ticket = sold(desk, "simplified", prices_include_tax=True)
    draft = correction(desk, one)
    for path in (
        "/facturas/",
        "/facturas/nueva/?tipo=simplified",
        f"/facturas/{draft.pk}/editar/",
        f"/facturas/{one.pk}/",
        f"/facturas/{one.pk}/rectificativa/",
        f"/facturas/cambio/?con={ticket.pk}",
        "/facturas/rappel/",
        "/facturas/que-factura/?purpose=sale&buyer=consumer&amount=low",
        "/configuracion/empresa/",
    ):
        page.goto(desk.url + path)
        at_rest(page)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
