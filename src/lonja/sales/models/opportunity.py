"""Ofertas: what we hope to sell to somebody, through the stages of a company's «embudo»."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import (
    Company,
    Membership,
    OrganisationModel,
    ScopedManager,
    ScopedQuerySet,
)
from lonja.kit.text import search_text
from lonja.parties.models import Party
from lonja.sales.models.shared import OfAgentQuerySet, YearCounter


class OpportunityStatus(models.TextChoices):
    OPEN = "open", _("Abierta")
    WON = "won", _("Ganada")
    LOST = "lost", _("Perdida")


class ConfiguredQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(retired_at=None)


class PipelineStage(OrganisationModel):
    """A column of the embudo of a company.

    `kind` says what being in it means: each company has open ones in an order, exactly one «won»
    and exactly one «lost». A stage that was used is retired, never deleted: history names it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nombre"), max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    probability_pct = models.PositiveSmallIntegerField(
        _("probabilidad (%)"), default=50, validators=[MaxValueValidator(100)]
    )
    kind = models.CharField(
        max_length=4, choices=OpportunityStatus.choices, default=OpportunityStatus.OPEN
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager.from_queryset(ConfiguredQuerySet)()

    class Meta:
        verbose_name = _("etapa del embudo")
        verbose_name_plural = _("etapas del embudo")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "name"], name="pipeline_stage_name_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "company", "kind"],
                condition=~Q(kind="open"),
                name="pipeline_stage_one_end",
            ),
            models.CheckConstraint(
                condition=Q(probability_pct__lte=100), name="pipeline_stage_probability"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.kind == OpportunityStatus.OPEN


class LossReason(OrganisationModel):
    """Why an oferta is lost. One that was used is retired, never deleted."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nombre"), max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedManager.from_queryset(ConfiguredQuerySet)()

    class Meta:
        verbose_name = _("motivo de pérdida")
        verbose_name_plural = _("motivos de pérdida")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "name"], name="loss_reason_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class OpportunityCounter(YearCounter):
    """Next number of the ofertas of a company in a year (not a fiscal series)."""

    PREFIX = "O"

    class Meta(YearCounter.Meta):
        abstract = False
        verbose_name = _("contador de ofertas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "year"], name="opportunity_counter_once"
            )
        ]


class OpportunityQuerySet(OfAgentQuerySet):
    def open(self) -> Self:
        return self.filter(status=OpportunityStatus.OPEN)


class Opportunity(OrganisationModel):
    """An oferta: a commercial proposal in the pipeline, with none, one or several presupuestos.

    `amount_cents` is what it is worth without tax; recurring services count twelve months. It
    follows the presupuestos of the oferta unless a person wrote it (`amount_by_hand`). `status`
    is always the kind of its stage; `stage_since` is when it got there.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="opportunities", verbose_name=_("cliente")
    )
    number = models.CharField(_("número"), max_length=30)
    title = models.CharField(_("título"), max_length=160)
    notes = models.TextField(_("notas"), blank=True, default="")
    stage = models.ForeignKey(
        PipelineStage,
        on_delete=models.PROTECT,
        related_name="opportunities",
        verbose_name=_("etapa"),
    )
    status = models.CharField(
        max_length=4, choices=OpportunityStatus.choices, default=OpportunityStatus.OPEN
    )
    stage_since = models.DateTimeField(default=timezone.now, editable=False)
    probability_pct = models.PositiveSmallIntegerField(
        _("probabilidad (%)"), default=0, validators=[MaxValueValidator(100)]
    )
    amount_cents = models.BigIntegerField(_("importe"), default=0)
    amount_by_hand = models.BooleanField(default=False, editable=False)
    expected_on = models.DateField(_("cierre previsto"), null=True, blank=True)
    agent = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agente"),
    )
    lost_reason = models.ForeignKey(
        LossReason, on_delete=models.PROTECT, null=True, blank=True, related_name="opportunities"
    )
    lost_note = models.CharField(_("detalle"), max_length=300, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_on = models.DateField()
    search_text = models.TextField(editable=False, default="")
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(OpportunityQuerySet)()

    class Meta:
        verbose_name = _("oferta")
        verbose_name_plural = _("ofertas")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "number"], name="opportunity_number_once"
            ),
            models.CheckConstraint(
                condition=Q(probability_pct__lte=100), name="opportunity_probability"
            ),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="opportunity_amount"),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "stage", "-stage_since", "-id"], name="opportunity_column"
            ),
            models.Index(fields=["organisation", "-created_on", "-id"], name="opportunity_created"),
            models.Index(
                fields=["organisation", "status", "expected_on", "id"], name="opportunity_expected"
            ),
            models.Index(
                fields=["organisation", "-amount_cents", "-id"], name="opportunity_amount_desc"
            ),
            models.Index(fields=["organisation", "party", "-id"], name="opportunity_party"),
            models.Index(
                fields=["organisation", "agent", "status", "-id"], name="opportunity_agent"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_search_text()
        update_fields = kwargs.get("update_fields")
        if update_fields is not None:
            kwargs["update_fields"] = {*update_fields, "search_text"}
        super().save(*args, **kwargs)

    def fill_search_text(self) -> None:
        """Folded text for search; call it before a bulk write."""
        party = self.party
        self.search_text = search_text(
            self.number, self.title, party.name, party.trade_name, party.nif
        )

    @property
    def is_open(self) -> bool:
        return self.status == OpportunityStatus.OPEN

    @property
    def weighted_cents(self) -> int:
        """What it counts in a forecast: its amount × its probability."""
        return (self.amount_cents * self.probability_pct + 50) // 100


class StageChange(OrganisationModel):
    """A move of an oferta, with what it was worth then. The funnel is read from these rows."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="changes")
    from_stage = models.ForeignKey(
        PipelineStage, on_delete=models.PROTECT, null=True, related_name="+"
    )
    to_stage = models.ForeignKey(PipelineStage, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    amount_cents = models.BigIntegerField(default=0)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("cambio de etapa")
        indexes = [
            models.Index(fields=["organisation", "opportunity", "id"], name="stagechange_of"),
            models.Index(fields=["organisation", "to_stage", "at"], name="stagechange_to"),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id} → {self.to_stage_id}"
