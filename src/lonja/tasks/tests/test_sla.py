"""«¿Cumple SLA?»: the three values, when they change, and that every place says the same."""

from __future__ import annotations

import io

import pytest
from django.http import QueryDict
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lonja.accounts.models import Department, WorkCalendar
from lonja.accounts.schedule import default_calendar
from lonja.tasks.actions import config, many
from lonja.tasks.actions.tasks import change_state, complete
from lonja.tasks.models import FAILS, HAS_NONE, MEETS, SLA_VALUES, ReasonState, Task
from lonja.tasks.tables import TaskTable
from lonja.tasks.tests import house, reference
from lonja.tasks.tests import lives as lives_of

pytestmark = pytest.mark.django_db
FOUR_HOURS = {"sla_seconds": 4 * 3600}


@pytest.fixture
def motive(lonja):
    return house.reason(pendiente=FOUR_HOURS)


def test_the_four_working_hours_of_a_friday_afternoon_end_on_monday(motive, lonja, lucia):
    task = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 13, 17))
    assert task.sla_limit_at == house.madrid(2026, 11, 16, 11)
    assert task.sla_value(house.madrid(2026, 11, 16, 11)) == MEETS
    assert task.sla_value(house.madrid(2026, 11, 16, 11, 1)) == FAILS


def test_what_is_closed_late_does_not_comply_for_ever_and_in_time_complies_for_ever(
    motive, lonja, lucia
):
    late = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 2, 9))
    early = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 3, 9))
    late, _next = complete(late, by=lucia, at=house.madrid(2026, 11, 4, 18))
    early, _next = complete(early, by=lucia, at=house.madrid(2026, 11, 3, 13))
    years_later = house.madrid(2031, 1, 1)
    assert late.sla_value(years_later) == FAILS
    assert early.sla_value(years_later) == MEETS
    reopened = change_state(
        late, house.states()["Pendiente"], by=lucia, at=house.madrid(2026, 11, 5, 9)
    )
    assert reopened.sla_value(house.madrid(2026, 11, 5, 9)) == FAILS


def test_waiting_for_the_customer_does_not_count(motive, lonja, lucia):
    states = house.states()
    task = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 3, 9))
    change_state(task, states["Esperando"], by=lucia, at=house.madrid(2026, 11, 3, 12))
    task.refresh_from_db()
    assert task.sla_value(house.madrid(2026, 11, 20, 9)) == MEETS
    task = change_state(task, states["Pendiente"], by=lucia, at=house.madrid(2026, 11, 10, 9))
    assert task.sla_limit_at == house.madrid(2026, 11, 10, 10)


def test_a_state_without_sla_keeps_what_was_decided(motive, lonja, lucia):
    states = house.states()
    task = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 3, 9))
    task = change_state(task, states["En curso"], by=lucia, at=house.madrid(2026, 11, 3, 10))
    assert task.sla_value(house.madrid(2027, 1, 1)) == MEETS
    other = house.task(house.reason("Sin plazo"), lonja.company, lucia)
    assert other.sla_value() == HAS_NONE


def test_changing_the_configuration_rewrites_nothing(motive, lonja, lucia):
    task = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 3, 9))
    before = task.sla_limit_at
    cell = ReasonState.objects.get(reason=motive, state=house.states()["Pendiente"])
    cell.sla_seconds, cell.sla_working = 60, False
    config.save_cell(cell, by=lucia)
    task.refresh_from_db()
    assert (task.sla_limit_at, task.sla_seconds) == (before, 4 * 3600)
    fresh = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 3, 9))
    assert fresh.sla_limit_at == house.madrid(2026, 11, 3, 9, 1)


def test_the_hours_of_the_department_of_the_motivo_count(lonja, lucia):
    row = default_calendar(lonja.company)
    row.save()
    nights = WorkCalendar.objects.create(
        company=lonja.company,
        name="Guardia",
        region="ES",
        rules={"weekly": {"tue": [["20:00", "23:00"]]}},
    )
    guard = Department.objects.create(company=lonja.company, name="Guardia", calendar=nights)
    motive = house.reason("Urgencia", pendiente={"sla_seconds": 3600})
    motive.department = guard
    motive.save()
    task = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 3, 9))
    assert task.sla_limit_at == house.madrid(2026, 11, 3, 21)


def test_new_hours_move_the_limits_of_what_runs_and_of_nothing_else(motive, lonja, lucia):
    running = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 17, 17))
    met = house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 17, 9))
    met, _next = complete(met, by=lucia, at=house.madrid(2026, 11, 17, 10))
    calendar = default_calendar(lonja.company)
    week = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar.rules = {**calendar.rules, "weekly": week}
    calendar.save()
    assert many.measure_again(lonja.company) == 1
    running.refresh_from_db()
    assert running.sla_limit_at == house.madrid(2026, 11, 18, 9)
    assert running.sla_fails_at == running.sla_limit_at
    before = met.sla_limit_at
    met.refresh_from_db()
    assert met.sla_limit_at == before
    assert many.measure_again(lonja.company) == 0


def test_the_manager_is_warned_once_before_it_fails(motive, lonja, lucia, team):
    from lonja.mail.models import OutgoingMail
    from lonja.tasks.actions.warn import warn_of_what_is_near

    house.task(motive, lonja.company, lucia, house.madrid(2026, 11, 3, 9), asked=team["alvaro"])
    assert warn_of_what_is_near(at=house.madrid(2026, 11, 3, 11)) == 0
    assert warn_of_what_is_near(at=house.madrid(2026, 11, 3, 12, 15)) == 1
    assert warn_of_what_is_near(at=house.madrid(2026, 11, 3, 12, 20)) == 0
    mail = OutgoingMail.objects.get()
    assert "Queda poco para el SLA de T-1" in mail.subject
    assert team["alvaro"].user.email in mail.recipients


# --- every place says the same -------------------------------------------------------------------
def test_screen_filter_sort_and_export_agree_with_a_slow_reference(lonja, lucia, as_lucia):
    lives = lives_of.by_actions(lonja.company, lucia, 150)
    now = timezone.now().replace(second=0, microsecond=0)
    expected = {pk: reference.verdict(stays, now) for pk, stays in lives.items()}
    assert set(expected.values()) == set(SLA_VALUES)
    rows = {task.pk: task for task in Task.objects.with_sla(now)}
    assert {pk: task.sla_text for pk, task in rows.items()} == expected
    assert {pk: task.sla_value(now) for pk, task in rows.items()} == expected
    for value in SLA_VALUES:
        params = QueryDict(mutable=True)
        params.update({"vista": "todas", "sla": value})
        found = TaskTable(lucia, params).narrowed()
        assert set(found.values_list("pk", flat=True)) == {
            pk for pk, said in expected.items() if said == value
        }
    book = as_lucia.get("/tareas/buscar/?vista=todas&orden=sla_fails_at&exportar=xlsx").content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    place = sheet[0].index("¿Cumple SLA?")
    told = {row[0].split(" ")[0]: row[place] for row in sheet[1:]}
    assert told == {task.code: expected[pk] for pk, task in rows.items()}
    order = [row[place] for row in sheet[1:]]
    assert order == sorted(order, key=[FAILS, MEETS, HAS_NONE].index)
    (some,) = [pk for pk, said in expected.items() if said == FAILS][:1]
    assert f">{FAILS}<" in as_lucia.get(f"/tareas/{some}/").content.decode()
