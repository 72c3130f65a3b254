"""Parts of other pages: the cards of «Inicio»."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from lonja.accounts.access import member_required
from lonja.billing import permissions, reports
from lonja.ui import formats
from lonja.ui.formats import month_name
from lonja.ui.shortcuts import panel


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
        "url": reverse("billing:collections"),
        "may_remind": member.can(permissions.SEND),
    }
    return _home(request, "billing/home_overdue.html", context, _("Cobros pendientes"))
