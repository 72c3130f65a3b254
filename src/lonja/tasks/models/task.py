"""Tasks, and the time they spend in each state."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lonja.accounts.models import (
    Company,
    Department,
    Membership,
    OrganisationModel,
    Role,
    ScopedManager,
    ScopedQuerySet,
)
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.tasks.models.config import Reason, SlaFrom, State
from lonja.tasks.models.stays import TaskFollower
from lonja.tasks.models.values import FAILS, HAS_NONE, MEETS, NO_DUE, SAFE, WITHOUT


class Priority(models.IntegerChoices):
    URGENT = 1, _("Urgente")
    HIGH = 2, pgettext_lazy("prioridad", "Alta")
    NORMAL = 3, _("Normal")
    LOW = 4, pgettext_lazy("prioridad", "Baja")


class TaskQuerySet(ScopedQuerySet):
    def visible_to(self, member: Membership) -> Self:
        """A hierarchical member sees what concerns itself and its branch: managed, created,
        followed, of its clients, or in the hands of its own role."""
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            branch = member.subordinate_ids()
            followed = TaskFollower.objects.filter(member=member).values("task_id")
            return rows.filter(
                Q(manager_id__in=branch)
                | Q(created_by_id__in=branch)
                | Q(agent_id__in=branch)
                | Q(manager_role=member.role)
                | Q(pk__in=followed)
            )
        return rows

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def mine(self, member: Membership) -> Self:
        """In the member's hands, or in those of its role."""
        return self.filter(Q(manager=member) | Q(manager_role=member.role))

    def open_of(self, member: Membership) -> Self:
        """The open ones in the member's hands, or in those of its role.

        Two indexes answer, one for each; with an OR, SQLite reads every open task.
        """
        rows: Any = Task.objects.filter(closed_at=None).order_by().values("pk")
        own, role = rows.filter(manager=member), rows.filter(manager_role=member.role)
        return self.filter(closed_at=None, pk__in=own.union(role, all=True))

    def sla_in(self, values: Any, at: datetime | None = None) -> Self:
        """Tasks whose «¿Cumple SLA?» is one of those values at that moment (now by default)."""
        return self.filter(sla_condition(values, at or timezone.now()))

    def with_sla(self, at: datetime | None = None) -> Self:
        """Annotate `sla_text` with «Si cumple», «No cumple» or «No tiene»."""
        return self.annotate(sla_text=sla_expression(at or timezone.now()))


def sla_condition(values: Any, at: datetime) -> Q:
    """The same answer as `Task.sla_value`, as a condition over one indexed column."""
    ranges = {
        FAILS: Q(sla_fails_at__lt=at),
        MEETS: Q(sla_fails_at__gte=at, sla_fails_at__lt=WITHOUT),
        HAS_NONE: Q(sla_fails_at__gte=WITHOUT),
    }
    found = Q(pk__in=[])
    for value in values:
        found |= ranges[value]
    return found


def sla_expression(at: datetime) -> Case:
    return Case(
        When(sla_fails_at__gte=WITHOUT, then=Value(HAS_NONE)),
        When(sla_fails_at__lt=at, then=Value(FAILS)),
        default=Value(MEETS),
        output_field=models.CharField(),
    )


_SEARCHED = (
    *("due_at", "sla_fails_at", "created_at", "closed_at", "reason", "state", "manager", "agent"),
    *("priority", "origin_type"),
)


def searched(name: str, *first: str, condition: Q | None = None) -> models.Index:
    """An index in that order that also holds every column the list filters by."""
    rest = [column for column in _SEARCHED if column not in first]
    return models.Index(
        fields=["organisation", *first, "id", *rest], name=name, condition=condition
    )


