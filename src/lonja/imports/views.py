"""From the file to the result: upload, sheet, columns, check, import."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.imports import columns, jobs, registry, reports
from lonja.imports.actions import error_file, opening
from lonja.imports.forms import ColumnsForm, UploadForm
from lonja.imports.models import ImportRun, Status
from lonja.imports.permissions import USE
from lonja.jobs.models import Job
from lonja.kit.errors import Refused
from lonja.kit.spreadsheets import write_xlsx
from lonja.kit.text import slug
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refuse_into, refused_form

RECENT = 20


@member_required(USE)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What can be imported, and the last imports."""
    member = request.member  # type: ignore[attr-defined]
    kinds = registry.importers_for(member)
    runs = ImportRun.objects.visible_to(member).filter(kind__in=kinds)
    shown = runs.select_related("by__user").order_by("-pk")[:RECENT]
    return render(request, "imports/home.html", {"kinds": kinds, "runs": shown})


@member_required(USE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    importer = _importer(request, kind)
    form = UploadForm(request.POST or None, request.FILES or None)
    context = {"form": form, "importer": importer}
    if request.method != "POST":
        return render(request, "imports/upload.html", {**context, "form": UploadForm()})
    form = context["form"] = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return invalid(request, "imports/upload.html", context)
    file = form.cleaned_data["file"]
    try:
        run = opening.open_run(kind, file.name, file.read(), by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, "imports/upload.html", context, form, refused)
    return done(request, _url(run))


@member_required(USE)
@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """A workbook with our headings and example rows."""
    importer = _importer(request, kind)
    lines = max((len(field.example) for field in importer.fields), default=0)
    rows = [
        [field.example[n] if n < len(field.example) else "" for field in importer.fields]
        for n in range(lines)
    ]
    content = write_xlsx([str(field.label) for field in importer.fields], rows)
    return _download(f"{slug(str(importer.label))}-{_('plantilla')}.xlsx", content)


@member_required(USE)
@require_GET
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if run.status == Status.UPLOADED:
        return _columns_page(request, run, None)
    context = _told(run)
    if run.is_working:
        return render(request, "imports/working.html", context)
    if run.status == Status.FAILED:
        return render(request, "imports/failed.html", context)
    context |= {
        "error_groups": reports.groups(run, errors=True, only=request.GET.get("error", "")),
        "notice_groups": reports.groups(run, errors=False, only=request.GET.get("aviso", "")),
        "errors": reports.first_issues(run, errors=True, only=request.GET.get("error", "")),
        "notices": reports.first_issues(run, errors=False, only=request.GET.get("aviso", "")),
        "shown": reports.SHOWN,
        "shown_notices": reports.SHOWN_NOTICES,
    }
    if run.status == Status.CHECKED:
        context |= {"preview": _preview(run)}
        return render(request, "imports/checked.html", context)
    context["result_url"] = _result_url(run)
    return render(request, "imports/result.html", context)


@member_required(USE)
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The card with the bar, asked every two seconds; when it ends the page is loaded again."""
    run = _run(request, pk)
    if not run.is_working:
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = _url(run)
        return response
    return render(request, "imports/_progress.html", _told(run))


@member_required(USE)
@require_POST
@once
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    _refuse_if_begun(run)
    opening.choose_sheet(run, request.POST.get("sheet", ""))
    return done(request, _url(run))


@member_required(USE)
@require_POST
@once
def choose_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Remember the columns and check the whole file in the background."""
    run = _run(request, pk)
    _refuse_if_begun(run)
    form = ColumnsForm(request.POST, run=run, samples=opening.sample(run))
    if not form.is_valid():
        return _columns_page(request, run, form, status=422)
    try:
        with transaction.atomic():
            opening.choose_columns(run, form.chosen())
            jobs.start_check(run)
    except Refused as refused:
        refuse_into(form, refused)
        return _columns_page(request, run, form, status=409)
    return done(request, _url(run))


@member_required(USE)
@require_POST
@once
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the columns again: nothing has been imported yet."""
    run = _run(request, pk)
    if run.status not in (Status.CHECKED, Status.FAILED):
        raise Refused("import_begun", _("Esta importación ya está en marcha o terminada."))
    run.begin(Status.UPLOADED)
    run.save()
    return done(request, _url(run))


@member_required(USE)
@require_POST
@once
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Import the correct rows in the background, or go on after a stop."""
    run = _run(request, pk)
    with transaction.atomic():
        run = ImportRun.objects.locked(run)
        if run.status == Status.CHECKED:
            jobs.start_import(run)
        elif run.is_working:
            jobs.go_on(run)
        elif run.status != Status.DONE:
            raise Refused("import_unchecked", _("Primero hay que revisar el fichero."))
    return done(request, _url(run))


@member_required(USE)
@require_GET
def errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows in the layout of the file, with what is wrong in a column of its own."""
    run = _run(request, pk)
    if not run.refused or run.is_working:
        raise Http404
    if run.error_file is not None:
        return _download(run.error_file.name, run.error_file.read())
    return _download(error_file.name_of(run), error_file.content_of(run))


# ----------------------------------------------------------------------------------------------
def _importer(request: HttpRequest, kind: str) -> Any:
    importer = registry.importers().get(kind)
    if importer is None:
        raise Http404
    if not request.member.can(importer.permission):  # type: ignore[attr-defined]
        raise PermissionDenied(importer.permission)
    return importer


def _run(request: HttpRequest, pk: int) -> ImportRun:
    rows = ImportRun.objects.select_related("file", "error_file", "by__user")
    run = get_visible(request, rows, pk)
    _importer(request, run.kind)
    return run


def _url(run: ImportRun) -> str:
    return reverse("imports:run", args=[run.pk])


def _refuse_if_begun(run: ImportRun) -> None:
    if run.status != Status.UPLOADED:
        raise Refused(
            "import_begun",
            _("Esta importación ya se ha revisado. Vuelve a elegir las columnas desde su página."),
        )


def _columns_page(
    request: HttpRequest, run: ImportRun, form: ColumnsForm | None, status: int = 200
) -> HttpResponse:
    if form is None:
        form = ColumnsForm(run=run, samples=opening.sample(run))
    context = {
        "run": run,
        "form": form,
        "is_error": status != 200,
        "missing": columns.missing(run.importer, run.field_of.values()),
        "repeated": columns.repeated(run.headings),
        "recognised": len(run.columns),
    }
    return render(request, "imports/columns.html", context, status=status)


def _told(run: ImportRun) -> dict[str, Any]:
    live = Job.objects.filter(key__in=jobs.keys_of(run)).exists() if run.is_working else False
    return {"run": run, "stopped": run.is_working and not live}


def _preview(run: ImportRun) -> dict[str, Any]:
    """The first rows as they will be understood."""
    fields = run.field_of
    return {
        "labels": [run.importer.field(name).label for name in fields.values()],
        "rows": [[row[at] for at in fields] for row in opening.sample(run)],
    }


def _result_url(run: ImportRun) -> str:
    try:
        return reverse(run.importer.result_url) if run.importer.result_url else ""
    except NoReverseMatch:
        return ""


def _download(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=error_file.XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{_ascii(name)}"'
    return response


def _ascii(name: str) -> str:
    stem, _dot, suffix = name.rpartition(".")
    return f"{slug(stem, longest=120) or 'lista'}.{suffix}"
