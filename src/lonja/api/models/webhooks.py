"""Addresses of other programs that want to know, and what they were told."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.accounts.secrets import seal, unseal


class WebhookEndpoint(OrganisationModel):
    """An address that gets the events it asked for, signed with its own secret.

    `failing_since` is the first failure after the last success; days later the endpoint is
    switched off (`disabled_at`), which somebody undoes by hand.
    """

    url = models.CharField(_("dirección"), max_length=500)
    description = models.CharField(_("para qué"), max_length=120, blank=True)
    events = models.JSONField(_("eventos"), default=list)
    sealed_secret = models.TextField(blank=True, default="", editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("webhook")  # literal: a word of the trade
        indexes = [models.Index(fields=["organisation", "-id"], name="webhook_recent")]

    def __str__(self) -> str:
        return self.url

    def _place(self) -> str:
        return f"api.WebhookEndpoint.sealed_secret:{self.organisation_id}:{self.pk}"

    def put_secret(self, secret: str) -> None:
        """Seal the secret for this row, which must be saved (R36); saves it."""
        self.sealed_secret = seal(secret, self._place())
        self.save(update_fields=["sealed_secret"])

    def secret(self) -> str:
        """The secret that signs. Raises `accounts.secrets.BrokenSecret`."""
        return unseal(self.sealed_secret, self._place())

    @property
    def is_on(self) -> bool:
        return self.disabled_at is None and self.deleted_at is None


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("En espera")
    DELIVERED = "delivered", _("Entregado")
    FAILED = "failed", _("No entregado")


class Delivery(OrganisationModel):
    """An event to tell an endpoint: made with what happened, then tried until it is taken.

    `body` is written at the first try and never changes: each try sends the same bytes. `tries`
    keeps the last ones: when, status (0: no answer), milliseconds, what was said. `round` grows
    each time somebody sends it again by hand: jobs of an earlier round do nothing.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries"
    )
    event = models.CharField(max_length=40)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    target_label = models.CharField(max_length=160, blank=True, default="")
    data = models.JSONField(default=dict)
    happened_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    round = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    body = models.TextField(blank=True, default="")
    tries = models.JSONField(default=list)
    delivered_at = models.DateTimeField(null=True)

    objects = ScopedManager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = _("entrega de un webhook")
        indexes = [
            models.Index(fields=["organisation", "endpoint", "-id"], name="delivery_recent"),
            models.Index(fields=["organisation", "happened_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.target_label}"

    @property
    def event_id(self) -> str:
        """The same in every try: whoever receives it twice can tell."""
        return f"evt_{self.pk}"
