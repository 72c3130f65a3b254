"""The doors of the devices: take the data, deliver, decide. JSON in and out, never a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lonja.accounts.access import member_required
from lonja.accounts.language import house
from lonja.accounts.models import Company
from lonja.field import payloads, permissions
from lonja.field.actions.deliver import Contact, decide, receive
from lonja.field.actions.devices import device_of, sync_device
from lonja.field.models import DeliveryState, FieldDelivery
from lonja.kit.errors import Refused
from lonja.sales import permissions as sales

# Whoever hears one of these wipes its copy.
GONE = {"device_unknown", "device_revoked"}
TOO_BIG = {"too_big"}


def answered(view: Callable[..., dict[str, Any]]) -> Callable[..., HttpResponse]:
    """The dictionary of a view as JSON; what it refuses as 410, 413, 409 or 422 with its words."""

    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        try:
            return JsonResponse(view(request, payloads.parse(request.body)))
        except Refused as refused:
            status = 422
            if refused.code in GONE:
                status = 410
            elif refused.code in TOO_BIG:
                status = 413
            elif refused.code in {"key_reused", "choice_unknown"}:
                status = 409
            answer = {"code": refused.code, "text": str(refused), "field": refused.field}
            return JsonResponse(answer, status=status)

    return inner


def _company(request: HttpRequest) -> Company:
    company: Company | None = request.company  # type: ignore[attr-defined]
    if company is None:
        raise Refused("no_company", _("Primero hay que dar de alta la empresa."))
    return company


def _contact(request: HttpRequest) -> Contact:
    return Contact(
        now=timezone.now(),
        ip=_address(request),
        agent=request.headers.get("User-Agent", "")[:200],
        base_url=f"{request.scheme}://{request.get_host()}",
    )


def _address(request: HttpRequest) -> str:
    """The address of the device, believing only as many proxies as are trusted (R34)."""
    trusted = settings.TRUSTED_PROXIES
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if trusted and len(forwarded) >= trusted and forwarded[-trusted].strip():
        return forwarded[-trusted].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


@member_required(permissions.USE)
@require_POST
@never_cache
@house()
@answered
def sync(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """Let the device in and give it what changed."""
    return sync_device(
        request.member,  # type: ignore[attr-defined]
        _company(request),
        uuid_given=payloads.text(data, "device", 36),
        name=payloads.text(data, "name", 120),
        have=payloads.text(data, "have", 64),
        clock=payloads.moment(data, "clock"),
        now=timezone.now(),
    )


@member_required(sales.EDIT)
@require_POST
@never_cache
@house()
@answered
def deliver(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """A quote made on the road, once for each key."""
    device = device_of(request.member, data.pop("device", None))  # type: ignore[attr-defined]
    # The prices and the issuer are those of the company the device has its copy of.
    company = _company_of(request, data)
    return told(receive(device, company, data, _contact(request)))


def _company_of(request: HttpRequest, data: dict[str, Any]) -> Company:
    given = data.get("company")
    companies = {one.pk: one for one in getattr(request, "companies", [])}
    if isinstance(given, int) and given in companies:
        return companies[given]
    return _company(request)


@member_required(sales.EDIT)
@require_POST
@never_cache
@house()
@answered
def decision(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """What the salesperson chose about a conflict."""
    member = request.member  # type: ignore[attr-defined]
    device_of(member, data.get("device"))
    key = payloads.key_of(data)
    delivery = FieldDelivery.objects.filter(member=member, key=key).first()
    if delivery is None:
        raise Refused("delivery_unknown", _("Ese presupuesto no ha llegado: envíalo otra vez."))
    kind, choice = payloads.text(data, "kind", 30), payloads.text(data, "choice", 20)
    strokes = payloads.strokes_of({"signature": data})
    contact = _contact(request)
    return told(decide(delivery, kind=kind, choice=choice, contact=contact, strokes=strokes))


def told(delivery: FieldDelivery) -> dict[str, Any]:
    """A delivery as its device hears of it."""
    answer: dict[str, Any] = {"key": delivery.key, "state": delivery.state}
    if delivery.state == DeliveryState.CONFLICT:
        kept = {name: delivery.conflict[name] for name in ("kind", "text", "options", "facts")}
        return answer | {"conflict": kept}
    if delivery.quote_id is not None:
        answer["url"] = reverse("sales:quote", args=[delivery.quote_id])
    return answer | {"result": delivery.result}
