"""Peels the organisation off the path, checks membership and opens its scope (lock 1)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix, set_script_prefix

from lonja.accounts.models import Company, CompanyGrant, Membership
from lonja.accounts.models.people import MOST, works_in
from lonja.accounts.prepared import Prepared, Slot, ask_together
from lonja.accounts.scoping import all_organisations, scope

RESERVED = frozenset(
    [
        "cuenta",
        "static",
        "p",
        "c",
        "salud",
        "instalacion",
        "invitacion",
        "organizaciones",
        "inicio-rapido",
        "api",
        "ayuda",
        "comprobar",
        "favicon.ico",
        "robots.txt",
    ]
)

# Asked by every page.
_membership = Prepared(
    lambda: Membership.objects.select_related("organisation", "user").filter(
        user_id=Slot("user"), organisation__slug=Slot("slug"), deactivated_at=None
    )[:1]
)
_companies = Prepared(
    lambda: (
        Company.objects.select_related("logo")
        .filter(organisation__slug=Slot("slug"))
        .order_by("pk")[:50]
    )
)
_grants = Prepared(
    lambda: CompanyGrant.objects.filter(
        membership__user_id=Slot("user"), organisation__slug=Slot("slug")
    ).values_list("company_id")
)


class OrganisationMiddleware:
    """Only members get past it. A path of nobody, or of somebody else, is the same 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.organisation = request.member = request.company = None  # type: ignore[attr-defined]
        segment, _slash, rest = request.path_info.lstrip("/").partition("/")
        if not segment or segment in RESERVED:
            return self.get_response(request)
        if not request.user.is_authenticated:
            target = quote(request.get_full_path())
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?next={target}")
        member = self._member(request, segment)
        if member is None:
            request.no_organisation = True  # type: ignore[attr-defined]
            # The page for it is the 404 of the global addresses (`handler404`).
            raise Http404
        return self._inside(request, member, segment, rest)

    def _member(self, request: HttpRequest, slug: str) -> Membership | None:
        """The one of that organisation, with the companies it is limited to and all of them."""
        user = request.user.pk
        whose = {"user": user, "slug": slug}
        with all_organisations():
            found, grants, companies = ask_together(
                (works_in, {"user": user}), (_grants, whose), (_companies, {"slug": slug})
            )
            member = next((one for one in found if one.organisation.slug == slug), None)
            if member is None and len(found) == MOST:
                member = _membership.first(**whose)
        if member is None or not member.is_active:
            return None
        member.keep_company_ids(grants)
        request.memberships, request.companies = found, companies  # type: ignore[attr-defined]
        return member

    def _inside(
        self, request: HttpRequest, member: Membership, slug: str, rest: str
    ) -> HttpResponse:
        prefix = get_script_prefix()
        request.member = member  # type: ignore[attr-defined]
        request.organisation = member.organisation  # type: ignore[attr-defined]
        request.urlconf = settings.ORGANISATION_URLCONF  # type: ignore[attr-defined]
        request.path_info = f"/{rest}"
        set_script_prefix(f"{prefix}{slug}/")
        try:
            with scope(member.organisation_id):
                request.company = self._company(request, member)  # type: ignore[attr-defined]
                return self.get_response(request)
        finally:
            set_script_prefix(prefix)

    def _company(self, request: HttpRequest, member: Membership) -> Company | None:
        """The issuer in use: the one chosen in this session, else the first one granted."""
        found = request.companies  # type: ignore[attr-defined]
        if granted := member.company_ids():
            companies = Company.objects.select_related("logo").filter(pk__in=granted)
            found = list(companies.order_by("pk")[:50])
        chosen = request.session.get(f"company:{member.organisation_id}")
        request.companies = found  # type: ignore[attr-defined]
        return next((c for c in found if c.pk == chosen), found[0] if found else None)
