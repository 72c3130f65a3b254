"""Creating, changing and completing tasks, through the door."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from lonja.activity.models import Event
from lonja.tasks.models import Task, TaskStatePeriod
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


def data_of(motive, state="Pendiente", **more):
    return {
        "reason": motive.pk,
        "state": house.states()[state].pk,
        "subject": "Llamar a Carmen",
        "priority": "3",
        **more,
    }


def test_a_task_is_created_found_and_completed(as_lucia, lonja):
    motive = house.reason()
    assert as_lucia.get("/tareas/nueva/").status_code == 200
    answer = as_lucia.post(
        "/tareas/nueva/", data_of(motive, due_on="+2", due_time="10:30", tags="urgente, gas")
    )
    task = Task.objects.get()
    assert answer.status_code == 303
    assert answer.url.endswith(f"/tareas/{task.pk}/")
    assert task.code == "T-1"
    assert task.due_has_time
    page = as_lucia.get("/tareas/buscar/?q=carmen")
    assert "T-1" in page.content.decode()
    done = as_lucia.post(f"/tareas/{task.pk}/cierre/", follow=True)
    assert "Programar la siguiente" in done.content.decode()
    task.refresh_from_db()
    assert not task.is_open
    assert TaskStatePeriod.objects.filter(task=task, left_at=None).count() == 1


def test_the_page_does_everything_a_task_needs(as_lucia, lucia, lonja, team, settings, tmp_path):
    settings.FILES_ROOT = tmp_path
    task = house.task(house.reason(), lonja.company, lucia)
    path = f"/tareas/{task.pk}"
    as_lucia.post(f"{path}/pasos/", {"text": "Comprar el filtro"})
    step = task.checklist.get()
    as_lucia.post(f"{path}/pasos/{step.pk}/", {"hecho": "1"})
    as_lucia.post(f"{path}/comentarios/", {"text": "@alvaro nunez ¿puedes tú?<script>x</script>"})
    file = SimpleUploadedFile("../plano.pdf", b"%PDF-1.4 x", "application/pdf")
    as_lucia.post(f"{path}/adjuntos/", {"file": file})
    other = house.task(task.reason, lonja.company, lucia, subject="La otra")
    as_lucia.post(f"{path}/relaciones/", {"other": other.pk, "kind": "blocks"})
    as_lucia.post(f"{path}/seguidores/", {})
    page = as_lucia.get(f"{path}/").content.decode()
    for words in ("Comprar el filtro", "¿puedes tú?", "plano.pdf", "Bloquea a", "La otra", "1/1"):
        assert words in page
    assert "<script>x" not in page
    assert {f.member_id for f in task.followers.all()} == {team["alvaro"].pk, lucia.pk}
    attached = as_lucia.get(f"{path}/adjuntos/{task.attachments.get().pk}/")
    assert attached.content == b"%PDF-1.4 x"
    assert attached.headers["Content-Disposition"] == 'attachment; filename="plano.pdf"'


def test_what_is_pasted_in_the_description_is_washed(as_lucia, lonja):
    text = '<p onclick="x()">Hola <b>tú</b> <img src=x onerror=y> <a href="javascript:z">a</a></p>'
    as_lucia.post("/tareas/nueva/", data_of(house.reason(), description=text))
    kept = Task.objects.get().description
    assert "<b>tú</b>" in kept
    for bad in ("onclick", "img", "javascript"):
        assert bad not in kept


def test_a_repeating_task_makes_the_next_one_once(as_lucia, lucia, lonja):
    task = house.task(
        house.reason(),
        lonja.company,
        lucia,
        due_at=house.madrid(2026, 1, 31, 10),
        repeat_every=1,
        repeat_unit="month",
    )
    for _press in range(2):
        as_lucia.post(f"/tareas/{task.pk}/cierre/")
    following = Task.objects.get(previous=task)
    assert following.due > timezone.now()
    assert Task.objects.count() == 2
    assert following.is_open


def test_a_step_that_is_not_allowed_is_refused_with_the_ones_that_are(as_lucia, lucia, lonja):
    from lonja.tasks.models import ReasonState, Transition

    motive, states = house.reason(), house.states()
    cell = ReasonState.objects.get(reason=motive, state=states["Pendiente"])
    Transition.objects.create(cell=cell, to=states["En curso"])
    task = house.task(motive, lonja.company, lucia)
    answer = as_lucia.post(f"/tareas/{task.pk}/estado/", {"state": states["Hecha"].pk})
    assert answer.status_code == 409
    task.refresh_from_db()
    assert task.state == states["Pendiente"]


def test_the_history_tells_how_long_it_was_in_each_state(as_lucia, lucia, lonja):
    from lonja.tasks.actions.tasks import change_state

    states = house.states()
    task = house.task(house.reason(), lonja.company, lucia, house.madrid(2026, 11, 2, 9))
    change_state(task, states["En curso"], by=lucia, at=house.madrid(2026, 11, 2, 12))
    change_state(task, states["Hecha"], by=lucia, at=house.madrid(2026, 11, 2, 12, 45))
    page = as_lucia.get(f"/tareas/{task.pk}/").content.decode()
    assert "3 h" in page
    assert "45 min" in page
    assert Event.objects.filter(verb="tasks.state_changed", target_id=task.pk).count() == 2


def test_nobody_else_sees_what_a_hierarchical_member_should_not(as_marcos, lucia, marcos, lonja):
    motive = house.reason()
    hers = house.task(motive, lonja.company, lucia, subject="De Lucía")
    his = house.task(motive, lonja.company, lucia, asked=marcos, subject="De Marcos")
    page = as_marcos.get("/tareas/buscar/").content.decode()
    assert "De Marcos" in page
    assert "De Lucía" not in page
    assert as_marcos.get(f"/tareas/{hers.pk}/").status_code == 404
    assert as_marcos.get(f"/tareas/{his.pk}/").status_code == 200
