"""What every list remembers: columns of a member, saved views, long exports."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lonja.accounts.access import member_required
from lonja.accounts.models import Membership
from lonja.files.models import StoredFile
from lonja.jobs import enqueue_once
from lonja.jobs.models import Job
from lonja.kit.errors import Refused
from lonja.ui.context import DENSITIES
from lonja.ui.jobs import export_list
from lonja.ui.models import SavedView
from lonja.ui.once import once
from lonja.ui.shortcuts import toast
from lonja.ui.tables import Table, table_named
from lonja.ui.tables.export import TYPES


def _table(request: HttpRequest, slug: str) -> type[Table]:
    try:
        table = table_named(slug)
    except KeyError:
        raise Http404 from None
    member = request.member  # type: ignore[attr-defined]
    if table.permission and not member.can(table.permission):
        raise PermissionDenied(table.permission)
    return table


def _back(request: HttpRequest) -> str:
    """The list the form came from: a path inside this organisation."""
    path = request.POST.get("volver", "")
    inside = reverse("ui:gallery").removesuffix("ui/galeria/")
    return path if path.startswith(inside) and "\\" not in path else inside


@member_required(None)
@require_POST
@once
def columns(request: HttpRequest, table: str) -> HttpResponse:
    """Which columns this member sees in a list, and in which order."""
    declared = _table(request, table)
    known = {column.name for column in declared.columns}
    chosen = [name for name in dict.fromkeys(request.POST.getlist("columna")) if name in known]
    with transaction.atomic():
        member = Membership.objects.locked(request.member.pk)  # type: ignore[attr-defined]
        preferences = dict(member.preferences or {})
        mine = dict(preferences.get("columns", {}))
        if request.POST.get("restablecer"):
            mine.pop(table, None)
        else:
            mine[table] = chosen
        preferences["columns"] = mine
        Membership.objects.filter(pk=member.pk).update(preferences=preferences)
    return HttpResponseRedirect(_back(request), status=303)


@member_required(None)
@require_POST
def density(request: HttpRequest) -> HttpResponse:
    """Rows of 42 or of 34 pixels in every table, for this member."""
    chosen = request.POST.get("filas", "")
    if chosen in DENSITIES:
        with transaction.atomic():
            member = Membership.objects.locked(request.member.pk)  # type: ignore[attr-defined]
            preferences = {**(member.preferences or {}), "density": chosen}
            Membership.objects.filter(pk=member.pk).update(preferences=preferences)
    return HttpResponseRedirect(_back(request), status=303)


@member_required(None)
@require_POST
@once
def save_view(request: HttpRequest, table: str) -> HttpResponse:
    """Keep the filters and order of the list as a tab."""
    _table(request, table)
    name = " ".join(request.POST.get("nombre", "").split())[:60]
    if not name:
        raise Refused("view_name", _("Escribe un nombre para la vista."), field="nombre")
    query = QueryDict(request.POST.get("filtro", ""), mutable=True)
    for passing in ("vista", "desde", "hasta", "n", "ver", "exportar"):
        query.pop(passing, None)
    try:
        with transaction.atomic():
            view = SavedView.objects.create(
                table=table,
                name=name,
                query=query.urlencode(),
                member=request.member,  # type: ignore[attr-defined]
                is_shared=request.POST.get("compartida") == "1",
            )
    except IntegrityError:
        raise Refused(
            "view_exists", _("Ya tienes una vista con ese nombre. Elige otro."), field="nombre"
        ) from None
    toast(request, _("Vista guardada"))
    query["vista"] = view.slug
    return HttpResponseRedirect(f"{_back(request)}?{query.urlencode()}", status=303)


@member_required(None)
@require_POST
@once
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved view: its owner's."""
    view = get_object_or_404(SavedView.objects.filter(member=request.member), pk=pk)  # type: ignore[attr-defined]
    view.delete()
    toast(request, _("Vista borrada"))
    return HttpResponseRedirect(_back(request), status=303)


@member_required(None)
def export_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a long export (POST, pk 0) or tell how far one is."""
    if request.method == "POST":
        return _start_export(request)
    job = _mine(request, pk)
    template = "ui/job_export.html" if request.headers.get("HX-Request") else "ui/export.html"
    return render(request, template, {"job": job, "url": request.path})


@once
def _start_export(request: HttpRequest) -> HttpResponse:
    slug, kind = request.POST.get("tabla", ""), request.POST.get("formato", "xlsx")
    if not _table(request, slug).may_export(request.member):  # type: ignore[attr-defined]
        raise PermissionDenied(slug)
    if kind not in TYPES:
        raise Http404
    member = request.member  # type: ignore[attr-defined]
    query = request.POST.get("filtro", "")
    job = enqueue_once(
        export_list,
        key=f"ui.export:{member.pk}:{slug}:{kind}:{hash(query)}",
        by=member,
        table=slug,
        query=query,
        kind=kind,
        member_id=member.pk,
    )
    return HttpResponseRedirect(reverse("ui:export", args=[job.pk]), status=303)


def _mine(request: HttpRequest, pk: int) -> Job:
    rows = Job.objects.filter(
        requested_by=request.member,  # type: ignore[attr-defined]
        task="lonja.ui.jobs.export_list",
    )
    return get_object_or_404(rows, pk=pk)


@member_required(None)
@require_GET
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    job = _mine(request, pk)
    if not job.result:
        raise Http404
    table = table_named(job.args["table"])
    if not table.may_export(request.member):  # type: ignore[attr-defined]
        raise PermissionDenied(table.export_permission or table.permission)
    file = get_object_or_404(StoredFile.objects.all(), pk=job.result["file"])
    response = HttpResponse(file.read(), content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
