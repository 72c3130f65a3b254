"""Hours, holidays, departments and absences, through their screens."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import make_member

from lonja.accounts.models import Absence, Department, WorkCalendar
from lonja.accounts.schedule import absences_on, calendar_changed, calendar_for
from lonja.activity.models import Event
from lonja.kit.worktime import working_minutes, zone_of
from lonja.office.actions.schedules import make_default_calendar

HOURS = "/configuracion/horarios/"
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "9-14, 16-19")
SHUT = {"sat": "", "sun": "cerrado"}
MADRID = zone_of("Europe/Madrid")
ASKED = datetime(2026, 12, 4, 18, 30, tzinfo=MADRID)
ANSWERED = datetime(2026, 12, 9, 9, 45, tzinfo=MADRID)


@pytest.fixture
def general(lonja):
    return make_default_calendar(lonja.company, None)


def office(**changes):
    data = {"name": "Oficina", "region": "MD", "zone": "Europe/Madrid", **WEEK, **SHUT}
    return {**data, **changes}


def changed(calendar, **changes):
    return office(name=calendar.name, version=calendar.version, **changes)


def test_a_company_that_said_nothing_works_office_hours_with_the_holidays_of_its_community(lonja):
    found = calendar_for(lonja.company)
    assert (found.region, found.zone) == ("VC", "Europe/Madrid")
    assert not WorkCalendar.objects.exists()
    lonja.company.territory = "canarias"
    assert calendar_for(lonja.company).zone == "Atlantic/Canary"
    assert calendar_for(lonja.company).region == "CN"


def test_the_first_calendar_of_a_company_is_its_general_one(as_lucia, lonja):
    assert "De fábrica" in as_lucia.get(HOURS).content.decode()
    assert as_lucia.post(f"{HOURS}nuevo/", office()).status_code == 303
    made = WorkCalendar.objects.get()
    assert made.is_default
    assert working_minutes(calendar_for(lonja.company), ASKED, ANSWERED) == 75
    as_lucia.post(f"{HOURS}nuevo/", office(name="Taller", region="CT"))
    assert not WorkCalendar.objects.get(name="Taller").is_default
    html = as_lucia.get(HOURS).content.decode()
    assert "General" in html and "Taller" in html and "De fábrica" not in html


def test_changing_the_community_changes_the_account_and_tells_who_measured(
    as_lucia, general, lonja
):
    told = []

    def listen(**news):
        told.append(news["company_id"])

    calendar_changed.connect(listen)
    as_lucia.post(f"{HOURS}{general.pk}/", changed(general, region="CT"))
    calendar_changed.disconnect(listen)
    assert told == [lonja.company.pk]
    assert working_minutes(calendar_for(lonja.company), ASKED, ANSWERED) == 555
    event = Event.objects.get(verb="office.calendar_changed")
    assert event.actor_name == "Lucía Ferrer"


def test_who_opened_the_page_before_a_change_does_not_undo_it(as_lucia, general):
    old = changed(general, region="CT")
    as_lucia.post(f"{HOURS}{general.pk}/", changed(general, mon="10-12"))
    answer = as_lucia.post(f"{HOURS}{general.pk}/", old)
    assert answer.status_code == 409
    assert "Alguien ha cambiado este horario" in answer.content.decode()
    assert 'name="version" value="1"' in answer.content.decode()
    general.refresh_from_db()
    assert (general.region, general.version) == ("MD", 2)


def test_hours_that_nobody_understands_are_told_beside_their_day(as_lucia, general):
    answer = as_lucia.post(f"{HOURS}{general.pk}/", changed(general, tue="mañanas"))
    assert answer.status_code == 422
    assert "No se entiende «mañanas»" in answer.content.decode()
    answer = as_lucia.post(f"{HOURS}{general.pk}/", changed(general, tue="9-25"))
    assert "La hora «25:00» no existe" in answer.content.decode()


def test_summer_hours_hold_between_their_days_and_may_not_overlap(as_lucia, general, lonja):
    summer = {"name": "Verano", "first": "1/7/2026", "last": "31/8/2026", "mon": "8-15"}
    path = f"{HOURS}{general.pk}/periodos/nuevo/"
    assert as_lucia.post(path, {**summer, "version": 1}).status_code == 303
    assert calendar_for(lonja.company).on(date(2026, 7, 6)).name == "Verano"
    assert calendar_for(lonja.company).on(date(2026, 7, 7)).intervals == ()
    other = {**summer, "name": "Agosto", "first": "31/8/2026", "last": "2/9/2026", "version": 2}
    answer = as_lucia.post(path, other)
    assert answer.status_code == 409 and "Se cruza con «Verano»" in answer.content.decode()
    backwards = {**summer, "last": "1/6/2026", "version": 2}
    assert as_lucia.post(path, backwards).status_code == 422
    longer = {**summer, "last": "15/9/2026", "version": 2}
    as_lucia.post(f"{HOURS}{general.pk}/periodos/0/", longer)
    assert [span.last for span in calendar_for(lonja.company).ranges] == [date(2026, 9, 15)]
    as_lucia.post(f"{HOURS}{general.pk}/periodos/0/retirada/", {"version": 3})
    assert calendar_for(lonja.company).ranges == ()


def test_local_holidays_and_openings_are_typed_and_taken_away(as_lucia, general, lonja):
    fallas = {"festivo-day": "18/3/2026", "festivo-name": "Fallas", "version": 1}
    as_lucia.post(f"{HOURS}{general.pk}/festivos/", fallas)
    opening = {"abierto-day": "25/12/2026", "abierto-hours": "10-13", "version": 2}
    as_lucia.post(f"{HOURS}{general.pk}/aperturas/", opening)
    found = calendar_for(lonja.company)
    assert found.on(date(2026, 3, 18)).name == "Fallas"
    assert found.on(date(2026, 12, 25)).kind == "extra"
    html = as_lucia.get(f"{HOURS}{general.pk}/").content.decode()
    assert "añadió el festivo 18/03/2026 Fallas" in html
    again = as_lucia.post(f"{HOURS}{general.pk}/festivos/", {**fallas, "version": 3})
    assert again.status_code == 409
    drop = {"kind": "holidays", "day": "2026-03-18", "version": 3}
    as_lucia.post(f"{HOURS}{general.pk}/dias/retirada/", drop)
    assert calendar_for(lonja.company).holidays == {}


def test_the_year_shows_the_holidays_that_apply(as_lucia, general):
    html = as_lucia.get(f"{HOURS}{general.pk}/ano/", {"ano": "2026"}).content.decode()
    assert "Día de la Comunidad Valenciana" in html
    assert "Fiesta de la Comunidad de Madrid" not in html
    assert html.count('class="is-holiday"') == 12
    assert as_lucia.get(f"{HOURS}{general.pk}/ano/", {"ano": "9" * 9}).status_code == 200


def test_the_trial_explains_the_long_weekend_day_by_day(as_lucia, general):
    as_lucia.post(f"{HOURS}{general.pk}/", changed(general, region="MD"))
    asked = {
        "desde": "4/12/2026",
        "desde_hora": "18:30",
        "hasta": "9/12/2026",
        "hasta_hora": "9.45",
    }
    html = as_lucia.get(f"{HOURS}{general.pk}/ano/", asked).content.decode()
    assert "<b>1 h 15 min</b> de trabajo" in html
    assert "Lunes siguiente a Día de la Constitución Española" in html
    wrong = {**asked, "hasta_hora": "25"}
    assert as_lucia.get(f"{HOURS}{general.pk}/ano/", wrong).status_code == 422
    far = {**asked, "hasta": "1/1/2030"}
    assert as_lucia.get(f"{HOURS}{general.pk}/ano/", far).status_code == 409
    early = {**asked, "hasta": "1/12/2026"}
    assert "no es posterior" in as_lucia.get(f"{HOURS}{general.pk}/ano/", early).content.decode()


def test_a_department_works_with_its_own_hours_until_they_are_deactivated(as_lucia, general, lucia):
    as_lucia.post(f"{HOURS}nuevo/", office(name="Taller", mon="7-15"))
    shop = WorkCalendar.objects.get(name="Taller")
    data = {"name": "Taller", "calendar": shop.pk, "members": [lucia.pk]}
    as_lucia.post("/configuracion/departamentos/nuevo/", data)
    department = Department.objects.get()
    assert list(department.members.all()) == [lucia]
    assert calendar_for(department=department) == shop.calendar
    answer = as_lucia.post(f"{HOURS}{shop.pk}/baja/")
    assert answer.status_code == 409 and "Lo usa Taller" in answer.content.decode()
    path = f"/configuracion/departamentos/{department.pk}/"
    as_lucia.post(path, {"name": "Taller", "calendar": "", "members": []})
    department.refresh_from_db()
    assert calendar_for(department=department) == general.calendar
    assert as_lucia.post(f"{HOURS}{shop.pk}/baja/").status_code == 303
    assert "Taller" in as_lucia.get("/configuracion/departamentos/").content.decode()


def test_the_general_hours_are_never_left_empty(as_lucia, general):
    assert as_lucia.post(f"{HOURS}{general.pk}/baja/").status_code == 409
    as_lucia.post(f"{HOURS}nuevo/", office())
    other = WorkCalendar.objects.get(name="Oficina")
    assert as_lucia.post(f"{HOURS}{other.pk}/general/").status_code == 303
    assert as_lucia.post(f"{HOURS}{general.pk}/baja/").status_code == 303
    assert [row.name for row in WorkCalendar.objects.filter(is_default=True)] == ["Oficina"]
    as_lucia.post(f"{HOURS}{general.pk}/alta/")
    assert not WorkCalendar.objects.filter(deactivated_at__isnull=False).exists()


def test_two_departments_do_not_share_a_name(as_lucia, general):
    data = {"name": "Soporte", "calendar": "", "members": []}
    assert as_lucia.post("/configuracion/departamentos/nuevo/", data).status_code == 303
    answer = as_lucia.post("/configuracion/departamentos/nuevo/", data)
    assert answer.status_code == 409
    assert "Ya hay otro con el nombre «Soporte»" in answer.content.decode()
    row = Department.objects.get()
    as_lucia.post(f"/configuracion/departamentos/{row.pk}/baja/")
    row.refresh_from_db()
    assert row.deactivated_at is not None


def test_who_is_away_is_known_by_the_day(as_lucia, marcos):
    away = {"membership": marcos.pk, "first": "1/12/2026", "last": "4/12/2026", "reason": "Viaje"}
    assert as_lucia.post("/configuracion/ausencias/nueva/", away).status_code == 303
    assert absences_on(date(2026, 12, 4))[marcos.pk].reason == "Viaje"
    assert absences_on(date(2026, 12, 5)) == {}
    clash = {**away, "first": "4/12/2026", "last": "9/12/2026"}
    answer = as_lucia.post("/configuracion/ausencias/nueva/", clash)
    assert answer.status_code == 409
    assert "Marcos Peris ya falta del 01/12/2026" in answer.content.decode()
    row = Absence.objects.get()
    as_lucia.post(f"/configuracion/ausencias/{row.pk}/", {**away, "last": "9/12/2026"})
    assert marcos.pk in absences_on(date(2026, 12, 9), [marcos])
    as_lucia.post(f"/configuracion/ausencias/{row.pk}/anulacion/")
    assert absences_on(date(2026, 12, 4)) == {}
    verbs = Event.objects.filter(target_type="accounts.absence").values_list("verb", flat=True)
    assert list(verbs.order_by("id")) == [
        "office.absence_created", "office.absence_changed", "office.absence_cancelled",
    ]  # fmt: skip


def test_salespeople_do_not_change_the_hours(as_marcos, general):
    for path in (HOURS, f"{HOURS}{general.pk}/ano/", "/configuracion/ausencias/"):
        assert as_marcos.get(path).status_code == 403
    assert as_marcos.post(f"{HOURS}{general.pk}/", changed(general)).status_code == 403


def test_the_list_of_departments_costs_the_same_with_many(
    as_lucia, lonja, lucia, django_assert_num_queries
):
    people = [make_member(lonja, f"P{n} Pons", "sales") for n in range(8)]

    def team(n):
        row = Department.objects.create(company=lonja.company, name=f"Equipo {n}")
        for person in people:
            row.members.add(person, through_defaults={"organisation": lonja})

    team(0)
    as_lucia.get("/configuracion/departamentos/")
    with CaptureQueriesContext(connection) as few:
        as_lucia.get("/configuracion/departamentos/")
    for n in range(1, 12):
        team(n)
    with django_assert_num_queries(len(few)):
        assert "Equipo 11" in as_lucia.get("/configuracion/departamentos/").content.decode()


def test_reading_the_same_hours_twice_gives_the_same_sums(general, lonja):
    assert calendar_for(lonja.company) is calendar_for(lonja.company)
