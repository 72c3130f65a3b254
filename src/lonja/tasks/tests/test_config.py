"""«Motivos y estados»: the matrix, its history, and the simulator before saving."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lonja.tasks.actions.tasks import complete
from lonja.tasks.models import Reason, ReasonState, State, Task
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


def cell_data(**more):
    return {
        "manager_kind": "nobody",
        "sla_amount": "",
        "sla_unit": "hours",
        "sla_working": "1",
        "sla_from": "entering",
        **more,
    }


def path_of(motive, state="Pendiente"):
    return f"/configuracion/tareas/casilla/{motive.pk}/{house.states()[state].pk}/"


def test_an_empty_house_begins_with_the_usual(as_lucia, lonja):
    assert "Empezar con lo habitual" in as_lucia.get("/configuracion/tareas/").content.decode()
    as_lucia.post("/configuracion/tareas/inicio/")
    page = as_lucia.get("/configuracion/tareas/").content.decode()
    assert "Esperando al cliente" in page
    assert Reason.objects.count() == 1
    assert State.objects.count() == 4


def test_a_cell_is_configured_and_its_history_tells_it(as_lucia, lonja, team):
    motive = house.reason()
    answer = as_lucia.post(
        path_of(motive),
        cell_data(manager_kind="user", manager=team["alvaro"].pk, sla_amount="4"),
    )
    assert answer.status_code == 303
    cell = ReasonState.objects.get(reason=motive, state=house.states()["Pendiente"])
    assert (cell.manager, cell.sla_seconds) == (team["alvaro"], 4 * 3600)
    # What was typed for the role does not count: the radio says user.
    both = cell_data(manager_kind="role", manager=team["alvaro"].pk, manager_role="support")
    as_lucia.post(path_of(motive), both)
    cell.refresh_from_db()
    assert (cell.manager, cell.manager_role) == (None, "support")
    history = as_lucia.get(f"/configuracion/tareas/motivos/{motive.pk}/").content.decode()
    assert "antes Álvaro Núñez · 4 h laborables, ahora rol Soporte" in history


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"manager_kind": "user"}, 422),
        ({"manager_kind": "role"}, 422),
        ({"sla_amount": "2", "sla_unit": "days", "sla_working": "1"}, 422),
        ({"sla_amount": "2", "sla_unit": "days", "sla_working": "0"}, 303),
    ],
)
def test_what_a_cell_takes(as_lucia, lonja, data, status):
    motive = house.reason()
    assert as_lucia.post(path_of(motive), cell_data(**data)).status_code == status


def test_no_sla_runs_where_the_clock_is_stopped(as_lucia, lonja):
    motive = house.reason()
    answer = as_lucia.post(path_of(motive, "Esperando"), cell_data(sla_amount="4"))
    assert answer.status_code == 409


def test_the_simulator_replays_ninety_days_and_saves_nothing(as_lucia, lucia, lonja):
    motive = house.reason()
    now = timezone.now()
    for n in range(10):
        began = now - timedelta(days=30, hours=n)
        task = house.task(motive, lonja.company, lucia, began)
        complete(task, by=lucia, at=began + timedelta(hours=n))
    old = house.task(motive, lonja.company, lucia, now - timedelta(days=120))
    complete(old, by=lucia, at=now - timedelta(days=100))
    query = "simulacion/?sla_amount=6&sla_unit=hours&sla_working=0&sla_from=entering"
    page = as_lucia.get(path_of(motive) + query).content.decode()
    assert "Habrían incumplido 3 de 10" in page
    cell = ReasonState.objects.get(reason=motive, state=house.states()["Pendiente"])
    assert cell.sla_seconds is None


def test_a_row_is_copied_whole(as_lucia, lonja, team):
    motive = house.reason(pendiente={"manager": team["alvaro"], "sla_seconds": 3600})
    as_lucia.post(f"/configuracion/tareas/motivos/{motive.pk}/copia/", {"name": "Avería grave"})
    copied = Reason.objects.get(name="Avería grave")
    cell = copied.cells.get(state=house.states()["Pendiente"])
    assert (cell.manager, cell.sla_seconds) == (team["alvaro"], 3600)
    assert copied.cells.count() == 4


def test_a_retired_motivo_keeps_its_tasks_and_takes_no_more(as_lucia, lucia, lonja):
    motive = house.reason()
    task = house.task(motive, lonja.company, lucia)
    as_lucia.post(f"/configuracion/tareas/motivos/{motive.pk}/uso/", {"activo": "0"})
    data = {
        "reason": motive.pk,
        "state": house.states()["Pendiente"].pk,
        "subject": "Otra",
        "priority": "3",
    }
    assert as_lucia.post("/tareas/nueva/", data).status_code == 422
    assert as_lucia.post(f"/tareas/{task.pk}/cierre/").status_code == 303
    assert Task.objects.count() == 1


def test_only_whoever_configures_gets_in(as_marcos, lonja):
    motive = house.reason()
    for path in ("/configuracion/tareas/", path_of(motive), "/configuracion/reglas/"):
        assert as_marcos.get(path).status_code == 403
