"""What is said of a task reaches only those who may read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.cast import OrganisationClient

from lonja.accounts.models import Company, CompanyGrant
from lonja.activity.models import Notification
from lonja.mail.models import MailServer, OutgoingMail
from lonja.tasks.actions import agenda, extras
from lonja.tasks.actions.warn import warn_of_what_is_near
from lonja.tasks.models import CommentMention, Task
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(team):
    """Álvaro only works in another company."""
    other = Company.objects.create(legal_name="Frío Norte, S.L.", nif="B12345674")
    CompanyGrant.objects.create(membership=team["alvaro"], company=other)
    return team["alvaro"]


@pytest.fixture
def task(lonja, lucia):
    return house.task(house.reason(), lonja.company, lucia)


def test_naming_somebody_of_another_company_tells_them_nothing_and_says_so(
    as_lucia, elsewhere, team, task
):
    words = {"text": "@álvaro y @begoña: debe 3.000 €"}
    page = as_lucia.post(f"/tareas/{task.pk}/comentarios/", words, follow=True).content.decode()
    assert "No se ha avisado a Álvaro Núñez" in page
    told = Notification.objects.filter(kind="tasks.commented")
    assert [one.member for one in told] == [team["begona"]]
    assert [one.member for one in task.followers.all()] == [team["begona"]]
    assert not CommentMention.objects.filter(member=elsewhere).exists()
    assert OrganisationClient(elsewhere).get(f"/tareas/{task.pk}/").status_code == 404


def test_whoever_loses_the_company_stops_hearing_of_what_they_followed(lucia, team, task):
    extras.follow(task, team["alvaro"])
    extras.comment(task, "Uno", by=lucia, at=timezone.now())
    other = Company.objects.create(legal_name="Frío Norte, S.L.", nif="B12345674")
    CompanyGrant.objects.create(membership=team["alvaro"], company=other)
    extras.comment(task, "Dos", by=lucia, at=timezone.now())
    told = Notification.objects.filter(member=team["alvaro"]).values_list("text", flat=True)
    assert [text.rpartition(": ")[2] for text in told] == ["Uno"]


def test_somebody_of_another_company_is_not_made_to_follow(as_lucia, elsewhere, task):
    answer = as_lucia.post(f"/tareas/{task.pk}/seguidores/", {"member": elsewhere.pk})
    assert answer.status_code == 409
    assert "no tiene acceso a las tareas de esta empresa" in answer.content.decode()
    assert not task.followers.exists()


def test_neither_the_reminder_nor_the_warning_leaves_for_who_lost_the_company(lonja, lucia, team):
    MailServer.objects.create(host="smtp.example", from_address="a@clima.example")
    motive = house.reason(pendiente={"sla_seconds": 3600, "sla_working": False})
    at = timezone.now()
    task = house.task(motive, lonja.company, lucia, at, asked=team["alvaro"])
    agenda.remind(task, team["alvaro"], at + timedelta(hours=1), at=at)
    other = Company.objects.create(legal_name="Frío Norte, S.L.", nif="B12345674")
    CompanyGrant.objects.create(membership=team["alvaro"], company=other)
    assert agenda.send_reminders(at=at + timedelta(hours=1)) == 0
    assert warn_of_what_is_near(at=at + timedelta(minutes=55)) == 0
    assert not OutgoingMail.objects.exists()
    assert Task.objects.get(pk=task.pk).manager == team["alvaro"]
