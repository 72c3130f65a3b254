"""Who must have a second factor, and until when it may be put off (R33).

Required for administrators, accountants and advisers. It may be put off for some days counted from
the person's first login (`AccessPolicy`, seven unless changed); then nothing opens without it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from lonja.accounts.models import Membership, Role
from lonja.accounts.scope import all_organisations
from lonja.office.models import DEFAULT_GRACE_DAYS, AccessPolicy, FirstLogin

REQUIRED_ROLES = frozenset({Role.ADMIN, Role.ACCOUNTANT, Role.ADVISER})
_KEY = "second_factor"


# Recovery codes are a spare of these, not one by themselves.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_one(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def may_use_keys(request: HttpRequest) -> bool:
    """Whether browsers give passkeys to this address: a name, by https (or of this machine)."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost"
    return False


def remember(request: HttpRequest, user: Any) -> None:
    """Note in the session, at login or when it changes, what each page will ask."""
    first, _created = FirstLogin.objects.get_or_create(user_id=user.pk)
    with transaction.atomic(), all_organisations():
        mine = Membership.objects.filter(
            user_id=user.pk, role__in=REQUIRED_ROLES, deactivated_at=None
        )
        organisations = list(mine.values_list("organisation_id", flat=True))
        days = dict(
            AccessPolicy.objects.filter(organisation_id__in=organisations).values_list(
                "organisation_id", "second_factor_grace_days"
            )
        )
    grace = min((days.get(pk, DEFAULT_GRACE_DAYS) for pk in organisations), default=None)
    request.session[_KEY] = {
        "has": has_one(user),
        "required": grace is not None,
        "deadline": (first.at + timedelta(days=grace or 0)).timestamp(),
    }


def _noted(request: HttpRequest, user: Any) -> dict[str, Any]:
    if _KEY not in request.session:
        remember(request, user)
    return request.session[_KEY]


def is_missing(request: HttpRequest, user: Any) -> bool:
    """Whether this person must activate a second factor and has not."""
    noted = _noted(request, user)
    return bool(noted["required"] and not noted["has"])


def deadline(request: HttpRequest, user: Any) -> datetime:
    return datetime.fromtimestamp(_noted(request, user)["deadline"], tz=UTC)


def days_left(request: HttpRequest, user: Any) -> int:
    """Whole days left to activate it; 0 when it can be put off no longer."""
    left = deadline(request, user) - timezone.now()
    return max(0, -(-left // timedelta(days=1)))


def is_overdue(request: HttpRequest, member: Membership) -> bool:
    """Whether the member must activate it now, before anything else. Costs no query."""
    noted = request.session.get(_KEY)
    if noted is None or noted["has"] or member.role not in REQUIRED_ROLES:
        return False
    if noted["deadline"] > timezone.now().timestamp():
        return False
    # Another session may have activated it since.
    remember(request, member.user)
    return is_missing(request, member.user) and days_left(request, member.user) == 0
