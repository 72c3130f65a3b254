"""Changing what a task says and whose hands it is in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.tasks import clocks, managing
from lonja.tasks.actions.extras import set_tags
from lonja.tasks.actions.tasks import change_state, if_open, locked, note_forgery
from lonja.tasks.models import NO_DUE, Reason, State, Task
from lonja.tasks.richtext import clean
from lonja.ui.formats import near_date

EDITABLE = (
    *("subject", "description", "party", "agent", "due_at", "due_has_time", "priority"),
    *("repeat_every", "repeat_unit"),
)


@transaction.atomic
def edit_task(task: Task, fields: Mapping[str, Any], *, by: Membership | None) -> Task:
    """Change what the task says; its motivo, state and manager have verbs of their own."""
    task = locked(task)
    changed = []
    for name in EDITABLE:
        if name not in fields:
            continue
        value = fields[name]
        if name == "description":
            value = clean(value)
        if getattr(task, name) != value:
            setattr(task, name, value)
            changed.append(name)
    if changed:
        task.save()
        record(by, "tasks.edited", task, fields=changed)
    if "tags" in fields and set_tags(task, fields["tags"]) and not changed:
        record(by, "tasks.edited", task, fields=["tags"])
    return task


@transaction.atomic
def update_task(
    task: Task,
    fields: Mapping[str, Any],
    *,
    by: Membership | None,
    at: datetime,
    reason: Reason | None = None,
    state: State | None = None,
    asked: Membership | None = None,
    seen: str = "",
) -> Task:
    """Everything that a form or a program says about a task, at once.

    `seen`: the `updated_at` (ISO) of what was being read; if somebody saved since, raises
    Refused("task_changed") and nothing changes.

    Another motivo or estado decides its manager again; otherwise `asked` gets it where the
    configuration lets choose, and is only written down where it does not.
    """
    task = locked(task)
    if seen and seen != task.updated_at.isoformat():
        raise Refused(
            "task_changed",
            _(
                "Mientras escribías, otra persona guardó cambios en esta tarea (%(when)s): está en "
                "«%(state)s». Lo que has escrito sigue aquí: revísalo y guarda otra vez."
            )
            % {"when": near_date(timezone.localtime(task.updated_at)), "state": task.state},
        )
    task = edit_task(task, fields, by=by)
    reason, state = reason or task.reason, state or task.state
    if state.pk != task.state_id or reason.pk != task.reason_id:
        return change_state(task, state, by=by, at=at, asked=asked, reason=reason)
    if asked is None or asked.pk == task.manager_id:
        return task
    decision = _decided(task, asked, by, at)
    if decision.editable:
        return _hand_over(task, asked, by)
    note_forgery(task, decision, asked, by)
    return task


def _decided(
    task: Task, asked: Membership, by: Membership | None, at: datetime
) -> managing.Decision:
    """Who manages it where it is, if `asked` were chosen."""
    cell = managing.cell_for(task.reason, task.state)
    on = clocks.local(task.company, at).date()
    case = managing.Case(by, on, task.company_id, task.agent, task.manager)
    return managing.decide(task.reason, cell, case, wanted=if_open(cell, asked))


def reassign(task: Task, asked: Membership, *, by: Membership | None, at: datetime) -> Task:
    """Give the task to somebody. Only rule 3 lets: otherwise raises Refused("manager_fixed"), and
    that it was asked for stays in the history."""
    with transaction.atomic():
        task = locked(task)
        decision = _decided(task, asked, by, at)
        if decision.editable:
            return _hand_over(task, asked, by)
        record(by, "tasks.manager_ignored", task, asked=asked.name, kept=decision.name)
    raise Refused("manager_fixed", fixed_text(decision.name, task), field="manager")


def _hand_over(task: Task, asked: Membership, by: Membership | None) -> Task:
    if task.manager_id == asked.pk:
        return task
    before = task.manager_name
    task.manager, task.manager_role = asked, ""
    task.save(update_fields=["manager", "manager_role", "updated_at"])
    record(by, "tasks.reassigned", task, old=before, new=asked.name)
    return task


def fixed_text(name: str, task: Task) -> str:
    return _(
        "La gestiona %(name)s por la configuración de «%(reason)s» en «%(state)s»: no se cambia "
        "a mano."
    ) % {"name": name, "reason": task.reason, "state": task.state}


@transaction.atomic
def change_due(
    task: Task, due_at: datetime | None, *, has_time: bool, by: Membership | None
) -> Task:
    return edit_task(
        task, {"due_at": due_at or NO_DUE, "due_has_time": has_time and due_at is not None}, by=by
    )
