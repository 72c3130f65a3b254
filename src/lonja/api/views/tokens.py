"""«API y webhooks» in settings: the keys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.api import permissions
from lonja.api.actions.tokens import create_token, revoke_token
from lonja.api.forms import TokenForm
from lonja.api.models import ApiToken, WebhookEndpoint
from lonja.api.scopes import SCOPES
from lonja.api.views.once_shown import once_shown, secret_page
from lonja.api.views.webhooks import live
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

_FORM = ("GET", "HEAD", "POST")
_SHOWN = 200


@member_required(permissions.MANAGE)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The keys there are, the live ones first."""
    now = timezone.now()
    rows = ApiToken.objects.select_related("membership__user").order_by("revoked_at", "-pk")
    found = list(rows[:_SHOWN])
    found.sort(key=lambda token: not token.is_live(now))
    keys = [{"token": token, "state": token.state(now)} for token in found]
    hooks = [(one, _hook_state(one)) for one in live().order_by("-pk")[:_SHOWN]]
    return render(request, "api/settings.html", {"keys": keys, "hooks": hooks})


def _hook_state(endpoint: WebhookEndpoint) -> tuple[str, str]:
    if endpoint.disabled_at is not None:
        return _("Desactivado"), "bad"
    return (_("Falla"), "warn") if endpoint.failing_since is not None else (_("Activo"), "ok")


@member_required(permissions.MANAGE)
@require_http_methods(_FORM)
@once_shown
def token_new(request: HttpRequest) -> Any:
    """A new key; its secret is on the answer, this once."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    form = TokenForm(
        request.POST or None,
        initial={"membership": member.pk},
        company=company,
        today=company.today() if company is not None else timezone.localdate(),
    )
    template = "api/token_form.html"
    if not form.is_bound:
        return render(request, template, {"form": form})
    if not form.is_valid():
        return invalid(request, template, {"form": form})
    data = form.cleaned_data
    try:
        token, secret = create_token(
            name=data["name"],
            membership=data["membership"],
            scopes=data["scopes"],
            expires_at=form.expires_at(),
            by=member,
        )
    except Refused as refused:
        return refused_form(request, template, {"form": form}, form, refused)
    return secret_page(request, "api/token_made.html", {"token": token, "secret": secret})


@member_required(permissions.MANAGE)
@require_safe
def token(request: HttpRequest, pk: int) -> HttpResponse:
    """What a key may do, and what was done with it."""
    found = get_visible(request, _with_people(), pk)
    events = Event.objects.filter(target_type="api.apitoken", target_id=found.pk).order_by("-id")
    context: dict[str, Any] = {
        "token": found,
        "state": found.state(timezone.now()),
        "scopes": [SCOPES[code].label for code in found.scopes if code in SCOPES],
        "events": [told(event) for event in events[:20]],
    }
    return render(request, "api/token.html", context)


def _with_people() -> Any:
    return ApiToken.objects.select_related("membership__user", "created_by__user")


@member_required(permissions.MANAGE)
@require_POST
@once
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(request, ApiToken, pk)
    revoke_token(found, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("La clave «%(name)s» ya no abre nada") % {"name": found.name})
    return done(request, reverse("api:settings"))
