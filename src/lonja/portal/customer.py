"""How a customer gets to its invoices: the private link, and who is a person and who a robot."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from lonja.accounts.models.people import token_hash
from lonja.accounts.scope import all_organisations, scope
from lonja.billing.models import CustomerLink, Invoice
from lonja.documents.figures import writing_to
from lonja.kit.languages import known
from lonja.kit.robots import names_itself_robot, only_prefetches
from lonja.parties.merging import family_of
from lonja.portal.doors import (
    _private,
    _unknown,
    _wait,
    client_address,
    count_wrong,
    in_language,
    too_many,
)
from lonja.ui import brand
from lonja.ui.urls import global_url

View = Callable[..., HttpResponse]


def is_robot(request: HttpRequest) -> bool:
    """Whether the request says of itself that nobody is looking."""
    agent = request.headers.get("User-Agent", "")
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return names_itself_robot(agent) or only_prefetches(purpose)


def find(token: str) -> tuple[int | None, int]:
    """(link, organisation) of a token; (None, 0) when nobody has it."""
    if not 20 <= len(token) <= 100:
        return None, 0
    with transaction.atomic(), all_organisations():
        rows = CustomerLink.objects.filter(token_hash=token_hash(token))
        found = rows.values_list("pk", "organisation_id").first()
    return found or (None, 0)


def customer_link(view: View) -> View:
    """The view gets `request.link` in place of the token, inside its organisation.

    An unknown token is 404, and many are told to wait. A link that was closed or is over answers
    the page that tells how to get another, whatever was asked. See `doors.public_link` for why
    there is no CSRF token.
    """

    @csrf_exempt
    @wraps(view)
    def inner(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise PermissionDenied
        address = client_address(request)
        if too_many(address):
            return _private(_wait(request))
        link_id, organisation_id = find(token)
        if link_id is None:
            count_wrong(address)
            return _private(_unknown(request))
        with scope(organisation_id):
            rows = CustomerLink.objects.select_related("company__organisation", "party", "invoice")
            link = rows.get(pk=link_id)
            request.link = link  # type: ignore[attr-defined]
            request.token = token  # type: ignore[attr-defined]
            with timezone.override(link.company.zone):
                if not link.is_live(timezone.now()):
                    return _private(_over(request))
                return _private(view(request, **kwargs))

    return inner


def _over(request: HttpRequest) -> HttpResponse:
    link: CustomerLink = request.link  # type: ignore[attr-defined]
    context = {
        "brand": brand_of(request),
        "recover": recover_url(link),
        "language": known(link.party.language),
    }
    with writing_to(link.party.language):
        return render(request, "portal/invoice_over.html", context, status=410)


def recover_url(link: CustomerLink) -> str:
    address = global_url("portal:recover", link.company.organisation.slug)
    return in_language(address, link.party.language)


def brand_of(request: HttpRequest) -> brand.Brand:
    """Name and colours of the company of the link."""
    link: CustomerLink = request.link  # type: ignore[attr-defined]
    has_logo = link.company.logo_id is not None
    token = request.token  # type: ignore[attr-defined]
    return brand.of(
        link.company, logo_url=global_url("portal:invoice_logo", token) if has_logo else ""
    )


def invoice_of(request: HttpRequest, pk: int | None) -> Invoice | None:
    """The invoice that is asked for, if the link opens it; its own when none is named.

    None: the link opens the list only. Raises Http404 for one of somebody else.
    """
    link: CustomerLink = request.link  # type: ignore[attr-defined]
    rows = Invoice.objects.issued().select_related("company", "party", "pdf")
    if pk is None or pk == link.invoice_id:
        return rows.filter(pk=link.invoice_id).first() if link.invoice_id else None
    if not link.with_account:
        raise Http404
    own = family_of(link.party_id)
    found = rows.filter(pk=pk, party_id__in=own, company_id=link.company_id).first()
    if found is None:
        raise Http404
    return found
