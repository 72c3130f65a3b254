"""Append-only history: who did what to which object (R37)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import OrganisationModel


class Event(OrganisationModel):
    """One line of history. `data` is a JSON object with the figures worth keeping."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        "accounts.Membership", on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_name = models.CharField(max_length=160, blank=True)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    target_label = models.CharField(max_length=160, blank=True)
    # The client the event is about, so that a timeline is one indexed query.
    party_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("evento del historial")
        indexes = [
            models.Index(
                fields=["organisation", "target_type", "target_id", "-id"], name="event_target"
            ),
            models.Index(fields=["organisation", "party_id", "-id"], name="event_party"),
            models.Index(fields=["organisation", "-id"], name="event_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_label}"


class Notification(OrganisationModel):
    """Something a member should know, shown in the top bar until read.

    `key` makes it happen once: a second notice with the same key to the same member is not
    written.
    """

    member = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=40)
    text = models.CharField(_("texto"), max_length=300)
    target_type = models.CharField(max_length=60, blank=True, default="")
    target_id = models.BigIntegerField(default=0)
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("aviso")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "member", "key"], name="notification_once"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "member", "-id"], name="notification_recent"),
            models.Index(
                fields=["organisation", "member"],
                condition=models.Q(read_at=None),
                name="notification_unread",
            ),
        ]

    def __str__(self) -> str:
        return self.text
