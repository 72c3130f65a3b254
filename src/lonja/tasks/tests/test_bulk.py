"""Many tasks at once: a job, and what happened to each."""

from __future__ import annotations

import pytest

from lonja.accounts.scope import current_organisation_id
from lonja.jobs.models import Job
from lonja.jobs.worker import run_until_idle
from lonja.tasks.models import Task
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


def press(client, code, ids, **data):
    """Choose rows, press a button of the bar, let the worker work; the page that tells it."""
    asked = {"accion": code, "id": ids, "confirmado": "1", "filtro": "", **data}
    answer = client.post("/tareas/buscar/acciones/", asked)
    assert answer.status_code == 303, answer.content.decode()
    run_until_idle()
    return client.get(answer.url).content.decode()


def test_a_reassignment_tells_which_tasks_the_configuration_keeps(as_lucia, lucia, lonja, team):
    free, fixed = house.reason("Libre"), house.reason("Fija", pendiente={"manager": lucia})
    ids = [house.task(motive, lonja.company, lucia).pk for motive in (free, free, fixed)]
    page = press(as_lucia, "reasignar", ids, manager=team["alvaro"].pk)
    assert "2 hechas" in page
    assert "1 sin hacer" in page
    assert "La gestiona Lucía Ferrer por la configuración" in page
    managers = list(Task.objects.order_by("pk").values_list("manager_id", flat=True))
    assert managers == [team["alvaro"].pk, team["alvaro"].pk, lucia.pk]


def test_completing_many_repeats_nothing_when_the_job_runs_twice(as_lucia, lucia, lonja):
    from lonja.tasks import jobs

    motive = house.reason()
    ids = [
        house.task(motive, lonja.company, lucia, repeat_every=1, repeat_unit="week").pk
        for _n in range(3)
    ]
    assert "3 hechas" in press(as_lucia, "completar", ids)
    jobs.bulk.call(what="complete", ids=ids, member_id=lucia.pk, data={})
    assert Task.objects.count() == 6
    assert Task.objects.open().count() == 3


def test_moving_many_says_why_some_could_not(as_lucia, lucia, lonja):
    from lonja.tasks.actions import config
    from lonja.tasks.models import ReasonState

    states = house.states()
    whole, short = house.reason("Entera"), house.reason("Corta")
    cell = ReasonState.objects.select_related("reason", "state").get(
        reason=short, state=states["En curso"]
    )
    from django.utils import timezone

    config.drop_cell(cell, by=lucia, at=timezone.now())
    ids = [house.task(motive, lonja.company, lucia).pk for motive in (whole, short)]
    page = press(as_lucia, "estado", ids, state=states["En curso"].pk)
    assert "1 hecha" in page
    assert "no se puede pasar a «En curso»" in page


def test_a_new_due_date_for_the_whole_filter(as_lucia, lucia, lonja):
    motive = house.reason()
    for _n in range(4):
        house.task(motive, lonja.company, lucia)
    page = press(as_lucia, "vencimiento", [], todas="1", due_on="24/12/2026", due_time="10:00")
    assert "4 hechas" in page
    assert {t.due.astimezone(house.MADRID).hour for t in Task.objects.all()} == {10}


def test_somebody_elses_job_is_not_found(as_lucia, as_marcos, lucia, lonja):
    motive = house.reason()
    press(as_lucia, "completar", [house.task(motive, lonja.company, lucia).pk])
    job = Job.objects.get(task="lonja.tasks.jobs.bulk")
    assert as_marcos.get(f"/tareas/trabajos/{job.pk}/").status_code == 404
    assert current_organisation_id() == lonja.pk


def test_a_long_list_is_exported_whole_by_a_job(as_lucia, lucia, lonja, settings, tmp_path):
    import io

    from python_calamine import CalamineWorkbook

    settings.FILES_ROOT = tmp_path
    motive = house.reason()
    first = house.task(motive, lonja.company, lucia)
    rows = []
    for n in range(1100):
        copy = Task.objects.get(pk=first.pk)
        copy.pk, copy.number, copy.subject = None, n + 2, f"Tarea {n}"
        rows.append(copy)
    Task.objects.bulk_create(rows)
    asked = as_lucia.get("/tareas/buscar/?exportar=xlsx").content.decode()
    assert "Preparar el fichero" in asked
    data = {"tabla": "tasks.tasks", "formato": "xlsx", "filtro": "orden=due_at"}
    answer = as_lucia.post("/ui/exportaciones/0/", data)
    assert answer.status_code == 303, answer.status_code
    run_until_idle()
    job = Job.objects.get(task="lonja.ui.jobs.export_list")
    from lonja.files.models import StoredFile

    book = StoredFile.objects.get(pk=job.result["file"]).read()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 1102
