"""The documentation of the API: for programs (OpenAPI) and for people. No data of anybody."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lonja.api.events import EVENTS

# How a program checks a signature, in a language everybody reads.
_CHECKING = """import hashlib, hmac

def is_from_lonja(secret: str, header: str, body: bytes) -> bool:
    t, v1 = (part.split("=", 1)[1] for part in header.split(","))
    mine = hmac.new(secret.encode(), f"{t}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mine, v1)
"""


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    from lonja.api.door.openapi import document  # not at start: see `lonja.api.door`

    content = json.dumps(document(), ensure_ascii=False)
    return HttpResponse(content, content_type="application/json")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same for people, with orders of curl to copy."""
    from lonja.api.door.reading import chapters  # not at start

    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    context = {
        "chapters": chapters(f"{base}/api/v1"),
        "events": list(EVENTS.values()),
        "sample": _CHECKING,
    }
    return render(request, "api/docs.html", context)
