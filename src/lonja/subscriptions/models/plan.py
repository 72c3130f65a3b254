"""Plans: services that invoice themselves (seed: «plantillas»), one-off ones included."""

from __future__ import annotations

from datetime import time
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
    ScopedQuerySet,
)
from lonja.billing.models import Series
from lonja.catalogue.models import PricedLine
from lonja.kit.text import search_text
from lonja.parties.models import Party, PaymentMethod


class PlanQuerySet(ScopedQuerySet):
    """Plans of the companies granted and, for a hierarchical member, of its own clients."""

    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(party__agent_id__in=member.subordinate_ids())
        return rows


class Unit(models.TextChoices):
    ONCE = "once", _("Una sola vez")
    DAY = "day", _("Diaria")
    WEEK = "week", _("Semanal")
    MONTH = "month", _("Mensual")
    QUARTER = "quarter", _("Trimestral")
    YEAR = "year", _("Anual")


class PlanStatus(models.TextChoices):
    ACTIVE = "active", _("Activa")
    PAUSED = "paused", _("En pausa")
    ENDED = "ended", _("De baja")


class WhenDue(models.TextChoices):
    SEND = "send", _("Emitir y enviar")
    ISSUE = "issue", _("Emitir sin enviar")
    DRAFT = "draft", _("Dejar en borrador")


class Plan(OrganisationModel):
    """A service of a client billed every so many units from its anchor date.

    Period n starts at `anchor` + n·every units, clamped to the month end (R5). `next_index` is the
    first period without an obligation and `next_due_at` the moment it falls due (null: none left).
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(_("concepto"), max_length=160)
    status = models.CharField(max_length=8, choices=PlanStatus.choices, default=PlanStatus.ACTIVE)
    every = models.PositiveSmallIntegerField(_("cada"), default=1)
    unit = models.CharField(
        _("periodicidad"), max_length=8, choices=Unit.choices, default=Unit.MONTH
    )
    anchor = models.DateField(_("primera factura"))
    send_time = models.TimeField(_("hora"), default=time(8, 0))
    until = models.DateField(_("hasta"), null=True, blank=True)
    discount_pct = models.DecimalField(
        _("descuento (%)"), max_digits=7, decimal_places=4, default=0
    )
    when_due = models.CharField(
        _("emisión"), max_length=6, choices=WhenDue.choices, default=WhenDue.SEND
    )
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment_method = models.CharField(
        _("forma de pago"), max_length=12, choices=PaymentMethod.choices, blank=True
    )
    emails = models.JSONField(_("correos de notificación"), default=list, blank=True)
    reference = models.CharField(_("referencia"), max_length=80, blank=True)
    message = models.CharField(_("mensaje en la factura"), max_length=200, blank=True)
    next_index = models.PositiveIntegerField(default=0, editable=False)
    next_on = models.DateField(null=True, editable=False)
    next_due_at = models.DateTimeField(null=True, editable=False)
    paused_on = models.DateField(null=True, blank=True, editable=False)
    ended_on = models.DateField(null=True, blank=True, editable=False)
    # Net of tax and discount, for one period and for a month (the MRR function's), in cents.
    net_cents = models.BigIntegerField(default=0, editable=False)
    monthly_cents = models.BigIntegerField(default=0, editable=False)
    origin_type = models.CharField(max_length=60, blank=True, default="", editable=False)
    origin_id = models.BigIntegerField(null=True, editable=False)
    last_refusal = models.CharField(max_length=300, blank=True, default="", editable=False)
    search_text = models.TextField(editable=False, default="")
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ScopedManager.from_queryset(PlanQuerySet)()

    class Meta:
        verbose_name = _("plantilla recurrente")
        verbose_name_plural = _("plantillas recurrentes")
        constraints = [
            # One alta for each origin (a signed quote, an imported row): repeating is harmless.
            models.UniqueConstraint(
                fields=["organisation", "origin_type", "origin_id", "name"],
                condition=models.Q(origin_id__isnull=False),
                name="plan_origin_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "next_due_at", "id"],
                condition=models.Q(status="active", next_due_at__isnull=False),
                name="plan_due",
            ),
            models.Index(fields=["organisation", "party"], name="plan_party"),
            models.Index(fields=["organisation", "next_on", "id"], name="plan_next"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search_text()
        update_fields = kwargs.get("update_fields")
        if update_fields is not None:
            kwargs["update_fields"] = {*update_fields, "search_text"}
        super().save(*args, **kwargs)

    def fill_search_text(self) -> None:
        """Folded text for search; call it before a bulk write."""
        self.search_text = search_text(self.name, self.party.name, self.party.nif, self.reference)

    @property
    def frequency_label(self) -> str:
        """«Mensual», «Cada 2 meses», «Una sola vez»."""
        if self.every == 1 or self.unit == Unit.ONCE:
            return str(Unit(self.unit).label)
        plural = {
            "day": _("días"),
            "week": _("semanas"),
            "month": _("meses"),
            "quarter": _("trimestres"),
            "year": _("años"),
        }[self.unit]
        return str(_("Cada %(every)s %(units)s") % {"every": self.every, "units": plural})


class PlanLine(PricedLine):
    """A line that each invoice of the plan carries; its prices are the ones of the next invoice."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines")

    class Meta(PricedLine.Meta):
        abstract = False
        verbose_name = _("línea de plantilla")
        indexes = [models.Index(fields=["organisation", "plan"], name="planline_plan")]


class PlanTerm(OrganisationModel):
    """What a plan was worth a month between two dates [from, to): the MRR reads only these.

    A change of price, a pause and an end close the open term; a resumption opens another.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="terms")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    monthly_cents = models.BigIntegerField()

    class Meta:
        verbose_name = _("tramo de plantilla")
        indexes = [
            models.Index(
                fields=["organisation", "starts_on"],
                include=["ends_on", "monthly_cents"],
                name="planterm_dates",
            ),
            models.Index(fields=["organisation", "plan"], name="planterm_plan"),
            models.Index(fields=["organisation", "party"], name="planterm_party"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.starts_on} – {self.ends_on or '…'}"
