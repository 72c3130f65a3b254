"""The same to many tasks: few statements for thousands, and why each other could not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.bulk import these, update_rows
from lonja.accounts.models import Company, Department, Membership
from lonja.activity import record_many
from lonja.kit.errors import Refused
from lonja.tasks import clocks, people, sla
from lonja.tasks.actions import edit
from lonja.tasks.actions import tasks as acts
from lonja.tasks.models import ReasonState, State, StateKind, Task, TaskStatePeriod
from lonja.tasks.models.task import SAFE

Refusals = list[tuple[str, str, int]]
BATCH = 2000


def reassign_many(
    ids: Sequence[int],
    asked: Membership,
    *,
    by: Membership,
    told: Callable[[int], None] = lambda _done: None,
) -> tuple[int, Refusals]:
    """Give the tasks to somebody; those whose configuration names a manager stay as they are.

    Running it again changes nothing more. Returns how many were done and why each other was not.
    """
    if not people.candidates().filter(pk=asked.pk).exists():
        raise Refused(
            "manager_unfit",
            _("%(name)s no puede gestionar tareas: no tiene acceso, o su rol no lo permite.")
            % {"name": asked.name},
        )
    fixed = _fixed_cells()
    granted = set(asked.company_ids())
    done, refused = 0, []  # type: ignore[var-annotated]
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        with transaction.atomic():
            seen = Task.objects.visible_to(by).filter(pk__in=these(batch)).order_by("pk")
            locked = list(seen.select_for_update(of=("self",)).values_list("pk", flat=True))
            rows = list(
                Task.objects.filter(pk__in=these(locked))
                .select_related("manager__user")
                .only(
                    *("number", "subject", "reason_id", "state_id", "manager", "manager_role"),
                    *("company_id", "organisation_id", "party_id", "closed_at"),
                    *("manager__user__full_name", "manager__user__email"),
                )
            )
            changes, events = [], []
            for task in rows:
                why = _why_not(task, fixed, granted, asked)
                if why:
                    refused.append((str(task), why, task.pk))
                elif task.manager_id == asked.pk:
                    done += 1
                else:
                    events.append((task, {"old": task.manager_name, "new": asked.name}))
                    changes.append((asked.pk, "", timezone.now(), task.pk))
                    done += 1
            update_rows(Task, ["manager", "manager_role", "updated_at"], changes)
            record_many(by, "tasks.reassigned", events)
        missing = set(batch) - {task.pk for task in rows}
        refused += [(_("Tarea"), _("Ya no existe o no puedes verla."), 0)] * len(missing)
        told(min(start + BATCH, len(ids)))
    return done, refused


def _why_not(
    task: Task, fixed: dict[tuple[int, int], str], granted: set[int], asked: Membership
) -> str:
    if task.closed_at is not None:
        return _("Está cerrada.")
    if (name := fixed.get((task.reason_id, task.state_id))) is not None:
        return _("La gestiona %(name)s por la configuración de su motivo y estado.") % {
            "name": name
        }
    if granted and task.company_id not in granted:
        return _("%(name)s no trabaja en la empresa de esta tarea.") % {"name": asked.name}
    return ""


def _fixed_cells() -> dict[tuple[int, int], str]:
    """Cells whose manager is not to be chosen, with its name."""
    found = {}
    for cell in ReasonState.objects.active().select_related("manager__user"):
        if cell.manager is not None and cell.manager.is_active:
            found[(cell.reason_id, cell.state_id)] = cell.manager.name
        elif cell.manager_role:
            found[(cell.reason_id, cell.state_id)] = str(cell.get_manager_role_display())
    return found


def each(
    what: str,
    ids: Sequence[int],
    data: dict[str, str],
    *,
    by: Membership,
    told: Callable[[int], None] = lambda _done: None,
) -> tuple[int, Refusals]:
    """Complete, move or re-date tasks one by one, each in its own transaction."""
    rows = Task.objects.visible_to(by).select_related("state", "reason", "company", "manager__user")
    done: int = 0
    refused: Refusals = []
    for number, pk in enumerate(ids, start=1):
        task = rows.filter(pk=pk).first()
        if task is None:
            refused.append((_("Tarea"), _("Ya no existe o no puedes verla."), 0))
            continue
        try:
            _EACH[what](task, by, data)
        except Refused as error:
            refused.append((str(task), str(error), task.pk))
        else:
            done += 1
        if number % 20 == 0:
            told(number)
    return done, refused


def _complete(task: Task, by: Membership, data: dict[str, str]) -> None:
    acts.complete(task, by=by, at=timezone.now())


def _move(task: Task, by: Membership, data: dict[str, str]) -> None:
    state = State.objects.filter(pk=int(data["state"])).first()
    if state is None:
        raise Refused("state_unknown", _("Ese estado ya no existe."))
    if not task.is_open and state.is_done:
        return
    acts.change_state(task, state, by=by, at=timezone.now())


def _redate(task: Task, by: Membership, data: dict[str, str]) -> None:
    if not task.is_open:
        raise Refused("task_closed", _("Está cerrada."))
    day = date.fromisoformat(data["due_on"])
    clock = time.fromisoformat(data["due_time"]) if data.get("due_time") else None
    moment = clocks.due_moment(day, clock, task.company.zone)
    edit.change_due(task, moment, has_time=clock is not None, by=by)


_EACH: dict[str, Callable[[Task, Membership, dict[str, str]], None]] = {
    "complete": _complete,
    "state": _move,
    "due": _redate,
}


def measure_again(
    company: Company,
    department: Department | None = None,
    *,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Compute the limits of the running SLAs again after a change of hours. Returns how many moved.

    Only open tasks whose clock runs: what was met, broken or is on pause stays as it was decided.
    With a department, those that count with its hours; without one, those of the company.
    """
    running = Task.objects.open().filter(
        company=company,
        sla_working=True,
        sla_met_at=None,
        sla_fails_at__lt=SAFE,
        state__kind=StateKind.OPEN,
    )
    if department is not None:
        running = running.filter(sla_department=department)
    calendars: dict[int | None, Any] = {None: clocks.calendar_of(company)}
    for one in Department.objects.filter(company=company).select_related("calendar"):
        calendars[one.pk] = clocks.calendar_of(company, one)
    # By due date and not by id: the indexes of the list hold the SLA beside it, so that what a
    # batch changes lies together in each of them.
    ids = list(running.order_by("due_at", "pk").values_list("pk", flat=True))
    moved = 0
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        with transaction.atomic():
            # Locked: who closes one of them meanwhile comes before or after, never between.
            seen = running.filter(pk__in=these(batch)).select_for_update(of=("self",))
            changes = _moved(list(seen.values_list(*_CLOCK)), calendars)
            update_rows(Task, ["sla_limit_at", "sla_fails_at"], changes)
        moved += len(changes)
        told(start + len(batch), len(ids))
    return moved


_CLOCK = ("pk", "sla_started_at", "sla_seconds", "sla_limit_at", "sla_department_id")


def _moved(rows: Sequence[Any], calendars: dict[int | None, Any]) -> list[tuple[Any, ...]]:
    """Of rows of `_CLOCK`, those with another limit now: it, twice, and the id."""
    pauses: dict[int, sla.Pauses] = {}
    stays = TaskStatePeriod.objects.filter(
        task_id__in=these([row[0] for row in rows]), stops_clock=True, left_at__isnull=False
    )
    for task_id, since, until in stays.values_list("task_id", "entered_at", "left_at"):
        pauses.setdefault(task_id, []).append((since, until))
    changes = []
    for pk, started, seconds, old, department_id in rows:
        calendar = calendars.get(department_id, calendars[None])
        limit = sla.limit(started, seconds, calendar, pauses.get(pk, ()))
        if limit != old:
            changes.append((limit, limit, pk))
    return changes
