"""The next step of an oferta: its first open task, or that of one of its presupuestos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.accounts.prepared import Among, Prepared, Slot
from lonja.accounts.seen import Seen
from lonja.sales.models import Quote
from lonja.tasks import permissions as tasks_permissions
from lonja.tasks.models import Task
from lonja.tasks.models.task import NO_DUE
from lonja.ui import formats

ORIGIN, QUOTE_ORIGIN = "sales.opportunity", "sales.quote"


@dataclass(frozen=True)
class NextStep:
    """`tone`: late, none, today or future; `text` says it without colours."""

    tone: str
    text: str
    due: datetime | None = None


def attach(rows: Sequence[Any], member: Membership) -> Sequence[Any]:
    """Give each of those ofertas `next_due`, when its next task is due, for `of`: three queries,
    however many. Whoever sees no tasks gets none."""
    if not rows or not member.can(tasks_permissions.VIEW):
        return rows
    ids = [row.pk for row in rows]
    quotes = dict(_quotes.all(ids=ids))
    dues = _dues(member, ORIGIN, ids)
    for quote, due in _dues(member, QUOTE_ORIGIN, list(quotes)).items():
        offer = quotes[quote]
        dues[offer] = min(due, dues.get(offer, due))
    for row in rows:
        row.next_due = dues.get(row.pk)
    return rows


def _dues(member: Membership, origin: str, ids: Sequence[int]) -> dict[int, datetime]:
    """Object id → when the first of its open tasks is due."""
    if not ids:
        return {}
    return dict(_first_due.all(member, origin=origin, ids=list(ids)))


_quotes = Prepared(
    lambda: (
        Quote.objects.filter(Among("opportunity_id", "ids"))
        .values_list("pk", "opportunity_id")
        .order_by()
    )
)
_first_due = Seen(
    Task,
    lambda rows: (
        rows.open()
        .filter(Among("origin_id", "ids"), origin_type=Slot("origin"))
        .order_by()
        .values_list("origin_id")
        .annotate(due=Min("due_at"))
    ),
)


def without(queryset: Any, member: Membership) -> Any:
    """Open ofertas that nobody will do anything about."""
    tasks = Task.objects.visible_to(member).open().order_by()
    of_quotes = tasks.filter(origin_type=QUOTE_ORIGIN).values("origin_id")
    quoted = Quote.objects.filter(opportunity__isnull=False, pk__in=of_quotes)
    return (
        queryset.filter(status="open")
        .exclude(pk__in=tasks.filter(origin_type=ORIGIN).values("origin_id"))
        .exclude(pk__in=quoted.order_by().values("opportunity_id"))
    )


def of(row: Any, now: datetime) -> NextStep | None:
    """What to show by an oferta that passed `attach`; None when the member sees no tasks."""
    return step(row.next_due, now) if hasattr(row, "next_due") else None


def step(due: datetime | None, now: datetime) -> NextStep:
    if due is None:
        return NextStep("none", _("Sin tarea"))
    if due >= NO_DUE:
        return NextStep("future", _("Con tarea sin fecha"))
    when = formats.near_date(due)
    if due < now:
        return NextStep("late", _("Tarea vencida: %(when)s") % {"when": when}, due)
    if timezone.localtime(due).date() == timezone.localtime(now).date():
        return NextStep("today", _("Tarea para hoy: %(when)s") % {"when": when}, due)
    return NextStep("future", _("Próxima tarea: %(when)s") % {"when": when}, due)


def tasks_of(opportunity: Any, member: Membership, limit: int = 4) -> list[Task]:
    """Its open tasks and those of its presupuestos, the most urgent first."""
    if not member.can(tasks_permissions.VIEW):
        return []
    quotes = Quote.objects.filter(opportunity=opportunity).values("pk")
    rows = Task.objects.visible_to(member).open().select_related("state", "manager__user")
    mine = Q(origin_type=ORIGIN, origin_id=opportunity.pk)
    return list(
        rows.filter(mine | Q(origin_type=QUOTE_ORIGIN, origin_id__in=quotes)).order_by(
            "due_at", "pk"
        )[:limit]
    )
