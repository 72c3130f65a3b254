"""«Gestionado por usuario»: the table of every combination.

Each row: what is configured for the motivo in the state, who was asked for in the form (forged or
not), who ends up managing, by which rule, and whether the history says that somebody was ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.utils import timezone

from lonja.accounts.models import Absence
from lonja.activity.models import Event
from lonja.billing.models import Invoice
from lonja.sales.actions import create_quote
from lonja.sales.actions.opportunities import create_opportunity
from lonja.sales.models import Opportunity
from lonja.tasks import managing
from lonja.tasks.actions import config
from lonja.tasks.models import Qualified, ReasonState, Task
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Row:
    configured: str
    asked: str
    manages: str
    rule: int
    ignored: bool = False
    says: str = ""


U, R, O = managing.FIXED_USER, managing.FIXED_ROLE, managing.OPEN_CHOICE  # noqa: E741
TABLE = [
    # configured          asked       manages             rule  ignored  what the field says
    Row("user", "", "Álvaro Núñez", U),
    Row("user", "same", "Álvaro Núñez", U),
    Row("user", "other", "Álvaro Núñez", U, True),
    Row("user away", "", "Álvaro Núñez", U, False, "está ausente hasta"),
    Row("user away", "other", "Álvaro Núñez", U, True, "está ausente hasta"),
    Row("user inactive", "", "Begoña Ríos", O, False, "ya no tiene acceso"),
    Row("user inactive", "other", "Íñigo Sáez", O, False, "ya no tiene acceso"),
    Row("role", "", "Soporte", R, False, "(2 personas)"),
    Row("role", "other", "Soporte", R, True),
    Row("role all away", "", "Soporte", R, False, "están ausentes"),
    Row("role empty", "", "Contable", R, False, "Nadie tiene el rol Contable"),
    Row("role empty", "other", "Contable", R, True, "Nadie tiene el rol Contable"),
    Row("nobody", "", "Begoña Ríos", O, False, "Proponemos a Begoña Ríos"),
    Row("nobody", "other", "Íñigo Sáez", O),
    Row("nobody, best away", "", "Álvaro Núñez", O),
    Row("nobody, none qualified", "", "Íñigo Sáez", O, False, "es el agente del cliente"),
    Row("nobody, none qualified nor agent", "", "Lucía Ferrer", O, False, "quien crea la tarea"),
]
ORIGINS = ["nothing", "client", "lead", "offer", "quote", "invoice"]


@dataclass
class Scene:
    """What a row needs to be true."""

    motive: object
    people: dict
    party: object
    document: object

    def asked(self, who: str):
        return {"": None, "same": self.people["alvaro"], "other": self.people["inigo"]}[who]

    def start(self, origin: str) -> dict[str, object]:
        """What the form carries when the task is born from there."""
        born = {
            "nothing": {"party": self.party.pk},
            "client": {"origen": "parties.party", "id": self.party.pk},
            "lead": {"origen": "parties.party", "id": self.party.pk},
        }
        types = {"offer": "sales.opportunity", "quote": "sales.quote", "invoice": "billing.invoice"}
        return born.get(origin) or {"origen": types[origin], "id": self.document.pk}


def away(*members):
    today = timezone.localdate()
    for member in members:
        Absence.objects.create(membership=member, first=today, last=today)


@pytest.fixture
def scene(lonja, lucia, team):
    """Álvaro carries a task, Begoña none; both are qualified; Íñigo is the client's agent."""

    def make(configured: str, origin: str = "client") -> Scene:
        cell: dict[str, object] = {}
        if configured.startswith("user"):
            cell = {"manager": team["alvaro"]}
        elif configured.startswith("role"):
            role = "accountant" if configured == "role empty" else "support"
            cell = {"manager_role": role}
        motive = house.reason("Avería", pendiente=cell, curso=cell)
        qualified = "none qualified" not in configured
        for name in ("alvaro", "begona") if qualified else ():
            Qualified.objects.create(reason=motive, member=team[name])
        agent = None if "nor agent" in configured else team["inigo"]
        party = house.client(agent)
        if origin == "lead":
            party.stage = "lead"
            party.save()
        busy = house.reason("Otra cosa", pendiente={"manager": team["alvaro"]})
        house.task(busy, lonja.company, lucia)
        if configured == "user inactive":
            team["alvaro"].deactivated_at = timezone.now()
            team["alvaro"].save()
        if configured == "user away":
            away(team["alvaro"])
        if configured == "role all away":
            away(team["alvaro"], team["begona"])
        if configured == "nobody, best away":
            away(team["begona"])
        document = None
        if origin == "offer":
            document = create_opportunity(
                company=lonja.company, party=party, title="Aerotermia", by=lucia, agent=agent
            )
            Opportunity.objects.filter(pk=document.pk).update(agent=agent)
        elif origin == "quote":
            document = create_quote(company=lonja.company, party=party, by=lucia)
            document.agent = agent
            document.save()
        elif origin == "invoice":
            document = Invoice.objects.create(company=lonja.company, party=party, agent=agent)
        return Scene(motive, team, party, document)

    return make


