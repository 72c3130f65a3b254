"""Around the pages of an organisation: the second factor, the missing company, the last visit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.office import permissions, second_factor
from lonja.ui.middleware import refused
from lonja.ui.requests import is_fragment
from lonja.ui.urls import global_url

LAST_COOKIE = "lonja_ultima"
# Rooms whose pages work before there is a company with its NIF.
_WITHOUT_COMPANY = frozenset({"office", "ui", "mail", "jobs", "files", "activity"})


class OfficeMiddleware:
    """Goes just inside `OrganisationMiddleware`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = getattr(request, "member", None)
        if member is not None and second_factor.is_overdue(request, member):
            return self._go(request, self._ask(request))
        response = self.get_response(request)
        slug = member.organisation.slug if member is not None else ""
        if slug and request.COOKIES.get(LAST_COOKIE) != slug and response.status_code == 200:
            response.set_cookie(
                LAST_COOKIE,
                slug,
                max_age=365 * 86400,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        member = getattr(request, "member", None)
        match = request.resolver_match
        if member is None or request.company is not None or match is None:  # type: ignore[attr-defined]
            return None
        if not match.app_name or match.app_name in _WITHOUT_COMPANY:
            return None
        if member.can(permissions.SETTINGS):
            return self._go(request, reverse("office:start"))
        missing = Refused(
            "company_missing",
            _(
                "Falta dar de alta la empresa con su NIF. Pídeselo a quien administra "
                "la organización."
            ),
        )
        return refused(request, missing)

    def _ask(self, request: HttpRequest) -> str:
        ahead = request.get_full_path() if request.method == "GET" else "/"
        return f"{global_url('office_second_factor')}?{urlencode({'next': ahead})}"

    def _go(self, request: HttpRequest, url: str) -> HttpResponse:
        if is_fragment(request):
            response = HttpResponse(status=204)
            response.headers["HX-Redirect"] = url
            return response
        return HttpResponseRedirect(url, status=303)
