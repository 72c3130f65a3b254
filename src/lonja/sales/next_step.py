"""The next step of an oferta: its first open task, or that of one of its presupuestos."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
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


def _own(member: Membership) -> Any:
    rows = Task.objects.visible_to(member).open()
    return rows.filter(origin_type=ORIGIN, origin_id=OuterRef("pk")).order_by("due_at", "pk")


def _of_quotes(member: Membership) -> Any:
    quotes = Quote.objects.filter(opportunity_id=OuterRef(OuterRef("pk"))).values("pk")
    rows = Task.objects.visible_to(member).open()
    return rows.filter(origin_type=QUOTE_ORIGIN, origin_id__in=quotes).order_by("due_at", "pk")


def annotated(queryset: Any, member: Membership) -> Any:
    """Ofertas with when their next tasks are due, for `of`. Whoever sees no tasks gets none."""
    if not member.can(tasks_permissions.VIEW):
        return queryset
    return queryset.annotate(
        next_own=Subquery(_own(member).values("due_at")[:1]),
        next_quote=Subquery(_of_quotes(member).values("due_at")[:1]),
    )


def without(queryset: Any, member: Membership) -> Any:
    """Open ofertas that nobody will do anything about."""
    has = Q(Exists(_own(member))) | Q(Exists(_of_quotes(member)))
    return queryset.filter(status="open").exclude(has)


def of(row: Any, now: datetime) -> NextStep | None:
    """What to show by an annotated oferta; None when the member sees no tasks."""
    if not hasattr(row, "next_own"):
        return None
    found = [due for due in (row.next_own, row.next_quote) if due is not None]
    return step(min(found) if found else None, now)


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
