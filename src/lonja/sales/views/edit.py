"""Writing a quote: new, editor with autosave, amounts and preview."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Membership
from lonja.catalogue.permissions import COST
from lonja.catalogue.pricing import price_list_of, warning_of
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, format_quantity, format_unit_price, round_to
from lonja.kit.text import row_id
from lonja.parties.models import Party
from lonja.sales import paper, permissions
from lonja.sales.actions import create_quote, quote_from_template, save_quote
from lonja.sales.actions.approval import need_of
from lonja.sales.actions.edit import EDITABLE, reader_of
from lonja.sales.actions.newcomer import party_of
from lonja.sales.actions.pricing import price_lines
from lonja.sales.forms import NewQuoteForm, QuoteForm
from lonja.sales.line_forms import (
    LineForm,
    lines_formset,
    lines_in_order,
    refuse_too_many,
    row_of,
    with_sections,
)
from lonja.sales.models import Quote, QuoteLine, QuoteStatus
from lonja.sales.paces import pace
from lonja.sales.paper_totals import tax_name, tax_rows
from lonja.sales.snapshot import Figures, figures, take
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def quote_new(request: HttpRequest) -> HttpResponse:
    """Choose the client, or write a new one, and go to the editor."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    initial: dict[str, Any] = {}
    if client := row_id(request.GET.get("cliente", "")):
        initial["party"] = get_visible(request, Party, client)
    if template_id := row_id(request.GET.get("plantilla", "")):
        initial["template"] = template_id
    form = NewQuoteForm(request.POST or None, member=member, company=company, initial=initial)
    template, context = "sales/quote_new.html", {"form": form}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    try:
        with transaction.atomic():  # what fails leaves no potencial behind
            party = party_of(data, agent=member, by=member)
            made: dict[str, Any] = {"company": company, "party": party, "by": member}
            template_used = data.get("template")
            if template_used is not None:
                quote = quote_from_template(template_used, **made, title=data["title"])
            else:
                quote = create_quote(**made, title=data["title"])
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
        return render(request, "sales/quote_edit.html", _context(request, quote, form, lines))
    return _save(request, quote, autosave=request.headers.get("X-Lonja-Autosave") == "1")


def _save(request: HttpRequest, quote: Quote, *, autosave: bool) -> HttpResponse:
    template = "sales/quote_edit.html"
    form = _form(request, quote, request.POST)
    lines = lines_formset(quote.company, data=request.POST)
    kept = lines_in_order(lines)
    try:
        refuse_too_many(lines)
        if not form.is_valid() or not all(line.is_valid() for line in kept):
            if autosave:
                return HttpResponse(status=422)  # half written: kept on the screen until whole
            return invalid(
                request, template, {**_context(request, quote, form, lines), "bad_lines": kept}
            )
        saved = save_quote(
            quote,
            fields=form.values(),
            lines=[values for _row, values in with_sections(kept)],
            edited=form.cleaned_data["version"],
            by=request.member,  # type: ignore[attr-defined]
        )
    except Refused as refused:
        if autosave:
            html = render_to_string("ui/refused_box.html", {"refused": refused}, request)
            return HttpResponse(html, status=409)
        return refused_form(request, template, _context(request, quote, form, lines), form, refused)
    if autosave:
        return HttpResponse(status=204, headers={"X-Lonja-Version": str(saved.edited)})
    following = {
        "enviar": "sales:quote_send",
        "aprobacion": "sales:approval_ask",
        "plantilla": "sales:template_save",
        "seguimiento": "sales:quote",
    }
    if request.POST.get("siguiente") in following:
        return redirect(following[request.POST["siguiente"]], quote.pk)
    toast(request, _("Guardado"))
    return redirect("sales:quote_edit", quote.pk)


def _quote(request: HttpRequest, pk: int) -> Quote:
    rows = Quote.objects.select_related("company", "party", "agent__user", "price_list")
    return get_visible(request, rows, pk)


def _form(request: HttpRequest, quote: Quote, data: Any = None) -> QuoteForm:
    return QuoteForm(
        data,
        member=request.member,  # type: ignore[attr-defined]
        company=quote.company,
        initial=QuoteForm.initial_of(quote),
    )


