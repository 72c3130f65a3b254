"""Words about tasks for templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.tasks.models import ReasonState, SlaFrom, StateKind, Task
from lonja.tasks.told import SLA_TONES, sla_title
from lonja.tasks.words import hours
from lonja.ui.cells import badge
from lonja.ui.formats import near_date

register = template.Library()


@register.filter
def due_day(moment: datetime) -> str:
    """The day of a due date that has no time: «Hoy», «Lun. 23/11»."""
    return near_date(timezone.localtime(moment).date())


@register.filter
def repeats(task: Task) -> str:
    """«cada 2 semanas»."""
    n = task.repeat_every
    words = {
        "day": ngettext("cada día", "cada %(n)s días", n),
        "week": ngettext("cada semana", "cada %(n)s semanas", n),
        "month": ngettext("cada mes", "cada %(n)s meses", n),
        "year": ngettext("cada año", "cada %(n)s años", n),
    }
    return words.get(task.repeat_unit, _("no se repite")) % {"n": n}


@register.simple_tag
def sla_badge(task: Task) -> SafeString:
    """The pill of «¿Cumple SLA?» with its explanation."""
    now = timezone.now()
    value = task.sla_value(now)
    return format_html(
        '<span title="{}">{}</span>', sla_title(task, now), badge(value, SLA_TONES[value])
    )


@register.filter
def at(items: list[Any], index: int) -> Any:
    """The item in that place."""
    return items[index]


@register.filter
def cell_sla(cell: ReasonState) -> str:
    """«4 h laborables», «2 días naturales desde la creación», «Sin SLA»."""
    if cell.sla_seconds is None:
        return "" if cell.state.kind != StateKind.OPEN else _("Sin SLA")
    kind = _("laborables") if cell.sla_working else _("naturales")
    text = f"{hours(cell.sla_seconds)} {kind}"
    return f"{text} {_('desde la creación')}" if cell.sla_from == SlaFrom.CREATION else text
