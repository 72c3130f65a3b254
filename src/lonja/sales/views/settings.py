"""«Presupuestos» in settings: usual terms, discount limits, reminders."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lonja.accounts.access import member_required
from lonja.activity import record
from lonja.sales import permissions
from lonja.sales.models import QuoteSettings
from lonja.sales.policy import settings_of
from lonja.sales.settings_form import QuoteSettingsForm
from lonja.ui.once import once
from lonja.ui.shortcuts import invalid, toast


@member_required(permissions.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def settings(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    current = settings_of(company)
    form = QuoteSettingsForm(request.POST or None, settings=current)
    context = {"form": form}
    if not form.is_bound:
        return render(request, "sales/settings.html", context)
    if not form.is_valid():
        return invalid(request, "sales/settings.html", context)
    values = form.values()
    saved, _made = QuoteSettings.objects.update_or_create(company=company, defaults=values)
    record(
        request.member,  # type: ignore[attr-defined]
        "sales.settings_changed",
        saved,
        limits=values["discount_limits"],
        reminder_days=values["reminder_days"],
        reminders_on=values["reminders_on"],
    )
    toast(request, _("Ajustes guardados"))
    return redirect("sales:settings")
