"""«Origen»: what each source of leads has brought."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from lonja.accounts.access import member_required
from lonja.kit.dates import parse_date
from lonja.kit.errors import Refused
from lonja.parties import permissions as parties
from lonja.parties.models import LeadSource
from lonja.sales import reports_sources as reports
from lonja.ui.tables.filters import period

TITLES = {
    "potenciales": gettext_lazy("Potenciales"),
    "clientes": gettext_lazy("Clientes ganados"),
    "presupuestos": gettext_lazy("Presupuestos firmados"),
    "facturas": gettext_lazy("Facturas"),
}
PERIODS = (
    ("mes", gettext_lazy("Este mes")),
    ("trimestre", gettext_lazy("Este trimestre")),
    ("ano", gettext_lazy("Este año")),
    ("todo", gettext_lazy("Desde siempre")),
)


@member_required(parties.VIEW)
@require_GET
def by_source(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    span, asked = _span(request)
    context = {
        "report": reports.sources(member, span),
        "query": urlencode(asked),
        "asked": asked,
        "periods": [{"slug": s, "label": t, "on": asked.get("periodo") == s} for s, t in PERIODS],
    }
    return render(request, "sales/sources.html", context)


@member_required(parties.VIEW)
@require_GET
def source_rows(request: HttpRequest, figure: str) -> HttpResponse:
    """The rows behind a figure: `?origen=` its source, 0 for those without one."""
    member = request.member  # type: ignore[attr-defined]
    if figure not in reports.FIGURES:
        raise Http404
    if not member.can(reports.FIGURES[figure]):
        raise PermissionDenied(reports.FIGURES[figure])
    span, asked = _span(request)
    source, name = _source(request)
    rows = reports.rows_of(member, figure, source, span)
    related = ("agent__user",) if figure in ("potenciales", "clientes") else ("party",)
    found = list(rows.select_related(*related)[: reports.MOST + 1])
    context = {
        "figure": figure,
        "title": TITLES[figure],
        "source": name,
        "rows": [_told(figure, row) for row in found[: reports.MOST]],
        "more": len(found) > reports.MOST,
        "money": figure in ("presupuestos", "facturas"),
        "back": f"{reverse('sales:by_source')}?{urlencode(asked)}",
        "asked": asked,
    }
    return render(request, "sales/source_rows.html", context)


def _told(figure: str, row: Any) -> dict[str, Any]:
    if figure == "facturas":
        cents = row.base_cents - row.replaced_base_cents
        return {
            "label": row.number,
            "sub": row.recipient.get("name") or row.party.name,
            "on": row.issued_on,
            "cents": cents,
            "url": reverse("billing:invoice", args=[row.pk]),
        }
    if figure == "presupuestos":
        return {
            "label": row.number,
            "sub": row.party.display_name,
            "on": row.accepted_at,
            "cents": row.base_cents,
            "url": reverse("sales:quote", args=[row.pk]),
        }
    return {
        "label": row.display_name,
        "sub": row.agent.name if row.agent else "",
        "on": row.converted_on if figure == "clientes" else row.created_at,
        "cents": None,
        "url": reverse("parties:client", args=[row.pk]),
    }


def _source(request: HttpRequest) -> tuple[int | None, str]:
    text = request.GET.get("origen", "")
    if not text:
        return None, _("todos los orígenes")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Http404
    if text == "0":
        return reports.NO_SOURCE, _("sin origen")
    found = LeadSource.objects.filter(pk=int(text)).first()
    if found is None:
        raise Http404
    return found.pk, found.name


def _span(request: HttpRequest) -> tuple[reports.Span, dict[str, str]]:
    """The days asked for, and what to repeat in addresses; this year when nobody says."""
    today: date = request.company.today()  # type: ignore[attr-defined]
    first, last = _day(request, "desde", today), _day(request, "hasta", today)
    if first or last:
        asked = {
            name: day.strftime("%d/%m/%Y")
            for name, day in (("desde", first), ("hasta", last))
            if day is not None
        }
        return reports.Span(first, last), asked
    preset = request.GET.get("periodo", "ano")
    if preset == "todo":
        return reports.Span(None, None), {"periodo": "todo"}
    found = period(preset, today) if preset in dict(PERIODS) else None
    if found is None:
        preset, found = "ano", period("ano", today)
    assert found is not None  # noqa: S101
    return reports.Span(*found), {"periodo": preset}


def _day(request: HttpRequest, name: str, today: date) -> date | None:
    text = request.GET.get(name, "")[:20].strip()
    if not text:
        return None
    try:
        return parse_date(text, today)
    except Refused:
        return None
