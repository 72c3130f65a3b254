"""Calls, visits, notes and mails: two clicks on the client's «Actividad»."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.tasks import permissions
from lonja.tasks.actions import interactions as actions
from lonja.tasks.forms.interaction import InteractionForm
from lonja.tasks.models import Interaction, InteractionKind
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, panel, refused_form, toast

ICONS = {"call": "phone", "visit": "map-pin", "note": "note", "mail": "mail"}


def _home(party: Party) -> str:
    return f"{reverse('parties:client', args=[party.pk])}?tab=actividad"


@member_required(permissions.EDIT)
@require_GET
def entry(request: HttpRequest, party_id: int) -> HttpResponse:
    """The four buttons, each with its small form."""
    party = get_visible(request, Party, party_id)
    mine = Interaction.objects.filter(
        party=party,
        member=request.member,  # type: ignore[attr-defined]
        undone_at=None,
        created_at__gte=timezone.now() - actions.MAY_UNDO,
    )
    context = {
        "party": party,
        "kinds": [
            {
                "kind": kind.value,
                "label": kind.label,
                "icon": ICONS[kind.value],
                "form": InteractionForm(kind=kind.value, party=party),
            }
            for kind in InteractionKind
        ],
        "last": mine.order_by("-pk").first(),
    }
    return panel(request, "tasks/interaction_entry.html", context, home=_home(party))


@member_required(permissions.EDIT)
@require_POST
@once
def log(request: HttpRequest, party_id: int, kind: str) -> HttpResponse:
    party = get_visible(request, Party, party_id)
    if kind not in InteractionKind.values:
        raise Http404
    company = request.company  # type: ignore[attr-defined]
    form = InteractionForm(request.POST, kind=kind, party=party)
    context = {"form": form, "party": party, "kind": InteractionKind(kind), "icon": ICONS[kind]}
    template = "tasks/interaction_form.html"
    if not form.is_valid():
        return invalid(request, template, context)
    zone = company.zone if company is not None else timezone.get_current_timezone()
    data = form.cleaned_data
    try:
        actions.log_interaction(
            party,
            kind,
            text=data["text"],
            by=request.member,  # type: ignore[attr-defined]
            at=form.moment(zone),
            result=data.get("result", ""),
            minutes=data.get("minutes"),
            contact=data.get("contact"),
        )
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Apuntado en la actividad"))
    return done(request, _home(party))


@member_required(permissions.EDIT)
@require_POST
@once
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Interaction.objects.select_related("party"), pk)
    actions.undo_interaction(row, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    toast(request, _("Anulado"))
    return done(request, _home(row.party))
