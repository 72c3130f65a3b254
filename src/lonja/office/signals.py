"""Django's and allauth's own signals: what the session must know of the second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import Signal

from lonja.office import second_factor


def connect(user_logged_in: Signal) -> None:
    user_logged_in.connect(_note, dispatch_uid="office-second-factor-login")
    authenticator_added.connect(
        _note, sender=Authenticator, dispatch_uid="office-second-factor-added"
    )
    authenticator_removed.connect(
        _note, sender=Authenticator, dispatch_uid="office-second-factor-removed"
    )


def _note(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    if request is not None and hasattr(request, "session"):
        second_factor.remember(request, user)
