"""Reads about tasks: the next states, what is open about something, the matrix, the palette."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.prepared import Slot
from lonja.accounts.seen import Seen, how_many
from lonja.accounts.textsearch import filter_text
from lonja.kit.dates import occurrence
from lonja.kit.text import search_text
from lonja.parties.figures import CountOfParty
from lonja.tasks.models import (
    FAILS,
    Reason,
    ReasonState,
    State,
    StateKind,
    Task,
    TaskStatePeriod,
    Transition,
)

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.ui.registry import Hit


def states_of(reason: Reason) -> list[State]:
    """The states in use of a motivo, in their order."""
    rows = State.objects.active().filter(
        pk__in=ReasonState.objects.active().filter(reason=reason).values("state_id")
    )
    return list(rows)


def first_state(reason: Reason) -> State | None:
    """The state in which its tasks begin: the first open one."""
    states = states_of(reason)
    return next((s for s in states if s.kind == StateKind.OPEN), states[0] if states else None)


def next_states(task: Task) -> list[State]:
    """Where the task may go: the allowed steps, or every other state of its motivo."""
    states = [state for state in states_of(task.reason) if state.pk != task.state_id]
    steps = Transition.objects.filter(cell__reason=task.reason_id, cell__state=task.state_id)
    allowed = set(steps.values_list("to_id", flat=True))
    return [state for state in states if not allowed or state.pk in allowed]


def next_due(task: Task, at: datetime) -> datetime | None:
    """When the next task of one that repeats is due: counted from its own date, after now."""
    if not task.repeat_every:
        return None
    zone = task.company.zone
    base = (task.due or at).astimezone(zone)
    n = 1
    while True:
        day = occurrence(base.date(), n, task.repeat_every, task.repeat_unit)
        due = datetime.combine(day, base.time(), tzinfo=zone)
        if due > at or n > 5000:
            return due
        n += 1


def about(member: Membership, type: str, pk: int) -> Any:
    """Tasks born from an object (or of a client), the open ones first."""
    rows = Task.objects.visible_to(member).select_related(
        "reason", "state", "manager__user", "party"
    )
    if type == "parties.party":
        rows = rows.filter(party_id=pk)
    else:
        rows = rows.filter(origin_type=type, origin_id=pk)
    return rows.order_by("closed_at", "due_at", "pk")


def panel_rows(member: Membership, type: str, pk: int, limit: int = 8) -> tuple[list[Task], int]:
    """For the panel of a document: the open ones and then the last closed; and how many are left
    out."""
    rows = about(member, type, pk)
    open_rows = list(rows.filter(closed_at=None).order_by("due_at", "pk")[: limit + 1])
    if len(open_rows) < limit:
        closed = rows.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")
        open_rows += list(closed[: limit + 1 - len(open_rows)])
    more = max(0, rows.count() - limit) if len(open_rows) > limit else 0
    return open_rows[:limit], more


# Open tasks of a client.
open_count = CountOfParty(
    Seen(Task, lambda rows: how_many(rows.open().filter(party_id=Slot("party"))))
)


def waiting(member: Membership) -> tuple[int, bool]:
    """For the side bar: one's own open tasks that are due today or late; hot if some SLA fails."""
    now = timezone.now()
    tonight = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    mine = Task.objects.visible_to(member).open_of(member)
    due = mine.filter(due_at__lte=tonight)[:100].count()
    return due, due > 0 and mine.sla_in([FAILS], now).exists()


def find(queryset: Any, text: str) -> Any:
    """Tasks whose number, subject, client or origin holds every word."""
    return filter_text(queryset, search_text(text)[:100])


def find_tasks(member: Membership, text: str, limit: int) -> list[Hit]:
    """For the palette."""
    from lonja.ui.registry import Hit

    rows = Task.objects.visible_to(member).select_related("party", "state")
    found = find(rows, text) if text else rows.open()
    return [
        Hit(
            f"{task.code} · {task.subject}",
            " · ".join(
                p for p in (str(task.state), task.party.display_name if task.party else "") if p
            ),
            reverse("tasks:task", args=[task.pk]),
            "checkbox" if task.is_open else "circle-check",
        )
        for task in found.order_by("-pk")[:limit]
    ]


# --- the matrix -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    reason: Reason
    cells: list[ReasonState | None]
    qualified: int


def matrix(*, inactive: bool = False) -> tuple[list[State], list[Row]]:
    """States (columns) and, for each motivo, its cells in that order; None where there is none."""
    reasons = Reason.objects.all() if inactive else Reason.objects.active()
    states = list(State.objects.all() if inactive else State.objects.active())
    cells: dict[tuple[int, int], ReasonState] = {
        (c.reason_id, c.state_id): c
        for c in ReasonState.objects.active().select_related("manager__user", "state", "reason")
    }
    rows = [
        Row(
            reason,
            [cells.get((reason.pk, state.pk)) for state in states],
            reason.qualified.all().__len__(),
        )
        for reason in reasons.prefetch_related("qualified")
    ]
    return states, rows


