"""«Cuando pasa esto, haz aquello»: rules and the log of what they did."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel, ScopedManager
from lonja.tasks.models.config import ConfiguredQuerySet
from lonja.tasks.models.task import Task


class AutomationRule(OrganisationModel):
    """A rule: the slugs of a registered trigger and action, each with its own figures."""

    name = models.CharField(_("nombre"), max_length=80)
    trigger = models.CharField(_("cuando"), max_length=60)
    days = models.PositiveSmallIntegerField(_("días"), default=3)
    action = models.CharField(_("entonces"), max_length=30)
    data = models.JSONField(default=dict)
    is_on = models.BooleanField(_("en marcha"), default=False)
    # Only what happens from here on: turning a rule on does not answer the whole past.
    since = models.DateTimeField(default=timezone.now, editable=False)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ScopedManager.from_queryset(ConfiguredQuerySet)()

    class Meta:
        verbose_name = _("regla automática")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Outcome(models.TextChoices):
    DONE = "done", _("Hecho")
    REFUSED = "refused", _("No se pudo")


class AutomationRun(OrganisationModel):
    """What a rule did about something. One row for each occasion: that is what makes it happen
    once."""

    rule = models.ForeignKey(AutomationRule, on_delete=models.CASCADE, related_name="runs")
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    target_label = models.CharField(max_length=160, blank=True, default="")
    occasion = models.CharField(max_length=60)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    note = models.CharField(max_length=300, blank=True, default="")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("ejecución de una regla")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "rule", "target_type", "target_id", "occasion"],
                name="automation_once",
            )
        ]
        indexes = [models.Index(fields=["organisation", "rule", "-id"], name="automation_log")]

    def __str__(self) -> str:
        return f"{self.rule_id} · {self.target_type} {self.target_id}"
