"""A plan written in a real browser."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.billing.actions.series import ensure_series
from lonja.billing.tests import conftest as fixtures
from lonja.catalogue.models import Product
from lonja.parties.models import Party
from lonja.subscriptions.actions.plans import start_plan
from lonja.subscriptions.models import PlanLine

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


real_commits = fixtures.real_commits


@pytest.fixture
def house(real_commits: None, context: Any, live_server: Any) -> Any:
    found = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(found):
        client = OrganisationClient(make_member(found, "Marta Soler"))
        ensure_series(found.company)
        Party.objects.create(name="Hotel Mirador de la Bahía, S.L.", nif="B12345674")
        Product.objects.create(code="MP-01", name="Mantenimiento preventivo", price=Decimal(420))
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    return found


def test_a_plan_is_written_with_a_product_of_the_catalogue(page, house, live_server):
    page.goto(f"{live_server.url}/clima-levante/recurrentes/nueva/")
    page.locator("[data-lines][data-ready]").wait_for()
    page.locator("#id_party-ts-control").click()
    page.keyboard.type("mira")
    page.locator(".ts-dropdown .option", has_text="Hotel Mirador").click()
    page.fill("[name=name]", "Mantenimiento")
    page.locator("[data-concept]").first.click()
    page.keyboard.type("manten")
    page.locator(".line-option", has_text="Mantenimiento preventivo").click()
    page.fill("[name=anchor]", "31/01/2099")
    page.locator(".edit-head button[data-primary]").click()
    page.wait_for_url(re.compile(r"/recurrentes/\d+/$"))
    with scope(house):
        line = PlanLine.objects.select_related("product").get()
    assert (line.product.code, line.unit_price) == ("MP-01", Decimal(420))


def test_the_phone_shows_the_last_months_of_the_mrr_not_the_first(page, house, live_server):
    with scope(house):
        today = house.company.today()
        line = {"concept": "Cuota", "quantity": Decimal(1), "unit_price": Decimal(420)}
        start_plan(
            company=house.company,
            party=Party.objects.get(),
            name="Cuota",
            lines=[{**line, "tax_category": "general"}],
            unit="month",
            anchor=today,
            by=None,
        )
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/clima-levante/recurrentes/mrr/")
    canvas = page.locator("canvas").first
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] - 20, "y": box["height"] - 40})
    page.wait_for_url(f"**/recurrentes/mrr/?mes={today:%Y-%m}")
