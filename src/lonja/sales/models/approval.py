"""Discounts beyond what a role may give, and who let them pass."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership, OrganisationModel
from lonja.sales.models.quote import Quote


class QuoteSettings(OrganisationModel):
    """How a company quotes. One row each; without it, the defaults.

    `discount_limits`: role → greatest discount in per cent as text; a role that is not there has
    no limit. `reminder_days`: days before the expiry on which the customer is reminded.
    """

    company = models.OneToOneField(Company, on_delete=models.PROTECT, related_name="quote_settings")
    valid_days = models.PositiveSmallIntegerField(_("días de validez"), default=30)
    conditions = models.TextField(_("condiciones habituales"), blank=True)
    deposit_pct = models.DecimalField(
        _("anticipo habitual (%)"), max_digits=7, decimal_places=4, default=0
    )
    discount_limits = models.JSONField(default=dict)
    reminders_on = models.BooleanField(_("recordar antes de caducar"), default=False)
    reminder_days = models.JSONField(default=list)

    class Meta:
        verbose_name = _("ajustes de presupuestos")

    def __str__(self) -> str:
        return str(self.company_id)


class ApprovalState(models.TextChoices):
    ASKED = "asked", _("Pendiente")
    GIVEN = "given", _("Aprobado")
    DENIED = "denied", _("Denegado")


class QuoteApproval(OrganisationModel):
    """A discount asked for a quote and what was answered. Given, it covers up to `discount_pct`."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="approvals")
    version = models.PositiveIntegerField()
    discount_pct = models.DecimalField(max_digits=7, decimal_places=4)
    limit_pct = models.DecimalField(max_digits=7, decimal_places=4)
    reason = models.CharField(_("motivo"), max_length=300, blank=True)
    state = models.CharField(
        max_length=8, choices=ApprovalState.choices, default=ApprovalState.ASKED
    )
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("aprobación de descuento")
        ordering = ["-id"]
        indexes = [models.Index(fields=["organisation", "quote", "-id"], name="quote_approval")]

    def __str__(self) -> str:
        return f"{self.quote_id}: {self.discount_pct} %"
