"""Devices on the road, the prices they were given, and what they delivered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
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
from lonja.accounts.secrets import seal, unseal
from lonja.sales.models import Quote

# How long a device sells with the prices it has, and keeps its copy, without talking to us.
OFFLINE_DAYS = 7


class OfMember(ScopedQuerySet):
    """Rows of whoever works on the road; a hierarchical member sees its branch."""

    def visible_to(self, member: Membership) -> Self:
        rows: Any = super().visible_to(member)
        if member.sees_only_own:
            return rows.filter(member_id__in=member.subordinate_ids())
        return rows


class FieldDevice(OrganisationModel):
    """A phone or tablet of one member. `uuid` is made here and kept by the browser.

    Its copy and its queue are encrypted with a key that only we keep (sealed): a device that may
    not come in any more cannot read them.
    """

    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    uuid = models.CharField(max_length=36)
    name = models.CharField(_("dispositivo"), max_length=120)
    sealed_key = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    last_sync_at = models.DateTimeField(default=timezone.now)
    # How far its clock is ahead of ours (negative: behind), in seconds.
    clock_ahead = models.IntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = ScopedManager.from_queryset(OfMember)()

    class Meta:
        verbose_name = _("dispositivo de campo")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "uuid"], name="field_device_once")
        ]
        indexes = [models.Index(fields=["organisation", "member"], name="field_device_member")]

    def __str__(self) -> str:
        return self.name

    def keep_key(self, key: str) -> None:
        """Seal the key of its copy (base64 of 32 bytes), without saving."""
        self.sealed_key = seal(key, self._place)

    @property
    def key(self) -> str:
        """The key of its copy. Raises BrokenSecret."""
        return unseal(self.sealed_key, self._place)

    @property
    def _place(self) -> str:
        return f"field.FieldDevice.sealed_key:{self.organisation_id}:{self.uuid}"


class FieldSnapshot(OrganisationModel):
    """The prices given to devices (`lonja.field.prices`), once for each content.

    `confirmed_at` is the last time a device was told that these were the prices.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("copia de precios")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "digest"], name="field_snapshot_once")
        ]

    def __str__(self) -> str:
        return self.digest[:12]

    def holds(self, at: datetime) -> bool:
        """Whether a device could still sell with these prices at that moment."""
        return at <= self.confirmed_at + timedelta(days=OFFLINE_DAYS)


class DeliveryState(models.TextChoices):
    RECEIVED = "received", _("En curso")
    CONFLICT = "conflict", _("Hay que decidir")
    DONE = "done", _("Hecho")
    DISCARDED = "discarded", _("Descartado")


class FieldDelivery(OrganisationModel):
    """A quote that a device made. The key is the device's: the same one is done once.

    What was sent is kept sealed until it is settled (it may hold a signature), then only its
    fingerprint and its result stay.
    """

    device = models.ForeignKey(FieldDevice, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    payload_sha256 = models.CharField(max_length=64)
    sealed_payload = models.TextField(blank=True, default="")
    reference = models.CharField(_("referencia provisional"), max_length=12)
    client_name = models.CharField(max_length=120, blank=True, default="")
    signed = models.BooleanField(default=False)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.RECEIVED
    )
    conflict = models.JSONField(default=dict)
    decision = models.CharField(max_length=20, blank=True, default="")
    result = models.JSONField(default=dict)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, null=True, related_name="+")
    # The signature of a quote that could not be signed as it was: kept, to be signed again.
    kept_image = models.ForeignKey(
        "files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(null=True)  # by our clock
    made_at_device = models.DateTimeField(null=True)  # by the clock of the device
    finished_at = models.DateTimeField(null=True)

    objects = ScopedManager.from_queryset(OfMember)()

    class Meta:
        verbose_name = _("entrega de campo")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="field_delivery_once")
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="field_delivery_recent")]

    def __str__(self) -> str:
        return self.reference

    def keep_payload(self, text: str) -> None:
        """Seal what was sent, without saving."""
        self.sealed_payload = seal(text, self._place)

    @property
    def payload(self) -> str:
        """What was sent, while it is not settled. Raises BrokenSecret."""
        return unseal(self.sealed_payload, self._place)

    @property
    def _place(self) -> str:
        return f"field.FieldDelivery.sealed_payload:{self.organisation_id}:{self.key}"

    @property
    def is_settled(self) -> bool:
        return self.state in (DeliveryState.DONE, DeliveryState.DISCARDED)

    @property
    def made_on(self) -> date:
        return timezone.localtime(self.made_at or self.received_at).date()
