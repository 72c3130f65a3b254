"""«Series» in settings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import permissions, reports
from lonja.billing.actions.series import has_issued, import_last_number, save_series
from lonja.billing.forms.series import LastNumberForm, SeriesForm
from lonja.billing.kinds import SERIES_USES
from lonja.billing.models import Series
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import invalid, refused_form, toast

EDITOR = "billing/series_form.html"


@member_required(permissions.SERIES)
@require_safe
def series_list(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    year = company.today().year if company is not None else 0
    rows = Series.objects.visible_to(request.member).filter(company=company)  # type: ignore[attr-defined]
    shown = [
        {
            "series": one,
            "next": reports.next_number(one, year),
            "used": has_issued(one, year),
            "use": SERIES_USES[one.use][1],
        }
        for one in rows.order_by("-is_active", "use", "-is_default", "code")
    ]
    return render(request, "billing/series_list.html", {"rows": shown, "year": year})


def _context(series: Series, form: SeriesForm, last: Any = None) -> dict[str, Any]:
    year = series.company.today().year
    is_used = series.pk is not None and has_issued(series, year)
    return {
        "series": series,
        "form": form,
        "last_form": last or LastNumberForm(),
        "is_used": is_used,
        "year": year,
        "next": reports.next_number(series, year) if series.pk else "",
    }


def _saved(request: HttpRequest, series: Series) -> HttpResponse:
    form = SeriesForm(request.POST or None, series=series)
    if not form.is_bound:
        return render(request, EDITOR, _context(series, form))
    if not form.is_valid():
        return invalid(request, EDITOR, _context(series, form))
    data = form.cleaned_data
    names = ("code", "name", "is_default", "is_active", "issued_by", "issuer_name", "issuer_nif")
    for name in names:
        setattr(series, name, data[name])
    series.use = data.get("use") or series.use
    try:
        save_series(series, prefix=data["prefix"], digits=data["digits"], by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, EDITOR, _context(series, form), form, refused)
    toast(request, _("Serie guardada"))
    return HttpResponseRedirect(reverse("billing:series_list"), status=303)


@member_required(permissions.SERIES)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def series_new(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Refused("no_company", _("Crea primero la empresa que emite."))
    return _saved(request, Series(company=company, is_active=True))


@member_required(permissions.SERIES)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def series_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Series.objects.select_related("company")
    return _saved(request, get_visible(request, rows, pk))


@member_required(permissions.SERIES)
@require_POST
@once
def series_last(request: HttpRequest, pk: int) -> HttpResponse:
    """«Importar último número»: go on from where another program stopped."""
    series = get_visible(request, Series.objects.select_related("company"), pk)
    last = LastNumberForm(request.POST)
    context = _context(series, SeriesForm(series=series), last)
    if not last.is_valid():
        return invalid(request, EDITOR, context)
    try:
        import_last_number(series, context["year"], last.cleaned_data["last"], by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, EDITOR, context, last, refused)
    number = reports.next_number(series, context["year"])
    toast(request, _("La próxima factura de la serie será la %(number)s") % {"number": number})
    return HttpResponseRedirect(reverse("billing:series_list"), status=303)
