"""«Potenciales» in settings: where they come from, what is asked of them and what counts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.parties import permissions
from lonja.parties.actions import sources
from lonja.parties.actions.qualification import put_rules, read_rules
from lonja.parties.forms import SourceForm
from lonja.parties.models import Kind, LeadSource
from lonja.parties.qualifying import FACTS, rules
from lonja.parties.reports import leads_by_source
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.CONFIGURE)
@require_GET
def lead_settings(request: HttpRequest) -> HttpResponse:
    return render(request, "parties/lead_settings.html", _context())


def _context(posted: Any = None, errors: Any = ()) -> dict[str, Any]:
    counted = leads_by_source()
    every = list(LeadSource.objects.order_by("-active", "name"))
    for source in every:
        source.used = counted.get(source.pk, 0)  # type: ignore[attr-defined]
    known = rules()
    grid = [
        {
            "fact": fact,
            "cells": [
                {
                    "kind": kind,
                    "label": Kind(kind).label,
                    "points": posted.get(f"puntos-{kind}-{fact.slug}", worth.points)
                    if posted
                    else worth.points,
                    "required": (f"pedir-{kind}-{fact.slug}" in posted)
                    if posted
                    else worth.required,
                }
                for kind in Kind.values
                for worth in known[kind]
                if worth.fact.slug == fact.slug
            ],
        }
        for fact in FACTS
    ]
    kinds = ["parties.leadsource"]
    verbs = ["parties.qualification_changed"]
    events = Event.objects.filter(target_type__in=kinds) | Event.objects.filter(verb__in=verbs)
    return {
        "sources": every,
        "grid": grid,
        "kinds": [Kind(kind).label for kind in Kind.values],
        "events": [told(event) for event in events.order_by("-id")[:12]],
        "errors": list(errors),
    }


@member_required(permissions.CONFIGURE)
@require_POST
@once
def qualification(request: HttpRequest) -> HttpResponse:
    """Keep what counts and what is asked; the scores follow by themselves."""
    try:
        wanted = read_rules(request.POST)
    except Refused as refused:
        context = _context(request.POST, [str(refused)])
        return invalid(request, "parties/lead_settings.html", context)
    changed = put_rules(wanted, by=request.member, company=request.company)  # type: ignore[attr-defined]
    if changed:
        toast(request, _("Guardado. Las puntuaciones se están calculando de nuevo."))
    else:
        toast(request, _("No había nada que cambiar"))
    return _home()


def _home() -> HttpResponse:
    return HttpResponseRedirect(reverse("parties:lead_settings"), status=303)


@member_required(permissions.CONFIGURE)
@require_POST
@once
def sources_usual(request: HttpRequest) -> HttpResponse:
    sources.add_usual_sources(by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Orígenes añadidos"))
    return _home()


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def source_new(request: HttpRequest) -> HttpResponse:
    return _source(request, None)


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def source_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _source(request, get_visible(request, LeadSource, pk))


def _source(request: HttpRequest, source: LeadSource | None) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    form = SourceForm(request.POST or None, initial={"name": source.name if source else ""})
    template, context = "parties/source_form.html", {"form": form, "source": source}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    name = form.cleaned_data["name"]
    try:
        if source is None:
            sources.add_source(name, by=member)
        else:
            sources.rename_source(source, name, by=member)
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Origen guardado"))
    return done(request, reverse("parties:lead_settings"))


@member_required(permissions.CONFIGURE)
@require_POST
@once
def source_switch(request: HttpRequest, pk: int) -> HttpResponse:
    source = get_visible(request, LeadSource, pk)
    active = request.POST.get("activo") == "1"
    sources.retire_source(source, active, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Vuelve a usarse") if active else _("Retirado: ya no se ofrece"))
    return _home()
