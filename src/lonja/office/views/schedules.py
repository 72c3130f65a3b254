"""«Horarios y festivos»: the hours of each company, its year, and a box to try them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company, Membership, WorkCalendar
from lonja.accounts.schedule import default_calendar
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.kit.dates import parse_date
from lonja.kit.errors import Refused
from lonja.kit.text import row_id
from lonja.kit.worktime import elapsed_seconds, explain, hours_text, zone_of
from lonja.office.actions import schedules as actions
from lonja.office.forms.schedules import (
    CalendarForm,
    HolidayForm,
    OpenDayForm,
    PeriodForm,
    TrialForm,
    week_initial,
)
from lonja.office.permissions import SCHEDULES
from lonja.office.year import year_of
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

_FORM = ("GET", "HEAD", "POST")


def companies_of(member: Membership) -> QuerySet[Company]:
    """The companies that the member works with."""
    rows = Company.objects.order_by("pk")
    granted = member.company_ids()
    return rows.filter(pk__in=granted) if granted else rows


@member_required(SCHEDULES)
@require_safe
def calendar_list(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    companies = list(companies_of(member))
    rows = list(
        WorkCalendar.objects.visible_to(member)
        .select_related("company")
        .prefetch_related("departments")
        .order_by("deactivated_at", "company_id", "-is_default", "name")[:200]
    )
    general = {row.company_id for row in rows if row.is_default}
    missing = [default_calendar(company) for company in companies if company.pk not in general]
    context = {"rows": rows, "missing": missing, "several": len(companies) > 1}
    return render(request, "office/schedules/list.html", context)


@member_required(SCHEDULES)
@require_http_methods(_FORM)
@once
def calendar_new(request: HttpRequest) -> HttpResponse:
    companies = companies_of(request.member)  # type: ignore[attr-defined]
    asked = row_id(request.GET.get("empresa", ""))
    company = companies.filter(pk=asked).first() if asked is not None else None
    company = company or request.company or companies.first()  # type: ignore[attr-defined]
    if company is None:
        raise Refused("no_company", _("Da de alta antes tu empresa."))
    base = default_calendar(company)
    has_general = WorkCalendar.objects.filter(company=company, is_default=True).exists()
    initial = {
        "company": company.pk,
        "name": "" if has_general else base.name,
        "zone": base.zone,
        "region": base.region,
        **week_initial(base.calendar.weekly),
    }
    form = CalendarForm(request.POST or None, initial=initial, companies=companies, fixed=False)
    template = "office/schedules/new.html"
    if request.method != "POST":
        return render(request, template, {"form": form})
    if not form.is_valid():
        return invalid(request, template, {"form": form})
    data = form.cleaned_data
    try:
        made = actions.create_calendar(
            data.get("company") or company,
            name=data["name"],
            zone=data["zone"],
            region=data["region"],
            week=form.week(),
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as error:
        return refused_form(request, template, {"form": form}, form, error)
    toast(request, _("Horario creado."))
    return done(request, reverse("office:calendar", args=[made.pk]))


@member_required(SCHEDULES)
@require_http_methods(_FORM)
@once
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    row = _calendar(request, pk)
    form = CalendarForm(
        request.POST or None,
        initial={
            "name": row.name,
            "zone": row.zone,
            "region": row.region,
            **week_initial(row.calendar.weekly),
        },
        companies=Company.objects.none(),
        fixed=True,
    )
    template, context = "office/schedules/calendar.html", _page(request, row, form=form)
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    try:
        actions.change_calendar(
            row,
            name=data["name"],
            zone=data["zone"],
            region=data["region"],
            week=form.week(),
            version=_version(request),
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Horario guardado."))
    return done(request, reverse("office:calendar", args=[row.pk]))


@member_required(SCHEDULES)
@require_http_methods(_FORM)
@once
def period(request: HttpRequest, pk: int, position: int | None = None) -> HttpResponse:
    """Other hours between two days: new ones, or those at a position."""
    row = _calendar(request, pk)
    ranges = row.calendar.ranges
    initial: dict[str, Any] = dict(week_initial(row.calendar.weekly))
    if position is not None:
        if position >= len(ranges):
            raise Http404
        span = ranges[position]
        days = {"name": span.name, "first": span.first, "last": span.last}
        initial = {**days, **week_initial(span.weekly)}
    form = PeriodForm(request.POST or None, initial=initial)
    template = "office/schedules/period.html"
    version = _version(request) or row.version
    context = {"form": form, "row": row, "position": position, "version": version}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    try:
        actions.save_period(
            row,
            position=position,
            name=data["name"],
            first=data["first"],
            last=data["last"],
            week=form.week(),
            version=_version(request),
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Periodo guardado."))
    return done(request, reverse("office:calendar", args=[row.pk]))


@member_required(SCHEDULES)
@require_POST
@once
def period_drop(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    row = _calendar(request, pk)
    by, version = request.member, _version(request)  # type: ignore[attr-defined]
    actions.drop_period(row, position, version=version, by=by)
    toast(request, _("Periodo quitado: esos días vuelven al horario de siempre."))
    return done(request, reverse("office:calendar", args=[row.pk]))


@member_required(SCHEDULES)
@require_POST
@once
def holiday_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = _calendar(request, pk)
    form = HolidayForm(request.POST)
    return _add_day(request, row, form, "holiday_form", "name", actions.add_holiday)


@member_required(SCHEDULES)
@require_POST
@once
def open_day_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = _calendar(request, pk)
    form = OpenDayForm(request.POST)
    return _add_day(request, row, form, "open_form", "hours", actions.add_open_day)


def _add_day(
    request: HttpRequest, row: WorkCalendar, form: Any, name: str, value: str, action: Any
) -> HttpResponse:
    template, context = "office/schedules/calendar.html", _page(request, row, **{name: form})
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    try:
        by, version = request.member, _version(request)  # type: ignore[attr-defined]
        action(row, data["day"], data[value], version=version, by=by)
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Día añadido."))
    return done(request, reverse("office:calendar", args=[row.pk]))


@member_required(SCHEDULES)
@require_POST
@once
def day_drop(request: HttpRequest, pk: int) -> HttpResponse:
    row = _calendar(request, pk)
    kind = request.POST.get("kind", "")
    if kind not in ("holidays", "open_days"):
        raise Http404
    day = parse_date(request.POST.get("day", ""), row.company.today())
    actions.drop_day(row, kind, day, version=_version(request), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Día quitado."))
    return done(request, reverse("office:calendar", args=[row.pk]))


@member_required(SCHEDULES)
@require_safe
def calendar_year(request: HttpRequest, pk: int) -> HttpResponse:
    """The year with the holidays that apply, and the box «prueba»."""
    row = _calendar(request, pk)
    today = row.company.today()
    asked = row_id(request.GET.get("ano", "")) or 0
    year = asked if 2000 <= asked <= 2199 else today.year
    context: dict[str, Any] = {"row": row, "today": today, **year_of(row.calendar, year)}
    form = TrialForm(request.GET if "desde" in request.GET else None)
    context["form"] = form
    template = "office/schedules/year.html"
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    zone = zone_of(row.zone)
    start, end = form.moments(zone)
    try:
        lines = explain(row.calendar, start, end)
    except Refused as error:
        return refused_form(request, template, context, form, error)
    context["trial"] = {
        "start": start,
        "end": end,
        "lines": [{"line": line, "time": timedelta(seconds=line.seconds)} for line in lines],
        "worked": timedelta(seconds=sum(line.seconds for line in lines)),
        "natural": timedelta(seconds=elapsed_seconds(start, end)),
        "backwards": end <= start,
    }
    return render(request, template, context)


@member_required(SCHEDULES)
@require_POST
@once
def calendar_default(request: HttpRequest, pk: int) -> HttpResponse:
    row = _calendar(request, pk)
    actions.make_default(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» es ahora el horario general.") % {"name": row.name})
    return done(request, reverse("office:calendar", args=[row.pk]))


@member_required(SCHEDULES)
@require_POST
@once
def calendar_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    row = _calendar(request, pk)
    actions.deactivate_calendar(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» ya no se ofrece.") % {"name": row.name})
    return done(request, reverse("office:calendars"))


@member_required(SCHEDULES)
@require_POST
@once
def calendar_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    row = _calendar(request, pk)
    actions.reactivate_calendar(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» vuelve a ofrecerse.") % {"name": row.name})
    return done(request, reverse("office:calendar", args=[row.pk]))


def _calendar(request: HttpRequest, pk: int) -> WorkCalendar:
    found: WorkCalendar = get_visible(request, WorkCalendar.objects.select_related("company"), pk)
    return found


def _version(request: HttpRequest) -> int:
    """The version that the posted page showed: shown again until the page is opened anew."""
    return row_id(request.POST.get("version", "")) or 0


def _page(request: HttpRequest, row: WorkCalendar, **forms: Any) -> dict[str, Any]:
    events = Event.objects.filter(target_type="accounts.workcalendar", target_id=row.pk)
    said = row.calendar
    form = CalendarForm(
        initial={
            "name": row.name,
            "zone": row.zone,
            "region": row.region,
            **week_initial(said.weekly),
        },
        companies=Company.objects.none(),
        fixed=True,
    )
    return {
        "row": row,
        "version": _version(request) or row.version,
        "form": form,
        "holiday_form": HolidayForm(),
        "open_form": OpenDayForm(),
        "periods": [
            {"span": span, "hours": next((hours_text(day) for day in span.weekly if day), "")}
            for span in said.ranges
        ],
        "holidays": sorted(said.holidays.items()),
        "open_days": [(day, hours_text(hours)) for day, hours in sorted(said.open_days.items())],
        "departments": list(row.departments.filter(deactivated_at=None).order_by("name")),
        "events": [told(event) for event in events.order_by("-id")[:10]],
        **forms,
        "bound": next((form for form in forms.values() if form.is_bound), None),
    }
