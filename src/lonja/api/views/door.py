"""The one Django view of the API: everything else is in `lonja.api.door`."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def door(request: HttpRequest, path: str) -> HttpResponse:
    """No CSRF token: no cookie counts here, the authority is the key of the header."""
    from lonja.api.door.serve import serve  # not at start: see the docstring of `lonja.api.door`

    return serve(request, f"/{path}", client_address(request))


def client_address(request: HttpRequest) -> str:
    """The caller's address, believing only as many proxies as the installation trusts (R34)."""
    trusted = settings.TRUSTED_PROXIES
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if trusted and len(forwarded) >= trusted and forwarded[-trusted].strip():
        return forwarded[-trusted].strip()[:45]
    return request.META.get("REMOTE_ADDR", "")[:45]