class Task(OrganisationModel):
    """Something to do by somebody before a moment.

    The manager is a member (rules 1 and 3) or a role (rule 2), never both. The SLA is the one that
    was configured when the task entered its state: `sla_seconds`, `sla_working`, `sla_from` and
    `sla_department` (whose hours) are copies, `sla_limit_at` is when it runs out, `sla_met_at`
    when the clock stopped (left the state, closed, or waiting for the customer). `sla_fails_at`
    says the same in one column that sorts and filters: the moment from which the answer is «No
    cumple», SAFE when that moment will not come, WITHOUT when there is no SLA.
    """

    # Relations of which an index below begins with the organisation need none of their own, nor
    # those nobody asks for: each is written for every task that changes, and weighed in each plan.
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField(_("número"), default=0, editable=False)
    subject = models.CharField(_("asunto"), max_length=160)
    description = models.TextField(_("descripción"), blank=True, default="")
    reason = models.ForeignKey(
        Reason,
        on_delete=models.PROTECT,
        related_name="tasks",
        verbose_name=_("motivo"),
        db_index=False,
    )
    state = models.ForeignKey(
        State,
        on_delete=models.PROTECT,
        related_name="tasks",
        verbose_name=_("estado"),
        db_index=False,
    )
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("cliente"),
        db_index=False,
    )
    agent = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agente"),
        db_index=False,
    )
    origin_type = models.CharField(max_length=40, blank=True, default="", editable=False)
    origin_id = models.BigIntegerField(default=0, editable=False)
    origin_label = models.CharField(max_length=120, blank=True, default="", editable=False)
    manager = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("gestionado por"),
        db_index=False,
    )
    manager_role = models.CharField(max_length=12, choices=Role.choices, blank=True, default="")
    due_at = models.DateTimeField(_("vence"), default=NO_DUE)
    due_has_time = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(
        _("prioridad"), choices=Priority.choices, default=Priority.NORMAL
    )
    # The copied SLA.
    sla_seconds = models.PositiveIntegerField(null=True, editable=False)
    sla_working = models.BooleanField(default=True, editable=False)
    sla_from = models.CharField(max_length=8, default=SlaFrom.ENTERING, editable=False)
    sla_department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    sla_started_at = models.DateTimeField(null=True, editable=False)
    sla_limit_at = models.DateTimeField(null=True, editable=False)
    sla_met_at = models.DateTimeField(null=True, editable=False)
    sla_fails_at = models.DateTimeField(default=WITHOUT, editable=False)
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    # Repetition: the next one is made when this one is completed.
    repeat_every = models.PositiveSmallIntegerField(default=0)
    repeat_unit = models.CharField(max_length=8, blank=True, default="")
    previous = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="following",
        db_index=False,
    )
    made_by_rule = models.BigIntegerField(default=0, editable=False)
    search_text = models.TextField(editable=False, default="")
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(TaskQuerySet)()

    class Meta:
        verbose_name = _("tarea")
        verbose_name_plural = _("tareas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"],
                condition=Q(number__gt=0),
                name="task_number_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "previous"],
                condition=Q(previous__isnull=False),
                name="task_following_once",
            ),
            models.CheckConstraint(
                condition=Q(manager=None) | Q(manager_role=""), name="task_one_manager"
            ),
        ]
        indexes = [
            # «Tareas › Buscar»: what it filters by goes in each index, so that no row is read that
            # is not shown. Measured with a million: 5 to 35 ms instead of 100 to 600.
            searched("task_open_due", "due_at", condition=Q(closed_at=None)),
            searched("task_due", "due_at"),
            searched("task_sla", "sla_fails_at"),
            searched("task_cell", "reason", "due_at"),
            searched("task_state", "state", "due_at"),
            searched("task_manager", "manager", "due_at"),
            searched("task_agent", "agent", "due_at"),
            searched("task_created", "created_at"),
            searched("task_open_sla", "sla_fails_at", condition=Q(closed_at=None)),
            searched("task_open_created", "created_at", condition=Q(closed_at=None)),
            models.Index(
                fields=["organisation", "manager", "due_at", "id"],
                condition=Q(closed_at=None),
                name="task_open_manager",
            ),
            models.Index(
                fields=["organisation", "manager_role", "due_at", "id"],
                condition=Q(closed_at=None),
                name="task_open_role",
            ),
            models.Index(fields=["organisation", "manager_role", "due_at"], name="task_role"),
            models.Index(fields=["organisation", "party", "due_at", "id"], name="task_party"),
            models.Index(fields=["organisation", "origin_type", "origin_id"], name="task_origin"),
            models.Index(
                fields=["organisation", "closed_at", "id"],
                condition=Q(closed_at__isnull=False),
                name="task_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"T-{self.number} · {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        update_fields = kwargs.get("update_fields")
        if update_fields is None or {"subject", "party", "origin_label"} & set(update_fields):
            self.fill_search_text()
            if update_fields is not None:
                kwargs["update_fields"] = {*update_fields, "search_text"}
        super().save(*args, **kwargs)

    def fill_search_text(self) -> None:
        """Folded text for search; call it before a bulk write."""
        party = self.party
        names = (party.name, party.trade_name) if party is not None else ()
        self.search_text = search_text(f"t-{self.number}", self.subject, *names, self.origin_label)

    @property
    def code(self) -> str:
        return f"T-{self.number}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def due(self) -> datetime | None:
        """When it is due, or None."""
        return None if self.due_at >= NO_DUE else self.due_at

    def is_late(self, at: datetime) -> bool:
        return self.is_open and self.due_at < at

    def sla_value(self, at: datetime | None = None) -> str:
        """«Si cumple», «No cumple» or «No tiene» at that moment (now by default)."""
        if self.sla_limit_at is None:
            return HAS_NONE
        stopped = self.sla_met_at or at or timezone.now()
        return MEETS if stopped <= self.sla_limit_at else FAILS

    def settle_sla(self) -> None:
        """Put in `sla_fails_at` what `sla_limit_at` and `sla_met_at` say."""
        if self.sla_limit_at is None:
            self.sla_fails_at = WITHOUT
        elif self.sla_met_at is not None and self.sla_met_at <= self.sla_limit_at:
            self.sla_fails_at = SAFE
        else:
            self.sla_fails_at = self.sla_limit_at

    @property
    def sla_is_broken(self) -> bool:
        """It was left late: «No cumple» for ever."""
        return (
            self.sla_limit_at is not None
            and self.sla_met_at is not None
            and self.sla_met_at > self.sla_limit_at
        )

    @property
    def manager_name(self) -> str:
        """Who manages it: the person, or the role."""
        if self.manager_id and self.manager is not None:
            return self.manager.name
        return str(Role(self.manager_role).label) if self.manager_role else ""
