"""«API y webhooks» in settings: the endpoints and what they were told."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.api import permissions
from lonja.api.actions import webhooks as actions
from lonja.api.events import EVENTS
from lonja.api.forms import WebhookForm
from lonja.api.models import Delivery, DeliveryState, WebhookEndpoint
from lonja.api.views.once_shown import once_shown, secret_page
from lonja.kit.errors import Refused
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

_FORM = ("GET", "HEAD", "POST")
_PAGE = 50
FORM = "api/webhook_form.html"
TONES = {
    DeliveryState.WAITING: "info",
    DeliveryState.DELIVERED: "ok",
    DeliveryState.FAILED: "bad",
}


def live() -> Any:
    """Endpoints that were not deleted."""
    return WebhookEndpoint.objects.filter(deleted_at=None)


@member_required(permissions.MANAGE)
@require_http_methods(_FORM)
@once_shown
def webhook_new(request: HttpRequest) -> Any:
    """A new endpoint; its secret is on the answer, this once."""
    form = WebhookForm(request.POST or None)
    if not form.is_bound:
        return render(request, FORM, {"form": form})
    if not form.is_valid():
        return invalid(request, FORM, {"form": form})
    try:
        endpoint, secret = actions.create_endpoint(**form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, FORM, {"form": form}, form, refused)
    context = {"endpoint": endpoint, "secret": secret}
    return secret_page(request, "api/webhook_secret.html", context)


@member_required(permissions.MANAGE)
@require_http_methods(_FORM)
@once
def webhook_edit(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_visible(request, live(), pk)
    initial = {name: getattr(endpoint, name) for name in ("url", "description", "events")}
    form = WebhookForm(request.POST or None, initial=initial)
    context = {"form": form, "endpoint": endpoint}
    if not form.is_bound:
        return render(request, FORM, context)
    if not form.is_valid():
        return invalid(request, FORM, context)
    try:
        actions.change_endpoint(endpoint, **form.cleaned_data, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, FORM, context, form, refused)
    toast(request, _("Webhook guardado"))
    return done(request, reverse("api:webhook", args=[endpoint.pk]))


@member_required(permissions.MANAGE)
@require_safe
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """An endpoint, what it was told (the last first), and what was done with it."""
    endpoint = get_visible(request, live().select_related("created_by__user"), pk)
    rows = Delivery.objects.filter(endpoint=endpoint).defer("body", "data").order_by("-pk")
    before = request.GET.get("antes", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: _PAGE + 1])
    events = Event.objects.filter(target_type="api.webhookendpoint", target_id=endpoint.pk)
    context = {
        "endpoint": endpoint,
        "events": [EVENTS[code].label for code in endpoint.events if code in EVENTS],
        "deliveries": [(row, TONES[DeliveryState(row.state)]) for row in found[:_PAGE]],
        "older": found[_PAGE - 1].pk if len(found) > _PAGE else None,
        "history": [told(event) for event in events.order_by("-id")[:20]],
    }
    return render(request, "api/webhook.html", context)


@member_required(permissions.MANAGE)
@require_POST
@once
def webhook_ping(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_visible(request, live(), pk)
    delivery = actions.ping(endpoint, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Prueba en camino: en unos segundos verás aquí qué ha contestado"))
    return done(request, reverse("api:delivery", args=[delivery.pk]))


@member_required(permissions.MANAGE)
@require_POST
@once_shown
def webhook_secret(request: HttpRequest, pk: int) -> Any:
    """Another secret instead of the one there was."""
    endpoint = get_visible(request, live(), pk)
    secret = actions.renew_secret(endpoint, by=request.member)  # type: ignore[attr-defined]
    context = {"endpoint": endpoint, "secret": secret}
    return secret_page(request, "api/webhook_secret.html", context)


@member_required(permissions.MANAGE)
@require_POST
@once
def webhook_on(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_visible(request, live(), pk)
    actions.switch_on(endpoint, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Webhook activado"))
    return done(request, reverse("api:webhook", args=[endpoint.pk]))


@member_required(permissions.MANAGE)
@require_POST
@once
def webhook_delete(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_visible(request, live(), pk)
    actions.delete_endpoint(endpoint, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Webhook borrado"))
    return done(request, reverse("api:settings"))


@member_required(permissions.MANAGE)
@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """What was sent and what was answered, try by try."""
    found = get_visible(request, _deliveries(), pk)
    body = json.dumps(json.loads(found.body), ensure_ascii=False, indent=2) if found.body else ""
    context = {
        "delivery": found,
        "tone": TONES[DeliveryState(found.state)],
        "label": EVENTS[found.event].label if found.event in EVENTS else _("Prueba"),
        "body": body,
        "tries": [_try_shown(one) for one in reversed(found.tries)],
    }
    return render(request, "api/delivery.html", context)


def _try_shown(one: dict[str, Any]) -> dict[str, Any]:
    taken = 200 <= one["status"] < 300
    return {**one, "at": datetime.fromisoformat(one["at"]), "tone": "ok" if taken else "bad"}


def _deliveries() -> Any:
    return Delivery.objects.select_related("endpoint").filter(endpoint__deleted_at=None)


@member_required(permissions.MANAGE)
@require_POST
@once
def delivery_resend(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(request, _deliveries(), pk)
    actions.resend(found, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("En camino otra vez"))
    return done(request, reverse("api:delivery", args=[found.pk]))
