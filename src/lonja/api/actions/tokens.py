"""Making and revoking keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.accounts.models.people import new_token, token_hash
from lonja.activity import record
from lonja.api.models import ApiToken
from lonja.api.scopes import SCOPES
from lonja.kit.errors import Refused

BRAND = "lonja_"
_SHOWN = len(BRAND) + 6


@transaction.atomic
def create_token(
    *,
    name: str,
    membership: Membership,
    scopes: Sequence[str],
    expires_at: datetime | None,
    by: Membership,
) -> tuple[ApiToken, str]:
    """A key, and the secret that is shown once and never stored. Raises Refused."""
    if not scopes:
        raise Refused(
            "scopes_missing", _("Elige al menos una cosa que pueda hacer."), field="scopes"
        )
    if set(scopes) - set(SCOPES):
        raise Refused("scope_unknown", _("Ese permiso no existe."), field="scopes")
    if not membership.is_active:
        raise Refused("member_inactive", _("Esa persona ya no tiene acceso."), field="membership")
    if expires_at is not None and expires_at <= timezone.now():
        raise Refused("expiry_past", _("La caducidad ya ha pasado."), field="expires_on")
    secret = BRAND + new_token()[0]
    token = ApiToken.objects.create(
        name=name,
        membership=membership,
        prefix=secret[:_SHOWN],
        token_hash=token_hash(secret),
        scopes=[code for code in SCOPES if code in scopes],
        expires_at=expires_at,
        created_by=by,
    )
    record(by, "api.token_created", token, name=name, scopes=token.scopes)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Membership) -> None:
    """From now on the key opens nothing. Twice is once."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record(by, "api.token_revoked", token, name=token.name)
