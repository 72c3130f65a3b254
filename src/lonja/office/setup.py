"""The one-time link with which an installation gets its first administrator."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from lonja.accounts.models import SetupLink, User
from lonja.accounts.models.people import new_token


def ensure_setup_link() -> str | None:
    """The path of a fresh link while nobody can log in yet, else None.

    Links given before stop working: only the newest one is good, for seven days.
    """
    with transaction.atomic():
        if User.objects.exists():
            return None
        SetupLink.objects.filter(used_at=None).delete()
        token, hashed = new_token()
        SetupLink.objects.create(token_hash=hashed)
    return reverse("office_setup", args=[token])
