"""How a task is told in a row of a list, and in the tooltip of its SLA."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from lonja.tasks.models import FAILS, HAS_NONE, MEETS, Priority, Task
from lonja.tasks.words import hours
from lonja.ui import cells, formats

SLA_TONES = {MEETS: "ok", FAILS: "bad", HAS_NONE: "mut"}
PRIORITY_TONES = {1: "bad", 2: "warn", 3: "mut", 4: "mut"}


def due_text(task: Task) -> str:
    """«Hoy 10:30», or «Lun. 23/11» when it has no time."""
    if task.due is None:
        return ""
    if task.due_has_time:
        return formats.near_date(task.due)
    return formats.near_date(timezone.localtime(task.due).date())


def remaining_text(task: Task, at: datetime) -> str:
    """«quedan 3 h 20 min», «pasada hace 2 días», «en pausa», or nothing."""
    limit = task.sla_limit_at
    if limit is None:
        return ""
    if task.sla_met_at is not None:
        if task.is_open and task.state.is_waiting and not task.sla_is_broken:
            return gettext("en pausa")
        return ""
    if limit >= at:
        return gettext("quedan %(time)s") % {"time": formats.duration(limit - at)}
    return gettext("pasado hace %(time)s") % {"time": formats.duration(at - limit)}


def sla_title(task: Task, at: datetime) -> str:
    """What the tooltip says: limit, remaining time, whose hours count and pauses."""
    if task.sla_limit_at is None:
        return gettext("Sin SLA configurado para este motivo y estado.")
    kind = (
        (
            gettext("horario de %(name)s") % {"name": task.sla_department.name}
            if task.sla_department_id and task.sla_department
            else gettext("horario laborable")
        )
        if task.sla_working
        else gettext("tiempo natural")
    )
    parts = [
        gettext("Límite: %(when)s") % {"when": formats.full_date(task.sla_limit_at)},
        gettext("plazo de %(time)s en %(kind)s")
        % {"time": hours(task.sla_seconds or 0), "kind": kind},
    ]
    if rest := remaining_text(task, at):
        parts.append(rest)
    return " · ".join(parts)


def subject(task: Task) -> SafeString:
    return format_html('<span class="z tn">{}</span> {}', task.code, task.subject)


def state(task: Task) -> Any:
    tone = getattr(task, "cell_tone", "") or task.state.tone
    return cells.badge(task.state.name, tone)


def due(task: Task) -> Any:
    """On the phone, where it is a line of the card, the motivo goes with it."""
    if task.due is None:
        return format_html(
            '<span class="z only-d">—</span><span class="only-m">{}</span>', task.reason
        )
    late = task.is_late(timezone.now())
    return format_html(
        '<time class="tn nowrap{}" datetime="{}">{}</time><span class="only-m"> · {}</span>',
        " tone-bad strong" if late else "",
        task.due.isoformat(),
        due_text(task),
        task.reason,
    )


def sla_pill(task: Task) -> Any:
    now = timezone.now()
    value = task.sla_value(now)
    title = sla_title(task, now)
    return format_html('<span title="{}">{}</span>', title, cells.badge(value, SLA_TONES[value]))


def manager(task: Task) -> Any:
    name = task.manager_name
    if not name:
        return cells.NOTHING
    picture = cells.avatar(name, "s", square=bool(task.manager_role))
    return format_html('<span class="row gap-2 nowrap">{}{}</span>', picture, name)


def priority(task: Task) -> Any:
    if task.priority == Priority.NORMAL:
        return task.get_priority_display()
    return cells.badge(task.get_priority_display(), PRIORITY_TONES[task.priority])


def plain_moment(moment: datetime | None) -> datetime | None:
    """A date for a spreadsheet: local, without zone."""
    return timezone.localtime(moment).replace(tzinfo=None) if moment is not None else None
