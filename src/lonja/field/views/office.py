"""What the office sees of the road: devices, what arrived, signatures that wait."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.field import permissions
from lonja.field.actions.devices import allow_device, revoke_device
from lonja.field.models import DeliveryState, FieldDelivery, FieldDevice
from lonja.sales.models import Quote
from lonja.ui.once import once
from lonja.ui.shortcuts import done, toast

SHOWN = 100
TONES = {
    DeliveryState.RECEIVED: "info",
    DeliveryState.CONFLICT: "warn",
    DeliveryState.DONE: "ok",
    DeliveryState.DISCARDED: "mut",
}


def _devices(request: HttpRequest) -> Any:
    """One's own; those of everybody one sees for whoever looks after them."""
    member = request.member  # type: ignore[attr-defined]
    rows = FieldDevice.objects.select_related("member__user", "revoked_by__user")
    if not member.can(permissions.DEVICES):
        rows = rows.filter(member=member)
    return rows


@member_required(permissions.USE)
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """Devices with their last contact, and the last quotes that came from them."""
    member = request.member  # type: ignore[attr-defined]
    rows = _devices(request).visible_to(member).order_by("revoked_at", "-last_sync_at")
    arrived = FieldDelivery.objects.visible_to(member).select_related(
        "quote", "member__user", "device"
    )
    mine = set(
        Quote.objects.visible_to(member)
        .filter(pk__in=arrived.exclude(quote=None).values("quote_id"))
        .values_list("pk", flat=True)
    )
    deliveries = [
        {
            "row": row,
            "tone": TONES[DeliveryState(row.state)],
            "visible": row.quote_id in mine,
            "kept": row.kept_image_id is not None,
        }
        for row in arrived.order_by("-pk")[:SHOWN]
    ]
    context = {
        "devices": list(rows[:SHOWN]),
        "deliveries": deliveries,
        "everybody": member.can(permissions.DEVICES),
    }
    return render(request, "field/devices.html", context)


@member_required(permissions.USE)
@require_POST
@once
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    device = get_visible(request, _devices(request), pk)
    revoke_device(device, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    toast(
        request,
        _("«%(name)s» borrará su copia en cuanto tenga conexión") % {"name": device.name},
    )
    return done(request, reverse("field:devices"))


@member_required(permissions.DEVICES)
@require_POST
@once
def allow(request: HttpRequest, pk: int) -> HttpResponse:
    device = get_visible(request, _devices(request), pk)
    allow_device(device, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("«%(name)s» puede volver a entrar") % {"name": device.name})
    return done(request, reverse("field:devices"))


@member_required(permissions.USE)
@require_safe
def kept_image(request: HttpRequest, pk: int) -> HttpResponse:
    """The signature that waits to be made again, as it was drawn."""
    rows = FieldDelivery.objects.exclude(kept_image=None).select_related("kept_image")
    delivery = get_visible(request, rows, pk)
    if delivery.kept_image is None:
        raise Http404
    response = HttpResponse(delivery.kept_image.read(), content_type="image/png")
    response.headers["Content-Disposition"] = 'inline; filename="firma.png"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