def _context(request: HttpRequest, quote: Quote, form: QuoteForm, lines: Any) -> dict[str, Any]:
    saved = list(quote.lines.select_related("product"))
    numbers = figures(take(quote, saved)) if saved else None
    member = request.member  # type: ignore[attr-defined]
    rows: list[dict[str, Any]] = [
        {"form": line, "n": n, "amount": "—", "origin": None} for n, line in enumerate(lines.forms)
    ]
    if numbers is not None and not lines.is_bound:
        shown = [row for row in rows if not row["form"].is_heading]
        for key, (row, line) in enumerate(zip(shown, saved, strict=True), 1):
            row["amount"] = format_eur(numbers.nets[key])
            row["origin"] = origin_of(line, member)
        for row, amount in _subtotals(rows, numbers):
            row["amount"] = amount
    return {
        "quote": quote,
        "form": form,
        "lines": lines,
        "rows": rows,
        "blank": {"form": lines.empty_form, "n": "__prefix__", "amount": "—"},
        "totals": totals_of(numbers),
        "margin": margin_of(numbers, saved, member),
        "warning": warning_of(quote.price_list, quote.created_on),
        "need": need_of(quote, member),
        "may_template": member.can(permissions.TEMPLATES),
    }


def _subtotals(rows: list[dict[str, Any]], numbers: Figures) -> list[tuple[dict[str, Any], str]]:
    """(heading row, what its lines that are in come to) of each section."""
    told: list[tuple[dict[str, Any], str]] = []
    key, heading, amount = 0, None, Decimal(0)
    for row in [*rows, None]:
        if row is None or row["form"].is_heading:
            if heading is not None:
                told.append((heading, format_eur(amount)))
            heading, amount = row, Decimal(0)
        else:
            key += 1
            if key in numbers.chosen:
                amount += numbers.nets[key]
    return told


def origin_of(line: QuoteLine, member: Membership) -> dict[str, Any]:
    """Where the price of a line comes from, and its margin for whoever may see costs."""
    usual = line.list_price
    told: dict[str, Any] = {
        "text": line.price_origin,
        "by_hand": line.price_by_hand,
        "usual": format_unit_price(usual) if usual is not None else "",
        "gone": line.product is not None and not line.product.is_active,
        "tiers": [
            {"from": format_quantity(Decimal(least)), "price": format_unit_price(_net(price, pct))}
            for least, price, pct in line.tiers
            if Decimal(least) > 1
        ],
    }
    if member.can(COST) and line.unit_cost is not None:
        net = _net(line.unit_price, line.discount_pct)
        told["cost"] = format_unit_price(line.unit_cost)
        told["margin"] = round_to((net - line.unit_cost) * 100 / net, 1) if net else None
    return told


def _net(price: Any, discount: Any) -> Decimal:
    return Decimal(price) * (100 - Decimal(discount)) / 100


def margin_of(
    numbers: Figures | None, rows: list[QuoteLine], member: Membership
) -> list[dict[str, Any]]:
    """What is left of each part after the costs that are known; empty without permission."""
    if numbers is None or not member.can(COST):
        return []
    told = []
    for part in numbers.parts:
        costs = [(rows[key - 1].unit_cost, rows[key - 1].quantity) for key in part.keys]
        known = [cost * quantity for cost, quantity in costs if cost is not None]
        if not known:
            continue
        left = part.totals.base_total - sum(known, Decimal(0))
        base = part.totals.base_total
        told.append(
            {
                "pace": pace(part.unit, part.every),
                "amount": format_eur(left),
                "pct": round_to(left * 100 / base, 1) if base else None,
                "missing": len(costs) - len(known),
            }
        )
    return told


def totals_of(numbers: Figures | None) -> dict[str, Any]:
    """The sums for the screen: one-off and recurring apart."""
    if numbers is None:
        return {"headline": format_eur(0), "parts": [], "deposit": "", "tax": tax_name([])}
    return {
        "headline": numbers.headline,
        "tax": tax_name(numbers.parts),
        "deposit": format_eur(numbers.deposit) if numbers.deposit else "",
        "parts": [
            {
                "pace": pace(part.unit, part.every),
                "discount": (
                    format_eur(-part.totals.global_discount) if part.totals.global_discount else ""
                ),
                "base": format_eur(part.totals.base_total),
                "taxes": tax_rows(part),
                "total": format_eur(part.totals.total),
            }
            for part in numbers.parts
        ],
    }


