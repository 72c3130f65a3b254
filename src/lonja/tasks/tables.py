"""Tareas › Buscar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, cast

from django.db.models import Prefetch
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, Role
from lonja.kit.text import row_id
from lonja.parties.models import Party
from lonja.tasks import bulk as jobs_of
from lonja.tasks import people, permissions, reports
from lonja.tasks.forms.task import DueForm, MoveForm, ReassignForm
from lonja.tasks.models import (
    FAILS,
    HAS_NONE,
    MEETS,
    SLA_VALUES,
    Priority,
    Reason,
    ReasonState,
    State,
    Task,
    TaskTag,
)
from lonja.tasks.origins import origins
from lonja.tasks.words import hours
from lonja.ui import cells, formats
from lonja.ui.tables import (
    Action,
    BulkAction,
    ChoiceFilter,
    Column,
    DateFilter,
    Empty,
    Filter,
    RowFilter,
    Tab,
    Table,
    keyset,
)

SLA_TONES = {MEETS: "ok", FAILS: "bad", HAS_NONE: "mut"}
PRIORITY_TONES = {1: "bad", 2: "warn", 3: "mut", 4: "mut"}
ROLE_PREFIX = "rol-"
MANY = 500


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


def _subject(task: Task) -> SafeString:
    return format_html('<span class="z tn">{}</span> {}', task.code, task.subject)


def _state(task: Task) -> Any:
    tone = getattr(task, "cell_tone", "") or task.state.tone
    return cells.badge(task.state.name, tone)


def _due(task: Task) -> Any:
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


def _sla(task: Task) -> Any:
    now = timezone.now()
    value = task.sla_value(now)
    title = sla_title(task, now)
    return format_html('<span title="{}">{}</span>', title, cells.badge(value, SLA_TONES[value]))


def _manager(task: Task) -> Any:
    name = task.manager_name
    if not name:
        return cells.NOTHING
    picture = cells.avatar(name, "s", square=bool(task.manager_role))
    return format_html('<span class="row gap-2 nowrap">{}{}</span>', picture, name)


def _priority(task: Task) -> Any:
    if task.priority == Priority.NORMAL:
        return task.get_priority_display()
    return cells.badge(task.get_priority_display(), PRIORITY_TONES[task.priority])


def _managers(member: Membership) -> list[tuple[str, str]]:
    rows = Membership.objects.select_related("user").filter(people.branch_filter(member))
    names = [(str(m.pk), m.name) for m in rows.order_by("deactivated_at", "user__full_name")[:100]]
    return [*names, *[(f"{ROLE_PREFIX}{value}", str(label)) for value, label in Role.choices]]


def _managed_by(queryset: Any, value: list[str]) -> Any:
    from django.db.models import Q

    roles = [v.removeprefix(ROLE_PREFIX) for v in value if v.startswith(ROLE_PREFIX)]
    ids = [pk for pk in map(row_id, value) if pk is not None]
    if not roles:
        return queryset.filter(manager_id__in=ids)
    if not ids:
        return queryset.filter(manager_role__in=roles)
    return queryset.filter(Q(manager_id__in=ids) | Q(manager_role__in=roles))


class PartyFilter(ChoiceFilter):
    """A client: the one asked for, and the first of the list."""

    def __init__(self, name: str, label: Any) -> None:
        super().__init__(name, label, lambda member: [], field="party_id")

    def read(self, params: QueryDict, member: Any) -> list[str] | None:
        asked = [v for v in params.getlist(self.name)[:20] if v.isascii() and v.isdigit()]
        rows = Party.objects.visible_to(member).filter(pk__in=[v for v in asked if len(v) < 19])
        return [str(pk) for pk in rows.values_list("pk", flat=True)] or None

    def describe(self, value: list[str], member: Any) -> str:
        if len(value) > 1:
            return gettext("%(n)s elegidos") % {"n": len(value)}
        return Party.objects.get(pk=value[0]).display_name

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        few = ("name", "trade_name")
        asked = Party.objects.filter(pk__in=value).only(*few) if value else []
        chosen = {str(p.pk): p.display_name for p in asked}
        rows = Party.objects.visible_to(member).clients().only(*few).order_by("name", "pk")[:25]
        for party in rows:
            chosen.setdefault(str(party.pk), party.display_name)
        on = value or []
        return {
            "options": [{"value": k, "label": v, "on": k in on} for k, v in chosen.items()],
            "multiple": True,
        }


def _tagged(queryset: Any, value: list[str]) -> Any:
    return queryset.filter(pk__in=TaskTag.objects.filter(tag_id__in=value).values("task_id"))


def _instant_range(field: str) -> Any:
    """Narrow an instant by days of the company, in a way that an index answers."""

    def narrow(queryset: Any, value: tuple[str, Any, Any]) -> Any:
        _preset, first, last = value
        zone = timezone.get_current_timezone()
        if first:
            start = datetime.combine(first, datetime.min.time(), tzinfo=zone)
            queryset = queryset.filter(**{f"{field}__gte": start})
        if last:
            end = datetime.combine(last + timedelta(days=1), datetime.min.time(), tzinfo=zone)
            queryset = queryset.filter(**{f"{field}__lt": end})
        return queryset

    return narrow


def _agents(member: Membership) -> Any:
    rows = Membership.objects.select_related("user").filter(people.branch_filter(member))
    return rows.order_by("user__full_name", "pk")


def _month_start() -> datetime:
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _asked_once(rows: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    found: list[list[Any]] = []

    def answer(member: Any) -> list[Any]:
        if not found:
            found.append(list(rows(member)[:200]))
        return found[0]

    return answer


def _filters() -> list[Filter]:
    """The chips, made for each request: each list of options is asked once, though it is read
    when the filter is and when the chip is drawn."""
    once = _asked_once
    return [
        ChoiceFilter(
            "sla",
            _("¿Cumple SLA?"),
            [(value, value) for value in SLA_VALUES],
            apply=lambda q, values: q.sla_in(values),
        ),
        RowFilter("motivo", _("Motivo"), once(lambda m: Reason.objects.all()), field="reason_id"),
        RowFilter("estado", _("Estado"), once(lambda m: State.objects.all()), field="state_id"),
        ChoiceFilter("gestor", _("Gestionado por"), once(_managers), apply=_managed_by),
        DateFilter("vence", _("Vence"), apply=_instant_range("due_at")),
        PartyFilter("cliente", _("Cliente")),
        ChoiceFilter(
            "origen",
            _("Origen"),
            lambda m: [(o.type, o.label) for o in origins()],
            field="origin_type",
        ),
        RowFilter("agente", _("Agente"), once(_agents), field="agent_id"),
        ChoiceFilter("prioridad", _("Prioridad"), Priority, field="priority"),
        DateFilter("creada", _("Creada"), apply=_instant_range("created_at")),
        RowFilter("etiqueta", _("Etiquetas"), once(reports.visible_tags), apply=_tagged),
    ]


class TaskTable(Table):
    slug, title, permission = "tasks.tasks", _("Tareas"), permissions.VIEW
    search_hint = _("Asunto, cliente o número")
    default_order = "due_at"
    drawer = True
    columns = (
        Column(
            "subject",
            _("Asunto"),
            key=True,
            cell=_subject,
            export=lambda t: f"{t.code} {t.subject}",
            card="title",
            cut=True,
        ),
        Column(
            "party",
            _("Cliente"),
            read=lambda t: t.party.display_name if t.party else "",
            cut=True,
            card="sub",
        ),
        Column("reason.name", _("Motivo"), cut=True),
        Column("state", _("Estado"), cell=_state, export=lambda t: t.state.name),
        Column(
            "due_at",
            _("Vence"),
            cell=_due,
            export=lambda t: _plain_moment(t.due),
            sort="due_at",
            card="sub2",
        ),
        Column(
            "sla",
            _("¿Cumple SLA?"),
            cell=_sla,
            export=lambda t: t.sla_value(),
            sort="sla_fails_at",
            card="end",
        ),
        Column("manager", _("Gestionado por"), cell=_manager, export=lambda t: t.manager_name),
        Column("origin_label", _("Origen"), default=False),
        Column("agent", _("Agente"), read=lambda t: t.agent.name if t.agent else "", default=False),
        Column(
            "remaining",
            _("Tiempo restante"),
            read=lambda t: remaining_text(t, timezone.now()),
            default=False,
        ),
        Column(
            "sla_limit_at",
            _("Límite del SLA"),
            kind="near",
            default=False,
            export=lambda t: _plain_moment(t.sla_limit_at),
        ),
        Column(
            "priority",
            _("Prioridad"),
            cell=_priority,
            export=lambda t: str(t.get_priority_display()),
            default=False,
        ),
        Column("created_at", _("Creada"), kind="near", sort="created_at", default=False),
        Column("closed_at", _("Cerrada"), kind="near", default=False),
    )
    tabs = (
        Tab("", _("Abiertas"), lambda q, m: q.open()),
        Tab("mias", _("Mías"), lambda q, m: q.open_of(m)),
        Tab("no-cumplen", _("No cumplen SLA"), lambda q, m: q.open().sla_in([FAILS])),
        Tab("sin-sla", _("No tienen SLA"), lambda q, m: q.open().sla_in([HAS_NONE])),
        Tab(
            "cerradas", _("Cerradas este mes"), lambda q, m: q.filter(closed_at__gte=_month_start())
        ),
        Tab("todas", _("Todas"), count=False),
    )
    bulk = (
        BulkAction(
            "completar", _("Completar"), "check", permissions.BULK, many=jobs_of.start("complete")
        ),
        BulkAction(
            "reasignar",
            _("Reasignar"),
            "user-share",
            permissions.BULK,
            many=jobs_of.start("reassign"),
            form=ReassignForm,
        ),
        BulkAction(
            "vencimiento",
            _("Cambiar vencimiento"),
            "clock",
            permissions.BULK,
            many=jobs_of.start("due"),
            form=DueForm,
        ),
        BulkAction(
            "estado",
            _("Cambiar estado"),
            "arrows-exchange",
            permissions.BULK,
            many=jobs_of.start("state"),
            form=MoveForm,
        ),
    )
    primary = Action(
        _("Nueva tarea"), "tasks:task_new", permission=permissions.EDIT, key="t", drawer=True
    )
    switch = (
        Action(_("Mi día"), "tasks:my_day"),
        Action(_("Buscar"), "tasks:search"),
        Action(_("Calendario"), "tasks:calendar"),
    )
    empty = Empty(
        "checkbox",
        _("Apunta lo que hay que hacer, quién lo hace y para cuándo: aquí no se pierde."),
    )
    nothing = _("Ninguna tarea coincide.")

    def rows(self) -> Any:
        """Only what the cells show; people and clients come in queries of their own, so that no
        join decides the order of a million tasks."""
        shown = {column.name for column in self.shown_columns}
        members = Membership.objects.select_related("user")
        rows = Task.objects.visible_to(self.member).prefetch_related(
            "reason",
            "state",
            "sla_department",
            Prefetch("manager", members),
            Prefetch("party", Party.objects.only("name", "trade_name")),
        )
        if "agent" in shown:
            rows = rows.prefetch_related(Prefetch("agent", members))
        return rows.defer("description", "search_text")

    def search(self, queryset: Any, text: str) -> Any:
        return reports.find(queryset, text)

    def fetch(self, queryset: Any) -> list[Task]:
        """First the ids, which the index alone answers, and then those rows."""
        ids = list(queryset.prefetch_related(None).values_list("pk", flat=True))
        rows = {task.pk: task for task in self.base.filter(pk__in=ids)}
        return [rows[pk] for pk in ids if pk in rows]

    def row_url(self, row: Task) -> str:
        return reverse("tasks:task", args=[row.pk])

    def row_actions(self, row: Task) -> Sequence[dict[str, Any]]:
        if not row.is_open or not self.member.can(permissions.EDIT):
            return ()
        return (
            {
                "label": _("Completar"),
                "url": reverse("tasks:complete", args=[row.pk]),
                "icon": "check",
                "post": True,
                "key": "e",
            },
            {
                "label": _("Reasignar"),
                "url": reverse("tasks:reassign_ask", args=[row.pk]),
                "icon": "user-share",
                "post": False,
                "key": "a",
                "drawer": True,
            },
        )

    @cached_property
    def shown_filters(self) -> list[Filter]:
        return _filters()

    @cached_property
    def order(self) -> keyset.Order:
        """Closed ones are told from the last closed, unless another order is asked for."""
        if self.tab is not None and self.tab.slug == "cerradas" and not self.params.get("orden"):
            return keyset.Order("closed_at", descending=True)
        return super().order

    @cached_property
    def tones(self) -> dict[tuple[int, int], str]:
        """The colour of each cell of the matrix that has one of its own."""
        rows = ReasonState.objects.exclude(tone="").values_list("reason_id", "state_id", "tone")
        return {(reason, state): tone for reason, state, tone in rows}

    @cached_property
    def page(self) -> Any:
        page = super().page
        self._paint(page.rows)
        return page

    def export_rows(self) -> Iterator[Task]:
        rows = cast(Iterator[Task], super().export_rows())
        while chunk := list(islice(rows, MANY)):
            self._paint(chunk)
            yield from chunk

    def _paint(self, rows: Sequence[Task]) -> None:
        for row in rows:
            row.cell_tone = self.tones.get((row.reason_id, row.state_id), "")  # type: ignore[attr-defined]


def _plain_moment(moment: datetime | None) -> datetime | None:
    """A date for a spreadsheet: local, without zone."""
    return timezone.localtime(moment).replace(tzinfo=None) if moment is not None else None
