"""Doors without an organisation in their path: root, chooser, installation, invitations."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.language import COOKIE, known
from lonja.accounts.models import Invitation, Membership, Role, SetupLink, User
from lonja.accounts.models.people import token_hash
from lonja.accounts.scope import all_organisations
from lonja.kit.errors import Refused
from lonja.office.actions.members import accept
from lonja.office.actions.organisations import create_first_administrator, create_organisation
from lonja.office.forms.people import FirstAdministratorForm, OrganisationForm, PersonForm
from lonja.office.middleware import LAST_COOKIE
from lonja.office.views.account import safe_next
from lonja.ui.shortcuts import invalid, refused_form

BACKEND = "django.contrib.auth.backends.ModelBackend"
_GUESSES_A_MINUTE = 30


def _memberships(user: Any) -> list[Membership]:
    with transaction.atomic(), all_organisations():
        rows = Membership.objects.filter(user_id=user.pk, deactivated_at=None)
        return list(rows.select_related("organisation").order_by("organisation__name")[:500])


def _home(member: Membership) -> str:
    return f"/{member.organisation.slug}/"


@never_cache
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """To the last organisation, the only one, the chooser, the login or the installation."""
    if not request.user.is_authenticated:
        if not User.objects.exists():
            return render(request, "office/entry/not_installed.html")
        return HttpResponseRedirect(settings.LOGIN_URL)
    mine = _memberships(request.user)
    last = request.COOKIES.get(LAST_COOKIE)
    for member in mine:
        if member.organisation.slug == last or len(mine) == 1:
            return HttpResponseRedirect(_home(member))
    return HttpResponseRedirect("/organizaciones/")


@never_cache
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of the login and of invitations in this browser, for who is not in yet."""
    response = HttpResponseRedirect(safe_next(request), status=303)
    code = request.POST.get("idioma", "")
    if code == known(code):
        response.set_cookie(
            COOKIE,
            code,
            max_age=365 * 86400,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@login_required
@never_cache
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    mine = _memberships(request.user)
    context = {"memberships": mine, "may_create": _may_create(mine)}
    return render(request, "office/entry/organisations.html", context)


def _may_create(mine: list[Membership]) -> bool:
    return any(member.role == Role.ADMIN for member in mine)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Another organisation, for people who administer one."""
    if not _may_create(_memberships(request.user)):
        raise Http404
    form = OrganisationForm(request.POST or None)
    template = "office/entry/organisation_new.html"
    if request.method != "POST":
        return render(request, template, {"form": OrganisationForm()})
    if not form.is_valid():
        return invalid(request, template, {"form": form})
    member = create_organisation(form.cleaned_data["name"], user=cast(User, request.user))
    return HttpResponseRedirect(f"{_home(member)}inicio-rapido/", status=303)


def _too_many(request: HttpRequest) -> HttpResponse | None:
    """Slow down whoever tries tokens: so many a minute from an address."""
    key = f"tokens:{get_client_ip(request)}"
    cache.add(key, 0, timeout=60)
    try:
        tries = cache.incr(key)
    except ValueError:
        tries = 1
    if tries > _GUESSES_A_MINUTE:
        return render(request, "429.html", status=429)
    return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first administrator, by the link that `lonja run` prints."""
    link = SetupLink.objects.filter(
        token_hash=token_hash(token), used_at=None, expires_at__gt=timezone.now()
    ).first()
    if link is None or User.objects.exists():
        return _too_many(request) or render(request, "office/entry/link_closed.html", status=410)
    template = "office/entry/setup.html"
    if request.method != "POST":
        return render(request, template, {"form": FirstAdministratorForm()})
    form = FirstAdministratorForm(request.POST)
    if not form.is_valid():
        return invalid(request, template, {"form": form})
    try:
        member = create_first_administrator(link, **form.cleaned_data)
    except Refused as error:
        return refused_form(request, template, {"form": form}, form, error)
    login(request, member.user, backend=BACKEND)
    return HttpResponseRedirect(f"{_home(member)}inicio-rapido/", status=303)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: with the account of that address, or making it."""
    with transaction.atomic(), all_organisations():
        found = (
            Invitation.objects.select_related("organisation", "invited_by__user")
            .filter(token_hash=token_hash(token))
            .first()
        )
        inviter = found.invited_by.name if found is not None else ""
    if found is None or not found.is_open:
        return _too_many(request) or render(request, "office/entry/link_closed.html", status=410)
    context = {"invitation": found, "inviter": inviter, "here": request.path}
    existing = User.objects.filter(email=found.email).first()
    if existing is not None:
        return _accept_as_existing(request, found, existing, context)
    return _accept_as_new(request, found, context)


def _accept_as_existing(
    request: HttpRequest, found: Invitation, existing: User, context: dict[str, Any]
) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.path})}")
    if request.user.pk != existing.pk:
        return render(request, "office/entry/invitation_other.html", context)
    if request.method != "POST":
        return render(request, "office/entry/invitation.html", context)
    try:
        accept(found, user=existing)
    except Refused as error:
        return render(
            request,
            "office/entry/link_closed.html",
            {"refused": error, "is_error": True},
            status=409,
        )
    return HttpResponseRedirect(f"/{found.organisation.slug}/", status=303)


def _accept_as_new(
    request: HttpRequest, found: Invitation, context: dict[str, Any]
) -> HttpResponse:
    template = "office/entry/invitation.html"
    if request.method != "POST":
        return render(request, template, {**context, "form": PersonForm()})
    form = PersonForm(request.POST)
    form.address = found.email
    if not form.is_valid():
        return invalid(request, template, {**context, "form": form})
    try:
        member = accept(found, user=None, **form.cleaned_data)
    except Refused as error:
        return refused_form(request, template, {**context, "form": form}, form, error)
    login(request, member.user, backend=BACKEND)
    return HttpResponseRedirect(f"/{found.organisation.slug}/", status=303)
