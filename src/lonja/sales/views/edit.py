"""Writing a quote: new, editor with autosave, amounts and preview."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur
from lonja.parties.actions.clients import create_client
from lonja.parties.models import Party, Stage
from lonja.sales import paper, permissions
from lonja.sales.actions import create_quote, save_quote
from lonja.sales.actions.edit import EDITABLE
from lonja.sales.forms import NewQuoteForm, QuoteForm, lines_formset, lines_in_order
from lonja.sales.models import Quote, QuoteLine, QuoteStatus
from lonja.sales.snapshot import Figures, figures, pace, take
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def quote_new(request: HttpRequest) -> HttpResponse:
    """Choose the client, or write a new one, and go to the editor."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    initial = {}
    if request.GET.get("cliente", "").isdigit():
        initial["party"] = get_visible(request, Party, request.GET["cliente"])
    form = NewQuoteForm(request.POST or None, member=member, initial=initial)
    template, context = "sales/quote_new.html", {"form": form}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    try:
        party = data["party"] or create_client(
            Party(
                stage=Stage.LEAD,
                name=data["name"],
                kind=data["kind"] or "company",
                nif=data["nif"],
                email=data["email"],
                phone=data["phone"],
                agent=member,
            ),
            by=member,
            contact=data["contact"],
        )
        quote = create_quote(company=company, party=party, by=member, title=data["title"])
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    return _go(request, reverse("sales:quote_edit", args=[quote.pk]))


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """Another page, also from the drawer."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return done(request, url)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
def quote_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor. A POST saves; with `siguiente=enviar` it goes on to the sending page."""
    quote = _quote(request, pk)
    if quote.status != QuoteStatus.DRAFT:
        return redirect("sales:quote", quote.pk)
    if request.method == "GET":
        form = _form(request, quote)
        lines = lines_formset(quote.company, quote=quote)
        return render(request, "sales/quote_edit.html", _context(quote, form, lines))
    return _save(request, quote, autosave=request.headers.get("X-Lonja-Autosave") == "1")


def _save(request: HttpRequest, quote: Quote, *, autosave: bool) -> HttpResponse:
    template = "sales/quote_edit.html"
    form = _form(request, quote, request.POST)
    lines = lines_formset(quote.company, data=request.POST)
    kept = lines_in_order(lines)
    if not form.is_valid() or not all(line.is_valid() for line in kept):
        if autosave:
            return HttpResponse(status=422)  # half written: kept on the screen until it is whole
        return invalid(request, template, {**_context(quote, form, lines), "bad_lines": kept})
    try:
        saved = save_quote(
            quote,
            fields=form.values(),
            lines=[line.values() for line in kept],
            edited=form.cleaned_data["version"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        if autosave:
            html = render_to_string("ui/refused_box.html", {"refused": refused}, request)
            return HttpResponse(html, status=409)
        return refused_form(request, template, _context(quote, form, lines), form, refused)
    if autosave:
        return HttpResponse(status=204, headers={"X-Lonja-Version": str(saved.edited)})
    following = {"enviar": "sales:quote_send", "seguimiento": "sales:quote"}
    if request.POST.get("siguiente") in following:
        return redirect(following[request.POST["siguiente"]], quote.pk)
    toast(request, _("Guardado"))
    return redirect("sales:quote_edit", quote.pk)


def _quote(request: HttpRequest, pk: int) -> Quote:
    rows = Quote.objects.select_related("company", "party", "agent__user")
    return get_visible(request, rows, pk)


def _form(request: HttpRequest, quote: Quote, data: Any = None) -> QuoteForm:
    return QuoteForm(
        data,
        member=request.member,  # type: ignore[attr-defined]
        company=quote.company,
        initial=QuoteForm.initial_of(quote),
    )


def _context(quote: Quote, form: QuoteForm, lines: Any) -> dict[str, Any]:
    saved = list(quote.lines.all())
    numbers = figures(take(quote, saved)) if saved else None
    amounts = {}
    if numbers is not None and not lines.is_bound:
        amounts = {n: format_eur(numbers.nets[n + 1]) for n in range(len(saved))}
    return {
        "quote": quote,
        "form": form,
        "lines": lines,
        "rows": [
            {"form": line, "n": n, "amount": amounts.get(n, "—")}
            for n, line in enumerate(lines.forms)
        ],
        "blank": {"form": lines.empty_form, "n": "__prefix__", "amount": "—"},
        "totals": totals_of(numbers),
    }


def totals_of(numbers: Figures | None) -> dict[str, Any]:
    """The sums for the screen: one-off and recurring apart."""
    if numbers is None:
        return {"headline": format_eur(0), "parts": []}
    parts = [part for part in (numbers.once, *numbers.recurring) if part is not None]
    return {
        "headline": numbers.headline,
        "parts": [
            {
                "pace": pace(part.unit, part.every),
                "discount": (
                    format_eur(-part.totals.global_discount) if part.totals.global_discount else ""
                ),
                "base": format_eur(part.totals.base_total),
                "taxes": paper.tax_rows(part),
                "total": format_eur(part.totals.total),
            }
            for part in parts
        ],
    }


def _unsaved(request: HttpRequest, quote: Quote) -> tuple[list[QuoteLine], list[int]]:
    """The lines as they are on the screen, without saving (and the fields put on the quote).

    Rows that are not well written are left out; the second list says which row each line is.
    """
    form = _form(request, quote, request.POST)
    if not form.is_valid():
        form.cleaned_data["conditions"] = form.cleaned_data.get("conditions") or ""
    for name in EDITABLE:
        value = form.cleaned_data.get(name)
        if value is not None:
            setattr(quote, name, value)
    rows, places = [], []
    lines = lines_formset(quote.company, data=request.POST)
    position = {line.prefix: n for n, line in enumerate(lines.forms)}
    for line in lines_in_order(lines):
        if line.is_valid():
            rows.append(QuoteLine(quote=quote, **line.values()))
            places.append(position[line.prefix])
    return rows, places


@member_required(permissions.EDIT)
@require_POST
def calculation(request: HttpRequest, pk: int) -> HttpResponse:
    """Amounts of what is on the screen. Nothing is saved."""
    quote = _quote(request, pk)
    rows, places = _unsaved(request, quote)
    numbers = figures(take(quote, rows)) if rows else None
    sent = request.POST.get("lineas-TOTAL_FORMS", "")
    count = min(int(sent), 300) if sent.isascii() and sent.isdigit() else 0
    amounts = dict.fromkeys(range(count), "—")
    if numbers is not None:
        amounts |= {n: format_eur(numbers.nets[key]) for key, n in enumerate(places, 1)}
    context = {"totals": totals_of(numbers), "amounts": amounts.items()}
    return render(request, "sales/_calculation.html", context)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as it will be: of the screen (POST) or as saved (GET), page by page."""
    quote = _quote(request, pk)
    if request.method == "POST":
        rows, _places = _unsaved(request, quote)
    else:
        rows = list(quote.lines.all())
    pages = paper.quote_svg(take(quote, rows))
    sources = [base64.b64encode(page.encode()).decode() for page in pages]
    return render(request, "sales/_paper.html", {"pages": sources, "quote": quote})
