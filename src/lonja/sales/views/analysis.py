"""«Análisis de ventas»."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lonja.accounts.access import member_required
from lonja.kit.money import from_cents
from lonja.kit.spreadsheets import write_csv, write_xlsx
from lonja.parties.filters import agents
from lonja.sales import permissions
from lonja.sales.analysis import Analysis, Figure, Week, presets
from lonja.sales.quiet_filters import sources
from lonja.ui.charts import bars

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITERS = {"xlsx": (write_xlsx, XLSX), "csv": (write_csv, "text/csv; charset=utf-8")}


@member_required(permissions.ANALYSIS)
@require_GET
def analysis(request: HttpRequest) -> HttpResponse:
    """What becomes of ofertas and presupuestos; `?exportar=xlsx|csv` downloads its tables."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    found = Analysis(member, company, request.GET)
    if request.GET.get("exportar") in WRITERS:
        return _file(found, request.GET["exportar"])
    weeks = found.weeks()
    waiting, waiting_url = found.signing()
    losses = found.losses()
    most = max((figure.cents for _label, figure in losses), default=0)
    context = {
        "found": found,
        "presets": [(name, label) for name, (label, _first, _last) in presets(found.today).items()],
        "agents": [(row.pk, str(row)) for row in agents(member)],
        "sources": [(row.pk, row.name) for row in sources(member)[:200]],
        "total": found.total,
        "funnel": found.funnel(),
        "by_agent": found.by_agent(),
        "by_source": found.by_source(),
        "by_product": found.by_product(),
        "losses": [
            (label, figure, figure.cents * 100 // most if most else 0) for label, figure in losses
        ],
        "waiting": waiting,
        "waiting_url": waiting_url,
        "weeks": weeks,
        "chart": _chart(weeks),
    }
    return render(request, "sales/analysis.html", context)


def _chart(weeks: list[Week]) -> dict[str, Any]:
    series = [
        (_("Enviados"), [week.sent.count for week in weeks]),
        (_("Abiertos"), [week.opened.count for week in weeks]),
        (_("Firmados"), [week.signed.count for week in weeks]),
    ]
    labels = [f"{week.first:%d/%m}" for week in weeks]
    links = [week.sent.url for week in weeks]
    data = bars(labels, series, unit="", links=links, head=_("Semana"), past=True)
    for one, colour in zip(data["series"], ("c1", "c2", "c4"), strict=True):
        one["color"] = colour
    return data


def _file(found: Analysis, kind: str) -> HttpResponse:
    headings = [
        _("Tabla"),
        _("Concepto"),
        _("Cantidad"),
        _("Importe"),
        _("Ganadas o firmadas"),
        _("Importe ganado"),
        _("Perdidas"),
        _("Conversión (%)"),
    ]
    write, content_type = WRITERS[kind]
    response = HttpResponse(write(headings, _lines(found)), content_type=content_type)
    name = f"analisis-ventas-{found.first:%Y-%m-%d}-{found.last:%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(found: Analysis) -> Iterator[list[Any]]:
    for step in found.funnel():
        yield [_("Etapas"), step.name, *_pair(step.figure), None, None, None, step.share]
    for table, rows in ((_("Agentes"), found.by_agent()), (_("Orígenes"), found.by_source())):
        for row in rows:
            done = [*_pair(row.made), *_pair(row.won), row.lost.count, row.conversion]
            yield [table, row.label, *done]
    for product in found.by_product():
        figures = [*_pair(product.sent), *_pair(product.signed)]
        yield [_("Productos"), product.label, *figures, None, product.conversion]
    for label, figure in found.losses():
        yield [_("Motivos de pérdida"), label, *_pair(figure), None, None, figure.count, None]
    for week in found.weeks():
        label = _("Semana del %(day)s") % {"day": f"{week.first:%d/%m/%Y}"}
        yield [_("Enviados"), label, week.sent.count, None, None, None, None, None]
        yield [_("Abiertos"), label, week.opened.count, None, None, None, None, None]
        yield [_("Firmados"), label, week.signed.count, None, None, None, None, None]
    waiting, _url = found.signing()
    for label, days in ((_("Mediana"), waiting.median), (_("Percentil 90"), waiting.p90)):
        text = "" if days is None else round(days, 2)
        yield [_("Días hasta firmar"), label, text, None, None, None, None, None]


def _pair(figure: Figure) -> list[Any]:
    return [figure.count, from_cents(figure.cents)]
