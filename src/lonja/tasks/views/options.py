"""What the selects of tasks search."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from lonja.accounts.access import member_required
from lonja.kit.text import row_id
from lonja.parties import reports as parties
from lonja.parties.models import Party
from lonja.tasks import people, permissions, reports
from lonja.tasks.models import Reason, Task
from lonja.ui.formats import full_date


@member_required(permissions.EDIT)
@require_GET
def managers(request: HttpRequest) -> JsonResponse:
    """Who may manage a task, by name or mail without accents: the qualified for `motivo` first,
    each with what they carry."""
    company = request.company  # type: ignore[attr-defined]
    asked = row_id(request.GET.get("motivo", ""))
    reason = Reason.objects.filter(pk=asked).first() if asked is not None else None
    found = people.found(company.pk, request.GET.get("q", "")[:80])
    team = people.told(found, reason, company.today())
    return JsonResponse(
        [{"value": p.member.pk, "text": p.name, "sub": about(p)} for p in team], safe=False
    )


def about(person: people.Person) -> str:
    """«Cualificado · 3 tareas abiertas · ausente hasta el 07/12/2026»."""
    words = ngettext("%(n)s tarea abierta", "%(n)s tareas abiertas", person.load)
    parts = [_("Cualificado")] if person.is_qualified else []
    parts.append(words % {"n": person.load})
    if person.away_until is not None:
        parts.append(_("ausente hasta el %(day)s") % {"day": full_date(person.away_until)})
    return " · ".join(parts)


@member_required(permissions.EDIT)
@require_GET
def party_options(request: HttpRequest) -> JsonResponse:
    """Clients and leads."""
    member = request.member  # type: ignore[attr-defined]
    rows = Party.objects.visible_to(member).filter(archived_at=None)
    found = parties.find(rows, request.GET.get("q", "")[:100]).order_by("name", "pk")[:20]
    options = [
        {
            "value": party.pk,
            "text": party.display_name,
            "sub": " · ".join(p for p in (party.nif, party.city) if p),
        }
        for party in found
    ]
    return JsonResponse(options, safe=False)


@member_required(permissions.VIEW)
@require_GET
def task_options(request: HttpRequest) -> JsonResponse:
    """Tasks, for relating them."""
    member = request.member  # type: ignore[attr-defined]
    rows = reports.find(Task.objects.visible_to(member), request.GET.get("q", "")[:100])
    rows = rows.select_related("state").order_by("-pk")[:20]
    return JsonResponse(
        [{"value": t.pk, "text": str(t), "sub": str(t.state)} for t in rows], safe=False
    )
