"""What the shell remembers: answers of submitted forms and saved views of lists."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import OrganisationModel
from lonja.accounts.models.base import ScopedManager, ScopedQuerySet


class SubmissionKey(OrganisationModel):
    """A form that was sent. While `status` is 0 its first answer is still being made."""

    key = models.CharField(max_length=64)
    path = models.CharField(max_length=300)
    user_id = models.BigIntegerField(default=0)
    status = models.PositiveSmallIntegerField(default=0)
    location = models.CharField(max_length=500, blank=True, default="")
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("envío de formulario")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="submission_key_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="submission_key_age")]

    def __str__(self) -> str:
        return self.path


class SavedViewQuerySet(ScopedQuerySet):
    def visible_to(self, member: Any) -> SavedViewQuerySet:
        return self.filter(models.Q(member=member) | models.Q(is_shared=True))


class SavedView(OrganisationModel):
    """A named set of filters, sorting and columns of a list: a tab of its own."""

    table = models.CharField(max_length=80)
    name = models.CharField(_("nombre"), max_length=60)
    query = models.TextField(blank=True, default="")
    member = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, related_name="+", verbose_name=_("de")
    )
    is_shared = models.BooleanField(_("compartida con todos"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ScopedManager.from_queryset(SavedViewQuerySet)()

    class Meta:
        verbose_name = _("vista guardada")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "table", "member", "name"], name="saved_view_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        return f"v{self.pk}"
