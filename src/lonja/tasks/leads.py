"""What tasks say in the list of leads: the next one, and who has none."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.parties.registry import LeadColumn, lead_column
from lonja.tasks import permissions
from lonja.tasks.models import Task
from lonja.tasks.models.task import NO_DUE
from lonja.ui.formats import near_date
from lonja.ui.tables import FlagFilter


def register() -> None:
    without = FlagFilter(
        "sin-tarea", _("Sin tarea"), apply=_without_task, permission=permissions.VIEW
    )
    lead_column(LeadColumn("next_task", _("Próxima tarea"), permissions.VIEW, next_tasks, without))


def next_tasks(member: Any, party_ids: list[int]) -> dict[int, tuple[str, str]]:
    """«Llamar · Lun. 23/11» of each lead: its open task that is due first. One query."""
    rows = Task.objects.visible_to(member).open().filter(party_id__in=party_ids)
    found: dict[int, tuple[str, str]] = {}
    now = timezone.now()
    fields = rows.order_by("party_id", "due_at", "pk").values_list("party_id", "subject", "due_at")
    for party_id, subject, due_at in fields:
        if party_id is None or party_id in found:
            continue
        if due_at == NO_DUE:
            found[party_id] = (subject, "")
            continue
        day = near_date(timezone.localtime(due_at).date())
        found[party_id] = (f"{day} · {subject}", "bad" if due_at < now else "")
    return found


def _without_task(queryset: Any, value: bool) -> Any:
    open_ones = Task.objects.open().filter(party_id__isnull=False).values("party_id")
    return queryset.exclude(pk__in=open_ones)
