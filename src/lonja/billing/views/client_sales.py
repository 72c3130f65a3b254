"""«Ventas» of a client: its invoices and rectificativas, with the balance used in each."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import permissions
from lonja.billing.client_sales import ORDERS, Asked, Sales, correctives_name, table
from lonja.kit import spreadsheets
from lonja.kit.text import slug
from lonja.parties.models import Party
from lonja.ui.shortcuts import panel
from lonja.ui.tables.export import TYPES

_WRITERS = {"xlsx": spreadsheets.write_xlsx, "csv": spreadsheets.write_csv}


@member_required(permissions.VIEW)
@require_safe
def client_tab(request: HttpRequest, party_id: int) -> HttpResponse:
    """The two sections with their filters, order and totals; `?exportar=xlsx&seccion=…`."""
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, Party, party_id)
    today = timezone.localdate()
    asked = Asked.read(request.GET)
    sales = Sales(member, party, asked, today)
    kind = request.GET.get("exportar", "")
    if kind in TYPES:
        return _export(sales, request.GET.get("seccion", ""), kind)
    page = reverse("parties:client", args=[party.pk])
    here = reverse("billing:client_tab", args=[party.pk])
    labels = (("", _("Todas")), ("pendientes", _("Pendientes")), ("vencidas", _("Vencidas")))
    context: dict[str, Any] = {
        "party": party,
        "page": page,
        "asked": asked,
        "today": today,
        "invoices": sales.invoices(),
        "correctives": sales.correctives(),
        "credits": sales.loose_credits(member),
        "correctives_name": correctives_name(request.company),  # type: ignore[attr-defined]
        "year": today.year,
        "year_count": sales.year_count(),
        "years": [
            {"label": year, "url": page + asked.query(ejercicio=year), "on": year == asked.year}
            for year in sales.years()
        ],
        "series": [
            {"label": row, "url": page + asked.query(serie=row.pk), "on": row.pk == asked.series}
            for row in sales.series()
        ],
        "views": [
            {"label": label, "url": page + asked.query(ver=name), "on": name == asked.view}
            for name, label in labels
        ],
        "any_year_url": page + asked.query(ejercicio=""),
        "any_series_url": page + asked.query(serie=""),
        "clear_url": page + asked.query(ver="", ejercicio="", serie=""),
        "whole_url": page + asked.query(todas=1),
        "heads": _heads(asked, page),
        "list_url": f"{reverse('billing:invoice_list')}?cliente={party.pk}",
        "export_url": here + asked.query(exportar="xlsx"),
        "export_correctives_url": here + asked.query(exportar="xlsx", seccion="rectificativas"),
        "new_url": f"{reverse('billing:invoice_new')}?cliente={party.pk}",
        "may_edit": member.can(permissions.EDIT),
        "may_see_payments": member.can(permissions.PAYMENTS),
        "may_spend": member.can(permissions.SETTLE),
    }
    home = page + asked.query()
    return panel(request, "billing/client_tab.html", context, home=home, title=_("Ventas"))


def _heads(asked: Asked, page: str) -> list[dict[str, Any]]:
    """Heads of the invoices: each sorts, and by turns up and down."""
    named = {
        "numero": (_("Número"), False),
        "fecha": (_("Fecha"), False),
        "vencimiento": (_("Vencimiento"), False),
        "": (_("Estado"), False),
        "total": (_("Total"), True),
        "usado": (_("Saldo utilizado"), True),
        "pendiente": (_("Pendiente"), True),
    }
    heads = []
    for name, (label, numeric) in named.items():
        current = name != "" and asked.order.removeprefix("-") == name
        down = asked.order.startswith("-")
        turn = name if (current and down) else f"-{name}"
        heads.append(
            {
                "label": label,
                "numeric": numeric,
                "url": page + asked.query(orden=turn) if name in ORDERS else "",
                "sort": ("descending" if down else "ascending") if current else "",
            }
        )
    return heads


def _export(sales: Sales, section: str, kind: str) -> HttpResponse:
    if section == "rectificativas":
        rows, name = sales.corrective_rows(), _("rectificativas")
    else:
        section, rows, name = "facturas", sales.invoice_rows(), _("facturas")
    heads, lines = table(section, rows[:10000], sales.today)
    content = _WRITERS[kind](heads, lines)
    stem = slug(f"{name} {sales.party.display_name}")
    response = HttpResponse(content, content_type=TYPES[kind])
    filename = f"{stem}-{sales.today:%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