def _unsaved(
    request: HttpRequest, quote: Quote
) -> tuple[list[QuoteLine], list[int], Any, list[str]]:
    """The lines as they are on the screen, without saving (and the fields put on the quote).

    Rows that are not well written are left out; the second list says which row each line is; the
    third is the formset; the fourth, the fields that followed a change of client.
    """
    form = _form(request, quote, request.POST)
    if not form.is_valid():
        form.cleaned_data["conditions"] = form.cleaned_data.get("conditions") or ""
    party = quote.party
    for name in EDITABLE:
        value = form.cleaned_data.get(name)
        if value is not None or name == "price_list":
            setattr(quote, name, value)
    follows = form.follows_client
    if quote.party != party and not follows and "price_list" not in form.changed_data:
        follows = ["price_list"]
    _follow_client(quote, follows)
    rows, places, untouched = [], [], []
    lines = lines_formset(quote.company, data=request.POST)
    position = {line.prefix: n for n, line in enumerate(lines.forms)}
    good = [line for line in lines_in_order(lines) if line.is_valid()]
    for line, values in with_sections(good):
        untouched.append(values.pop("untouched"))
        rows.append(QuoteLine(quote=quote, **values))
        places.append(position[line.prefix])
    alone = Counter(row.group for row in rows)
    for row in rows:
        if alone[row.group] < 2:  # an alternative that is being written
            row.group = ""
    price_lines(quote, rows, untouched)
    return rows, places, lines, follows


def _follow_client(quote: Quote, names: Sequence[str]) -> None:
    """What nobody touched on the screen becomes that of the client chosen on it."""
    name, email = reader_of(quote.party)
    usual = {
        "contact_name": name,
        "email": email,
        "price_list": price_list_of(quote.party, quote.company),
    }
    for field in names:
        setattr(quote, field, usual[field])


def _followers(request: HttpRequest, quote: Quote, names: Sequence[str]) -> list[Any]:
    """The fields of the screen that have to show something else for the client chosen."""
    form = _form(request, quote)
    shown = {name: request.POST.get(name, "") for name in names}
    return [form[name] for name in names if str(form[name].value() or "") != shown[name]]


@member_required(permissions.EDIT)
@require_POST
def calculation(request: HttpRequest, pk: int) -> HttpResponse:
    """Amounts and prices of what is on the screen. Nothing is saved."""
    quote = _quote(request, pk)
    member = request.member  # type: ignore[attr-defined]
    rows, places, lines, follows = _unsaved(request, quote)
    numbers = figures(take(quote, rows)) if rows else None
    forms = lines.forms[:300]
    shown: list[dict[str, Any]] = [
        {"n": n, "form": form, "amount": "—", "origin": None, "prefix": form.prefix}
        for n, form in enumerate(forms)
    ]
    if numbers is not None:
        for key, (n, line) in enumerate(zip(places, rows, strict=True), 1):
            shown[n] |= {
                "amount": format_eur(numbers.nets[key]),
                "origin": origin_of(line, member),
                "priced": _repriced(forms[n], line, quote),
            }
        in_order = [shown[n] for n in _screen_order(lines, places)]
        for row, amount in _subtotals(in_order, numbers):
            row["amount"] = amount
    context = {
        "totals": totals_of(numbers),
        "rows": shown,
        "margin": margin_of(numbers, rows, member),
        "warning": warning_of(quote.price_list, quote.created_on),
        "need": need_of(quote, member, rows),
        "quote": quote,
        "followers": _followers(request, quote, follows),
    }
    return render(request, "sales/_calculation.html", context)


def _screen_order(lines: Any, places: list[int]) -> list[int]:
    """The rows that count, headings included, in the order of the screen."""
    position = {form.prefix: n for n, form in enumerate(lines.forms)}
    wanted = set(places)
    order = [position[form.prefix] for form in lines_in_order(lines)]
    return [n for n in order if n in wanted or lines.forms[n].is_heading]


def _repriced(form: LineForm, line: QuoteLine, quote: Quote) -> LineForm | None:
    """The row with the price that the tarifa gives now; None when it is what it already shows."""
    data = form.cleaned_data
    shown = (data["unit_price"] or Decimal(0), data["discount_pct"] or Decimal(0))
    kept = row_of(line)
    same = shown == (line.unit_price, line.discount_pct)
    if line.price_by_hand or (same and data["suggested"] == kept["suggested"]):
        return None  # whoever is typing keeps their field
    return LineForm(prefix=form.prefix, initial=kept, company=quote.company)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as it will be: of the screen (POST) or as saved (GET), page by page."""
    quote = _quote(request, pk)
    if request.method == "POST":
        rows, _places, _lines, _follows = _unsaved(request, quote)
    else:
        rows = list(quote.lines.all())
    pages = paper.quote_svg(take(quote, rows))
    sources = [base64.b64encode(page.encode()).decode() for page in pages]
    return render(request, "sales/_paper.html", {"pages": sources, "quote": quote})
