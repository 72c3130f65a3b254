"""Actions on many invoices of the list, and the page that tells how they go."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from lonja.accounts.access import member_required
from lonja.billing import permissions
from lonja.billing.collections_table import CollectionsTable
from lonja.billing.hooks import archives
from lonja.billing.tables import InvoiceTable
from lonja.files.models import StoredFile
from lonja.jobs.models import Job
from lonja.ui.once import once
from lonja.ui.requests import is_fragment
from lonja.ui.tables.views import bulk_view

TITLES = {
    "issue": _("Emitir facturas"),
    "send": _("Enviar facturas"),
    "settle": _("Registrar cobros"),
    "remind": _("Recordar pagos"),
    "pdf": _("PDF de facturas"),
}


@member_required(permissions.VIEW)
@require_POST
@once
def actions(request: HttpRequest) -> HttpResponse:
    """Start the job of an action and go to its page."""
    answer = bulk_view(request, InvoiceTable, list_name="billing:invoice_list")
    go_to = getattr(request.member, "go_to", "")  # type: ignore[attr-defined]
    if go_to:
        return HttpResponseRedirect(go_to, status=303)
    job_id = getattr(request.member, "started_job", None)  # type: ignore[attr-defined]
    if job_id is None:
        return answer
    return HttpResponseRedirect(reverse("billing:job", args=[job_id]), status=303)


def _title(what: str) -> Any:
    one = archives().get(what)
    return one.label if one is not None else TITLES.get(what, _("Trabajo"))


@member_required(permissions.PAYMENTS)
@require_POST
@once
def collections_actions(request: HttpRequest) -> HttpResponse:
    """The same, from «Cobros»."""
    answer = bulk_view(request, CollectionsTable, list_name="billing:collections")
    job_id = getattr(request.member, "started_job", None)  # type: ignore[attr-defined]
    if job_id is None:
        return answer
    return HttpResponseRedirect(reverse("billing:job", args=[job_id]), status=303)


def _mine(request: HttpRequest, pk: int) -> Job:
    rows = Job.objects.filter(requested_by=request.member, task="lonja.billing.jobs.bulk")  # type: ignore[attr-defined]
    return get_object_or_404(rows, pk=pk)


@member_required(permissions.VIEW)
@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and at the end what was done and why the rest was not."""
    found = _mine(request, pk)
    context = {
        "job": found,
        "url": request.path,
        "title": _title(found.args.get("what", "")),
        "result": found.result or {},
    }
    template = "billing/_job.html" if is_fragment(request) else "billing/job.html"
    return render(request, template, context)


@member_required(permissions.VIEW)
@require_safe
def job_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The zip that a job made."""
    found = _mine(request, pk)
    file_id = (found.result or {}).get("file")
    if not file_id:
        raise Http404
    file = get_object_or_404(StoredFile.objects.all(), pk=file_id)
    response = HttpResponse(file.read(), content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
