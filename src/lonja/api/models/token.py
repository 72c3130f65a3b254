"""Keys with which other programs come in, on behalf of a member (R35)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership, OrganisationModel, ScopedManager, ScopedQuerySet


class ApiTokenQuerySet(ScopedQuerySet):
    def live(self, at: datetime) -> Self:
        """Not revoked and not expired."""
        not_over = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=at)
        return self.filter(not_over, revoked_at__isnull=True)


class ApiToken(OrganisationModel):
    """A key of the API. Only the hash is stored; `prefix` is what a person recognises it by.

    It may do what its scopes say *and* its member may: the narrower of the two. `window` and
    `used` count requests (`door.limits`); `last_used_at` is true to the minute.
    """

    name = models.CharField(_("nombre"), max_length=80)
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", verbose_name=_("actúa como")
    )
    prefix = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("permisos"), default=list)
    expires_at = models.DateTimeField(_("caduca"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=45, blank=True, default="")
    window = models.BigIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    objects = ScopedManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        verbose_name = _("clave de API")
        verbose_name_plural = _("claves de API")
        indexes = [models.Index(fields=["organisation", "-id"], name="apitoken_recent")]

    def __str__(self) -> str:
        return self.name

    def is_live(self, at: datetime) -> bool:
        """Whether it opens the door: alive itself, and its member active."""
        if self.revoked_at is not None or not self.membership.is_active:
            return False
        return self.expires_at is None or self.expires_at > at

    def state(self, at: datetime) -> tuple[str, str]:
        """(label, tone) for the list of keys."""
        if self.revoked_at is not None:
            return str(_("Revocada")), "mut"
        if self.expires_at is not None and self.expires_at <= at:
            return str(_("Caducada")), "mut"
        if not self.membership.is_active:
            return str(_("Sin acceso")), "warn"
        return str(_("Activa")), "ok"
