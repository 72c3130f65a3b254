"""Configuración › «Embudo»: stages and reasons of loss of the company."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.sales import permissions
from lonja.sales.actions import pipeline_config as config
from lonja.sales.forms_offers import EndStageForm, ReasonForm, StageForm
from lonja.sales.models import LossReason, PipelineStage
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

KINDS: dict[str, Any] = {"etapas": PipelineStage, "motivos": LossReason}


def _model(kind: str) -> Any:
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]


def _rows(request: HttpRequest, kind: str) -> Any:
    return _model(kind).objects.filter(company=request.company)  # type: ignore[attr-defined]


@member_required(permissions.PIPELINE)
@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    stages = list(_rows(request, "etapas"))
    reasons = list(_rows(request, "motivos"))
    context = {
        "open_stages": [s for s in stages if s.is_open and s.retired_at is None],
        "ends": [s for s in stages if not s.is_open],
        "retired_stages": [s for s in stages if s.retired_at is not None],
        "reasons": [r for r in reasons if r.retired_at is None],
        "retired_reasons": [r for r in reasons if r.retired_at is not None],
    }
    return render(request, "sales/pipeline_settings.html", context)


@member_required(permissions.PIPELINE)
@require_http_methods(["GET", "POST"])
@once
def edit(request: HttpRequest, kind: str, pk: int = 0) -> HttpResponse:
    """Add (`pk` 0) or change a stage or a reason."""
    model = _model(kind)
    company = request.company  # type: ignore[attr-defined]
    row = get_visible(request, _rows(request, kind), pk) if pk else model(company=company)
    is_stage = model is PipelineStage
    form_class: Any = ReasonForm
    if is_stage:
        form_class = StageForm if row.is_open else EndStageForm
    initial = {"name": row.name, "probability_pct": getattr(row, "probability_pct", None)}
    form = form_class(request.POST or None, initial=initial)
    titles = {
        ("etapas", False): _("Nueva etapa"),
        ("etapas", True): _("Cambiar la etapa"),
        ("motivos", False): _("Nuevo motivo de pérdida"),
        ("motivos", True): _("Cambiar el motivo"),
    }
    template = "sales/pipeline_settings_form.html"
    context = {"form": form, "title": titles[kind, bool(pk)]}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    member = request.member  # type: ignore[attr-defined]
    data = form.cleaned_data
    try:
        if is_stage:
            config.save_stage(
                row, name=data["name"], probability_pct=data.get("probability_pct"), by=member
            )
        else:
            config.save_reason(row, name=data["name"], by=member)
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("«%(name)s» guardado") % {"name": data["name"]})
    return done(request, reverse("sales:pipeline_settings"))


@member_required(permissions.PIPELINE)
@require_POST
@once
def place(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """«Subir» or «Bajar»."""
    row = get_visible(request, _rows(request, kind), pk)
    places = -1 if request.POST.get("hacia") == "arriba" else 1
    config.step(row, places, by=request.member)  # type: ignore[attr-defined]
    return done(request, reverse("sales:pipeline_settings"))


@member_required(permissions.PIPELINE)
@require_POST
@once
def order(request: HttpRequest, kind: str) -> HttpResponse:
    """The whole order, after dragging."""
    texts = request.POST.get("orden", "").split(",")[:200]
    ids = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]
    config.reorder(_model(kind), request.company, ids, by=request.member)  # type: ignore[attr-defined]
    return done(request, reverse("sales:pipeline_settings"))


@member_required(permissions.PIPELINE)
@require_POST
@once
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    row = get_visible(request, _rows(request, kind), pk)
    name = row.name
    deleted = config.remove(row, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    said = _("«%(name)s» quitado") if deleted else _("«%(name)s» retirado: ya se había usado")
    toast(request, said % {"name": name})
    return done(request, reverse("sales:pipeline_settings"))


@member_required(permissions.PIPELINE)
@require_POST
@once
def restore(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    row = get_visible(request, _rows(request, kind), pk)
    config.restore(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» vuelve a usarse") % {"name": row.name})
    return done(request, reverse("sales:pipeline_settings"))
