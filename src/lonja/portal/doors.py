"""How a stranger with a link gets in: token, scope, headers, and patience with wrong tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from lonja.accounts.models import Membership
from lonja.accounts.models.people import token_hash
from lonja.accounts.scope import all_organisations, scope
from lonja.documents.branding import readable_accent
from lonja.documents.figures import writing_to, written_in
from lonja.kit.languages import DEFAULT
from lonja.sales.evidence import Visitor
from lonja.sales.models import PublicLink, QuoteStatus
from lonja.sales.robots import Look
from lonja.sales.signing import signature_of
from lonja.sales.snapshot import language_of

WRONG_TOKENS = 20  # in WINDOW seconds, from one address
WINDOW = 600

View = Callable[..., HttpResponse]


def public_link(view: View) -> View:
    """The view gets `request.link` in place of the token, inside its organisation, and speaks the
    language of its version.

    An unknown token is 404. No CSRF token: nothing here rests on a cookie, the authority is the
    secret in the address, and `Referrer-Policy: no-referrer` makes browsers send `Origin: null`
    from these forms. A browser that says it comes from another site is refused.
    """

    @csrf_exempt
    @wraps(view)
    def inner(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise PermissionDenied
        address = client_address(request)
        if too_many(address):
            return _private(_wait(request))
        link_id, organisation_id = _find(token)
        if link_id is None:
            count_wrong(address)
            return _private(_unknown(request))
        with scope(organisation_id):
            link = PublicLink.objects.select_related(
                "quote__company", "quote__party", "quote__agent__user", "version__pdf"
            ).get(pk=link_id)
            request.link = link  # type: ignore[attr-defined]
            request.token = token  # type: ignore[attr-defined]
            language = language_of(link.version.content)
            with timezone.override(link.quote.company.zone), writing_to(language):
                return _private(view(request, **kwargs))

    return inner


_ASKED = "idioma"


def in_language(address: str, language: str) -> str:
    """The address, for who reads that language, of a page that does not know who asks."""
    language = written_in(language)
    return address if language == DEFAULT else f"{address}?{_ASKED}={language}"


def speaks_as_asked(view: View) -> View:
    """The view speaks the language of its address (`in_language`), in `request.language`."""

    @wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        language = written_in(request.GET.get(_ASKED, ""))
        request.language = language  # type: ignore[attr-defined]
        with writing_to(language):
            return view(request, **kwargs)

    return inner


def _find(token: str) -> tuple[int | None, int]:
    if not 20 <= len(token) <= 100:
        return None, 0
    with transaction.atomic(), all_organisations():
        found = (
            PublicLink.objects.filter(token_hash=token_hash(token))
            .values_list("pk", "organisation_id")
            .first()
        )
    return found or (None, 0)


@contextmanager
def across_organisations() -> Iterator[None]:
    """For the checker: whose a signed document is nobody knows before finding it."""
    with transaction.atomic(), all_organisations():
        yield


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


HOUSE = {"name": "Lonja", "tagline": "", "color": "#1f1d1a", "soft": "#efede8", "legal": ""}


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/unknown.html", {"brand": HOUSE}, status=404)


def _wait(request: HttpRequest) -> HttpResponse:
    response = render(request, "portal/wait.html", {"brand": HOUSE}, status=429)
    response.headers["Retry-After"] = str(WINDOW)
    return response


def client_address(request: HttpRequest) -> str:
    """The visitor's address, believing only as many proxies as the installation trusts (R34)."""
    trusted = settings.TRUSTED_PROXIES
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if trusted and len(forwarded) >= trusted and forwarded[-trusted].strip():
        return forwarded[-trusted].strip()[:45]
    return request.META.get("REMOTE_ADDR", "")[:45]


def too_many(address: str) -> bool:
    return cache.get(f"portal:wrong:{address}", 0) >= WRONG_TOKENS


def count_wrong(address: str) -> None:
    key = f"portal:wrong:{address}"
    cache.add(key, 0, WINDOW)
    cache.incr(key)


def visitor(request: HttpRequest) -> Visitor:
    return Visitor(client_address(request), request.headers.get("User-Agent", "")[:300])


def look_of(request: HttpRequest, **told: bool) -> Look:
    """Who asks, for the rules that tell people from robots. `told`: what the page's script says."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return Look(
        ip=client_address(request),
        agent=request.headers.get("User-Agent", "")[:300],
        method=request.method or "GET",
        purpose=purpose,
        team=_is_team(request),
        **told,
    )


def _is_team(request: HttpRequest) -> bool:
    """Whether the browser is one where a member of this organisation has entered."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return False
    return Membership.objects.filter(user=user, deactivated_at=None).exists()


def is_replaced(link: PublicLink) -> bool:
    """Whether the link was changed for another of the same signer: it went to the wrong hands."""
    if link.revoked_at is None:
        return False
    same = PublicLink.objects.filter(version_id=link.version_id, position=link.position)
    return same.filter(pk__gt=link.pk).exists()


def refuse_replaced(link: PublicLink) -> None:
    """Raise Http404 for a link in the wrong hands: what others signed is not shown there."""
    if is_replaced(link):
        raise Http404


def state_of(link: PublicLink) -> str:
    """`signed`, `revoked`, `rejected`, `expired` or `open`."""
    if is_replaced(link):
        return "revoked"
    if signature_of(link) is not None:
        return "signed"
    if link.revoked_at is not None:
        return "revoked"
    if link.quote.status == QuoteStatus.REJECTED:
        return "rejected"
    return "open" if link.is_live(timezone.now()) else "expired"


def brand_of(request: HttpRequest) -> dict[str, Any]:
    """Name and colours of the company as they were when the version was frozen."""
    from lonja.ui.urls import global_url

    content = request.link.version.content  # type: ignore[attr-defined]
    issuer = content["issuer"]
    token = request.token  # type: ignore[attr-defined]
    colour, _changed = readable_accent(issuer["accent"])
    return {
        "name": issuer["name"],
        "tagline": _("Presupuesto %(number)s") % {"number": content["number"]},
        "color": colour,
        "soft": tint(colour),
        "logo_url": global_url("portal:logo", token) if issuer["logo_id"] else "",
        "legal": " · ".join(
            part for part in (issuer["legal_name"], f"NIF {issuer['nif']}", *issuer["address"])
        ),
    }


def tint(colour: str) -> str:
    """A tenth of the colour over white, behind text of the same colour."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * 0.1):02x}" for part in parts)
