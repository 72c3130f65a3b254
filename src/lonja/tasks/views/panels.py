"""Tasks on the pages of others: the client's tab, the panel of a document, the card of «Inicio»."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lonja.accounts.access import get_visible, member_required
from lonja.parties.models import Party
from lonja.tasks import origins, permissions, reports
from lonja.tasks.models import Task
from lonja.ui.shortcuts import panel


@member_required(permissions.VIEW)
@require_GET
def client_tab(request: HttpRequest, party_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, Party, party_id)
    rows = reports.about(member, "parties.party", party.pk)
    context = {
        "party": party,
        "open": list(rows.filter(closed_at=None).order_by("due_at", "pk")[:50]),
        "closed": list(rows.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")[:20]),
        "may_edit": member.can(permissions.EDIT),
        "now": timezone.now(),
    }
    home = f"{reverse('parties:client', args=[party.pk])}?tab=tareas"
    return panel(request, "tasks/client_tab.html", context, home=home)


@member_required(permissions.VIEW)
@require_GET
def document(request: HttpRequest, type: str, pk: int) -> HttpResponse:
    """The panel «Tareas» on the page of what they were born from."""
    member = request.member  # type: ignore[attr-defined]
    born = origins.born(member, type, pk)
    if born is None:
        return HttpResponse(status=404)
    rows, more = reports.panel_rows(member, type, pk)
    context = {
        "type": type,
        "id": pk,
        "tasks": rows,
        "more": more,
        "born": born,
        "may_edit": member.can(permissions.EDIT),
        "now": timezone.now(),
    }
    return panel(request, "tasks/panel.html", context, home=born.url)


@member_required(permissions.VIEW)
@require_GET
def home_card(request: HttpRequest) -> HttpResponse:
    """«Mis tareas», those that fail or are due first."""
    member = request.member  # type: ignore[attr-defined]
    rows = (
        Task.objects.visible_to(member)
        .open_of(member)
        .select_related("party", "reason", "state")
        .order_by("due_at", "pk")
    )
    context = {"tasks": list(rows[:6]), "now": timezone.now()}
    return panel(
        request, "tasks/home_card.html", context, home=f"{reverse('tasks:search')}?vista=mias"
    )
