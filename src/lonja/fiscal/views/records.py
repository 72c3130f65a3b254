"""A record, what the agency said of it, and what mends it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing.models import Invoice, Status
from lonja.files.models import StoredFile
from lonja.fiscal import permissions
from lonja.fiscal.actions.mending import amend, amendable, standing_of, void_again
from lonja.fiscal.forms import AmendForm
from lonja.fiscal.models import Record, RecordState, Result, Submission
from lonja.fiscal.regime import state_of
from lonja.fiscal.reports import meaning
from lonja.jobs import enqueue_once
from lonja.jobs.models import Job
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


def _record(request: HttpRequest, pk: int) -> Record:
    """The record, if the member may see it and its invoice."""
    rows = Record.objects.select_related("invoice__company", "chain")
    found = get_visible(request, rows, pk)
    get_visible(request, Invoice, found.invoice_id)
    return found


def told_of(record: Record) -> dict[str, Any]:
    """A record as a template shows it."""
    return {
        "record": record,
        "state": state_of(record.operation, record.state),
        "meaning": meaning(record),
        "is_open": record.mended_by_id is None
        and record.state in (RecordState.REJECTED, RecordState.ACCEPTED_WITH_ERRORS),
    }


@member_required(permissions.VIEW)
@require_safe
def record(request: HttpRequest, pk: int) -> HttpResponse:
    found = _record(request, pk)
    results = Result.objects.filter(record=found).select_related("submission")
    context = {
        **told_of(found),
        "results": results.order_by("-pk"),
        "may_mend": request.member.can(permissions.MEND),  # type: ignore[attr-defined]
        "is_void": found.invoice.status == Status.VOID,
    }
    return render(request, "fiscal/record.html", context)


@member_required(permissions.VIEW)
@require_safe
def record_xml(request: HttpRequest, pk: int) -> HttpResponse:
    """The very bytes that were hashed and sent."""
    found = _record(request, pk)
    return _download(found.xml.encode(), f"registro-{found.position}.xml", "application/xml")


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@member_required(permissions.MEND)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def record_amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Subsanar: another record of the same invoice, with what the agency expects."""
    found = _record(request, pk)
    values = amendable(found.invoice)
    form = AmendForm(request.POST if request.method == "POST" else None, values=values)
    context = {**told_of(found), "form": form}
    template = "fiscal/amend.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        made = amend(found.invoice, form.changes(), by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Subsanación hecha: se envía enseguida"))
    return done(request, reverse("fiscal:record", args=[made.pk]))


@member_required(permissions.MEND)
@require_POST
@once
def record_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Reenviar: the same data in a new record (its client is now in the census, for instance)."""
    found = _record(request, pk)
    member = request.member  # type: ignore[attr-defined]
    if standing_of(found.invoice).last != found:
        raise Refused("not_last", _("Hay un registro posterior de esta factura: mira ese."))
    if found.operation == "alta":
        made = amend(found.invoice, {}, by=member)
    else:
        made = void_again(found.invoice, by=member)
    toast(request, _("Registro nuevo con los mismos datos: se envía enseguida"))
    return done(request, reverse("fiscal:record", args=[made.pk]))


@member_required(permissions.MEND)
@require_POST
@once
def record_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the agency, by a worker."""
    from lonja.fiscal.jobs import ask_about

    found = _record(request, pk)
    member = request.member  # type: ignore[attr-defined]
    job = enqueue_once(
        ask_about, key=f"fiscal.ask:{found.pk}:{member.pk}", by=member, record_id=found.pk
    )
    return done(request, reverse("jobs:job", args=[job.pk]))


@member_required(permissions.VIEW)
@require_safe
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Submission.objects.select_related("chain", "channel").defer("request", "answer")
    found = get_visible(request, rows, pk)
    results = Result.objects.filter(submission=found).exclude(outcome="Correcto")
    context = {
        "submission": found,
        "results": results.select_related("record").order_by("pk")[:200],
        "told": Result.objects.filter(submission=found).count(),
    }
    return render(request, "fiscal/submission.html", context)


@member_required(permissions.VIEW)
@require_safe
def submission_xml(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """What was sent (`peticion`) or answered (`respuesta`), byte by byte."""
    found = get_visible(request, Submission, pk)
    content = {"peticion": found.request_xml, "respuesta": found.answer_xml}.get(which)
    if not content:
        raise Http404
    return _download(content, f"envio-{found.pk}-{which}.xml", "application/xml")


@member_required(permissions.VIEW)
@require_safe
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The zip of an export of one's own."""
    rows = Job.objects.filter(
        requested_by=request.member,  # type: ignore[attr-defined]
        task="lonja.fiscal.jobs.export_records",
    )
    job = get_visible(request, rows, pk)
    file = StoredFile.objects.filter(pk=(job.result or {}).get("file")).first()
    if file is None:
        raise Http404
    return _download(file.read(), file.name, file.content_type)
