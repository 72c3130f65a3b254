"""Inviting people, changing what they may do, and closing the door behind those who leave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lonja.accounts.language import known
from lonja.accounts.models import Company, Invitation, Membership, Role, User
from lonja.accounts.models.people import CompanyGrant, new_token
from lonja.accounts.scope import all_organisations, scope
from lonja.activity import record
from lonja.kit.errors import Refused


def invite(
    email: str,
    *,
    role: str,
    profile: str,
    reports_to: Membership | None,
    by: Membership,
) -> tuple[Invitation, str]:
    """A new invitation and the token of its link, which is not kept anywhere else.

    An earlier open invitation to the same address stops working. Raises Refused when the person
    is already a member.
    """
    email = email.lower()
    existing = Membership.objects.filter(user__email=email).first()
    if existing is not None and existing.is_active:
        raise Refused(
            "member_exists", _("%(email)s ya es usuario.") % {"email": email}, field="email"
        )
    if existing is not None:
        raise Refused(
            "member_inactive",
            _("%(email)s ya fue usuario: abre su ficha y reactívalo.") % {"email": email},
            field="email",
        )
    token, hashed = new_token()
    with transaction.atomic():
        Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            profile=profile,
            reports_to=reports_to,
            invited_by=by,
            token_hash=hashed,
        )
        record(by, "office.invited", invitation, email=email, role=role, profile=profile)
    return invitation, token


def revoke(invitation: Invitation, *, by: Membership) -> None:
    """The link stops working. Raises Refused when it was accepted already."""
    with transaction.atomic():
        done = Invitation.objects.filter(
            pk=invitation.pk, accepted_at=None, revoked_at=None
        ).update(revoked_at=timezone.now())
        if not done:
            raise Refused("invitation_closed", _("Esta invitación ya no está abierta."))
        record(by, "office.invitation_revoked", invitation, email=invitation.email)


def accept(
    invitation: Invitation, *, user: User | None, full_name: str = "", password: str = ""
) -> Membership:
    """Join the organisation that invites, as an existing user or as a new one.

    The link works once: of two presses only one gets in. Raises Refused.
    """
    closed = Refused(
        "invitation_closed", _("Esta invitación ya se ha usado o ha caducado. Pide otra.")
    )
    try:
        with transaction.atomic(), scope(invitation.organisation_id):
            won = Invitation.objects.filter(
                pk=invitation.pk,
                accepted_at=None,
                revoked_at=None,
                expires_at__gt=timezone.now(),
            ).update(accepted_at=timezone.now())
            if not won:
                raise closed
            if user is None:
                user = User.objects.create_user(
                    invitation.email, password, full_name=full_name, language=known(get_language())
                )
            member = Membership.objects.create(
                user=user,
                role=invitation.role,
                profile=invitation.profile,
                reports_to_id=invitation.reports_to_id,
            )
            record(member, "office.joined", member, role=member.role, profile=member.profile)
            return member
    except IntegrityError:
        raise closed from None


def change_member(
    member: Membership,
    *,
    role: str,
    profile: str,
    reports_to: Membership | None,
    companies: Iterable[Company],
    by: Membership,
) -> None:
    """Change what a member may do and see. Raises Refused for the last administrator and for a
    chain of command that would bite its tail."""
    with transaction.atomic():
        admins = _locked_admins()
        locked = Membership.objects.locked(member)
        if locked.role == Role.ADMIN and role != Role.ADMIN:
            _refuse_if_last_admin(locked, admins)
        if reports_to is not None and reports_to.pk in locked.subordinate_ids():
            raise Refused(
                "boss_loop",
                _("%(boss)s ya depende de %(name)s. Elige a otra persona.")
                % {"boss": reports_to.name, "name": locked.name},
                field="reports_to",
            )
        chosen = {company.pk for company in companies}
        granted = set(
            CompanyGrant.objects.filter(membership=locked).values_list("company_id", flat=True)
        )
        before = _picture(locked, granted)
        locked.role, locked.profile, locked.reports_to = role, profile, reports_to
        after = _picture(locked, chosen)
        if before == after:
            return
        locked.save(update_fields=["role", "profile", "reports_to"])
        CompanyGrant.objects.filter(membership=locked, company_id__in=granted - chosen).delete()
        CompanyGrant.objects.bulk_create(
            [CompanyGrant(membership=locked, company_id=pk) for pk in sorted(chosen - granted)]
        )
        record(by, "office.member_changed", locked, before=before, after=after)


def deactivate(member: Membership, *, by: Membership) -> None:
    """Close the door: the member's open sessions end at once. Raises Refused."""
    with transaction.atomic():
        admins = _locked_admins()
        locked = Membership.objects.locked(member)
        if not locked.is_active:
            return
        if locked.role == Role.ADMIN:
            _refuse_if_last_admin(locked, admins)
        locked.deactivated_at = timezone.now()
        locked.save(update_fields=["deactivated_at"])
        Invitation.objects.filter(
            email=locked.user.email, accepted_at=None, revoked_at=None
        ).update(revoked_at=timezone.now())
        record(by, "office.member_deactivated", locked)
    with transaction.atomic(), all_organisations():
        elsewhere = Membership.objects.filter(user_id=member.user_id, deactivated_at=None).exists()
    # The pages of this organisation ask for an active membership each time; a person with no
    # other organisation has nothing left to see.
    if not elsewhere:
        end_sessions(member.user_id)


def reactivate(member: Membership, *, by: Membership) -> None:
    with transaction.atomic():
        locked = Membership.objects.locked(member)
        if locked.deactivated_at is None:
            return
        locked.deactivated_at = None
        locked.save(update_fields=["deactivated_at"])
        record(by, "office.member_reactivated", locked)


def reset_second_factor(member: Membership, *, by: Membership) -> None:
    """For who lost the phone and the codes: take the second factor away and end the sessions.

    Raises Refused when the person also belongs to another organisation: its administrators have
    a say too.
    """
    with transaction.atomic(), all_organisations():
        elsewhere = Membership.objects.filter(user_id=member.user_id, deactivated_at=None)
        if elsewhere.exclude(organisation_id=member.organisation_id).exists():
            raise Refused(
                "second_factor_shared",
                _("%(name)s trabaja también en otra organización: no se puede quitar desde aquí.")
                % {"name": member.name},
            )
    with transaction.atomic():
        Authenticator.objects.filter(user_id=member.user_id).delete()
        record(by, "office.second_factor_reset", member)
        end_sessions(member.user_id)


def end_sessions(user_id: int) -> int:
    """Delete every open session of a user. Returns how many."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if str(session.get_decoded().get("_auth_user_id", "")) == str(user_id):
            session.delete()
            ended += 1
    return ended


def _locked_admins() -> set[int]:
    """Lock the active administrators, in the same order for everybody, before any other row: two
    of them cannot leave at the same time."""
    admins = Membership.objects.filter(role=Role.ADMIN, deactivated_at=None, user__is_active=True)
    return set(admins.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def _refuse_if_last_admin(member: Membership, admins: set[int]) -> None:
    if not admins - {member.pk}:
        raise Refused(
            "last_admin",
            _(
                "%(name)s es el único administrador y tiene que quedar alguno. "
                "Da antes ese rol a otra persona."
            )
            % {"name": member.name},
        )


def _picture(member: Membership, company_ids: Iterable[int]) -> dict[str, Any]:
    return {
        "role": member.role,
        "profile": member.profile,
        "reports_to": member.reports_to_id,
        "companies": sorted(company_ids),
    }
