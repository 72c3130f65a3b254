"""What the selects search."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from lonja.accounts.access import member_required
from lonja.parties import reports as parties
from lonja.parties.models import Party, Stage
from lonja.sales import permissions


@member_required(permissions.EDIT)
@require_GET
def party_options(request: HttpRequest) -> JsonResponse:
    """Clients and leads, for the select of a quote."""
    member = request.member  # type: ignore[attr-defined]
    rows = Party.objects.visible_to(member).filter(archived_at=None)
    found = parties.find(rows, request.GET.get("q", "")[:100]).order_by("name", "pk")[:20]
    return JsonResponse([_option(party) for party in found], safe=False)


def _option(party: Party) -> dict[str, object]:
    stage = str(party.get_stage_display()) if party.stage == Stage.LEAD else ""
    sub = " · ".join(part for part in (party.nif, party.city, stage) if part)
    return {"value": party.pk, "text": party.name, "sub": sub}
