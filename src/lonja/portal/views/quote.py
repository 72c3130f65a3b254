"""The quote on the customer's phone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from lonja.documents.figures import written_in
from lonja.documents.words import Say, long_date, speaker
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused
from lonja.portal.doors import (
    brand_of,
    is_replaced,
    look_of,
    public_link,
    refuse_replaced,
    state_of,
    visitor,
)
from lonja.sales import legal, paper, reports, signing
from lonja.sales.actions.track import record_look, record_section, record_view
from lonja.sales.choices import plain, read_options, read_quantities
from lonja.sales.models import PublicLink, QuoteQuestion, SignedDocument, TextKind
from lonja.sales.paces import pace
from lonja.sales.paper_totals import tax_name, tax_rows
from lonja.sales.snapshot import QuoteSnapshot, day, figures, language_of
from lonja.sales.tracking import SECTIONS, section_names
from lonja.ui.urls import global_url

log = logging.getLogger("lonja.portal")


@public_link
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    state = state_of(link)
    if state == "signed":
        return redirect(global_url("portal:done", request.token))  # type: ignore[attr-defined]
    context = page(request, chosen_keys(request))
    if state != "open":
        context |= {"state": state, "replaced": is_replaced(link)}
        return render(request, "portal/closed.html", context, status=200)
    _noted(request)
    return render(request, "portal/quote.html", context)


def _noted(request: HttpRequest) -> None:
    """Write down that the page was asked for, as a log does: until its script tells that somebody
    has it in front, it is a robot's and counts for nothing (R32). The page never waits on it."""
    try:
        record_look(request.link, look=look_of(request), at=timezone.now())  # type: ignore[attr-defined]
    except DatabaseError:
        log.exception("No se pudo anotar una visita")


@public_link
@require_POST
def amounts(request: HttpRequest) -> HttpResponse:
    """The amounts with what the customer asked: the server computes, the page only shows."""
    refuse_replaced(request.link)  # type: ignore[attr-defined]
    return render(request, "portal/_amounts.html", page(request, chosen_keys(request)))


@public_link
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """The page's script tells that it is in front of somebody, and then what was looked at.

    Fields: `t` somebody touched it, `w` the browser is driven by a program, `s.<part>` (of the
    page, or `seccion-<line>` of the sections that the company wrote) and
    `o.<line>` seconds, `n.<line>` changes of an option and `c.<line>` how it was left, `d` the PDF
    was downloaded. What is not understood is left out.
    """
    link: PublicLink = request.link  # type: ignore[attr-defined]
    data = request.POST
    look = look_of(request, runs=True, touched="t" in data, automated="w" in data)
    now = timezone.now()
    sections, options = _told(data, link.version.content)
    if not (sections or options or "d" in data):
        record_view(link, visitor=visitor(request), at=now, look=look)
    else:
        downloads = int("d" in data)
        record_section(
            link, look=look, at=now, sections=sections, options=options, downloads=downloads
        )
    return HttpResponse(status=204)


def _told(
    data: QueryDict, content: QuoteSnapshot
) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
    sections: dict[str, int] = {}
    options: dict[str, dict[str, Any]] = {}
    known = {*SECTIONS, *section_names(content["lines"])}
    for name in list(data)[:200]:
        kind, _dot, what = name.partition(".")
        value = str(data[name])
        if not (what and len(value) < 6 and value.isascii() and value.isdigit()):
            continue
        if kind == "s" and what in known:
            sections[what] = int(value)
        elif kind in ("o", "n", "c") and what.isascii() and what.isdigit():
            row = options.setdefault(what, {})
            row[{"o": "s", "n": "n", "c": "on"}[kind]] = int(value)
    return sections, options


