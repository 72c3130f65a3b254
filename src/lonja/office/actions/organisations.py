"""Making organisations and the companies that issue inside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lonja.accounts.language import known
from lonja.accounts.middleware import RESERVED
from lonja.accounts.models import Company, Membership, Organisation, Role, SetupLink, User
from lonja.accounts.scope import scope
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.kit.text import slug as slug_of
from lonja.office.hooks import company_created

_TRIES = 20


def free_slug(name: str) -> str:
    """A path segment for the name that nobody has and that no page of the program uses."""
    base = slug_of(name, longest=50) or "empresa"
    if len(base) < 2 or base in RESERVED:
        base = f"{base}-empresa"
    taken = set(
        Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True)[:1000]
    )
    number = 1
    found = base
    while found in taken or found in RESERVED:
        number += 1
        found = f"{base}-{number}"
    return found


def create_organisation(name: str, *, user: User) -> Membership:
    """A new organisation with the user as its administrator. Returns the membership."""
    for _attempt in range(_TRIES):
        try:
            with transaction.atomic():
                organisation = Organisation.objects.create(name=name, slug=free_slug(name))
                break
        except IntegrityError:  # somebody has just taken it
            continue
    else:
        raise Refused("slug_taken", _("No se ha podido crear la organización. Prueba otra vez."))
    with transaction.atomic(), scope(organisation):
        member = Membership.objects.create(user=user, role=Role.ADMIN)
        record(member, "office.organisation_created", member, name=name)
    return member


def create_first_administrator(
    link: SetupLink, *, full_name: str, email: str, password: str, organisation_name: str
) -> Membership:
    """Use up the installation link. Raises Refused when it was used already."""
    with transaction.atomic():
        used = SetupLink.objects.filter(
            pk=link.pk, used_at=None, expires_at__gt=timezone.now()
        ).update(used_at=timezone.now())
        if not used or User.objects.exists():
            raise Refused(
                "setup_used",
                _("Este enlace ya se ha usado. Entra con tu correo y tu contraseña."),
            )
        user = User.objects.create_user(
            email, password, full_name=full_name, language=known(get_language())
        )
        return create_organisation(organisation_name, user=user)


def create_company(values: Mapping[str, Any], *, by: Membership | None) -> Company:
    """A new issuer in the organisation of the scope; other rooms add what goes with it.

    Raises Refused when the organisation already has a company with that NIF.
    """
    try:
        with transaction.atomic():
            company = Company.objects.create(**values)
            company_created(company, by)
            record(by, "office.company_created", company, nif=company.nif)
    except IntegrityError:
        if not Company.objects.filter(nif=values["nif"]).exists():
            raise
        raise Refused(
            "company_repeated",
            _("Ya hay una empresa con el NIF %(nif)s en esta organización.")
            % {"nif": values["nif"]},
            field="nif",
        ) from None
    return company


def change_company(company: Company, values: Mapping[str, Any], *, by: Membership) -> list[str]:
    """Save new values and write in the history which fields changed. Returns their names."""
    with transaction.atomic():
        locked = Company.objects.locked(company)
        changed = [name for name, value in values.items() if getattr(locked, name) != value]
        before = {name: str(getattr(locked, name) or "") for name in changed}
        for name in changed:
            setattr(locked, name, values[name])
            setattr(company, name, values[name])
        if not changed:
            return []
        if (
            "nif" in changed
            and Company.objects.filter(nif=locked.nif).exclude(pk=locked.pk).exists()
        ):
            raise Refused(
                "company_repeated",
                _("Ya hay una empresa con el NIF %(nif)s en esta organización.")
                % {"nif": locked.nif},
                field="nif",
            )
        locked.save(update_fields=changed)
        after = {name: str(values[name] or "") for name in changed}
        record(by, "office.company_changed", locked, before=before, after=after)
    return changed
