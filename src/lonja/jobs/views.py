"""How a piece of background work is going."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Role
from lonja.jobs.models import Job, Status


@member_required(None)
@never_cache
@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress page; asked by htmx, only the part that moves.

    People see the jobs they asked for, administrators all of them. A task may leave in its result
    `message` (words), `url` (a path of the organisation) and `label` (of its link).
    """
    member = request.member  # type: ignore[attr-defined]
    jobs = Job.objects.select_related("requested_by__user")
    if member.role != Role.ADMIN:
        jobs = jobs.filter(Q(requested_by=member))
    row = get_visible(request, jobs, pk)
    fragment = request.headers.get("HX-Request") == "true"
    template = "jobs/_progress.html" if fragment else "jobs/job.html"
    return render(request, template, _context(row))


def _context(row: Job) -> dict[str, Any]:
    result = row.result if isinstance(row.result, dict) else {}
    end = row.finished_at or timezone.now()
    return {
        "job": row,
        "is_alive": row.status in (Status.READY, Status.RUNNING),
        "elapsed": end - row.created_at,
        "message": str(result.get("message", "")),
        "result_url": _inside(str(result.get("url", ""))),
        "result_label": str(result.get("label", "")),
        # A traceback is for the log; a refusal is for the person.
        "reason": "" if "Traceback" in row.error else row.error,
        "is_fault": "Traceback" in row.error,
        "waits_until": row.run_at if row.status == Status.READY and row.attempts else None,
    }


def _inside(path: str) -> str:
    """A path of this organisation with its first segment, or nothing for anything else."""
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        return ""
    prefix = reverse("jobs:job", args=[0]).removesuffix("trabajos/0/")
    return path if path.startswith(prefix) else prefix + path.removeprefix("/")
