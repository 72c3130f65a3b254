"""Light, dark or automatic: kept in a cookie so that the server writes it and nothing flashes."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from lonja.accounts.access import member_required
from lonja.ui.context import THEMES


@member_required(None)
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("volver", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "../../"
    response = HttpResponseRedirect(back, status=303)
    chosen = request.POST.get("tema", "")
    if chosen in THEMES:
        response.set_cookie(
            "tema",
            chosen,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response
