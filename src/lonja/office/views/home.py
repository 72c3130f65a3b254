"""«Inicio»: a greeting, what needs attention, and cards that other rooms fill."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lonja.accounts.access import member_required
from lonja.office import attention, cards, checklist, second_factor
from lonja.ui.formats import long_date
from lonja.ui.once import once
from lonja.ui.shortcuts import done, toast

# Cards this wide are figures, shown together above the rest.
_FIGURE_WIDTH = 3


def greeting(now: datetime) -> str:
    if 6 <= now.hour < 14:
        return _("Buenos días")
    return _("Buenas tardes") if 14 <= now.hour < 21 else _("Buenas noches")


def today_in_words(now: datetime) -> str:
    """«Sábado, 21 de noviembre de 2026»."""
    return f"{date_format(now, 'l').capitalize()}, {long_date(now.date())}"


@member_required(None)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    member, company = request.member, request.company  # type: ignore[attr-defined]
    now = company.now_local() if company is not None else timezone.localtime()
    steps = checklist.steps_for(member, company)
    shown = [] if steps and checklist.stands_for_cards() else cards.shown_cards(member)
    missing = second_factor.is_missing(request, request.user)
    context = {
        "greeting": greeting(now),
        "first_name": member.user.get_short_name().split("@")[0],
        "today": today_in_words(now),
        "attention": attention.phrases_for(member),
        "steps": steps,
        "steps_done": sum(step["done"] for step in steps),
        "figures": [_card(c) for c in shown if c.width == _FIGURE_WIDTH],
        "cards": [_card(c) for c in shown if c.width != _FIGURE_WIDTH],
        "may_arrange": bool(shown) or bool(cards.hidden(member)),
        "second_factor_days": second_factor.days_left(request, request.user) if missing else None,
    }
    return render(request, "office/home.html", context)


def _card(card: Any) -> dict[str, Any]:
    return {"slug": card.slug, "label": card.label, "url": card.url(), "width": card.width}


@member_required(None)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def arrange(request: HttpRequest) -> HttpResponse:
    """«Personalizar»: which cards, and in which order. Works without dragging."""
    member = request.member  # type: ignore[attr-defined]
    if request.method == "POST":
        order = request.POST.getlist("order")
        direction, _colon, slug = request.POST.get("move", "").partition(":")
        order = cards.moved(order, slug, {"up": -1, "down": 1}.get(direction, 0))
        cards.arrange(member, order=order, shown=request.POST.getlist("shown"))
        if slug:
            return done(request, reverse("office:home_arrange"))
        toast(request, _("Inicio guardado."))
        return done(request, reverse("office:home"))
    away = cards.hidden(member)
    rows = [
        {"slug": card.slug, "label": card.label or card.slug, "shown": card.slug not in away}
        for card in cards.all_cards(member)
    ]
    return render(request, "office/home_arrange.html", {"rows": rows})


@member_required(None)
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "office/help.html")
