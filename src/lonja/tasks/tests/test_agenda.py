"""«Mi día», the calendar, its private link, reminders and the morning mail."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar
from tests.cast import OrganisationClient

from lonja.accounts.models import Absence
from lonja.accounts.scope import scope
from lonja.activity.models import Notification
from lonja.activity.notices import forget_old
from lonja.mail.models import MailServer, OutgoingMail
from lonja.tasks import jobs, notices
from lonja.tasks.actions import agenda, edit
from lonja.tasks.actions import tasks as acts
from lonja.tasks.models import CalendarFeed, Task, TaskReminder
from lonja.tasks.tests import house

pytestmark = pytest.mark.django_db
MONDAY_8 = house.madrid(2026, 11, 23, 8)


@pytest.fixture
def motive():
    return house.reason()


def _mine(motive, lonja, member, subject, due_at=None, **more):
    return house.task(
        motive, lonja.company, member, subject=subject, due_at=due_at, asked=member, **more
    )


def _post_server():
    MailServer.objects.create(host="smtp.example", from_address="a@clima.example")


# --- Mi día ---------------------------------------------------------------------------------------
def test_my_day_has_what_is_late_what_is_for_today_and_what_comes(
    as_lucia, lucia, marcos, lonja, motive
):
    now = timezone.now()
    day = now.astimezone(lonja.company.zone).replace(hour=23, minute=59)
    for subject, due_at in (
        ("Ayer", day - timedelta(days=1)),
        ("Esta noche", day),
        ("El jueves", day + timedelta(days=3)),
        ("Dentro de un mes", day + timedelta(days=30)),
        ("Cuando se pueda", None),
    ):
        _mine(motive, lonja, lucia, subject, due_at)
    _mine(motive, lonja, marcos, "La de Marcos", day)
    html = as_lucia.get("/mi-dia/").content.decode()
    titles = ("Atrasadas", "Ayer", ">Hoy<", "Esta noche", "El jueves", "Cuando se pueda")
    places = [html.index(words) for words in titles]
    assert places == sorted(places)
    assert "Dentro de un mes" not in html
    assert "La de Marcos" not in html


def test_completing_from_my_day_stays_there_and_offers_the_next_one(as_lucia, lucia, lonja, motive):
    task = _mine(motive, lonja, lucia, "Llamar", timezone.now())
    answer = as_lucia.post(f"/mi-dia/{task.pk}/cierre/", follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain[0][0].endswith(f"/mi-dia/?hecha={task.pk}")
    assert f"?siguiente={task.pk}" in html
    again = _mine(motive, lonja, lucia, "Revisión", timezone.now(), repeat_every=1,
                  repeat_unit="month")  # fmt: skip
    html = as_lucia.post(f"/mi-dia/{again.pk}/cierre/", follow=True).content.decode()
    assert "ya está la siguiente" in html
    assert Task.objects.filter(previous=again).count() == 1


def test_my_day_costs_the_same_with_many_tasks(
    as_lucia, lucia, lonja, motive, django_assert_num_queries
):
    def four(n):
        for days in (-1, 0, 2):
            due_at = timezone.now() + timedelta(days=days)
            _mine(motive, lonja, lucia, f"Tarea {n} {days}", due_at, party=house.client())
        _mine(motive, lonja, lucia, f"Sin fecha {n}")

    four(0)
    as_lucia.get("/mi-dia/")
    with CaptureQueriesContext(connection) as few:
        as_lucia.get("/mi-dia/")
    for n in range(1, 10):
        four(n)
    with django_assert_num_queries(len(few)):
        assert "Tarea 9 0" in as_lucia.get("/mi-dia/").content.decode()


# --- calendar -------------------------------------------------------------------------------------
def test_the_calendar_shows_each_task_on_its_day_and_the_holidays(as_lucia, lucia, lonja, motive):
    _mine(motive, lonja, lucia, "Revisar caldera", house.madrid(2026, 12, 9, 10, 30),
          due_has_time=True)  # fmt: skip
    month = as_lucia.get("/tareas/calendario/", {"dia": "2026-12-01"}).content.decode()
    assert "Diciembre de 2026" in month
    assert "Inmaculada Concepción" in month
    assert "Revisar caldera" in month
    assert "10:30" in month
    week = {"dia": "2026-12-09", "vista": "semana"}
    assert "Revisar caldera" in as_lucia.get("/tareas/calendario/", week).content.decode()
    other = {"dia": "2026-12-10", "vista": "dia"}
    assert "Revisar caldera" not in as_lucia.get("/tareas/calendario/", other).content.decode()


def test_the_calendar_of_everybody_is_only_what_one_sees(as_marcos, lucia, marcos, lonja, motive):
    at = house.madrid(2026, 12, 9, 10)
    _mine(motive, lonja, lucia, "Secreto de Lucía", at)
    _mine(motive, lonja, marcos, "Visita de Marcos", at)
    asked = {"dia": "2026-12-09", "de": "todas"}
    html = as_marcos.get("/tareas/calendario/", asked).content.decode()
    assert "Visita de Marcos" in html
    assert "Secreto de Lucía" not in html


def test_a_day_or_view_that_makes_no_sense_shows_this_month(as_lucia):
    asked = {"dia": "31/02/2026", "vista": "siglo"}
    assert as_lucia.get("/tareas/calendario/", asked).status_code == 200


# --- the private link -----------------------------------------------------------------------------
def _link(client):
    html = client.post("/configuracion/mis-avisos/calendario/").content.decode()
    return urlsplit(html.split('readonly value="')[1].split('"')[0]).path


def test_the_private_link_gives_ones_own_tasks_to_any_calendar(
    as_lucia, lucia, marcos, lonja, motive
):
    due = timezone.now() + timedelta(days=2)
    _mine(motive, lonja, lucia, "Con hora; y comas, ñ", due, due_has_time=True)
    _mine(motive, lonja, lucia, "De día", due)
    _mine(motive, lonja, lucia, "Sin fecha")
    _mine(motive, lonja, marcos, "De Marcos", due)
    answer = Client().get(_link(as_lucia))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = {
        str(e["summary"]).split(" · ")[1]: e
        for e in Calendar.from_ical(answer.content).walk("VEVENT")
    }
    assert set(events) == {"Con hora; y comas, ñ", "De día"}
    assert events["Con hora; y comas, ñ"]["dtstart"].dt == due.replace(microsecond=0)
    assert events["De día"]["dtstart"].dt == due.astimezone(lonja.company.zone).date()
    same = Client().get(answer.wsgi_request.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304


def test_a_revoked_link_or_the_one_of_somebody_who_left_is_not_found(as_lucia, lucia):
    first = _link(as_lucia)
    second = _link(as_lucia)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    as_lucia.post("/configuracion/mis-avisos/calendario/baja/")
    assert Client().get(second).status_code == 404
    third = _link(as_lucia)
    lucia.deactivated_at = timezone.now()
    lucia.save()
    assert Client().get(third).status_code == 404
    assert not CalendarFeed.objects.filter(token_hash__contains=third[3:20]).exists()


# --- reminders ------------------------------------------------------------------------------------
def test_a_reminder_is_told_and_mailed_once_however_often_it_is_looked_for(
    as_lucia, lucia, lonja, motive
):
    _post_server()
    task = _mine(motive, lonja, lucia, "Llamar a Carmen", timezone.now() + timedelta(days=3))
    page = f"/tareas/{task.pk}/recordatorio/"
    assert "Mañana a las 9" in as_lucia.get(page).content.decode()
    assert as_lucia.post(page, {"day": "+1", "time": "9:30"}).status_code == 303
    as_lucia.post(page, {"day": "+1", "time": "9:30"})
    row = TaskReminder.objects.get()
    assert agenda.send_reminders(at=row.remind_at - timedelta(seconds=1)) == 0
    assert [agenda.send_reminders(at=row.remind_at) for _again in range(3)] == [1, 0, 0]
    assert Notification.objects.filter(member=lucia, kind="tasks.reminder").count() == 1
    assert OutgoingMail.objects.filter(kind="reminder").count() == 1


def test_a_reminder_of_the_past_is_refused_and_of_a_closed_task_stays_silent(
    as_lucia, lucia, lonja, motive
):
    task = _mine(motive, lonja, lucia, "Llamar", timezone.now())
    page = f"/tareas/{task.pk}/recordatorio/"
    answer = as_lucia.post(page, {"day": "ayer", "time": "9"})
    assert answer.status_code == 409
    assert "ya ha pasado" in answer.content.decode()
    assert as_lucia.post(page, {"day": "+1", "time": "25"}).status_code == 422
    later = timezone.now() + timedelta(hours=1)
    agenda.remind(task, lucia, later, at=timezone.now())
    acts.complete(task, by=lucia, at=timezone.now())
    assert agenda.send_reminders(at=later) == 0
    assert not Notification.objects.exists()


def test_a_reminder_can_be_taken_back_by_its_owner_only(as_lucia, as_marcos, lucia, lonja, motive):
    task = _mine(motive, lonja, lucia, "Llamar", timezone.now())
    when = timezone.now() + timedelta(hours=1)
    row = agenda.remind(task, lucia, when, at=timezone.now())
    path = f"/tareas/recordatorios/{row.pk}/retirada/"
    assert as_marcos.post(path).status_code == 404
    assert as_lucia.post(path).status_code == 303
    assert not TaskReminder.objects.exists()


# --- notices --------------------------------------------------------------------------------------
def test_who_is_given_a_task_is_told_and_who_gave_it_is_not(as_lucia, lucia, team, lonja, motive):
    task = house.task(motive, lonja.company, lucia, asked=team["alvaro"])
    notice = Notification.objects.get()
    assert notice.member == team["alvaro"]
    assert "Lucía Ferrer te ha dado T-1" in notice.text
    edit.reassign(task, lucia, by=lucia, at=timezone.now())
    assert Notification.objects.count() == 1
    edit.reassign(task, team["inigo"], by=team["alvaro"], at=timezone.now())
    assert set(Notification.objects.values_list("member_id", flat=True)) == {
        team["alvaro"].pk, team["inigo"].pk,
    }  # fmt: skip


def test_a_comment_reaches_followers_managers_and_who_is_named(
    as_lucia, lucia, team, lonja, motive
):
    task = _mine(motive, lonja, lucia, "Avería")
    OrganisationClient(team["inigo"]).post(
        f"/tareas/{task.pk}/comentarios/", {"text": "@álvaro mira esto"}
    )
    as_lucia.post(f"/tareas/{task.pk}/comentarios/", {"text": "@álvaro mira esto"})
    told = Notification.objects.filter(kind="tasks.commented").values_list("member_id", flat=True)
    assert sorted(told) == sorted([lucia.pk, team["alvaro"].pk, team["alvaro"].pk])


def test_the_bell_counts_opens_and_takes_as_read(as_lucia, as_marcos, lucia, marcos, lonja, motive):
    task = house.task(motive, lonja.company, marcos, asked=lucia)
    notice = Notification.objects.get(member=lucia)
    assert "</span>1</span>" in as_lucia.htmx("/avisos/numero/").content.decode()
    assert notice.text in as_lucia.htmx("/avisos/ultimos/").content.decode()
    assert as_marcos.post(f"/avisos/{notice.pk}/").status_code == 404
    answer = as_lucia.post(f"/avisos/{notice.pk}/")
    assert answer.url.endswith(f"/tareas/{task.pk}/")
    assert "icon-btn-count" not in as_lucia.htmx("/avisos/numero/").content.decode()
    page = as_lucia.get("/avisos/").content.decode()
    assert notice.text in page
    assert 'hx-get="/clima-levante/avisos/numero/"' in page


def test_the_sla_that_is_near_is_told_once_for_each_limit(lucia, team, lonja):
    motive = house.reason(
        "Urgencia", pendiente={"manager": team["alvaro"], "sla_seconds": 7200, "sla_working": False}
    )
    at = timezone.now()
    task = house.task(motive, lonja.company, lucia, at=at)
    Notification.objects.all().delete()
    assert notices.tell_of_the_sla(at=at) == 0
    near = task.sla_limit_at - timedelta(minutes=10)
    notices.tell_of_the_sla(at=near)
    notices.tell_of_the_sla(at=near)
    assert [n.member for n in Notification.objects.all()] == [team["alvaro"]]


# --- the morning mail -----------------------------------------------------------------------------
def test_the_morning_mail_leaves_once_each_working_day_for_who_has_something(
    lucia, marcos, lonja, motive
):
    _post_server()
    _mine(motive, lonja, lucia, "Llamar a Carmen", MONDAY_8 - timedelta(days=3))
    Notification.objects.all().delete()
    assert agenda.send_digests(at=MONDAY_8 - timedelta(days=1)) == 0
    assert agenda.send_digests(at=MONDAY_8 - timedelta(hours=3)) == 0
    assert [agenda.send_digests(at=MONDAY_8 + timedelta(minutes=m)) for m in (0, 15)] == [1, 0]
    mail = OutgoingMail.objects.get(kind="digest")
    assert mail.to == [lucia.user.email]
    assert "Atrasadas (1)" in mail.text
    assert "Llamar a Carmen" in mail.text
    assert agenda.send_digests(at=MONDAY_8 + timedelta(days=1)) == 1


def test_the_morning_mail_respects_holidays_absences_and_whoever_does_not_want_it(
    as_lucia, lucia, lonja, motive
):
    _post_server()
    _mine(motive, lonja, lucia, "Llamar", MONDAY_8 - timedelta(days=3))
    assert agenda.send_digests(at=house.madrid(2026, 12, 8, 8)) == 0
    day = MONDAY_8.date()
    absence = Absence.objects.create(membership=lucia, first=day, last=day)
    assert agenda.send_digests(at=MONDAY_8) == 0
    absence.delete()
    as_lucia.post("/configuracion/mis-avisos/", {})
    assert agenda.send_digests(at=MONDAY_8) == 0
    as_lucia.post("/configuracion/mis-avisos/", {"digest": "on"})
    assert agenda.send_digests(at=MONDAY_8) == 1


def test_what_was_read_long_ago_is_dropped_and_what_waits_stays(lucia, marcos, lonja, motive):
    for subject in ("Vieja", "Leída ayer", "Sin leer"):
        house.task(motive, lonja.company, marcos, subject=subject, asked=lucia)
    now = timezone.now()
    for n, days in enumerate((91, 1)):
        row = Notification.objects.order_by("pk")[n]
        Notification.objects.filter(pk=row.pk).update(read_at=now - timedelta(days=days))
    assert forget_old(now) == 1
    assert not Notification.objects.filter(text__contains="Vieja").exists()
    assert Notification.objects.count() == 2


def test_the_scheduled_jobs_run(lucia, lonja, motive):
    task = _mine(motive, lonja, lucia, "Llamar", timezone.now())
    TaskReminder.objects.create(task=task, member=lucia, remind_at=timezone.now())
    with scope(lonja):
        jobs.remind.call()
        jobs.digest.call()
    assert Notification.objects.filter(kind="tasks.reminder").count() == 1
