"""Notices of the top bar: how many, the last ones, and taking them as read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.activity import labels
from lonja.activity.models import Notification
from lonja.activity.notices import MOST_SHOWN, mark_read, unread
from lonja.ui.once import once
from lonja.ui.registry import counts_for
from lonja.ui.shortcuts import done, panel

PAGE, PANEL = 50, 8


def _mine(request: HttpRequest) -> Any:
    return Notification.objects.filter(member=request.member)  # type: ignore[attr-defined]


@member_required(None)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("antes", "")
    rows = _mine(request).order_by("-pk")
    if text.isascii() and text.isdigit() and len(text) < 18:
        rows = rows.filter(pk__lt=int(text))
    found = list(rows[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "more": found[PAGE - 1].pk if len(found) > PAGE else 0,
        "waiting": unread(request.member),  # type: ignore[attr-defined]
    }
    return render(request, "office/notices.html", context)


@member_required(None)
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """The number on the bell and those of the side bar, asked for after the page: no page waits
    for them."""
    member = request.member  # type: ignore[attr-defined]
    waiting = unread(member)
    context = {
        "waiting": waiting,
        "many": waiting > MOST_SHOWN,
        "most": MOST_SHOWN,
        "counts": counts_for(member),
    }
    return panel(request, "office/notices_count.html", context, home=reverse("office:notices"))


@member_required(None)
@require_safe
def last(request: HttpRequest) -> HttpResponse:
    rows = list(_mine(request).order_by("-pk")[:PANEL])
    context = {"rows": rows, "waiting": any(row.read_at is None for row in rows)}
    return panel(request, "office/notices_panel.html", context, home=reverse("office:notices"))


@member_required(None)
@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it as read and go to what it is about."""
    row = get_visible(request, _mine(request), pk)
    mark_read(_mine(request).filter(pk=row.pk), timezone.now())
    place = labels.place_of(row.target_type, row.target_id)
    return HttpResponseRedirect(place or reverse("office:notices"), status=303)


@member_required(None)
@require_POST
@once
def read_all(request: HttpRequest) -> HttpResponse:
    mark_read(_mine(request), timezone.now())
    return done(request, reverse("office:notices"))
