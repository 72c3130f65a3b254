"""«Usuarios y roles»: who is in, what each role may do, and invitations."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company, Invitation, Membership, Role
from lonja.accounts.permissions import declared
from lonja.activity import record
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.mail import queue_mail
from lonja.mail.sending import server_in_use
from lonja.office.actions import members as actions
from lonja.office.adapter import public_address
from lonja.office.forms.people import AccessPolicyForm, InvitationForm, MemberForm
from lonja.office.models import DEFAULT_GRACE_DAYS, AccessPolicy
from lonja.office.second_factor import FACTORS, REQUIRED_ROLES
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast
from lonja.ui.urls import global_url

MEMBERS = "office.members"
_FORM = ("GET", "HEAD", "POST")


@member_required(MEMBERS)
@require_safe
def member_list(request: HttpRequest) -> HttpResponse:
    rows = list(
        Membership.objects.select_related("user", "reports_to__user").order_by(
            "deactivated_at", "user__full_name", "user__email"
        )[:500]
    )
    protected = set(
        Authenticator.objects.filter(
            user_id__in=[row.user_id for row in rows], type__in=FACTORS
        ).values_list("user_id", flat=True)
    )
    invitations = Invitation.objects.filter(accepted_at=None, revoked_at=None).order_by("-pk")[:100]
    context = {
        "rows": [
            {
                "member": row,
                "has_factor": row.user_id in protected,
                "needs_factor": row.role in REQUIRED_ROLES and row.user_id not in protected,
            }
            for row in rows
        ],
        "invitations": invitations,
        "policy_form": AccessPolicyForm(initial={"grace_days": _policy_days()}),
        "required_roles": [Role(role).label for role in Role.values if role in REQUIRED_ROLES],
    }
    return render(request, "office/members/list.html", context)


def _policy_days() -> int:
    policy = AccessPolicy.objects.first()
    return policy.second_factor_grace_days if policy is not None else DEFAULT_GRACE_DAYS


@member_required(MEMBERS)
@require_POST
@once
def policy(request: HttpRequest) -> HttpResponse:
    form = AccessPolicyForm(request.POST)
    if not form.is_valid():
        raise Refused("policy", _("Escribe los días con un número de 0 a 60."))
    days = form.cleaned_data["grace_days"]
    with transaction.atomic():
        row, _created = AccessPolicy.objects.update_or_create(
            defaults={"second_factor_grace_days": days}
        )
        record(request.member, "office.policy_changed", row, grace_days=days)  # type: ignore[attr-defined]
    toast(request, _("Norma de acceso guardada."))
    return done(request, reverse("office:members"))


@member_required(MEMBERS)
@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """The matrix: what each role may do."""
    rows = [
        {"label": permission.label, "cells": [role in permission.roles for role in Role.values]}
        for permission in sorted(declared(), key=lambda p: p.code.split(".")[0])
    ]
    context = {"roles": Role.labels, "rows": rows}
    return render(request, "office/members/roles.html", context)


@member_required(MEMBERS)
@require_http_methods(_FORM)
@once
def invite(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    form = InvitationForm(request.POST or None, initial={"role": Role.OFFICE})
    template = "office/members/invite.html"
    if request.method != "POST":
        return render(request, template, {"form": form})
    if not form.is_valid():
        return invalid(request, template, {"form": form})
    try:
        with transaction.atomic():
            invitation, token = actions.invite(by=member, **form.cleaned_data)
            link = public_address(request, global_url("office_invitation", token))
            sends = server_in_use() is not None
            if sends:
                _send(invitation, link, member, request.company)  # type: ignore[attr-defined]
    except Refused as error:
        return refused_form(request, template, {"form": form}, form, error)
    if sends:
        toast(request, _("Invitación enviada a %(email)s.") % {"email": invitation.email})
        return done(request, reverse("office:members"))
    # Without a server the mail would wait for nobody knows how long: the link is shown, once.
    context = {"invitation": invitation, "link": link}
    return render(request, "office/members/invited.html", context)


def _send(invitation: Invitation, link: str, by: Membership, company: Company | None) -> None:
    name = by.organisation.name
    subject = _("%(person)s te invita a %(name)s") % {"person": by.name, "name": name}
    text = _(
        "Hola:\n\n%(person)s te invita a trabajar en %(name)s con Lonja. Para entrar, abre este "
        "enlace y elige tu contraseña:\n\n%(link)s\n\nSirve una vez y caduca en siete días. Si no "
        "esperabas este correo, no hagas nada.\n"
    ) % {"person": by.name, "name": name, "link": link}
    queue_mail(
        to=[invitation.email],
        subject=subject,
        text=text,
        company=company,
        kind="invitation",
        about=invitation,
    )


@member_required(MEMBERS)
@require_POST
@once
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    actions.revoke(get_visible(request, Invitation, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Invitación anulada: su enlace ya no sirve."))
    return done(request, reverse("office:members"))


@member_required(MEMBERS)
@require_http_methods(_FORM)
@once
def member(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Membership.objects.select_related("user"), pk)
    initial: dict[str, Any] = {
        "role": row.role,
        "profile": row.profile,
        "reports_to": row.reports_to_id,
        "companies": row.company_ids(),
    }
    form = MemberForm(request.POST or None, initial=initial, member=row)
    events = Event.objects.filter(target_type="accounts.membership", target_id=row.pk)
    context = {
        "form": form,
        "row": row,
        "events": [told(event) for event in events.order_by("-id")[:20]],
        "has_factor": Authenticator.objects.filter(user_id=row.user_id, type__in=FACTORS).exists(),
    }
    template = "office/members/member.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    values = {"companies": [], **form.cleaned_data}
    try:
        actions.change_member(row, by=request.member, **values)  # type: ignore[attr-defined]
    except Refused as error:
        return refused_form(request, template, context, form, error)
    toast(request, _("Permisos de %(name)s guardados.") % {"name": row.name})
    return done(request, reverse("office:members"))


@member_required(MEMBERS)
@require_POST
@once
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Membership.objects.select_related("user"), pk)
    actions.deactivate(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("%(name)s ya no puede entrar.") % {"name": row.name})
    return done(request, reverse("office:members"))


@member_required(MEMBERS)
@require_POST
@once
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Membership.objects.select_related("user"), pk)
    actions.reset_second_factor(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("%(name)s entrará solo con su contraseña.") % {"name": row.name})
    return done(request, reverse("office:member", args=[row.pk]))


@member_required(MEMBERS)
@require_POST
@once
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(request, Membership.objects.select_related("user"), pk)
    actions.reactivate(row, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("%(name)s puede entrar otra vez.") % {"name": row.name})
    return done(request, reverse("office:member", args=[row.pk]))
