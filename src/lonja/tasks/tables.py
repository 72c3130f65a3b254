"""Tareas › Buscar."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, cast

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts import textwalk
from lonja.accounts.bulk import these
from lonja.accounts.models import Membership
from lonja.accounts.prepared import Among, Plain, Prepared, attach, read_many
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.tasks import bulk as jobs_of
from lonja.tasks import filters, permissions, told
from lonja.tasks.forms.task import DueForm, MoveForm, ReassignForm
from lonja.tasks.models import FAILS, HAS_NONE, ReasonState, Task
from lonja.ui import formats
from lonja.ui.kept import row_address
from lonja.ui.tables import Action, BulkAction, Column, Empty, Filter, Tab, Table, counts, keyset
from lonja.ui.tables.table import COUNT_CAP

MANY = 500


_parties = Prepared(lambda: Party.objects.filter(Among("pk", "ids")).only("name", "trade_name"))
# What some cell, action or order of the list reads.
_SHOWN = (
    *("organisation", "number", "subject", "reason", "state", "party", "manager", "manager_role"),
    *("agent", "origin_label", "due_at", "due_has_time", "priority", "created_at", "closed_at"),
    *("sla_seconds", "sla_working", "sla_department", "sla_limit_at", "sla_met_at"),
    "sla_fails_at",
)


def _month_start() -> datetime:
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


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
            cell=told.subject,
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
        Column("state", _("Estado"), cell=told.state, export=lambda t: t.state.name),
        Column(
            "due_at",
            _("Vence"),
            cell=told.due,
            export=lambda t: told.plain_moment(t.due),
            sort="due_at",
            card="sub2",
        ),
        Column(
            "sla",
            _("¿Cumple SLA?"),
            cell=told.sla_pill,
            export=lambda t: t.sla_value(),
            sort="sla_fails_at",
            card="end",
        ),
        Column("manager", _("Gestionado por"), cell=told.manager, export=lambda t: t.manager_name),
        Column("origin_label", _("Origen"), default=False),
        Column("agent", _("Agente"), read=lambda t: t.agent.name if t.agent else "", default=False),
        Column(
            "remaining",
            _("Tiempo restante"),
            read=lambda t: told.remaining_text(t, timezone.now()),
            default=False,
        ),
        Column(
            "sla_limit_at",
            _("Límite del SLA"),
            kind="near",
            default=False,
            export=lambda t: told.plain_moment(t.sla_limit_at),
        ),
        Column(
            "priority",
            _("Prioridad"),
            cell=told.priority,
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
        members = Membership.objects.select_related("user")
        rows = Task.objects.visible_to(self.member).prefetch_related(
            "reason",
            "state",
            "sla_department",
            Prefetch("manager", members),
            Prefetch("party", Party.objects.only("name", "trade_name")),
        )
        if "agent" in {column.name for column in self.shown_columns}:
            rows = rows.prefetch_related(Prefetch("agent", members))
        return rows.only(*_SHOWN)

    @cached_property
    def found(self) -> textwalk.Found | None:
        """What the text index says of the text asked for."""
        return textwalk.look_up(Task, search_text(self.text)[:100])

    def search(self, queryset: Any, text: str) -> Any:
        self.unsearched = queryset
        return self.found.narrow(queryset) if self.found is not None else queryset

    def fetch(self, queryset: Any) -> list[Task]:
        """First the ids, which the index alone answers, and then those rows; what the chips have
        already asked for is not asked again."""
        if self.searched is not None:
            rest, backwards = self.turned(self.unsearched)
            rest = self.order.apply(rest, backwards=backwards)
            ids = self.searched.first(rest, self.page_size + 1)
        else:
            ids = list(queryset.prefetch_related(None).values_list("pk", flat=True))
        rows = read_many(self.base.prefetch_related(None).filter(pk__in=these(ids)))
        self.known.named(rows)
        clients = {row.party_id for row in rows if row.party_id is not None}
        attach(rows, "party", _parties.all(ids=sorted(clients)))
        prefetch_related_objects(rows, *self._still_unknown(rows))
        by_id = {task.pk: task for task in rows}
        return [by_id[pk] for pk in ids if pk in by_id]

    # What is searched for is walked, and counted, apart.
    head = None

    def counts_depend_on(self, tab: Tab) -> Hashable | None:
        """Whoever sees all tasks counts the same but for its own; the SLA changes each moment."""
        if self.member.sees_only_own or self.member.company_ids() or tab.slug == "no-cumplen":
            return None
        return self.member.pk, _month_start()

    def _still_unknown(self, rows: Sequence[Task]) -> list[Any]:
        """Of what the cells need of other tables, that which some row lacks."""
        wanted: Any = self.base
        found = []
        for lookup in wanted._prefetch_related_lookups:
            name = lookup if isinstance(lookup, str) else lookup.prefetch_to
            field: Any = Task._meta.get_field(name)
            if not all(field.is_cached(row) or getattr(row, field.attname) is None for row in rows):
                found.append(lookup)
        return found

    @property
    def searched(self) -> textwalk.Found | None:
        """What is searched for, with the rows to look for it in `unsearched`."""
        self.narrowed()
        return self.found if self.text else None

    @cached_property
    def counted(self) -> tuple[int, bool]:
        """How many rows there are (up to one more than the cap), and whether those are all."""
        if self.is_first and not self.page.next:
            return len(self.page.rows), True
        if self.searched is not None:
            return self.searched.count(self.unsearched, COUNT_CAP + 1)
        return super().count, True

    @cached_property
    def count(self) -> int:
        number, are_all = self.counted
        return number if are_all else COUNT_CAP + 1

    @property
    def count_text(self) -> str:
        number, are_all = self.counted
        if are_all or number > COUNT_CAP:
            return super().count_text
        least = max(number - number % 50, self.page_size)
        return gettext("más de %(number)s") % {"number": formats.integer(least)}

    @cached_property
    def tab_counts(self) -> dict[str, int]:
        if not self._is_counted:
            return super().tab_counts
        found = self.asks_counts.first() if self.asks_counts else ()
        return dict(zip([tab.slug for tab in self._narrow_tabs], found, strict=True))

    @cached_property
    def asks_counts(self) -> Plain | None:
        if not self._is_counted:
            return super().asks_counts
        return counts.together([self._counted(tab) for tab in self._narrow_tabs])

    @cached_property
    def _is_counted(self) -> bool:
        """Whether how many are found is known without asking."""
        known = self.searched is not None or (self.is_first and not self.page.next)
        return self.is_filtered and known

    @property
    def _narrow_tabs(self) -> list[Tab]:
        return [tab for tab in self.tabs if tab.count and tab.narrow is not None]

    def row_url(self, row: Task) -> str:
        return row_address("tasks:task", row.pk)

    def row_actions(self, row: Task) -> Sequence[dict[str, Any]]:
        if not row.is_open or not self.member.can(permissions.EDIT):
            return ()
        return (
            {
                "label": _("Completar"),
                "url": row_address("tasks:complete", row.pk),
                "icon": "check",
                "post": True,
                "key": "e",
            },
            {
                "label": _("Reasignar"),
                "url": row_address("tasks:reassign_ask", row.pk),
                "icon": "user-share",
                "post": False,
                "key": "a",
                "drawer": True,
            },
        )

    @cached_property
    def shown_filters(self) -> list[Filter]:
        return filters.filters(self.known)

    @cached_property
    def known(self) -> filters.Known:
        return filters.Known(self.member)

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
