"""Background work is a row: ready → running (with a lease) → done or failed (R12)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel


class Status(models.TextChoices):
    READY = "ready", _("En espera")
    RUNNING = "running", _("En curso")
    DONE = "done", _("Hecho")
    FAILED = "failed", _("Con error")


class Job(OrganisationModel):
    """A call to a task with JSON arguments, run at least once for its organisation."""

    task = models.CharField(max_length=160)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=32, default="default")
    priority = models.SmallIntegerField(default=0)
    run_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=8)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=64, blank=True, default="")
    # While the job is alive nobody can enqueue another with the same key; cleared at the end.
    key = models.CharField(max_length=160, null=True)
    error = models.TextField(blank=True, default="")
    result = models.JSONField(null=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_note = models.CharField(max_length=200, blank=True, default="")
    requested_by = models.ForeignKey(
        "accounts.Membership", on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("trabajo")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"],
                condition=models.Q(key__isnull=False),
                name="job_key_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["-priority", "run_at", "id"],
                condition=models.Q(status="ready"),
                name="job_ready",
            ),
            models.Index(
                fields=["lease_until"], condition=models.Q(status="running"), name="job_lease"
            ),
            models.Index(fields=["organisation", "-id"], name="job_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.task} #{self.pk}"


class Tick(models.Model):
    """When each scheduled task runs next. Many schedulers may look: one conditional UPDATE wins."""

    name = models.CharField(max_length=80, unique=True)
    next_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("tarea programada")

    def __str__(self) -> str:
        return self.name


class WorkerBeat(models.Model):
    """The last sign of life of each worker process."""

    worker = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("latido de un proceso")

    def __str__(self) -> str:
        return self.worker
