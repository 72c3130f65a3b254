"""Requests that must have one effect, however many times they arrive."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel
from lonja.api.models.token import ApiToken


class IdempotentCall(OrganisationModel):
    """A POST with its `Idempotency-Key`, and what it was answered.

    The row is written in the transaction of the effect: there is a row if and only if the effect
    is there. `request_hash` tells the same request from another with the same key.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("petición de la API")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token", "key"], name="idempotent_call_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "created_at"], name="idempotent_call_age")]

    def __str__(self) -> str:
        return self.key
