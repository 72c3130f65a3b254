"""Rules: once for each occasion, with a log, a trial, and never in circles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lonja.sales.actions import create_quote
from lonja.sales.models import QuoteStatus
from lonja.tasks.actions import automation
from lonja.tasks.actions.tasks import change_state
from lonja.tasks.models import AutomationRule, AutomationRun, Outcome, Task
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote(lonja, lucia):
    """Sent four days ago, and nobody has signed it."""
    made = create_quote(company=lonja.company, party=house.client(lucia), by=lucia)
    made.status = QuoteStatus.SENT
    made.sent_at = timezone.now() - timedelta(days=4)
    made.save()
    return made


def rule_data(motive, **more):
    return {
        "name": "Presupuestos sin firmar",
        "trigger": "sales.unsigned",
        "days": "3",
        "action": "create",
        "reason": motive.pk,
        "subject": "Llamar a {cliente} por {origen}",
        "due_days": "2",
        "priority": "2",
        "past": "on",
        **more,
    }


def test_a_quote_unsigned_for_three_days_becomes_a_task_once(as_lucia, quote, lonja):
    motive = house.reason("Seguimiento")
    as_lucia.post("/configuracion/reglas/nueva/", rule_data(motive))
    rule = AutomationRule.objects.get()
    trial = as_lucia.get(f"/configuracion/reglas/{rule.pk}/prueba/").content.decode()
    assert "actuaría sobre 1 caso" in trial
    assert not Task.objects.exists()
    assert automation.run_all(at=timezone.now()) == 0  # it is not on yet
    as_lucia.post(f"/configuracion/reglas/{rule.pk}/marcha/", {"activo": "1"})
    assert [automation.run_all(at=timezone.now()) for _turn in range(3)] == [1, 0, 0]
    task = Task.objects.get()
    assert task.subject == f"Llamar a Clínica Dental Ruzafa por {quote.number}"
    assert (task.origin_type, task.origin_id) == ("sales.quote", quote.pk)
    assert task.priority == 2
    log = as_lucia.get(f"/configuracion/reglas/{rule.pk}/").content.decode()
    assert "Creó T-1, que gestiona Lucía Ferrer" in log
    assert "T-1" in as_lucia.get(f"/presupuestos/{quote.pk}/").content.decode()


def test_a_rule_that_begins_today_leaves_the_past_alone(as_lucia, quote):
    motive = house.reason("Seguimiento")
    data = rule_data(motive)
    del data["past"]
    as_lucia.post("/configuracion/reglas/nueva/", data)
    AutomationRule.objects.update(is_on=True)
    assert automation.run_all(at=timezone.now()) == 0
    quote.sent_at = timezone.now()
    quote.save()
    assert automation.run_all(at=timezone.now() + timedelta(days=3, minutes=1)) == 1


def test_two_rules_that_chase_each_other_stop(lonja, lucia):
    motive, states = house.reason(), house.states()
    now = timezone.now()
    task = house.task(motive, lonja.company, lucia, now - timedelta(days=60))
    for name, target in (("Ida", "En curso"), ("Vuelta", "Pendiente")):
        rule = AutomationRule(
            name=name,
            trigger="tasks.stuck",
            days=1,
            action="move",
            data={"state": states[target].pk},
            is_on=True,
        )
        automation.save_rule(rule, by=lucia, at=now, past=True)
    for day in range(20):
        automation.run_all(at=now - timedelta(days=40 - day * 2))
    outcomes = list(AutomationRun.objects.values_list("outcome", flat=True))
    assert outcomes.count(Outcome.DONE) <= 2 * automation.MOST_TIMES
    assert any("bucle" in note for note in AutomationRun.objects.values_list("note", flat=True))
    change_state(task, states["Hecha"], by=lucia, at=now)
    assert automation.run_all(at=now + timedelta(days=90)) == 0


def test_a_rule_that_cannot_act_writes_down_why(as_lucia, quote, lonja):
    motive = house.reason("Seguimiento")
    as_lucia.post("/configuracion/reglas/nueva/", rule_data(motive))
    AutomationRule.objects.update(is_on=True)
    motive.deactivated_at = timezone.now()
    motive.save()
    automation.run_all(at=timezone.now())
    run = AutomationRun.objects.get()
    assert run.outcome == Outcome.REFUSED
    assert "ya no está en uso" in run.note


def test_moving_only_goes_with_rules_about_tasks(as_lucia, lonja):
    motive = house.reason()
    state = house.states()["Hecha"].pk
    answer = as_lucia.post(
        "/configuracion/reglas/nueva/", rule_data(motive, action="move", state=state)
    )
    assert answer.status_code == 409
    assert not AutomationRule.objects.exists()
