"""The logo and the colour of a company."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.documents import branding
from lonja.files import store
from lonja.kit.errors import Refused
from lonja.office.actions.organisations import change_company


def set_logo(company: Company, content: bytes, name: str, *, by: Membership) -> bool:
    """Keep a checked logo and take the accent from it. Returns whether it had to be darkened.

    Raises Refused on the field `logo` for anything that is not a safe image.
    """
    logo = branding.check_logo(content)
    accent, darkened = branding.readable_accent(branding.accent_from_logo(logo.content))
    with transaction.atomic():
        stored = store(name, logo.content, logo.content_type)
        change_company(company, {"logo": stored, "accent": accent}, by=by)
    return darkened


def change_brand(company: Company, values: dict[str, Any], *, by: Membership) -> bool:
    """Save colour and texts; the colour is darkened until white text reads on it (4,5:1).

    Returns whether it was darkened. Raises Refused on the field `accent`.
    """
    try:
        accent, darkened = branding.readable_accent(values["accent"])
    except ValueError:
        raise Refused("colour", _("El color no se entiende."), field="accent") from None
    change_company(company, {**values, "accent": accent}, by=by)
    return darkened
