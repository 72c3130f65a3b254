"""The quote on the customer's phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from lonja.files.models import StoredFile
from lonja.kit.dates import format_long
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, format_quantity
from lonja.portal.doors import brand_of, public_link, state_of, visitor
from lonja.sales import legal, paper, reports, signing
from lonja.sales.actions import record_view
from lonja.sales.choices import groups_of, limits, plain, read_choice
from lonja.sales.models import (
    PublicLink,
    QuoteQuestion,
    Signature,
    SignedDocument,
    TextKind,
)
from lonja.sales.snapshot import QuoteSnapshot, day, figures, pace
from lonja.ui.urls import global_url


@public_link
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    state = state_of(link)
    if state == "signed":
        return redirect(global_url("portal:done", request.token))  # type: ignore[attr-defined]
    context = page(request, choice_of(request))
    if state != "open":
        return render(request, "portal/closed.html", {**context, "state": state}, status=200)
    return render(request, "portal/quote.html", context)


@public_link
@require_POST
def amounts(request: HttpRequest) -> HttpResponse:
    """The amounts with the options ticked: the server computes, the page only shows."""
    return render(request, "portal/_amounts.html", page(request, read(request, request.POST)))


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


@dataclass(frozen=True)
class Choice:
    """What the customer asks for: options (None: the ones the company ticked) and quantities."""

    chosen: frozenset[int] | None = None
    quantities: Mapping[int, Any] = field(default_factory=dict)
    problem: str = ""


def choice_of(request: HttpRequest) -> Choice:
    """The choice in the address (`?elegir=1&opcion=4&cantidad-2=3`)."""
    return read(request, request.GET) if "elegir" in request.GET else Choice()


def read(request: HttpRequest, data: Any) -> Choice:
    """The choice in a form. What is not allowed is said, and what the company proposed counts."""
    version = request.link.version  # type: ignore[attr-defined]
    try:
        chosen, quantities = read_choice(data, version.content)
        figures(version.content, chosen, quantities)
    except Refused as refused:
        return Choice(problem=str(refused))
    return Choice(frozenset(chosen), quantities)


def page(request: HttpRequest, choice: Choice) -> dict[str, Any]:
    """What the public templates show of a version, with that choice."""
    link: PublicLink = request.link  # type: ignore[attr-defined]
    content: QuoteSnapshot = link.version.content
    first = first_signature(link)
    if first is not None:  # whoever signed first chose for everybody
        choice = Choice(frozenset(first.chosen_lines), first.asked)
    numbers = figures(content, choice.chosen, choice.quantities)
    lines = _lines(content, numbers, fixed=first is not None)
    waiting = signing.pending_before(link)
    return {
        "link": link,
        "token": request.token,  # type: ignore[attr-defined]
        "brand": brand_of(request),
        "content": content,
        "greeting": paper.greeting(content),
        "valid_until": format_long(day(content["valid_until"])),
        "lines": lines,
        "problem": choice.problem,
        "is_fixed": first is not None,
        "has_options": first is None
        and any(line["optional"] or line["radio"] or line["bounds"] for line in lines),
        "once": _part(numbers.once),
        "recurring": [_part(part) for part in numbers.recurring],
        "deposit": format_eur(numbers.deposit) if numbers.deposit else "",
        "headline": numbers.headline,
        "carried": _carried(lines, choice),
        "count": len(numbers.chosen),
        "agent_first": content["agent_name"].split(" ")[0],
        "signers": signing.signers_of(link.version),
        "waiting": waiting[0]["name"] if waiting else "",
        "questions": list(QuoteQuestion.objects.filter(quote_id=link.quote_id).order_by("pk")),
        "general": legal.filled(link.quote.company, TextKind.CONDITIONS, content),
    }


def _lines(content: QuoteSnapshot, numbers: Any, *, fixed: bool) -> list[dict[str, Any]]:
    """The lines with what the customer may do with each, and where a section or group begins."""
    settled_content: Any = {**content, "lines": list(numbers.lines)}
    groups = {name: members[0]["key"] for name, members in groups_of(content).items()}
    rows = reports.line_texts(settled_content, numbers)
    section = group = ""
    for row in rows:
        row["heading"] = row.get("section", "") if row.get("section", "") != section else ""
        section = row.get("section", "")
        name = row.get("group") or ""
        row["group_heading"] = name if name and name != group else ""
        group = name
        row["radio"] = f"opcion-{groups[name]}" if name and not fixed else ""
        low, high = limits(row)  # type: ignore[arg-type]
        row["bounds"] = None if fixed or low is None else {"low": plain(low), "high": plain(high)}
        row["is_switch"] = row["optional"] and not name and not fixed
        row["is_out"] = not row["on"] and not row["radio"] and not row["is_switch"]
    return rows


def _carried(lines: list[dict[str, Any]], choice: Choice) -> list[tuple[str, str]]:
    """(name, value) of the hidden fields that take the choice to the next page."""
    carried = [
        (row["radio"] or "opcion", str(row["key"]))
        for row in lines
        if row["on"] and (row["optional"] or row.get("group"))
    ]
    return carried + [
        (f"cantidad-{key}", format_quantity(Decimal(value)))
        for key, value in choice.quantities.items()
    ]


def first_signature(link: PublicLink) -> Signature | None:
    """The first signature of the version, when others sign after."""
    rows = Signature.objects.filter(version_id=link.version_id)
    return rows.order_by("position").first()


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