# --- «habrían incumplido 37 de 412» ---------------------------------------------------------------
@dataclass(frozen=True)
class Replay:
    """What an SLA would have done with the stays of the last days in a cell."""

    total: int
    would_fail: int
    failed: int
    days: int


MOST_REPLAYED = 20_000


def replay(
    reason: Reason,
    state: State,
    *,
    seconds: int | None,
    working: bool,
    since_creation: bool,
    at: datetime,
    days: int = 90,
) -> Replay:
    """Play the stays that began in the last `days` again with another SLA. Changes nothing."""
    from lonja.accounts.models import Company
    from lonja.tasks import clocks, sla

    since = at - timedelta(days=days)
    rows = list(
        TaskStatePeriod.objects.filter(reason=reason, state=state, entered_at__gte=since)
        .select_related("task")
        .order_by("-entered_at")[:MOST_REPLAYED]
    )
    calendars = {
        company.pk: clocks.calendar_of(company, reason.department) if working else None
        for company in Company.objects.all()
    }
    stops: dict[int, list[Any]] = {}
    stays = TaskStatePeriod.objects.filter(stops_clock=True, left_at__isnull=False)
    for start in range(0, len(rows), 500):
        ids = {row.task_id for row in rows[start : start + 500]}
        for stay in stays.filter(task_id__in=ids):
            stops.setdefault(stay.task_id, []).append((stay.entered_at, stay.left_at))
    fail = failed = 0
    for row in rows:
        end = row.left_at or at
        failed += row.sla_limit_at is not None and end > row.sla_limit_at
        if seconds is not None:
            began = row.task.created_at if since_creation else row.entered_at
            limit = sla.limit(
                began, seconds, calendars[row.task.company_id], stops.get(row.task_id, [])
            )
            fail += end > limit
    return Replay(len(rows), fail, failed, days)


def visible_tags(member: Membership) -> Any:
    from lonja.parties.models import Tag

    return Tag.objects.order_by("name")


# --- the page of a task ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Stay:
    """A stay in a state as the page tells it."""

    period: TaskStatePeriod
    lasted: timedelta
    sla: str
    who: str


def history(task: Task, at: datetime) -> list[Stay]:
    """Its stays in each state, the newest first, with how long each lasted."""
    from lonja.accounts.models import Role

    rows = task.periods.select_related("state", "reason", "manager__user").order_by("-pk")
    return [
        Stay(
            period,
            period.lasted(at),
            period.sla_value(at),
            period.manager.name
            if period.manager is not None
            else str(Role(period.manager_role).label)
            if period.manager_role
            else "",
        )
        for period in rows[:60]
    ]


def who_moved(task: Task) -> Membership | None:
    """Who put it in the state where it is; None when it was the program."""
    last = task.periods.select_related("by__user").order_by("-pk").first()
    return last.by if last is not None else None


def comments(task: Task) -> list[Any]:
    from lonja.tasks import richtext

    rows = list(task.comments.select_related("author__user").order_by("pk")[:300])
    for row in rows:
        row.html = richtext.render(row.text)  # type: ignore[attr-defined]
    return rows


def relations(task: Task, member: Membership) -> list[dict[str, Any]]:
    """The tasks it has to do with that the member may see, in both directions."""
    seen = Task.objects.visible_to(member).select_related("state")
    both = list(task.relations.all()) + list(task.related_from.all())
    ids = {r.other_id if r.task_id == task.pk else r.task_id for r in both}
    known = {other.pk: other for other in seen.filter(pk__in=ids)}
    backwards = {
        "related": _("Relacionada con"),
        "blocks": _("Bloqueada por"),
        "duplicates": _("Repetida por"),
        "part": _("Incluye a"),
    }
    told = []
    for relation in both:
        own = relation.task_id == task.pk
        other = known.get(relation.other_id if own else relation.task_id)
        if other is not None:
            label = relation.get_kind_display() if own else backwards[relation.kind]
            told.append({"pk": relation.pk, "label": label, "other": other})
    return told


def following(task: Task, member: Membership) -> Task | None:
    """The task that came after this one, if the member may see it."""
    return Task.objects.visible_to(member).filter(previous=task).first()


def member(text: str) -> Membership | None:
    """The member of the organisation with that id, active or not; None when there is none."""
    from lonja.accounts.models import Membership

    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    return Membership.objects.select_related("user").filter(pk=int(text)).first()
