"""Asking for what is late: steps of reminders as data, what was sent, what is claimed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly, FrozenColumns
from lonja.accounts.models import Company, Membership, OrganisationModel
from lonja.billing.models.invoice import Invoice


class CorrectivesName(models.TextChoices):
    """What a company calls its facturas rectificativas on screen."""

    RECTIFICATIVAS = "rectificativas", _("Facturas rectificativas")
    NOTAS = "notas", _("Notas de crédito")


class BillingSettings(OrganisationModel):
    """How a company names and collects. One row each; without it, the defaults."""

    company = models.OneToOneField(
        Company, on_delete=models.PROTECT, related_name="billing_settings"
    )
    correctives_name = models.CharField(
        _("nombre de las rectificativas"),
        max_length=16,
        choices=CorrectivesName.choices,
        default=CorrectivesName.RECTIFICATIVAS,
    )
    reminders_on = models.BooleanField(_("enviar recordatorios solos"), default=False)

    class Meta:
        verbose_name = _("ajustes de facturación")

    def __str__(self) -> str:
        return str(self.company_id)


class Tone(models.TextChoices):
    KIND = "kind", _("Amable")
    FIRM = "firm", _("Firme")
    LAST = "last", _("Último aviso")


class ReminderStep(OrganisationModel):
    """A reminder that a company sends so many days after an invoice fell due."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="reminder_steps")
    days_after = models.PositiveSmallIntegerField(_("días tras el vencimiento"))
    tone = models.CharField(_("tono"), max_length=8, choices=Tone.choices, default=Tone.KIND)
    subject = models.CharField(_("asunto"), max_length=200)
    text = models.TextField(_("mensaje"), max_length=5000)
    is_active = models.BooleanField(_("activo"), default=True)

    class Meta:
        verbose_name = _("paso de recordatorio")
        ordering = ["days_after", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "company", "days_after"], name="reminder_step_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_tone_display()} · {self.days_after}"


class Reminder(OrganisationModel):
    """A step sent for an invoice: never twice (the constraint is the guard)."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="reminders")
    step = models.ForeignKey(ReminderStep, on_delete=models.PROTECT, related_name="+")
    mail = models.ForeignKey(
        "mail.OutgoingMail", on_delete=models.PROTECT, null=True, related_name="+"
    )
    owed_cents = models.BigIntegerField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("recordatorio")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "invoice", "step"], name="reminder_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} · {self.step_id}"


class ClaimState(models.TextChoices):
    OPEN = "open", _("Reclamado")
    PAID = "paid", _("Cobrado")
    WAIVED = "waived", _("Perdonado")


class LateClaim(OrganisationModel):
    """Interest and collection costs of Ley 3/2004 asked for a late invoice.

    A claim of its own: paying the invoice does not extinguish it (arts. 7 and 8). It is not an
    invoice nor part of the customer's balance: an indemnity carries no VAT (art. 78.Tres.1.º LIVA).
    `detail` keeps how it was computed, segment by segment.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="claims")
    on = models.DateField()
    interest_cents = models.BigIntegerField()
    costs_cents = models.BigIntegerField()
    detail = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=ClaimState.choices, default=ClaimState.OPEN)
    closed_on = models.DateField(null=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    database_lock = FrozenColumns(
        when="OLD.interest_cents IS NOT NULL",
        columns=("organisation_id", "invoice_id", "on", "interest_cents", "costs_cents", "detail"),
    )

    class Meta:
        verbose_name = _("reclamación por demora")
        indexes = [models.Index(fields=["organisation", "invoice"], name="claim_invoice")]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.total_cents}"

    @property
    def total_cents(self) -> int:
        return self.interest_cents + self.costs_cents


class LateRate(OrganisationModel):
    """A statutory rate of late interest typed by the organisation from the BOE.

    For half-years whose rate the program did not know when it was published.
    """

    since = models.DateField(_("desde"))
    pct = models.DecimalField(_("tipo anual (%)"), max_digits=6, decimal_places=3)
    source = models.CharField(_("resolución"), max_length=200)

    class Meta:
        verbose_name = _("tipo de interés de demora")
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "since"], name="late_rate_once")
        ]

    def __str__(self) -> str:
        return f"{self.since:%d/%m/%Y}: {self.pct}"
