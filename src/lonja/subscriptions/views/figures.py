"""MRR and forecast: the cards of «Inicio» and the pages that explain them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from lonja.accounts.access import member_required
from lonja.kit.dates import add_months, month_end
from lonja.kit.money import format_percent, from_cents
from lonja.kit.spreadsheets import write_xlsx
from lonja.parties.models import Party
from lonja.subscriptions import reports
from lonja.ui.charts import bars
from lonja.ui.formats import month_name
from lonja.ui.shortcuts import panel

SHORT = (
    noop("ene."),
    noop("feb."),
    noop("mar."),
    noop("abr."),
    noop("may."),
    noop("jun."),
    noop("jul."),
    noop("ago."),
    noop("sept."),
    noop("oct."),
    noop("nov."),
    noop("dic."),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def short_month(day: date, today: date) -> str:
    """«nov.», or «ene. 27» when the year is another one."""
    name = _(SHORT[day.month - 1])
    return name if day.year == today.year else f"{name} {day.year % 100:02d}"


def _previous_close(today: date) -> date:
    return month_end(add_months(today.replace(day=1), -1))


def _trend(now: int, before: int) -> str:
    change = reports.percent_change(now, before)
    return format_percent(change) if change else ""


@member_required("subscriptions.mrr")
def mrr_kpi(request: HttpRequest) -> HttpResponse:
    """KPI «MRR»: change since last month and twelve months of history."""
    member, today = request.member, request.company.today()  # type: ignore[attr-defined]
    closes = reports.mrr_closes(reports.terms_of(member), reports.month_closes(today, 13))
    return panel(
        request,
        "subscriptions/kpi_mrr.html",
        {
            "cents": closes[-1],
            "trend": _trend(closes[-1], closes[-2]),
            "since": month_name(_previous_close(today)),
            "closes": closes[1:],
        },
        home=reverse("subscriptions:mrr"),
    )


@member_required("subscriptions.mrr")
def forecast_kpi(request: HttpRequest) -> HttpResponse:
    """KPI «Previsión de cartera»: this month and the next two."""
    member, today = request.member, request.company.today()  # type: ignore[attr-defined]
    found = reports.forecast(member, today, 3)
    return panel(
        request,
        "subscriptions/kpi_forecast.html",
        {"cents": found.grand_total, "last": short_month(found.months[-1], today)},
        home=reverse("subscriptions:forecast"),
    )


def _forecast_chart(found: reports.Forecast, today: date) -> dict[str, Any]:
    link = reverse("subscriptions:forecast")
    return bars(
        [short_month(month, today) for month in found.months],
        [
            (layer.label, [found.cents[layer.code].get(month, 0) for month in found.months])
            for layer in found.layers
        ],
        stacked=True,
        links=[f"{link}?mes={month:%Y-%m}" for month in found.months],
        head=_("Mes"),
    )


@member_required("subscriptions.mrr")
def forecast_card(request: HttpRequest) -> HttpResponse:
    """«Previsión de cartera» in layers, six months."""
    member, today = request.member, request.company.today()  # type: ignore[attr-defined]
    found = reports.forecast(member, today, 6)
    return panel(
        request,
        "subscriptions/card_forecast.html",
        {"chart": _forecast_chart(found, today), "empty": not found.grand_total},
        home=reverse("subscriptions:forecast"),
    )


@member_required("subscriptions.mrr")
def mrr_card(request: HttpRequest) -> HttpResponse:
    """«Evolución del MRR» and what moved it since last month."""
    member, today = request.member, request.company.today()  # type: ignore[attr-defined]
    terms, days = reports.terms_of(member), reports.month_closes(today, 12)
    closes = reports.mrr_closes(terms, days)
    moved = reports.by_kind(reports.changes(terms, _previous_close(today), today))
    return panel(
        request,
        "subscriptions/card_mrr.html",
        {
            "chart": bars(
                [short_month(day, today) for day in days],
                [(_("MRR"), closes)],
                head=_("Mes"),
                axis=False,
                zero=False,
            ),
            "movements": [
                (reports.MOVEMENT_LABELS[kind], cents) for kind, cents in moved.items() if cents
            ],
            "empty": not any(closes),
        },
        home=reverse("subscriptions:mrr"),
    )


@member_required("subscriptions.mrr")
def mrr(request: HttpRequest) -> HttpResponse:
    """The number explained: its formula, the plans that make it, what moved it, 24 months."""
    member, today = request.member, request.company.today()  # type: ignore[attr-defined]
    on = _month_asked(request, today)
    previous = month_end(add_months(on.replace(day=1), -1))
    terms, days = reports.terms_of(member), reports.month_closes(today, 24)
    closes = reports.mrr_closes(terms, days)
    active = (
        terms.filter(reports.active_on(on))
        .select_related("plan", "party")
        .order_by("-monthly_cents", "pk")
    )
    if request.GET.get("formato") == "xlsx":
        return _mrr_file(active, on)
    moved = reports.changes(terms, previous, on)
    names = dict(Party.objects.filter(pk__in=[m.party_id for m in moved]).values_list("pk", "name"))
    total = reports.mrr(terms, on)
    link = reverse("subscriptions:mrr")
    return render(
        request,
        "subscriptions/mrr.html",
        {
            "on": on,
            "previous": previous,
            "total": total,
            "annual": total * 12,
            "before": reports.mrr(terms, previous),
            "chart": bars(
                [short_month(day, today) for day in days],
                [(_("MRR"), closes)],
                links=[f"{link}?mes={day:%Y-%m}" for day in days],
                head=_("Mes"),
                past=True,
            ),
            "kinds": [
                (reports.MOVEMENT_LABELS[kind], cents)
                for kind, cents in reports.by_kind(moved).items()
            ],
            "moved": [
                (names.get(change.party_id, ""), change)
                for change in sorted(moved, key=lambda change: -abs(change.cents))[:200]
            ],
            "active": active[:500],
            "active_count": active.count(),
        },
    )


def _month_asked(request: HttpRequest, today: date) -> date:
    """The close of `?mes=2026-10`, or today."""
    try:
        year, month = request.GET.get("mes", "").split("-")
        close = month_end(date(int(year), int(month), 1))
    except ValueError:
        return today
    return min(close, today)


def _mrr_file(active: Any, on: date) -> HttpResponse:
    headers = [_("Cliente"), _("NIF"), _("Plantilla"), _("Periodicidad"), _("MRR")]
    rows = (
        [
            term.party.name,
            term.party.nif,
            term.plan.name,
            term.plan.frequency_label,
            from_cents(term.monthly_cents),
        ]
        for term in active.iterator(chunk_size=2000)
    )
    response = HttpResponse(write_xlsx(headers, rows), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="mrr-{on:%Y-%m-%d}.xlsx"'
    return response


@member_required("subscriptions.mrr")
def forecast(request: HttpRequest) -> HttpResponse:
    """«Previsión de cartera»: months by layer; a month opens the periods that make it."""
    member, today = request.member, request.company.today()  # type: ignore[attr-defined]
    horizon = int(request.GET["meses"]) if request.GET.get("meses") in ("3", "6", "12") else 6
    found = reports.forecast(member, today, horizon)
    if request.GET.get("formato") == "xlsx":
        return _forecast_file(found)
    chosen = next((m for m in found.months if f"{m:%Y-%m}" == request.GET.get("mes")), None)
    detail = []
    if chosen is not None:
        detail = [
            (plan, cents)
            for month, cents, plan in reports.coming(member, found.months)
            if month == chosen
        ]
        names = dict(
            Party.objects.filter(pk__in=[plan.party_id for plan, _c in detail]).values_list(
                "pk", "name"
            )
        )
        detail = [(names.get(plan.party_id, ""), plan, cents) for plan, cents in detail]
        detail.sort(key=lambda row: -row[2])
    return render(
        request,
        "subscriptions/forecast.html",
        {
            "chart": _forecast_chart(found, today),
            "horizon": horizon,
            "found": found,
            "rows": [
                (
                    month,
                    [found.cents[layer.code].get(month, 0) for layer in found.layers],
                    found.total(month),
                )
                for month in found.months
            ],
            "sums": [sum(found.cents[layer.code].values()) for layer in found.layers],
            "chosen": chosen,
            "detail": detail[:500],
            "detail_total": sum(row[2] for row in detail),
        },
    )


def _forecast_file(found: reports.Forecast) -> HttpResponse:
    headers = [_("Mes"), *(str(layer.label) for layer in found.layers), _("Total")]
    rows = [
        [
            f"{month:%m/%Y}",
            *(from_cents(found.cents[layer.code].get(month, 0)) for layer in found.layers),
            from_cents(found.total(month)),
        ]
        for month in found.months
    ]
    response = HttpResponse(write_xlsx(headers, rows), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="prevision.xlsx"'
    return response