@public_link
@require_GET
def pdf(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    refuse_replaced(link)
    return _file(link.version.pdf)


@public_link
@require_GET
def signed_pdf(request: HttpRequest) -> HttpResponse:
    link: PublicLink = request.link  # type: ignore[attr-defined]
    refuse_replaced(link)
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


def _asked(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def chosen_keys(request: HttpRequest) -> set[int] | None:
    """The options asked (`opcion=4`, `opcion-2=3` of a group); None: the ones the company ticked.

    An address says with `elegir` that it brings them.
    """
    if request.method != "POST" and "elegir" not in request.GET:
        return None
    content: QuoteSnapshot = request.link.version.content  # type: ignore[attr-defined]
    return read_options(_asked(request), content)


def asked_quantities(request: HttpRequest) -> dict[int, Decimal]:
    """The quantities asked (`cantidad-4=12`). Raises Refused for one that cannot be read."""
    content: QuoteSnapshot = request.link.version.content  # type: ignore[attr-defined]
    return read_quantities(_asked(request), content)


def page(
    request: HttpRequest,
    chosen: set[int] | None,
    quantities: Mapping[int, Any] | None = None,
) -> dict[str, Any]:
    """What the public templates show of a version, with those options and quantities (None: those
    that the request asks). What it does not allow is said, and the company's stays in its place."""
    link: PublicLink = request.link  # type: ignore[attr-defined]
    content: QuoteSnapshot = link.version.content
    language = written_in(language_of(content))
    say = speaker(language)
    write = say.figures
    problem: Refused | None = None
    first = signing.first_signature(link)
    if first is not None:  # whoever signed first chose for everybody
        chosen, quantities = set(first.chosen_lines), first.asked
    try:
        quantities = asked_quantities(request) if quantities is None else quantities
        numbers = figures(content, chosen, quantities)
    except Refused as refused:
        problem, quantities = refused, {}
        numbers = figures(content, None if refused.code == "group_choice" else chosen)
    lines = reports.line_texts(content, numbers, write)
    if first is not None:
        fixed = {"optional": False, "changes": False, "group_first": False}
        shown = [{**line, **fixed} for line in lines if line["on"]]
    else:
        shown = lines
    waiting = signing.pending_before(link)
    return {
        "link": link,
        "language": language,
        "token": request.token,  # type: ignore[attr-defined]
        "brand": brand_of(request),
        "content": content,
        "greeting": paper.greeting(content),
        "valid_until": long_date(_valid_until(link), language),
        "lines": shown,
        "sections": reports.section_texts(shown, numbers, write),
        "has_options": any(line["optional"] or line["changes"] for line in shown),
        "once": _part(numbers.once, say),
        "recurring": [_part(part, say) for part in numbers.recurring],
        "headline": numbers.headline_in(write),
        "tax": tax_name(numbers.parts),
        "deposit": write.money(numbers.deposit) if numbers.deposit else "",
        "deposit_pct": content.get("deposit_pct", "0"),
        "chosen": [line["key"] for line in lines if line["optional"] and line["on"]],
        "quantities": [(key, plain(told)) for key, told in sorted(quantities.items())],
        "choice_problem": problem,
        "count": len(numbers.chosen),
        "agent_first": content["agent_name"].split(" ")[0],
        "signers": signing.signers_of(link.version),
        "waiting": waiting[0]["name"] if waiting else "",
        "questions": list(
            QuoteQuestion.objects.filter(quote_id=link.quote_id)
            .select_related("answered_by__user")
            .order_by("pk")
        ),
        "general": legal.filled(link.quote.company, TextKind.CONDITIONS, content),
    }


def _valid_until(link: PublicLink) -> date:
    """The day of the version, or a later one when the company gave more time."""
    said = day(link.version.content["valid_until"])
    current = link.quote.version == link.version.version
    return max(said, link.quote.valid_until) if current else said


def _part(part: Any, say: Say) -> dict[str, Any] | None:
    if part is None:
        return None
    discount, write = part.totals.global_discount, say.figures
    return {
        "base": write.money(part.totals.base_total),
        "discount": write.money(-discount) if discount else "",
        "taxes": tax_rows(part, say),
        "total": write.money(part.totals.total),
        "pace": pace(part.unit, part.every),
    }
