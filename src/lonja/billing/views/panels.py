"""Parts of other pages: the client's «Ventas», and the cards of «Inicio»."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.billing import permissions, reports
from lonja.billing.models import Invoice
from lonja.kit.dates import month_name
from lonja.parties.models import Party
from lonja.ui import formats
from lonja.ui.shortcuts import panel

_SHOWN = 100


@member_required(permissions.VIEW)
@require_safe
def client_tab(request: HttpRequest, party_id: int) -> HttpResponse:
    """«Ventas» of a client: its invoices, all, those to collect, or those overdue."""
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, Party, party_id)
    today = timezone.localdate()
    every = Invoice.objects.visible_to(member).filter(party=party).issued()
    views = {"": every, "pendientes": every.unpaid(), "vencidas": every.overdue(today)}
    asked = request.GET.get("ver", "")
    chosen = asked if asked in views else ""
    here = reverse("billing:client_tab", args=[party.pk])
    rows = views[chosen]
    invoices = list(rows.order_by("-issued_on", "-pk")[: _SHOWN + 1])
    for invoice in invoices:
        invoice.shown_state = invoice.state(today)  # type: ignore[attr-defined]
        invoice.is_late = invoice.is_overdue(today)  # type: ignore[attr-defined]
    sums = rows.order_by().aggregate(total=Sum("total_cents"), left=Sum("outstanding_cents"))
    everything = reverse("billing:invoice_list")
    view = f"&vista={chosen}" if chosen else ""
    context = {
        "party": party,
        "invoices": invoices[:_SHOWN],
        "has_more": len(invoices) > _SHOWN,
        "year": today.year,
        "year_count": every.filter(issued_on__year=today.year).count(),
        "sums": sums,
        "is_filtered": bool(chosen),
        "views": [
            {"label": label, "url": f"{here}?ver={slug}", "current": slug == chosen}
            for slug, label in (
                ("", _("Todas")),
                ("pendientes", _("Pendientes")),
                ("vencidas", _("Vencidas")),
            )
        ],
        "list_url": f"{everything}?cliente={party.pk}{view}",
        "export_url": f"{everything}?cliente={party.pk}{view}&exportar=xlsx",
        "new_url": f"{reverse('billing:invoice_new')}?cliente={party.pk}",
        "may_edit": member.can(permissions.EDIT),
    }
    home = f"{reverse('parties:client', args=[party.pk])}?tab=ventas"
    return panel(request, "billing/client_tab.html", context, home=home, title=_("Ventas"))


def _home(request: HttpRequest, template: str, context: dict[str, Any], title: str) -> HttpResponse:
    return panel(request, template, context, title=title)


@member_required(permissions.VIEW)
@require_safe
def home_sales(request: HttpRequest) -> HttpResponse:
    """«Ventas de noviembre», without tax, with the last twelve months."""
    today = timezone.localdate()
    months = reports.sales_by_month(request.member, today)  # type: ignore[attr-defined]
    before, now = months[-2], months[-1]
    title = _("Ventas de %(month)s") % {"month": month_name(today)}
    context = {
        "label": title,
        "now": now,
        "note": _("Sin IVA · %(before)s el mes pasado") % {"before": formats.money(before)},
        "months": months if any(months[:-1]) else [],
        "url": f"{reverse('billing:invoice_list')}?fecha=mes",
    }
    return _home(request, "billing/home_sales.html", context, title)


@member_required(permissions.PAYMENTS)
@require_safe
def home_debt(request: HttpRequest) -> HttpResponse:
    """«Cobros pendientes» as a figure: how much, of it overdue, how many invoices."""
    owed = reports.debt(request.member, timezone.localdate())  # type: ignore[attr-defined]
    overdue = _("%(amount)s vencido") % {"amount": formats.money(owed.overdue)}
    context = {
        "debt": owed,
        "note": overdue if owed.overdue else _("Nada vencido"),
        "tone": "bad" if owed.overdue else "",
        "count": ngettext("%(n)s factura", "%(n)s facturas", owed.count) % {"n": owed.count},
        "url": f"{reverse('billing:invoice_list')}?vista=pendientes",
    }
    return _home(request, "billing/home_debt.html", context, _("Cobros pendientes"))


@member_required(permissions.PAYMENTS)
@require_safe
def home_overdue(request: HttpRequest) -> HttpResponse:
    """«Cobros pendientes» by age, and the oldest ones."""
    member, today = request.member, timezone.localdate()  # type: ignore[attr-defined]
    owed = reports.debt(member, today)
    labels = {
        "current": _("Al corriente"),
        "30": _("1–30 días"),
        "60": _("31–60"),
        "more": _("Más de 60"),
    }
    fills = {"current": "c1", "30": "warn", "60": "bad", "more": "bad"}
    ages = [
        {"label": labels[age], "share": round(cents * 100 / owed.outstanding), "cents": cents}
        for age, cents in owed.ages.items()
        if cents
    ]
    context = {
        "debt": owed,
        "ages": ages,
        "bar": [(cents, fills[age]) for age, cents in owed.ages.items() if cents],
        "bar_label": ", ".join(f"{age['label']} {age['share']} %" for age in ages),
        "invoices": reports.oldest_overdue(member, today),
        "url": f"{reverse('billing:invoice_list')}?vista=pendientes",
    }
    return _home(request, "billing/home_overdue.html", context, _("Cobros pendientes"))
