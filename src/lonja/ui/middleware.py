"""Around every page: content policy, the company's time zone, refusals and messages of htmx."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from lonja.kit.errors import Refused
from lonja.ui import requests

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


def nonce(request: HttpRequest) -> str:
    """The word that lets one <style> of this page through (the brand colour of public pages)."""
    if not hasattr(request, "csp_nonce"):
        request.csp_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
    return request.csp_nonce  # type: ignore[attr-defined]


def secure(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Put the content policy on an answer, unless its view set one."""
    if "Content-Security-Policy" not in response.headers:
        word = getattr(request, "csp_nonce", "")
        allowed = f" 'nonce-{word}'" if word else ""
        response.headers["Content-Security-Policy"] = POLICY.format(nonce=allowed)
    return response


class PageMiddleware:
    """Innermost middleware: it sees the member and the company of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        company = getattr(request, "company", None)
        if company is None:
            response = self.get_response(request)
        else:
            with timezone.override(company.zone):
                response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return secure(request, self._with_messages(request, response))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refused):
            return refused(request, error)
        return None

    def _with_messages(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Append pending toasts to a fragment, out of band."""
        if (
            not requests.is_fragment(request)
            or response.streaming
            or response.status_code not in (200, 409, 422)
            or not response.headers.get("Content-Type", "").startswith("text/html")
            or any(name in response.headers for name in ("HX-Redirect", "HX-Refresh"))
        ):
            return response
        pending = list(messages.get_messages(request)) if hasattr(request, "_messages") else []
        if pending:
            html = render_to_string("ui/_toasts_oob.html", {"messages": pending})
            response.content += html.encode()
        return response


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """409 with what happened and what to do: a box in the page for htmx, else a whole page."""
    context = {"refused": error}
    if requests.is_fragment(request):
        html = render_to_string("ui/refused_box.html", context, request)
        response = HttpResponse(html, status=409)
        box = "#cajon-problema" if requests.is_drawer(request) else "#problema"
        response.headers["HX-Retarget"] = box
        response.headers["HX-Reswap"] = "innerHTML show:top"
        return response
    return HttpResponse(render_to_string("ui/refused.html", context, request), status=409)
