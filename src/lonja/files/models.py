"""Stored files: content kept under a random name, described and hashed in a row."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.locks import AppendOnly
from lonja.accounts.models import OrganisationModel


class StoredFile(OrganisationModel):
    """An immutable file. `sha256` is of its content; `path` is relative to the files folder."""

    name = models.CharField(_("nombre"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    database_lock = AppendOnly()

    class Meta:
        verbose_name = _("archivo")
        indexes = [models.Index(fields=["organisation", "sha256"], name="file_sha")]

    def __str__(self) -> str:
        return self.name

    @property
    def location(self) -> Path:
        return Path(settings.FILES_ROOT) / self.path

    def read(self) -> bytes:
        """The content. Raises FileNotFoundError when the disk lost it."""
        return self.location.read_bytes()
