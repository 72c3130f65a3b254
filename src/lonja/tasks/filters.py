"""The filters of «Tareas › Buscar»."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, Role
from lonja.accounts.prepared import Prepared
from lonja.kit.text import row_id
from lonja.parties.filters import ClientFilter
from lonja.tasks import people, reports
from lonja.tasks.models import SLA_VALUES, Priority, Reason, State, Task, TaskTag
from lonja.tasks.origins import origins
from lonja.ui.tables import ChoiceFilter, DateFilter, Filter, RowFilter

ROLE_PREFIX = "rol-"


MOST_OPTIONS = 100


def _by_name(rows: Any) -> Any:
    return rows.select_related("user").order_by("user__full_name", "pk")[:MOST_OPTIONS]


_reasons = Prepared(lambda: Reason.objects.all()[:MOST_OPTIONS])
_states = Prepared(lambda: State.objects.all()[:MOST_OPTIONS])
_members = Prepared(lambda: _by_name(Membership.objects.all()))


class Known:
    """What the chips offer and the rows name, asked once for each request."""

    def __init__(self, member: Membership) -> None:
        self.member = member

    @cached_property
    def reasons(self) -> list[Reason]:
        return _reasons.all()

    @cached_property
    def states(self) -> list[State]:
        return _states.all()

    @cached_property
    def members(self) -> list[Membership]:
        """Those by whom the member may filter, by name."""
        if not self.member.sees_only_own:
            return _members.all()
        return list(_by_name(Membership.objects.filter(people.branch_filter(self.member))))

    @cached_property
    def agents(self) -> list[tuple[str, str]]:
        return [(str(member.pk), member.name) for member in self.members]

    @cached_property
    def managers(self) -> list[tuple[str, str]]:
        """People, those who left at the end, and roles."""
        rows = sorted(self.members, key=lambda member: member.deactivated_at is not None)
        names = [(str(member.pk), member.name) for member in rows]
        roles = [(f"{ROLE_PREFIX}{value}", str(label)) for value, label in Role.choices]
        return [*names, *roles]

    def named(self, rows: Sequence[Task]) -> None:
        """Give each task its motivo, estado and people already at hand; the rest is left to be
        asked."""
        reasons = {one.pk: one for one in self.reasons}
        states = {one.pk: one for one in self.states}
        members = {one.pk: one for one in self.members}
        for row in rows:
            for field, pk, found in (
                (_REASON, row.reason_id, reasons),
                (_STATE, row.state_id, states),
                (_MANAGER, row.manager_id, members),
                (_AGENT, row.agent_id, members),
            ):
                if pk is not None and pk in found:
                    field.set_cached_value(row, found[pk])


_REASON, _STATE, _MANAGER, _AGENT = (
    cast(Any, Task._meta.get_field(name)) for name in ("reason", "state", "manager", "agent")
)


def _managed_by(queryset: Any, value: list[str]) -> Any:
    roles = [v.removeprefix(ROLE_PREFIX) for v in value if v.startswith(ROLE_PREFIX)]
    ids = [pk for pk in map(row_id, value) if pk is not None]
    if not roles:
        return queryset.filter(manager_id__in=ids)
    if not ids:
        return queryset.filter(manager_role__in=roles)
    return queryset.filter(Q(manager_id__in=ids) | Q(manager_role__in=roles))


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


def filters(known: Known) -> list[Filter]:
    """The chips, made for each request."""

    def named(rows: Callable[[], Sequence[Any]]) -> Callable[[Any], list[tuple[str, str]]]:
        return lambda member: [(str(row.pk), str(row)) for row in rows()]

    return [
        ChoiceFilter(
            "sla",
            _("¿Cumple SLA?"),
            [(value, _(value)) for value in SLA_VALUES],
            apply=lambda q, values: q.sla_in(values),
        ),
        ChoiceFilter("motivo", _("Motivo"), named(lambda: known.reasons), field="reason_id"),
        ChoiceFilter("estado", _("Estado"), named(lambda: known.states), field="state_id"),
        ChoiceFilter("gestor", _("Gestionado por"), lambda m: known.managers, apply=_managed_by),
        DateFilter("vence", _("Vence"), apply=_instant_range("due_at")),
        ClientFilter("cliente", _("Cliente")),
        ChoiceFilter(
            "origen",
            _("Origen"),
            lambda m: [(o.type, o.label) for o in origins()],
            field="origin_type",
        ),
        ChoiceFilter("agente", _("Agente"), lambda m: known.agents, field="agent_id"),
        ChoiceFilter("prioridad", _("Prioridad"), Priority, field="priority"),
        DateFilter("creada", _("Creada"), apply=_instant_range("created_at")),
        RowFilter("etiqueta", _("Etiquetas"), reports.visible_tags, apply=_tagged),
    ]
