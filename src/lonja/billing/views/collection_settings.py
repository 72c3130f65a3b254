"""«Cobros y recordatorios» in settings: names, steps, rates."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.activity import record
from lonja.billing import late, permissions
from lonja.billing.actions.remind import ensure_steps
from lonja.billing.forms.collection import LateRateForm, SettingsForm, StepForm
from lonja.billing.models import BillingSettings, LateRate, ReminderStep
from lonja.billing.reminder_texts import FIRST_STEPS
from lonja.tax.late_payment import KNOWN_UNTIL, RATES
from lonja.ui.once import once
from lonja.ui.shortcuts import invalid, toast

_PAGE = "billing/collection_settings.html"


@member_required(permissions.COLLECTION)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def settings(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    current = late.settings_of(company)
    form = SettingsForm(request.POST or None, settings=current)
    if not form.is_bound:
        return render(request, _PAGE, _context(request, form))
    if not form.is_valid():
        return invalid(request, _PAGE, _context(request, form))
    ensure_steps(company)
    BillingSettings.objects.update_or_create(company=company, defaults=form.cleaned_data)
    record(request.member, "billing.settings_changed", company, **form.cleaned_data)  # type: ignore[attr-defined]
    toast(request, _("Ajustes guardados"))
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("billing:collection_settings"), status=303)


def _context(request: HttpRequest, form: Any, rate_form: Any = None) -> dict[str, Any]:
    company = request.company  # type: ignore[attr-defined]
    steps = list(ReminderStep.objects.filter(company=company))
    return {
        "form": form,
        "rate_form": rate_form or LateRateForm(),
        "steps": steps,
        "first_steps": len(FIRST_STEPS),
        "rates": list(LateRate.objects.order_by("-since")),
        "known": list(reversed(RATES))[:4],
        "known_until": KNOWN_UNTIL,
        "is_stale": not LateRate.objects.filter(since=late.half_year(company.today())).exists()
        and company.today() > KNOWN_UNTIL,
        "half": late.half_year(company.today()),
    }


@member_required(permissions.COLLECTION)
@require_POST
@once
def steps_start(request: HttpRequest) -> HttpResponse:
    """Give the company the three usual steps."""
    ensure_steps(request.company)  # type: ignore[attr-defined]
    return _back()


@member_required(permissions.COLLECTION)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def step_new(request: HttpRequest) -> HttpResponse:
    return _step(request, ReminderStep(company=request.company))  # type: ignore[attr-defined]


@member_required(permissions.COLLECTION)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def step_edit(request: HttpRequest, step_id: int) -> HttpResponse:
    return _step(request, get_visible(request, ReminderStep, step_id))


def _step(request: HttpRequest, step: ReminderStep) -> HttpResponse:
    form = StepForm(request.POST or None, step=step)
    context = {"form": form, "step": step, "variables": [f"{{{v}}}" for v in late.VARIABLES]}
    if not form.is_bound:
        return render(request, "billing/step_form.html", context)
    if not form.is_valid():
        return invalid(request, "billing/step_form.html", context)
    for name, value in form.cleaned_data.items():
        setattr(step, name, value)
    step.save()
    toast(request, _("Recordatorio guardado"))
    return _back()


@member_required(permissions.COLLECTION)
@require_POST
@once
def rate_new(request: HttpRequest) -> HttpResponse:
    """Note the statutory rate of a half-year from the BOE."""
    form = LateRateForm(request.POST)
    company = request.company  # type: ignore[attr-defined]
    plain = SettingsForm(settings=late.settings_of(company))
    if not form.is_valid():
        return invalid(request, _PAGE, _context(request, plain, form))
    try:
        with transaction.atomic():
            LateRate.objects.create(**form.cleaned_data)
    except IntegrityError:
        form.add_error("since", _("Ya hay un tipo anotado para ese semestre."))
        return invalid(request, _PAGE, _context(request, plain, form), status=409)
    toast(request, _("Tipo de demora anotado"))
    return _back()
