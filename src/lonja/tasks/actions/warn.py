"""A word to whoever manages a task before its SLA fails."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from lonja.mail import queue_mail
from lonja.mail.models import OutgoingMail
from lonja.tasks import people
from lonja.tasks.models import Task
from lonja.ui.formats import full_date

# A quarter of the time allowed, never less than half an hour nor more than a day.
LEAST, MOST = timedelta(minutes=30), timedelta(days=1)
AT_ONCE = 500


def notice_of(seconds: int) -> timedelta:
    """How long before the limit somebody is told."""
    return min(max(timedelta(seconds=seconds // 4), LEAST), MOST)


def warn_of_what_is_near(*, at: datetime) -> int:
    """Mail the manager (or the people of the role) of each task near its limit, once for each
    limit. Returns how many tasks were told about."""
    rows = (
        Task.objects.open()
        .filter(sla_fails_at__gte=at, sla_fails_at__lt=at + MOST)
        .select_related("manager__user", "company", "state", "reason", "party")
        .order_by("sla_fails_at", "pk")[:AT_ONCE]
    )
    told = 0
    for task in rows:
        limit = task.sla_limit_at
        if limit is None or limit - at > notice_of(task.sla_seconds or 0):
            continue
        key = f"tasks.sla:{task.pk}:{int(limit.timestamp())}"
        if OutgoingMail.objects.filter(key=key).exists():
            continue
        to = _addresses(task)
        if not to:
            continue
        text = _(
            "La tarea %(code)s · %(subject)s está en «%(state)s» y su SLA termina el %(limit)s.\n"
        ) % {
            "code": task.code,
            "subject": task.subject,
            "state": task.state,
            "limit": full_date(limit.astimezone(task.company.zone)),
        }
        if task.party is not None:
            text += _("Cliente: %(name)s\n") % {"name": task.party.display_name}
        queue_mail(
            to=to,
            subject=_("Queda poco para el SLA de %(code)s") % {"code": task.code},
            text=text + _address_of(task),
            about=task,
            company=task.company,
            key=key,
        )
        told += 1
    return told


def _addresses(task: Task) -> list[str]:
    if task.manager is not None:
        return [m.user.email for m in people.who_enter([task.manager], task.company_id)]
    if task.manager_role:
        return [m.user.email for m in people.with_role(task.manager_role, task.company_id)][:20]
    return []


def _address_of(task: Task) -> str:
    from django.conf import settings

    if not settings.PUBLIC_URL:
        return ""
    try:
        path = reverse("tasks:task", urlconf=settings.ORGANISATION_URLCONF, args=[task.pk])
    except NoReverseMatch:
        return ""
    return f"\n{settings.PUBLIC_URL}/{task.organisation.slug}{path}\n"
