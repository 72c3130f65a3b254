"""What tasks themselves, and clients, give rules to wait for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from lonja.tasks.models import NO_DUE, Task
from lonja.tasks.triggers import Subject, register


def declare() -> None:
    register(
        "tasks.stuck",
        _("Tarea que lleva N días en el mismo estado"),
        stuck,
        about_tasks=True,
    )
    register("tasks.late", _("Tarea vencida hace N días"), late, about_tasks=True)
    register("parties.idle", _("Cliente sin actividad desde hace N días"), idle)


def stuck(days: int, now: datetime, limit: int) -> Iterator[Subject]:
    rows = Task.objects.open().filter(entered_at__lte=now - timedelta(days=days))
    for task in _ready(rows.order_by("entered_at", "pk"), limit):
        since = task.entered_at + timedelta(days=days)
        yield _subject(task, since, f"{task.state_id}:{task.entered_at:%Y%m%d%H%M%S}")


def late(days: int, now: datetime, limit: int) -> Iterator[Subject]:
    rows = Task.objects.open().filter(due_at__lte=now - timedelta(days=days), due_at__lt=NO_DUE)
    for task in _ready(rows.order_by("due_at", "pk"), limit):
        since = task.due_at + timedelta(days=days)
        yield _subject(task, since, f"{task.due_at:%Y%m%d%H%M}")


def _ready(rows: Any, limit: int) -> Any:
    return rows.select_related("party", "manager__user", "agent__user", "company")[:limit]


def _subject(task: Task, since: datetime, occasion: str) -> Subject:
    return Subject(
        "tasks.task",
        task.pk,
        str(task),
        since,
        occasion,
        task.party,
        task.manager or task.agent,
        task.company,
    )


def idle(days: int, now: datetime, limit: int) -> Iterator[Subject]:
    """Clients nothing has happened with for so many days (those with some history)."""
    from lonja.activity.models import Event
    from lonja.parties.models import Party

    before = now - timedelta(days=days)
    last = dict(
        Event.objects.filter(party_id__isnull=False)
        .order_by()
        .values_list("party_id")
        .annotate(last=Max("at"))
        .filter(last__lte=before)[: limit * 2]
    )
    rows = Party.objects.clients().filter(pk__in=last).select_related("agent__user")
    for party in rows.order_by("pk")[:limit]:
        quiet = last[party.pk]
        yield Subject(
            "parties.party",
            party.pk,
            party.display_name,
            quiet + timedelta(days=days),
            f"{quiet:%Y%m%d%H%M%S}",
            party,
            party.agent,
        )
