"""«Mi día», the calendar of tasks, reminders, and what each person wants to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Membership
from lonja.accounts.schedule import calendar_for
from lonja.kit.dates import parse_date
from lonja.kit.errors import Refused
from lonja.tasks import day as days
from lonja.tasks import month, permissions, reports
from lonja.tasks.actions import agenda
from lonja.tasks.actions import tasks as acts
from lonja.tasks.forms.agenda import AlertsForm, ReminderForm
from lonja.tasks.models import CalendarFeed, Task, TaskReminder
from lonja.tasks.views.task import say_completed
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast
from lonja.ui.urls import global_url

_FORM = ("GET", "HEAD", "POST")
MOST_ON_A_PAGE = 2000


def _zone(request: HttpRequest) -> Any:
    company = request.company  # type: ignore[attr-defined]
    return company.zone if company is not None else timezone.get_current_timezone()


@member_required(permissions.VIEW)
@require_safe
def my_day(request: HttpRequest) -> HttpResponse:
    """Overdue, today and the next seven days; what was just completed offers what comes next."""
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    may_edit = member.can(permissions.EDIT)
    text = request.GET.get("hecha", "")
    just = None
    if text.isascii() and text.isdigit() and len(text) < 18:
        just = Task.objects.visible_to(member).filter(pk=int(text), closed_at__isnull=False).first()
    found = days.day_of(member, at=now, zone=_zone(request))
    context = {
        "day": found,
        "groups": [
            {"slug": "atrasadas", "title": _("Atrasadas"), "tasks": found.late, "tone": "bad"},
            {"slug": "hoy", "title": _("Hoy"), "tasks": found.now, "tone": "acc"},
            {"slug": "proximas", "title": _("Próximos siete días"), "tasks": found.soon},
            {"slug": "sin-fecha", "title": _("Sin fecha"), "tasks": found.undated},
        ],
        "just": just,
        "following": reports.following(just, member) if just is not None else None,
        "may_edit": may_edit,
    }
    return render(request, "tasks/my_day.html", context)


@member_required(permissions.EDIT)
@require_POST
@once
def day_complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Complete from «Mi día» and stay there."""
    task = get_visible(request, Task, pk)
    closed, _next = acts.complete(task, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    say_completed(request, closed)
    return done(request, f"{reverse('tasks:my_day')}?hecha={closed.pk}")


@member_required(permissions.VIEW)
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Tasks by the day they are due: `?vista=mes|semana|dia`, `?dia=2026-11-21`, `?de=todas`."""
    member, zone = request.member, _zone(request)  # type: ignore[attr-defined]
    today = timezone.now().astimezone(zone).date()
    view = request.GET.get("vista", "mes")
    view = view if view in month.VIEWS else "mes"
    try:
        shown = parse_date(request.GET.get("dia", "") or "hoy", today)
    except Refused:
        shown = today
    everybody = request.GET.get("de") == "todas"
    first, end = month.span(view, shown)
    rows = days.due_between(
        member, days.midnight(first, zone), days.midnight(end, zone), everybody=everybody
    )
    tasks = list(rows[: MOST_ON_A_PAGE + 1])
    before, after = month.around(view, shown)
    context = {
        "view": view,
        "views": [("mes", _("Mes")), ("semana", _("Semana")), ("dia", _("Día"))],
        "shown": shown,
        "today": today,
        "title": month.title(view, shown),
        "weeks": month.squares(view, shown, tasks[:MOST_ON_A_PAGE], zone, _hours(request)),
        "cut": len(tasks) > MOST_ON_A_PAGE,
        "before": before,
        "after": after,
        "everybody": everybody,
        "now": timezone.now(),
        "may_edit": member.can(permissions.EDIT),
    }
    return render(request, "tasks/calendar.html", context)


def _hours(request: HttpRequest) -> Any:
    return calendar_for(request.company)  # type: ignore[attr-defined]


@member_required(permissions.VIEW)
@require_http_methods(_FORM)
@once
def reminder(request: HttpRequest, pk: int) -> HttpResponse:
    """«Recordármelo»: a quick moment or a day and a time."""
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    task = get_visible(request, Task.objects.select_related("company", "party"), pk)
    quick = agenda.quick_moments(task, now)
    chosen = request.POST.get("momento", "")
    form = ReminderForm(request.POST if request.method == "POST" and not chosen else None)
    context = {
        "task": task,
        "form": form,
        "quick": [(label, when, when.isoformat()) for label, when in quick],
        "mine": TaskReminder.objects.filter(task=task, member=member, sent_at=None).order_by(
            "remind_at"
        ),
    }
    template = "tasks/reminder.html"
    if request.method != "POST":
        return render(request, template, context)
    if chosen:
        when = _instant(chosen)
    elif form.is_valid():
        when = form.moment(task.company.zone)
    else:
        return invalid(request, template, context)
    try:
        agenda.remind(task, member, when, at=now)
    except Refused as error:
        if chosen:
            raise
        return refused_form(request, template, context, form, error)
    toast(request, _("Te lo recordaremos"))
    return done(request, reverse("tasks:task", args=[task.pk]))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None  # type: ignore[assignment]
    if at is None or at.tzinfo is None:
        raise Refused("reminder_invalid", _("No se entiende ese momento. Elige otro."))
    return at


@member_required(permissions.VIEW)
@require_POST
@once
def reminder_drop(request: HttpRequest, pk: int) -> HttpResponse:
    mine = TaskReminder.objects.filter(member=request.member)  # type: ignore[attr-defined]
    row = get_visible(request, mine, pk)
    agenda.forget(row)
    toast(request, _("Recordatorio quitado"))
    return done(request, reverse("tasks:task", args=[row.task_id]))


@member_required(permissions.VIEW)
@require_http_methods(_FORM)
@once
def alerts(request: HttpRequest) -> HttpResponse:
    """«Mis avisos»: the morning mail, and the link for one's own calendar program."""
    member: Membership = request.member  # type: ignore[attr-defined]
    wants = member.preferences.get(agenda.WANTS_DIGEST, True)
    # An unticked box sends nothing: the method says whether it was sent.
    form = AlertsForm(request.POST if request.method == "POST" else None, initial={"digest": wants})
    context = {
        "form": form,
        "feed": CalendarFeed.objects.filter(member=member, revoked_at=None).first(),
    }
    template = "tasks/alerts.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    with transaction.atomic():
        row = Membership.objects.locked(member)
        row.preferences = {**row.preferences, agenda.WANTS_DIGEST: form.cleaned_data["digest"]}
        row.save(update_fields=["preferences"])
    toast(request, _("Guardado"))
    return done(request, reverse("tasks:alerts"))


@member_required(permissions.VIEW)
@require_POST
@once
def feed_new(request: HttpRequest) -> HttpResponse:
    """A new link, shown this once: only its hash is kept."""
    token = agenda.new_feed(request.member, at=timezone.now())  # type: ignore[attr-defined]
    link = request.build_absolute_uri(global_url("tasks_feed", token))
    return render(request, "tasks/feed.html", {"link": link})


@member_required(permissions.VIEW)
@require_POST
@once
def feed_revoke(request: HttpRequest) -> HttpResponse:
    if agenda.revoke_feed(request.member, at=timezone.now()):  # type: ignore[attr-defined]
        toast(request, _("El enlace ya no funciona"))
    return done(request, reverse("tasks:alerts"))
