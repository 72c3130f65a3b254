"""The three rules of «Gestionado por usuario» as a person meets them, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from tests.cast import OrganisationClient, make_member, make_organisation
from tests.support.browser import at_rest

from lonja.accounts.models import Organisation
from lonja.accounts.scope import scope
from lonja.sales.actions import create_quote
from lonja.sales.actions.opportunities import create_opportunity
from lonja.tasks.models import Qualified, Task
from lonja.tasks.tests import house

pytestmark = [pytest.mark.browser, pytest.mark.no_scope]


class Desk:
    """Marta at her desk, with an oferta and a presupuesto in front of her."""

    def __init__(self, organisation: Organisation, url: str, offer: int, quote: int) -> None:
        self.organisation, self.url, self.quote = organisation, url, quote
        self.born = {
            "sales.opportunity": (f"{url}/ofertas/{offer}/", offer),
            "sales.quote": (f"{url}/presupuestos/{quote}/", quote),
        }

    def last_task(self) -> Task:
        with scope(self.organisation):
            rows = Task.objects.select_related("manager__user", "state", "party")
            return rows.latest("pk")


@pytest.fixture
def desk(real_commits: None, context: Any, live_server: Any) -> Desk:
    organisation = make_organisation("Clima Levante", "clima-levante", "B98765431")
    with scope(organisation):
        marta = make_member(organisation, "Marta Soler")
        team = house.people(organisation)
        by_hand = house.reason("Seguimiento")
        Qualified.objects.create(reason=by_hand, member=team["begona"])
        house.reason(
            "Avería", pendiente={"manager": team["alvaro"]}, curso={"manager_role": "support"}
        )
        party = house.client(team["inigo"])
        quote = create_quote(company=organisation.company, party=party, by=marta)
        offer = create_opportunity(
            company=organisation.company, party=party, title="Aerotermia", by=marta
        )
    client = OrganisationClient(marta)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    context.add_cookies([cookie])
    return Desk(organisation, f"{live_server.url}/clima-levante", offer.pk, quote.pk)


ORIGINS = pytest.mark.parametrize("origin", ["sales.opportunity", "sales.quote"])


def open_form(page: Any, desk: Desk, origin: str = "sales.quote") -> Any:
    """From the page of the oferta or the presupuesto: «Nueva tarea» in its panel."""
    page.goto(desk.born[origin][0])
    page.locator("a.btn", has_text="Nueva tarea").click()
    form = page.locator("#cajon form#tarea")
    form.wait_for()
    return form


def choose(page: Any, form: Any, motive: str, state: str = "") -> None:
    with page.expect_response("**/tareas/gestor/**"):
        form.locator("[name=reason]").select_option(label=motive)
    at_rest(page)
    if state:
        with page.expect_response("**/tareas/gestor/**"):
            form.locator("[name=state]").select_option(label=state)
        at_rest(page)


@ORIGINS
def test_a_motivo_with_a_user_shows_that_user_and_cannot_be_edited(page, desk, origin, axe):
    form = open_form(page, desk, origin)
    choose(page, form, "Avería", "Pendiente")
    assert form.locator("[data-manager]").inner_text() == "Álvaro Núñez"
    assert form.locator("[name=manager]").count() == 0
    assert axe(page, within="#cajon") == []
    page.locator("#cajon [data-primary]").click()
    page.get_by_text("T-1 · ").wait_for()
    task = desk.last_task()
    assert task.manager.name == "Álvaro Núñez"
    assert (task.origin_type, task.origin_id) == (origin, desk.born[origin][1])


@ORIGINS
def test_a_motivo_with_a_role_shows_the_role_and_a_change_of_state_decides_again(
    page, desk, origin
):
    form = open_form(page, desk, origin)
    choose(page, form, "Avería", "En curso")
    assert form.locator("[data-manager]").inner_text() == "Soporte"
    assert form.locator("[name=manager]").count() == 0
    assert "2 personas" in form.locator("#campo-gestor").inner_text()
    choose(page, form, "Avería", "Pendiente")
    assert form.locator("[data-manager]").inner_text() == "Álvaro Núñez"


@ORIGINS
def test_otherwise_the_qualified_user_is_proposed_and_another_can_be_searched(page, desk, origin):
    form = open_form(page, desk, origin)
    choose(page, form, "Seguimiento")
    box = form.locator("#campo-gestor .ts-control")
    box.wait_for()
    assert "Begoña Ríos" in box.inner_text()
    box.click()
    page.keyboard.type("alvaro")
    page.locator("#campo-gestor .ts-dropdown .option", has_text="Álvaro Núñez").click()
    page.locator("#cajon [data-primary]").click()
    page.get_by_text("T-1 · ").wait_for()
    task = desk.last_task()
    assert task.manager.name == "Álvaro Núñez"
    assert task.state.name == "Pendiente"


def test_a_field_put_in_by_hand_changes_nothing(page, desk):
    """Whoever opens the console and adds the field still gets what the configuration says."""
    form = open_form(page, desk)
    choose(page, form, "Avería", "Pendiente")
    with scope(desk.organisation):
        from lonja.accounts.models import Membership

        other = Membership.objects.get(user__full_name="Íñigo Sáez").pk
    page.evaluate(
        """(pk) => { const input = document.createElement('input'); input.type = 'hidden'
        input.name = 'manager'; input.value = pk
        document.querySelector('#cajon form#tarea').append(input) }""",
        other,
    )
    page.locator("#cajon [data-primary]").click()
    page.get_by_text("T-1 · ").wait_for()
    assert desk.last_task().manager.name == "Álvaro Núñez"
    page.goto(f"{desk.url}/tareas/{desk.last_task().pk}/")
    assert "pidió que la gestionara Íñigo Sáez" in page.locator("main").inner_text()


def test_it_works_without_javascript(browser, desk, context):
    plain = browser.new_context(java_script_enabled=False, locale="es-ES")
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(f"{desk.url}/tareas/nueva/?origen=sales.quote&id={desk.quote}")
    page.locator("[name=reason]").select_option(label="Avería")
    page.locator("[name=state]").select_option(label="En curso")
    page.locator("button[data-primary]").click()
    assert "T-1" in page.locator("main").inner_text()
    assert desk.last_task().manager_role == "support"
    plain.close()


def test_the_list_is_worked_with_the_keyboard_and_every_screen_is_accessible(page, desk, axe):
    with scope(desk.organisation):
        from lonja.accounts.models import Membership
        from lonja.tasks.models import Reason

        marta = Membership.objects.get(user__full_name="Marta Soler")
        motive = Reason.objects.get(name="Seguimiento")
        for subject in ("Primera", "Segunda"):
            house.task(motive, desk.organisation.company, marta, subject=subject)
    page.goto(f"{desk.url}/tareas/buscar/")
    assert axe(page) == []
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-chosen]").inner_text() == "1 seleccionada"
    page.keyboard.press("Enter")
    page.locator("#cajon h2", has_text="Primera").wait_for()
    page.locator("#cajon input[name=text]").first.fill("Un paso")
    page.keyboard.press("Enter")
    page.locator("#cajon .checklist", has_text="Un paso").wait_for()
    assert axe(page, within="#cajon") == []
    page.keyboard.press("Escape")
    page.locator("#cajon[open]").wait_for(state="detached")
    page.keyboard.press("e")
    page.locator("h1", has_text="Primera").wait_for()
    page.get_by_text("Programar la siguiente").wait_for()
    assert axe(page) == []
    for path in ("/configuracion/tareas/", "/configuracion/reglas/nueva/", "/tareas/nueva/"):
        page.goto(f"{desk.url}{path}")
        assert axe(page) == [], path
