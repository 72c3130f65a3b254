"""Actions on many tasks of the list, and the page that tells how they go."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from lonja.accounts.access import member_required
from lonja.jobs.models import Job
from lonja.tasks import permissions
from lonja.tasks.tables import TaskTable
from lonja.ui.once import once
from lonja.ui.requests import is_fragment
from lonja.ui.tables.views import bulk_view

TITLES = {
    "complete": _("Completar tareas"),
    "reassign": _("Reasignar tareas"),
    "due": _("Cambiar vencimientos"),
    "state": _("Cambiar de estado"),
}


@member_required(permissions.VIEW)
@require_POST
@once
def actions(request: HttpRequest) -> HttpResponse:
    """Start the job of an action and go to its page."""
    answer = bulk_view(request, TaskTable, list_name="tasks:search")
    job_id = getattr(request.member, "started_job", None)  # type: ignore[attr-defined]
    if job_id is None:
        return answer
    return HttpResponseRedirect(reverse("tasks:job", args=[job_id]), status=303)


@member_required(permissions.VIEW)
@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and at the end what was done and why the rest was not."""
    rows = Job.objects.filter(requested_by=request.member, task="lonja.tasks.jobs.bulk")  # type: ignore[attr-defined]
    found = get_object_or_404(rows, pk=pk)
    context = {
        "job": found,
        "url": request.path,
        "title": TITLES.get(found.args.get("what", ""), _("Trabajo")),
        "result": found.result or {},
    }
    template = "tasks/_job.html" if is_fragment(request) else "tasks/job.html"
    return render(request, template, context)
