"""Billing runs and the obligations they fulfil, one per plan and period, for ever (R9)."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.billing.models import Invoice
from lonja.subscriptions.models.plan import Plan


class BillingRun(OrganisationModel):
    """One pass over what was due. Its counts and refusals are what the run page shows."""

    trigger = models.CharField(max_length=8, default="night")  # night | manual
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    due_until = models.DateTimeField()
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    issued = models.PositiveIntegerField(default=0)
    drafted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    total_cents = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("ejecución de recurrentes")
        indexes = [models.Index(fields=["organisation", "-id"], name="run_recent")]

    def __str__(self) -> str:
        return f"{self.started_at:%d/%m/%Y %H:%M}"


class Outcome(models.TextChoices):
    ISSUED = "issued", _("Emitida")
    DRAFTED = "drafted", _("Borrador")
    REFUSED = "refused", _("Rechazada")


class ObligationQuerySet(ScopedQuerySet):
    """Obligations are seen by whoever sees their plan."""

    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        return rows.filter(plan__in=Plan.objects.visible_to(member))


class Obligation(OrganisationModel):
    """A period of a plan that had to be invoiced, and what became of it.

    A refused one keeps its reason and is tried again until it is issued.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="obligations")
    run = models.ForeignKey(
        BillingRun, on_delete=models.PROTECT, null=True, related_name="obligations"
    )
    period_start = models.DateField()
    period_end = models.DateField()  # excluded
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="obligations"
    )
    refusal_code = models.CharField(max_length=60, blank=True, default="")
    refusal = models.CharField(max_length=400, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager.from_queryset(ObligationQuerySet)()

    class Meta:
        verbose_name = _("obligación de facturar")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "plan", "period_start"], name="obligation_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "run", "outcome"], name="obligation_run"),
            models.Index(
                fields=["organisation", "plan"],
                condition=models.Q(outcome="refused"),
                name="obligation_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.period_start}"
