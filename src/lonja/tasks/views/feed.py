"""The calendar that a program reads by its private link, without logging in."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lonja.accounts.models.people import token_hash
from lonja.accounts.scope import all_organisations, scope
from lonja.tasks import day as days
from lonja.tasks import permissions
from lonja.tasks.ics import feed as calendar_file
from lonja.tasks.models import NO_DUE, CalendarFeed, Task

MOST = 2000
PAST_DAYS = 90


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The open tasks of the owner of the link that have a date. 404 for any link that does not
    work: unknown, revoked, or of somebody who left."""
    found = _find(token)
    if found is None:
        raise Http404
    pk, organisation_id = found
    with scope(organisation_id):
        row = CalendarFeed.objects.select_related("member__user", "member__organisation").get(pk=pk)
        member = row.member
        if not member.is_active or not member.can(permissions.VIEW):
            raise Http404
        since = timezone.now() - timedelta(days=PAST_DAYS)
        rows = days.my_tasks(member).filter(due_at__gte=since, due_at__lt=NO_DUE)[:MOST]
        root = f"{settings.PUBLIC_URL}/{member.organisation.slug}" if settings.PUBLIC_URL else ""

        def address_of(task: Task) -> str:
            if not root:
                return ""
            path = reverse("tasks:task", urlconf=settings.ORGANISATION_URLCONF, args=[task.pk])
            return f"{root}{path}"

        name = f"Lonja · {member.organisation.name}"
        content = calendar_file(rows, name=name, address_of=address_of)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    same = request.headers.get("If-None-Match") == tag
    response = HttpResponseNotModified() if same else HttpResponse(content)
    if not same:
        response.headers["Content-Type"] = "text/calendar; charset=utf-8"
        response.headers["Content-Disposition"] = 'inline; filename="tareas.ics"'
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _find(token: str) -> tuple[int, int] | None:
    if not 20 <= len(token) <= 100:
        return None
    with transaction.atomic(), all_organisations():
        return (
            CalendarFeed.objects.filter(token_hash=token_hash(token), revoked_at=None)
            .values_list("pk", "organisation_id")
            .first()
        )
