"""Append-only history: who did what to which object (R37)."""

from __future__ import annotations

from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import OrganisationModel, ScopedManager, ScopedQuerySet
from lonja.activity import labels


class EventQuerySet(ScopedQuerySet):
    def visible_to(self, member: Any) -> Self:
        """What tells of the member's companies, or of none in particular. A hierarchical one reads
        of documents that it may not open (another's invoice) only what its own branch did.

        All in the query itself, so that pages are whole.
        """
        rows: Any = self
        documents = [apps.get_model(kind) for kind in labels.located()]
        if granted := member.company_ids():
            have_one = [m._meta.label_lower for m in documents if hasattr(m, "company_id")]
            of_none = Q(company_id=None) & ~Q(target_type__in=have_one)
            rows = rows.filter(of_none | Q(company_id__in=granted))
        if member.sees_only_own:
            hidden: Any = Q()
            for model in documents:
                mine = model._default_manager.visible_to(member).filter(pk=OuterRef("target_id"))
                hidden |= Q(target_type=model._meta.label_lower) & ~Exists(mine)
            rows = rows.filter(~hidden | Q(actor__in=member.subordinate_ids()))
        return rows


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
    # The company it tells of, for members who only see some; null: of none in particular.
    company_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    database_lock = AppendOnly()

    objects: Any = ScopedManager.from_queryset(EventQuerySet)()

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
