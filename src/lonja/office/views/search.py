"""«Buscar»: the palette's fragments and, without JavaScript, a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lonja.accounts.access import member_required
from lonja.office import search as finder
from lonja.ui.requests import is_fragment


@member_required(None)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    small = is_fragment(request)
    limit = finder.LIMIT_IN_PALETTE if small else finder.LIMIT_IN_PAGE
    groups = finder.find(member, text, limit)
    context = {
        "text": text,
        "groups": groups,
        "actions": finder.creations(member, text) if text and not groups else [],
    }
    return render(request, "office/_palette.html" if small else "office/search.html", context)
