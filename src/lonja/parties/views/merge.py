"""Possible duplicates, and making one of two."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.parties import permissions, same
from lonja.parties.actions import merge as actions
from lonja.parties.merging import weight_of
from lonja.parties.models import Party, PartyMerge
from lonja.ui.once import once
from lonja.ui.shortcuts import done, toast


@member_required(permissions.MERGE)
@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that share a NIF, an address or a phone, or are called nearly the same."""
    member = request.member  # type: ignore[attr-defined]
    pairs = same.pairs(member)
    context = {"pairs": pairs[: same.SHOWN], "more": len(pairs) - same.SHOWN}
    return render(request, "parties/duplicates.html", context)


@member_required(permissions.MERGE)
@require_POST
@once
def not_duplicate(request: HttpRequest, pk: int, other_pk: int) -> HttpResponse:
    """«No son el mismo»: that pair is not shown again."""
    one, other = get_visible(request, Party, pk), get_visible(request, Party, other_pk)
    actions.say_different(one, other, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Anotado: no son el mismo"))
    return HttpResponseRedirect(reverse("parties:duplicates"), status=303)


@member_required(permissions.MERGE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def merge(request: HttpRequest, pk: int, other_pk: int) -> HttpResponse:
    """Choose which value of each field stays, see what moves, and join them."""
    member = request.member  # type: ignore[attr-defined]
    rows = Party.objects.select_related("agent__user", "lead_source")
    kept, other = get_visible(request, rows, pk), get_visible(request, rows, other_pk)
    context: dict[str, Any] = {
        "kept": kept,
        "other": other,
        "fields": actions.values_of(kept, other),
        "moves": weight_of(other),
        "swap": reverse("parties:merge", args=[other.pk, kept.pk]),
    }
    if request.method != "POST":
        return render(request, "parties/merge.html", context)
    take = [name for name in actions.CHOOSABLE if request.POST.get(f"valor-{name}") == "other"]
    try:
        joined = actions.merge_parties(kept, other, by=member, take=take)
    except Refused as refused:
        context["refused"] = str(refused)
        return render(request, "parties/merge.html", context, status=409)
    undo = reverse("parties:merge_undo", args=[joined.pk])
    toast(request, _("%(name)s se ha unido") % {"name": other.display_name}, undo=undo)
    return done(request, reverse("parties:client", args=[kept.pk]))


@member_required(permissions.MERGE)
@require_POST
@once
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    joined = get_visible(request, PartyMerge.objects.select_related("kept"), pk)
    kept = get_visible(request, Party, joined.kept_id)
    try:
        other = actions.undo_merge(joined, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        toast(request, str(refused), tone="bad")
    else:
        toast(request, _("%(name)s vuelve a tener su ficha") % {"name": other.display_name})
    return done(request, reverse("parties:client", args=[kept.pk]))


@member_required(permissions.MERGE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def merge_with(request: HttpRequest, pk: int) -> HttpResponse:
    """«Unir con…»: who may be the same as this one, and a search among the rest."""
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, Party, pk)
    asked = request.POST.get("otra", "")
    if request.method == "POST" and asked.isascii() and asked.isdigit() and len(asked) < 18:
        other = get_visible(request, Party, int(asked))
        url = reverse("parties:merge", args=[party.pk, other.pk])
        return (
            HttpResponse(status=204, headers={"HX-Redirect": url})
            if request.headers.get("HX-Request")
            else HttpResponseRedirect(url, status=303)
        )
    text = request.GET.get("q", "")[:100]
    context = {
        "party": party,
        "q": text,
        "told": [one for one in same.of(member, party) if one.party is not None],
        "found": same.search(member, text, but=party) if text else [],
    }
    return render(request, "parties/merge_with.html", context)
