"""«Embudo»: ofertas in columns by stage, moved by dragging, by a menu or with a key."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.sales import permissions
from lonja.sales.actions.offer_moves import move_opportunity
from lonja.sales.actions.opportunities import ensure_pipeline
from lonja.sales.board import Board, only
from lonja.sales.models import Opportunity, OpportunityStatus, PipelineStage
from lonja.ui import requests
from lonja.ui.once import once
from lonja.ui.shortcuts import done, toast

BOARD = "embudo"


def get_offer(request: HttpRequest, pk: int) -> Opportunity:
    rows = Opportunity.objects.select_related(
        "company", "party__lead_source", "stage", "agent__user", "lost_reason"
    )
    return get_visible(request, rows, pk)


@member_required(permissions.OFFERS_VIEW)
@require_GET
def pipeline(request: HttpRequest) -> HttpResponse:
    """The whole board, or only what changes when htmx asks for `#embudo`."""
    board = _board(request)
    member = request.member  # type: ignore[attr-defined]
    context = {
        "board": board,
        "columns": board.fill(),
        "chips": board.chips(),
        "may_edit": member.can(permissions.OFFERS_EDIT),
        "may_configure": member.can(permissions.PIPELINE),
        "may_analyse": member.can(permissions.ANALYSIS),
        "no_task": request.GET.get("sin-tarea") == "1",
        "no_task_url": board.link(**{"sin-tarea": "1"}),
        "every_task_url": board.link(**{"sin-tarea": ""}),
    }
    if requests.target(request) == BOARD:
        response = render(request, "sales/_pipeline.html", context)
        response.headers["HX-Push-Url"] = board.link()
        return response
    return render(request, "sales/pipeline.html", context)


def _board(request: HttpRequest) -> Board:
    return Board(request.member, request.company, request.GET)  # type: ignore[attr-defined]


@member_required(permissions.OFFERS_VIEW)
@require_GET
def more(request: HttpRequest, stage_pk: int) -> HttpResponse:
    """More cards of a column («Ver más»)."""
    rows = PipelineStage.objects.filter(company=request.company)  # type: ignore[attr-defined]
    stage = get_visible(request, rows, stage_pk)
    board = _board(request)
    if not requests.is_fragment(request):
        return redirect(board.list_url(stage))
    column = board.after(stage, request.GET.get("tras", ""))
    member = request.member  # type: ignore[attr-defined]
    context = {"column": column, "board": board, "may_edit": member.can(permissions.OFFERS_EDIT)}
    return render(request, "sales/_cards.html", context)


@member_required(permissions.OFFERS_EDIT)
@require_POST
@once
def starters(request: HttpRequest) -> HttpResponse:
    """«Empezar con lo habitual»: the first stages, for a company that has none."""
    ensure_pipeline(request.company)  # type: ignore[attr-defined]
    return done(request, reverse("sales:pipeline"))


@member_required(permissions.OFFERS_EDIT)
@require_http_methods(["GET", "POST"])
@once
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """«Mover a…»: a page to choose the stage, and the move itself."""
    offer = get_offer(request, pk)
    stages = PipelineStage.objects.active().filter(company=offer.company)
    if request.method == "GET":
        context = {"offer": offer, "stages": stages}
        return render(request, "sales/opportunity_stage.html", context)
    asked = request.POST.get("etapa", "")
    chosen = stages.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() else None
    on_board = requests.target(request) == BOARD
    before = offer.stage
    try:
        if chosen is None:
            raise Refused("stage_unknown", _("Esa etapa ya no existe. Recarga la página."))
        if chosen.kind == OpportunityStatus.LOST and offer.stage_id != chosen.pk:
            return done(request, reverse("sales:opportunity_lose", args=[offer.pk]))
        seen = request.POST.get("vista", "")
        moved = move_opportunity(
            offer,
            chosen,
            by=request.member,  # type: ignore[attr-defined]
            seen=int(seen) if seen.isascii() and seen.isdigit() else None,
        )
    except Refused as refused:
        if not on_board:
            raise
        return _refused(request, refused)
    if moved.stage_id != before.pk:
        toast(
            request,
            _("%(number)s está ahora en «%(stage)s»")
            % {"number": moved.number, "stage": moved.stage.name},
            undo=undo_url(moved, before),
        )
    if on_board:
        return _changes(request, moved, before)
    return done(request, _back(request, moved))


def undo_url(offer: Opportunity, before: PipelineStage) -> str:
    url = reverse("sales:opportunity_undo", args=[offer.pk])
    return f"{url}?etapa={before.pk}&desde={offer.stage_id}"


@member_required(permissions.OFFERS_EDIT)
@require_POST
@once
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """«Deshacer»: back to the stage it came from, if nobody moved it since."""
    offer = get_offer(request, pk)
    asked = {name: request.GET.get(name, "") for name in ("etapa", "desde")}
    if not all(text.isascii() and text.isdigit() for text in asked.values()):
        raise Http404
    stages = PipelineStage.objects.filter(company=offer.company, kind=OpportunityStatus.OPEN)
    stage = stages.filter(pk=int(asked["etapa"])).first()
    if stage is None:
        raise Http404
    try:
        move_opportunity(offer, stage, by=request.member, seen=int(asked["desde"]))  # type: ignore[attr-defined]
    except Refused as refused:
        if not requests.is_fragment(request):
            raise
        return _refused(request, refused)
    toast(request, _("Deshecho"))
    if not requests.is_fragment(request):
        return redirect("sales:opportunity", offer.pk)
    return _event(HttpResponse(""))


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The card goes back; the reason is said, and the board read again."""
    toast(request, str(refused), tone="bad")
    return _event(HttpResponse("", status=409))


def _event(response: HttpResponse) -> HttpResponse:
    response.headers["HX-Trigger"] = json.dumps({"lonja:boardChanged": ""})
    response.headers["HX-Reswap"] = "none"
    return response


def _changes(request: HttpRequest, offer: Opportunity, before: PipelineStage) -> HttpResponse:
    """What a move changes on the board: the card, two heads and the totals."""
    params = request.GET.copy()
    board = Board(request.member, request.company, params)  # type: ignore[attr-defined]
    cards = board.cards([offer.pk])
    context: dict[str, Any] = {
        "board": board,
        "heads": only(board.columns, offer.stage_id, before.pk),
        "cards": cards,
        "may_edit": True,
    }
    response = render(request, "sales/_pipeline_changes.html", context)
    response.headers["HX-Reswap"] = "none"
    return response


def _back(request: HttpRequest, offer: Opportunity) -> str:
    """Where the form came from: the board or the page of the oferta."""
    if request.POST.get("volver") == "embudo":
        return reverse("sales:pipeline")
    return reverse("sales:opportunity", args=[offer.pk])
