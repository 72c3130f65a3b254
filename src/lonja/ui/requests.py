"""What kind of answer a request wants."""

from __future__ import annotations

from django.http import HttpRequest


def is_fragment(request: HttpRequest) -> bool:
    """Asked by htmx (and not while it restores a page from the history), or included by a page."""
    if getattr(request, "included", False):
        return True
    headers = request.headers
    return headers.get("HX-Request") == "true" and not headers.get("HX-History-Restore-Request")


def target(request: HttpRequest) -> str:
    """Id of the element htmx will swap, or an empty text."""
    return request.headers.get("HX-Target", "") if is_fragment(request) else ""


def is_drawer(request: HttpRequest) -> bool:
    return target(request) == "cajon"
