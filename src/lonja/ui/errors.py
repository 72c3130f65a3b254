"""403, 404 and 500 in the product's own words."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from lonja.accounts.models import Membership, Role
from lonja.accounts.permissions import declared
from lonja.ui.middleware import secure
from lonja.ui.requests import is_fragment

log = logging.getLogger("lonja.ui")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """«Pide acceso a …»: what is missing and who can give it."""
    code = (
        str(exception.args[0]) if isinstance(exception, PermissionDenied) and exception.args else ""
    )
    label = next((p.label for p in declared() if p.code == code), "")
    admins: list[str] = []
    if getattr(request, "member", None) is not None:
        rows = Membership.objects.filter(role=Role.ADMIN, deactivated_at=None)
        admins = [member.name for member in rows.select_related("user")[:3]]
    return _page(request, "ui/403.html", 403, {"what": label, "admins": admins})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "ui/404.html", 404, {})


def server_error(request: HttpRequest) -> HttpResponse:
    """A page that needs nothing (no database, no session), with a reference also in the log."""
    reference = secrets.token_hex(4).upper()
    log.error("Error %s en %s %s", reference, request.method, request.path)
    html = render_to_string("ui/500.html", {"reference": reference})
    return secure(request, HttpResponse(html, status=500))


def _page(
    request: HttpRequest, template: str, status: int, context: dict[str, Any]
) -> HttpResponse:
    whole = getattr(request, "member", None) is not None and not is_fragment(request)
    base = "ui/app.html" if whole else "ui/bare.html"
    html = render_to_string(template, {**context, "base": base}, request)
    return secure(request, HttpResponse(html, status=status))
