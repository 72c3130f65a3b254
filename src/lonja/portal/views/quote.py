"""The quote on the customer's phone."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from lonja.files.models import StoredFile
from lonja.kit.dates import format_long
from lonja.kit.money import format_eur
from lonja.portal.doors import brand_of, public_link, state_of, visitor
from lonja.sales import paper, reports
from lonja.sales.actions import record_view
from lonja.sales.models import PublicLink, SignedDocument
from lonja.sales.snapshot import QuoteSnapshot, day, figures, pace
from lonja.ui.urls import global_url


@public_link
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    state = state_of(link)
    if state == "signed":
        return redirect(global_url("portal:done", request.token))  # type: ignore[attr-defined]
    context = page(request, chosen_keys(request))
    if state != "open":
        return render(request, "portal/closed.html", {**context, "state": state}, status=200)
    return render(request, "portal/quote.html", context)


@public_link
@require_POST
def amounts(request: HttpRequest) -> HttpResponse:
    """The amounts with the options ticked: the server computes, the page only shows."""
    chosen = {int(key) for key in request.POST.getlist("opcion") if key.isdigit()}
    return render(request, "portal/_amounts.html", page(request, chosen))


@public_link
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """A person opened the page: their browser says so. Mail scanners only ask for the page."""
    record_view(
        request.link,  # type: ignore[attr-defined]
        visitor=visitor(request),
        at=timezone.now(),
    )
    return HttpResponse(status=204)


@public_link
@require_GET
def pdf(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    return _file(link.version.pdf)


@public_link
@require_GET
def signed_pdf(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    document = (
        SignedDocument.objects.select_related("pdf")
        .filter(signature__version=link.version)
        .order_by("-signature__position")
        .first()
    )
    if document is None:
        raise Http404
    return _file(document.pdf)


@public_link
@require_GET
def logo(request: HttpRequest) -> HttpResponse:
    content = request.link.version.content  # type: ignore[attr-defined]
    stored = StoredFile.objects.filter(pk=content["issuer"]["logo_id"] or 0).first()
    if stored is None:
        raise Http404
    response = HttpResponse(stored.read(), content_type=stored.content_type)
    response.headers["Cache-Control"] = "private, max-age=86400"
    # An SVG opened by itself must not run anything.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _file(stored: StoredFile) -> HttpResponse:
    response = HttpResponse(stored.read(), content_type=stored.content_type)
    response.headers["Content-Disposition"] = f'inline; filename="{stored.name}"'
    return response


def chosen_keys(request: HttpRequest) -> set[int] | None:
    """The options of the address (`?opcion=4`); None: the ones the company ticked."""
    if "elegir" not in request.GET:
        return None
    return {int(key) for key in request.GET.getlist("opcion") if key.isdigit()}


def page(request: HttpRequest, chosen: set[int] | None) -> dict[str, Any]:
    """What the public templates show of a version, with those options."""
    link: PublicLink = request.link  # type: ignore[attr-defined]
    content: QuoteSnapshot = link.version.content
    numbers = figures(content, chosen)
    lines = reports.line_texts(content, numbers)
    return {
        "link": link,
        "token": request.token,  # type: ignore[attr-defined]
        "brand": brand_of(request),
        "content": content,
        "greeting": paper.greeting(content),
        "valid_until": format_long(day(content["valid_until"])),
        "lines": lines,
        "has_options": any(line["optional"] for line in content["lines"]),
        "once": _part(numbers.once),
        "recurring": [_part(part) for part in numbers.recurring],
        "headline": numbers.headline,
        "chosen": [line["key"] for line in lines if line["optional"] and line["on"]],
        "count": len(numbers.chosen),
        "agent_first": content["agent_name"].split(" ")[0],
    }


def _part(part: Any) -> dict[str, Any] | None:
    if part is None:
        return None
    discount = part.totals.global_discount
    return {
        "base": format_eur(part.totals.base_total),
        "discount": format_eur(-discount) if discount else "",
        "taxes": paper.tax_rows(part),
        "total": format_eur(part.totals.total),
        "pace": pace(part.unit, part.every),
    }
