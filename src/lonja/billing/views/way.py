"""«Envío» of an invoice while its page is open: asked for again, answered only if it changed."""

from __future__ import annotations

import hashlib

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from lonja.accounts.access import member_required
from lonja.billing import permissions
from lonja.billing.models import FollowUp, Invoice
from lonja.billing.views.invoice import on_its_way, shown
from lonja.mail.models import Bounce, OutgoingMail
from lonja.ui import requests

_OF_A_MAIL = ("id", "status", "not_before", "sent_at", "bounced_at", "last_error")


@member_required(permissions.VIEW)
@require_safe
def way(request: HttpRequest, pk: int) -> HttpResponse:
    """The card «Envío»; 304 when nothing happened since the mark the page has."""
    found = shown(request, pk)
    if found.is_draft or not requests.is_fragment(request):
        return redirect("billing:invoice", found.pk)
    mark = f'"{_fingerprint(found)}"'
    response = get_conditional_response(request, etag=mark)
    if response is None:
        member = request.member  # type: ignore[attr-defined]
        context = {
            "invoice": found,
            "may_send": member.can(permissions.SEND),
            **on_its_way(found),
        }
        response = render(request, "billing/_way.html", context)
    response.headers["ETag"] = mark
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _fingerprint(invoice: Invoice) -> str:
    mails = OutgoingMail.objects.filter(about_type="billing.invoice", about_id=invoice.pk)
    follow = FollowUp.objects.filter(invoice=invoice)
    parts = (
        invoice.outstanding_cents,
        list(mails.order_by("-id").values_list(*_OF_A_MAIL)[:20]),
        list(follow.values_list("opens", "downloads", "bounced_at", "bounce_reason")),
        Bounce.objects.filter(mail__in=mails.values("pk")).aggregate(Max("id"))["id__max"],
        timezone.localdate(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
