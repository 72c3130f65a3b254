"""«Mi día»: what somebody has to do, by when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from lonja.tasks.models import NO_DUE, Task

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

MOST = 100
AHEAD = timedelta(days=7)


@dataclass
class Day:
    """One's open tasks by when they are due; each list in order and at most `MOST` long."""

    today: date
    late: list[Task] = field(default_factory=list)
    now: list[Task] = field(default_factory=list)
    soon: list[Task] = field(default_factory=list)
    undated: list[Task] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.late or self.now or self.soon or self.undated)

    @property
    def urgent(self) -> int:
        """How many are late or due today."""
        return len(self.late) + len(self.now)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in a zone."""
    return datetime.combine(day, time(), tzinfo=zone)


def my_tasks(member: Membership) -> Any:
    """The open tasks in the member's hands, or in those of its role, with what a line shows."""
    rows = Task.objects.visible_to(member).open_of(member)
    return rows.select_related("party", "reason", "state", "manager__user", "company").order_by(
        "due_at", "priority", "pk"
    )


def day_of(member: Membership, *, at: datetime, zone: ZoneInfo) -> Day:
    """What the member has before it at that moment. Four queries."""
    today = at.astimezone(zone).date()
    begins, ends = midnight(today, zone), midnight(today + timedelta(days=1), zone)
    rows = my_tasks(member)
    return Day(
        today,
        late=list(rows.filter(due_at__lt=begins)[:MOST]),
        now=list(rows.filter(due_at__gte=begins, due_at__lt=ends)[:MOST]),
        soon=list(rows.filter(due_at__gte=ends, due_at__lt=ends + AHEAD)[:MOST]),
        undated=list(rows.filter(due_at__gte=NO_DUE)[:MOST]),
    )


def due_between(member: Membership, start: datetime, end: datetime, *, everybody: bool) -> Any:
    """Tasks due in [start, end), closed ones too: one's own, or all that the member sees."""
    rows = Task.objects.visible_to(member).filter(due_at__gte=start, due_at__lt=end)
    if not everybody:
        rows = rows.mine(member)
    return rows.select_related("party", "state", "reason", "manager__user").order_by("due_at", "pk")