def form_of(scene, row, origin):
    asked = scene.asked(row.asked)
    return {
        "reason": scene.motive.pk,
        "state": house.states()["Pendiente"].pk,
        "subject": "Fuga en split",
        "manager": asked.pk if asked else "",
        **scene.start(origin),
    }


def ignored(task):
    return Event.objects.filter(verb="tasks.manager_ignored", target_id=task.pk).count()


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.configured}, asks {row.asked or '-'}")
def test_who_manages_a_new_task(row, origin, scene, as_lucia):
    made = scene(row.configured, origin)
    query = {"reason": made.motive.pk, "state": house.states()["Pendiente"].pk}
    field = as_lucia.htmx("/tareas/gestor/", query | made.start(origin)).content.decode()
    shown = row.manages if not row.asked or row.rule != O else ""
    assert shown in field
    assert ('name="manager"' in field) == (row.rule == O)
    if row.rule == O and not row.asked:
        assert re.search(rf"<option value=\"\d+\" selected>{row.manages}<", field)
    assert row.says in field
    answer = as_lucia.post("/tareas/nueva/", form_of(made, row, origin))
    assert answer.status_code == 303, answer.content.decode()
    task = Task.objects.select_related("manager__user").latest("pk")
    assert task.manager_name == row.manages
    assert (task.manager is None) == (row.rule == R)
    assert ignored(task) == row.ignored


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.configured}, asks {row.asked or '-'}")
def test_who_manages_it_after_a_change_of_state(row, scene, as_lucia, lucia, lonja):
    """The same, entering «En curso»; where nobody is configured, whoever manages it stays."""
    made = scene(row.configured)
    fixed_before = ReasonState.objects.get(reason=made.motive, state=house.states()["Pendiente"])
    fixed_before.manager, fixed_before.manager_role = None, ""
    config.save_cell(fixed_before, by=None)
    task = house.task(made.motive, lonja.company, lucia, asked=lucia, party=made.party)
    assert task.manager == lucia
    asked = made.asked(row.asked)
    answer = as_lucia.post(
        f"/tareas/{task.pk}/estado/",
        {"state": house.states()["En curso"].pk, "manager": asked.pk if asked else ""},
    )
    assert answer.status_code == 303, answer.content.decode()
    task = Task.objects.select_related("manager__user").get(pk=task.pk)
    stays = row.rule == O and not row.asked
    assert task.manager_name == ("Lucía Ferrer" if stays else row.manages)
    assert ignored(task) == row.ignored


def test_a_forged_reassignment_is_refused_and_written_down(scene, as_lucia, lucia, lonja, team):
    made = scene("role")
    task = house.task(made.motive, lonja.company, lucia)
    answer = as_lucia.post(f"/tareas/{task.pk}/gestor/", {"manager": team["inigo"].pk})
    assert answer.status_code == 409
    task.refresh_from_db()
    assert (task.manager, task.manager_role) == (None, "support")
    assert ignored(task) == 1


def test_a_member_of_another_house_or_without_access_is_never_a_manager(
    scene, as_lucia, nuria, team
):
    made = scene("nobody")
    team["begona"].deactivated_at = timezone.now()
    team["begona"].save()
    for stranger in (nuria, team["begona"]):
        data = form_of(made, Row("", "", "", O), "client") | {"manager": stranger.pk}
        assert as_lucia.post("/tareas/nueva/", data).status_code in (409, 422)
    assert not Task.objects.filter(subject="Fuga en split").exists()


def test_the_search_finds_people_without_accents_and_the_qualified_first(scene, as_lucia):
    made = scene("nobody")
    found = as_lucia.get(f"/tareas/personas/?q=alvaro+nun&motivo={made.motive.pk}").json()
    assert [one["text"] for one in found] == ["Álvaro Núñez"]
    assert found[0]["sub"].startswith("Cualificado · 1 tarea abierta")
    everybody = as_lucia.get(f"/tareas/personas/?q=&motivo={made.motive.pk}").json()
    assert [one["text"] for one in everybody][:2] == ["Begoña Ríos", "Álvaro Núñez"]


def test_load_is_shared_fairly(scene, as_lucia, lonja, lucia, team):
    made = scene("nobody")
    given = [
        house.task(made.motive, lonja.company, lucia, party=made.party).manager.name
        for _n in range(5)
    ]
    assert given.count("Begoña Ríos") == 3  # she began with one task less
    assert given.count("Álvaro Núñez") == 2


def test_changing_the_configuration_moves_no_task(scene, lonja, lucia, team):
    made = scene("user")
    task = house.task(made.motive, lonja.company, lucia)
    cell = ReasonState.objects.get(reason=made.motive, state=house.states()["Pendiente"])
    cell.manager = team["begona"]
    config.save_cell(cell, by=lucia)
    task.refresh_from_db()
    assert task.manager == team["alvaro"]


def test_two_managers_in_a_cell_are_refused_by_the_database_itself(scene, team):
    from django.db import IntegrityError, transaction

    made = scene("user")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReasonState.objects.filter(reason=made.motive, manager=team["alvaro"]).update(
            manager_role="support"
        )
