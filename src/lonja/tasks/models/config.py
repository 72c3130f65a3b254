"""«Motivos y estados»: what kinds of task there are, through which states they go, who manages
each and how long it may take."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import (
    Department,
    Membership,
    OrganisationModel,
    Role,
    ScopedManager,
    ScopedQuerySet,
)


class ConfiguredQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(deactivated_at=None)


class Reason(OrganisationModel):
    """A motivo: the kind of a task («Avería», «Seguimiento de presupuesto»)."""

    name = models.CharField(_("nombre"), max_length=60)
    # Whose hours count its SLA; empty, those of the company.
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("horario del departamento"),
    )
    position = models.PositiveSmallIntegerField(default=0)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager.from_queryset(ConfiguredQuerySet)()

    class Meta:
        verbose_name = _("motivo")
        verbose_name_plural = _("motivos")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="reason_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None


class StateKind(models.TextChoices):
    OPEN = "open", _("Abierto: el plazo corre")
    WAITING = "waiting", _("En espera del cliente: el plazo se para")
    DONE = "done", _("Cerrado: la tarea ha terminado")


class Tone(models.TextChoices):
    MUTED = "mut", _("Gris")
    INFO = "info", _("Azul")
    ACCENT = "acc", _("Violeta")
    WARN = "warn", _("Ámbar")
    OK = "ok", _("Verde")
    BAD = "bad", _("Rojo")


class State(OrganisationModel):
    """An estado: a column of the matrix. What it means for a motivo is in its cell."""

    name = models.CharField(_("nombre"), max_length=40)
    kind = models.CharField(
        _("qué significa"), max_length=8, choices=StateKind.choices, default=StateKind.OPEN
    )
    tone = models.CharField(_("color"), max_length=4, choices=Tone.choices, default=Tone.MUTED)
    position = models.PositiveSmallIntegerField(default=0)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager.from_queryset(ConfiguredQuerySet)()

    class Meta:
        verbose_name = _("estado")
        verbose_name_plural = _("estados")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="state_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_done(self) -> bool:
        return self.kind == StateKind.DONE

    @property
    def is_waiting(self) -> bool:
        return self.kind == StateKind.WAITING


class SlaFrom(models.TextChoices):
    ENTERING = "entering", _("desde que entra en el estado")
    CREATION = "creation", _("desde que se crea la tarea")


class ReasonState(OrganisationModel):
    """A cell of the matrix: how the tasks of a motivo are managed while they are in a state.

    The manager is a user, or a role, or nobody; never two (the database checks it). `sla_seconds`
    empty: no SLA.
    """

    reason = models.ForeignKey(Reason, on_delete=models.CASCADE, related_name="cells")
    state = models.ForeignKey(State, on_delete=models.CASCADE, related_name="cells")
    manager = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    manager_role = models.CharField(max_length=12, choices=Role.choices, blank=True, default="")
    sla_seconds = models.PositiveIntegerField(null=True, blank=True)
    sla_working = models.BooleanField(default=True)
    sla_from = models.CharField(max_length=8, choices=SlaFrom.choices, default=SlaFrom.ENTERING)
    tone = models.CharField(max_length=4, choices=Tone.choices, blank=True, default="")
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager.from_queryset(ConfiguredQuerySet)()

    class Meta:
        verbose_name = _("estado de un motivo")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "reason", "state"], name="reason_state_once"
            ),
            models.CheckConstraint(
                condition=Q(manager=None) | Q(manager_role=""), name="reason_state_one_manager"
            ),
            models.CheckConstraint(
                condition=Q(sla_seconds=None) | Q(sla_seconds__gt=0), name="reason_state_sla"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} · {self.state}"

    @property
    def badge_tone(self) -> str:
        """The colour of the state in tasks of this motivo."""
        return self.tone or self.state.tone

    @property
    def sla(self) -> Any:
        """(seconds, working, from) or None."""
        if self.sla_seconds is None:
            return None
        return (self.sla_seconds, self.sla_working, self.sla_from)


class Transition(OrganisationModel):
    """A step allowed from a cell. A cell without any may go to every state of its motivo."""

    cell = models.ForeignKey(ReasonState, on_delete=models.CASCADE, related_name="transitions")
    to = models.ForeignKey(State, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("paso permitido")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "cell", "to"], name="transition_once")
        ]

    def __str__(self) -> str:
        return f"{self.cell_id} → {self.to_id}"


class Qualified(OrganisationModel):
    """A member who knows how to deal with the tasks of a motivo: «cualificado»."""

    reason = models.ForeignKey(Reason, on_delete=models.CASCADE, related_name="qualified")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("cualificado para un motivo")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "reason", "member"], name="qualified_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.reason_id}"
