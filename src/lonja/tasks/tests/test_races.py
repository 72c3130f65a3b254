"""At the same time: two people closing a task, two workers over a rule and over a reminder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import OrganisationClient

from lonja.accounts.scope import scope
from lonja.activity.models import Event, Notification
from lonja.mail.models import MailServer, OutgoingMail
from lonja.sales.actions import create_quote
from lonja.sales.models import QuoteStatus
from lonja.tasks.actions import agenda, automation
from lonja.tasks.models import AutomationRule, AutomationRun, Outcome, Task, TaskStatePeriod
from lonja.tasks.tests import house

pytestmark = pytest.mark.no_scope


def together(*works: Callable[[], None]) -> None:
    """Run them at once, each with its own connection; what one raises fails the test."""
    gate, faults = threading.Barrier(len(works), timeout=60), []

    def run(work: Callable[[], None]) -> None:
        try:
            gate.wait()
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_two_people_close_the_same_task_and_only_one_does(real_commits, lonja, lucia, team):
    with scope(lonja):
        motive = house.reason()
        tasks = [
            house.task(motive, lonja.company, lucia, repeat_every=1, repeat_unit="month",
                       due_at=timezone.now())
            for _n in range(3)
        ]  # fmt: skip
        clients = [OrganisationClient(member) for member in (lucia, team["begona"])]
    for task in tasks:
        pages: list[str] = []

        def close(client: OrganisationClient, pk: int = task.pk) -> None:
            answer = client.post(f"/tareas/{pk}/cierre/", follow=True)
            assert answer.status_code == 200
            pages.append(answer.content.decode())  # noqa: B023

        together(*[lambda client=client: close(client) for client in clients])
        done, late = f"Tarea {task.code} completada", f"ya había completado {task.code}"
        assert [sum(words in page for page in pages) for words in (done, late)] == [1, 1]
    with scope(lonja):
        closings = Event.objects.filter(verb="tasks.state_changed")
        assert sorted(closings.values_list("target_id", flat=True)) == [t.pk for t in tasks]
        assert TaskStatePeriod.objects.filter(state__name="Hecha").count() == 3
        assert Task.objects.filter(previous__in=tasks).count() == 3


def test_two_workers_over_a_rule_make_each_task_once(real_commits, lonja, lucia):
    with scope(lonja):
        party, now = house.client(lucia), timezone.now()
        for _n in range(12):
            quote = create_quote(company=lonja.company, party=party, by=lucia)
            quote.status, quote.sent_at = QuoteStatus.SENT, now - timedelta(days=4)
            quote.save()
        motive = house.reason("Seguimiento")
        AutomationRule.objects.create(
            name="Sin firmar", trigger="sales.unsigned", days=3, action="create", is_on=True,
            data={"reason": motive.pk, "subject": "Llamar por {origen}"},
            since=now - timedelta(days=30),
        )  # fmt: skip
    acted: list[int] = []

    def work() -> None:
        with scope(lonja):
            acted.append(automation.run_all(at=now))

    together(work, work)
    with scope(lonja):
        born = Task.objects.filter(origin_type="sales.quote").values_list("origin_id", flat=True)
        assert len(born) == len(set(born)) == sum(acted) == 12
        assert AutomationRun.objects.filter(outcome=Outcome.DONE).count() == 12
        assert AutomationRun.objects.count() == 12


def test_two_workers_send_each_reminder_exactly_once(real_commits, lonja, lucia):
    at = timezone.now()
    with scope(lonja):
        MailServer.objects.create(host="smtp.example", from_address="a@clima.example")
        task = house.task(house.reason(), lonja.company, lucia, at)
        for minutes in range(1, 16):
            agenda.remind(task, lucia, at + timedelta(minutes=minutes), at=at)
    sent: list[int] = []

    def work() -> None:
        with scope(lonja):
            sent.append(agenda.send_reminders(at=at + timedelta(hours=1)))

    together(work, work, work)
    with scope(lonja):
        assert sum(sent) == 15
        assert Notification.objects.filter(kind="tasks.reminder").count() == 15
        assert OutgoingMail.objects.filter(kind="reminder").count() == 15
