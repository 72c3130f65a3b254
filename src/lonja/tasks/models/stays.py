"""What goes with a task: the next number, the time in each state and who follows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel
from lonja.tasks.models.config import Reason, State
from lonja.tasks.models.values import FAILS, HAS_NONE, MEETS


class TaskCounter(OrganisationModel):
    """The next number of the tasks of an organisation."""

    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("contador de tareas")
        constraints = [models.UniqueConstraint(fields=["organisation"], name="task_counter_once")]

    def __str__(self) -> str:
        return f"T-{self.next_number}"


class TaskStatePeriod(OrganisationModel):
    """A stay of a task in a state, with the SLA it had there and whether it was met.

    `stops_clock`: waiting for the customer or closed; that time counts for no SLA.
    """

    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="periods")
    reason = models.ForeignKey(Reason, on_delete=models.PROTECT, related_name="+")
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    manager = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    manager_role = models.CharField(max_length=12, blank=True, default="")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    stops_clock = models.BooleanField(default=False)
    sla_seconds = models.PositiveIntegerField(null=True)
    sla_limit_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("estancia en un estado")
        indexes = [
            models.Index(fields=["organisation", "task", "id"], name="period_task"),
            models.Index(
                fields=["organisation", "reason", "state", "entered_at"], name="period_cell"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} · {self.state_id}"

    def lasted(self, at: datetime) -> timedelta:
        """Natural time in the state, up to that moment if it is still there."""
        return (self.left_at or at) - self.entered_at

    def sla_value(self, at: datetime) -> str:
        """The answer for this stay alone."""
        if self.sla_limit_at is None:
            return HAS_NONE
        return MEETS if (self.left_at or at) <= self.sla_limit_at else FAILS


class TaskFollower(OrganisationModel):
    """A member who wants to know about a task that is not theirs."""

    task = models.ForeignKey("tasks.Task", on_delete=models.CASCADE, related_name="followers")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("seguidor de una tarea")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "task", "member"], name="task_follower_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "member", "task"], name="follower_member")]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.task_id}"
