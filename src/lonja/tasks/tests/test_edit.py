"""Changing a task loses nothing: neither what it had nor what others wrote meanwhile."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from tests.cast import OrganisationClient

from lonja.tasks.actions.tasks import complete
from lonja.tasks.models import Task
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


def typed(client, task, **changes):
    """The form of the task as the browser would send it back, with some changes."""
    page = client.get(f"/tareas/{task.pk}/edicion/").content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    chosen = re.search(r'<select name="party".*?</select>', page, re.S)[0]
    party = re.search(r'value="(\d+)" selected', chosen)
    data = {"reason": task.reason_id, "state": task.state_id, "subject": task.subject}
    return {**data, "priority": "3", "seen": seen, "party": party[1] if party else "", **changes}


@pytest.fixture
def task(lonja, lucia, team):
    client = house.client(team["inigo"])
    return house.task(house.reason(), lonja.company, lucia, party=client)


def test_saving_keeps_the_client_that_was_archived_and_its_agent(as_lucia, task, team):
    task.party.archived_at = timezone.now()
    task.party.save()
    sent = typed(as_lucia, task, subject="Otro asunto")
    assert as_lucia.post(f"/tareas/{task.pk}/edicion/", sent).status_code == 303
    fresh = Task.objects.get(pk=task.pk)
    assert (fresh.subject, fresh.party, fresh.agent) == ("Otro asunto", task.party, team["inigo"])


def test_saving_keeps_the_client_that_the_member_does_not_see(as_marcos, task, marcos, team):
    Task.objects.filter(pk=task.pk).update(manager=marcos, manager_role="")
    task.party.agent = team["inigo"]
    task.party.save()
    sent = typed(as_marcos, task, subject="Otro asunto")
    assert as_marcos.post(f"/tareas/{task.pk}/edicion/", sent).status_code == 303
    fresh = Task.objects.get(pk=task.pk)
    assert (fresh.subject, fresh.party, fresh.agent) == ("Otro asunto", task.party, team["inigo"])


def test_what_was_closed_meanwhile_is_not_opened_by_an_old_form(as_lucia, task, team):
    sent = typed(as_lucia, task, subject="Lo que yo escribía")
    complete(task, by=team["begona"], at=timezone.now())
    answer = as_lucia.post(f"/tareas/{task.pk}/edicion/", sent)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "otra persona guardó cambios" in html
    assert "Lo que yo escribía" in html
    assert not Task.objects.get(pk=task.pk).is_open
    again = {**sent, "seen": re.search(r'name="seen" value="([^"]+)"', html)[1]}
    assert as_lucia.post(f"/tareas/{task.pk}/edicion/", again).status_code == 303
    assert Task.objects.get(pk=task.pk).subject == "Lo que yo escribía"


def test_an_old_page_neither_repeats_nor_undoes_what_another_did(as_lucia, task, team):
    states = house.states()
    complete(task, by=team["begona"], at=timezone.now())
    path, old = f"/tareas/{task.pk}/estado/", {"visto": states["Pendiente"].pk}
    same = as_lucia.post(path, {**old, "state": states["Hecha"].pk}, follow=True)
    assert "Begoña Ríos ya había completado T-1" in same.content.decode()
    other = as_lucia.post(path, {**old, "state": states["En curso"].pk})
    assert other.status_code == 409
    assert "Begoña Ríos acaba de pasarla a «Hecha»" in other.content.decode()
    assert OrganisationClient(team["begona"]).post(f"/tareas/{task.pk}/cierre/").status_code == 303
    assert not Task.objects.get(pk=task.pk).is_open
