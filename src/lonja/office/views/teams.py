"""«Departamentos» and «Ausencias»: who works together, and who is away."""

from __future__ import annotations

from datetime import date

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Absence, Company, Department, Membership
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.office.actions import schedules as actions
from lonja.office.forms.schedules import AbsenceForm, DepartmentForm
from lonja.office.permissions import ABSENCES, SCHEDULES
from lonja.office.views.schedules import companies_of
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

_FORM = ("GET", "HEAD", "POST")


@member_required(SCHEDULES)
@require_safe
def department_list(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    people = Prefetch("members", Membership.objects.select_related("user"))
    rows = (
        Department.objects.visible_to(member)
        .select_related("calendar", "company")
        .prefetch_related(people)
        .order_by("deactivated_at", "name", "id")[:300]
    )
    context = {"rows": list(rows), "several": companies_of(member).count() > 1}
    return render(request, "office/teams/departments.html", context)


@member_required(SCHEDULES)
@require_http_methods(_FORM)
@once
def department_new(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Refused("no_company", _("Da de alta antes tu empresa."))
    return _department(request, Department(company=company))


@member_required(SCHEDULES)
@require_http_methods(_FORM)
@once
def department(request: HttpRequest, pk: int) -> HttpResponse:
    return _department(
        request, get_visible(request, Department.objects.select_related("company"), pk)
    )


def _department(request: HttpRequest, row: Department) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    saved = row.pk is not None
    chosen = list(row.members.values_list("pk", flat=True)) if saved else []
    form = DepartmentForm(
        request.POST or None,
        initial={
            "company": row.company_id,
            "name": row.name,
            "calendar": row.calendar_id,
            "members": chosen,
        },
        companies=companies_of(member),
        department=row if saved else None,
    )
    events = Event.objects.filter(target_type="accounts.department", target_id=row.pk or 0)
    context = {
        "form": form,
        "row": row,
        "events": [told(event) for event in events.order_by("-id")[:10]],
    }
    template = "office/teams/department.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    name = row.name
    if not saved and data.get("company"):
        row.company = data["company"]
    try:
        actions.save_department(
            row,
            name=data["name"],
            calendar=data["calendar"],
            members=data["members"],
            by=member,
        )
    except Refused as error:
        row.name = name
        return refused_form(request, template, context, form, error)
    toast(request, _("Departamento guardado."))
    return done(request, reverse("office:departments"))


@member_required(SCHEDULES)
@require_POST
@once
def department_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Department, pk)
    actions.set_department_active(row, False, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» ya no se ofrece.") % {"name": row.name})
    return done(request, reverse("office:departments"))


@member_required(SCHEDULES)
@require_POST
@once
def department_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Department, pk)
    actions.set_department_active(row, True, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» vuelve a ofrecerse.") % {"name": row.name})
    return done(request, reverse("office:department", args=[row.pk]))


@member_required(ABSENCES)
@require_safe
def absence_list(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    today = _today(request)
    rows = Absence.objects.visible_to(member).select_related("membership__user")
    context = {
        "today": today,
        "coming": rows.filter(cancelled_at=None, last__gte=today).order_by("first", "id")[:300],
        "past": rows.filter(cancelled_at=None, last__lt=today).order_by("-last", "-id")[:50],
    }
    return render(request, "office/teams/absences.html", context)


@member_required(ABSENCES)
@require_http_methods(_FORM)
@once
def absence_new(request: HttpRequest) -> HttpResponse:
    return _absence(request, Absence())


@member_required(ABSENCES)
@require_http_methods(_FORM)
@once
def absence(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Absence.objects.filter(cancelled_at=None).select_related("membership__user")
    return _absence(request, get_visible(request, rows, pk))


def _absence(request: HttpRequest, row: Absence) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    initial = {name: getattr(row, name) for name in ("first", "last", "reason")}
    form = AbsenceForm(
        request.POST or None,
        initial={**initial, "membership": row.membership_id},
        people=_people(member, row.membership_id),
    )
    template, context = "office/teams/absence.html", {"form": form, "row": row}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        actions.save_absence(row, by=member, **form.cleaned_data)
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Ausencia guardada."))
    return done(request, reverse("office:absences"))


@member_required(ABSENCES)
@require_POST
@once
def absence_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Absence, pk)
    actions.cancel_absence(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Ausencia anulada."))
    return done(request, reverse("office:absences"))


def _people(member: Membership, chosen: int | None) -> QuerySet[Membership]:
    rows = Membership.objects.filter(deactivated_at=None)
    if member.sees_only_own:
        rows = rows.filter(pk__in=member.subordinate_ids())
    if chosen is not None:
        rows |= Membership.objects.filter(pk=chosen)
    return rows.select_related("user").order_by("user__full_name", "user__email")


def _today(request: HttpRequest) -> date:
    company: Company | None = request.company  # type: ignore[attr-defined]
    return company.today() if company is not None else timezone.localdate()
