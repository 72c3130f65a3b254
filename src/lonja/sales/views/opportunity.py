"""The page of an oferta, and what can be done with it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.kit.errors import Refused
from lonja.kit.text import row_id
from lonja.parties.models import Party
from lonja.sales import next_step, permissions, reports
from lonja.sales.actions.newcomer import party_of
from lonja.sales.actions.offer_moves import lose_opportunity, reopen_opportunity, win_opportunity
from lonja.sales.actions.opportunities import (
    create_opportunity,
    duplicate_opportunity,
    quotes_open,
    save_opportunity,
)
from lonja.sales.actions.opportunity_quotes import (
    alternative_of,
    join_opportunity,
    name_alternative,
    quote_for,
)
from lonja.sales.forms_offers import AlternativeForm, LoseForm, NewOfferForm, OfferForm
from lonja.sales.models import Opportunity, PipelineStage, Quote
from lonja.sales.offer_reports import history, offer_rows, quote_groups
from lonja.sales.views.pipeline import get_offer, undo_url
from lonja.tasks import permissions as tasks_permissions
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, panel, refused_form, toast


def _page(offer: Opportunity) -> str:
    return reverse("sales:opportunity", args=[offer.pk])


@member_required(permissions.OFFERS_VIEW)
@require_GET
def opportunity(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it is, what comes next, its presupuestos and what happened."""
    offer = get_offer(request, pk)
    member = request.member  # type: ignore[attr-defined]
    now = timezone.now()
    stages = PipelineStage.objects.active().filter(company=offer.company)
    tasks = next_step.tasks_of(offer, member) if offer.is_open else []
    sees_quotes = member.can(permissions.VIEW)
    context = {
        "offer": offer,
        "stages": [one for one in stages if one.is_open or one.pk == offer.stage_id],
        "ends": {one.kind: one for one in stages if not one.is_open},
        "tasks": tasks,
        "step": next_step.step(tasks[0].due_at if tasks else None, now),
        "sees_tasks": member.can(tasks_permissions.VIEW),
        "may_task": member.can(tasks_permissions.EDIT),
        "groups": quote_groups(offer, member) if sees_quotes else [],
        "sees_quotes": sees_quotes,
        "events": history(offer, member),
        "contacts": list(offer.party.contacts.order_by("-is_main", "pk")[:3]),
        "days": max(0, (now - offer.stage_since).days),
        "may_edit": member.can(permissions.OFFERS_EDIT),
        "may_quote": member.can(permissions.EDIT) and offer.is_open,
    }
    return render(request, "sales/opportunity.html", context)


@member_required(permissions.OFFERS_EDIT)
@require_http_methods(["GET", "POST"])
@once
def new(request: HttpRequest) -> HttpResponse:
    """Somebody we know, or a new potencial, and what we hope to sell them."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    initial: dict[str, Any] = {"agent": member.pk}
    if client := row_id(request.GET.get("cliente", "")):
        initial["party"] = get_visible(request, Party, client)
    form = NewOfferForm(request.POST or None, member=member, company=company, initial=initial)
    template, context = "sales/opportunity_new.html", {"form": form}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    data = form.cleaned_data
    values = form.values()
    if values["stage"] is None:
        del values["stage"]
    try:
        with transaction.atomic():  # what fails leaves no potencial behind
            party = party_of(data, agent=values["agent"] or member, by=member)
            offer = create_opportunity(company=company, party=party, by=member, **values)
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Oferta %(number)s creada") % {"number": offer.number})
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": _page(offer)})
    return done(request, _page(offer))


@member_required(permissions.OFFERS_EDIT)
@require_http_methods(["GET", "POST"])
@once
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    offer = get_offer(request, pk)
    member = request.member  # type: ignore[attr-defined]
    form = OfferForm(
        request.POST or None,
        member=member,
        company=offer.company,
        initial=OfferForm.initial_of(offer),
    )
    template, context = "sales/opportunity_edit.html", {"form": form, "offer": offer}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        save_opportunity(offer, fields=form.values(), by=member)
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Oferta guardada"))
    return done(request, _page(offer))


@member_required(permissions.OFFERS_EDIT)
@require_http_methods(["GET", "POST"])
@once
def lose(request: HttpRequest, pk: int) -> HttpResponse:
    """«Perdida» asks why."""
    offer = get_offer(request, pk)
    waiting = quotes_open(offer).count()
    form = LoseForm(
        request.POST or None,
        company=offer.company,
        open_quotes=waiting,
        initial={"reason": offer.lost_reason_id, "note": offer.lost_note},
    )
    template, context = "sales/opportunity_lose.html", {"form": form, "offer": offer}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    before, was_open = offer.stage, offer.is_open
    closes = form.cleaned_data.get("close_quotes", False)
    try:
        lost = lose_opportunity(
            offer,
            by=request.member,  # type: ignore[attr-defined]
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            close_quotes=closes,
        )
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    # What closed presupuestos cannot be undone with one press.
    undo = undo_url(lost, before) if was_open and not closes else ""
    toast(request, _("%(number)s, perdida") % {"number": offer.number}, undo=undo)
    return done(request, _page(offer))


@member_required(permissions.OFFERS_EDIT)
@require_POST
@once
def win(request: HttpRequest, pk: int) -> HttpResponse:
    """«Ganada», without a signature."""
    offer = get_offer(request, pk)
    before, was_open = offer.stage, offer.is_open
    won = win_opportunity(offer, by=request.member, quote=None)  # type: ignore[attr-defined]
    toast(
        request,
        _("¡%(number)s, ganada!") % {"number": offer.number},
        undo=undo_url(won, before) if was_open else "",
    )
    return done(request, _page(offer))


@member_required(permissions.OFFERS_EDIT)
@require_POST
@once
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    offer = reopen_opportunity(get_offer(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Otra vez abierta, en «%(stage)s»") % {"stage": offer.stage.name})
    return done(request, _page(offer))


@member_required(permissions.OFFERS_EDIT)
@require_POST
@once
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    copy = duplicate_opportunity(get_offer(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Copia creada: %(number)s") % {"number": copy.number})
    return done(request, _page(copy))


@member_required(permissions.EDIT)
@require_POST
@once
def new_quote(request: HttpRequest, pk: int) -> HttpResponse:
    """«Nuevo presupuesto» with what the oferta knows; `alternativa`: one more to choose from."""
    offer = get_offer(request, pk)
    made = quote_for(
        offer,
        by=request.member,  # type: ignore[attr-defined]
        alternative=request.POST.get("alternativa") == "1",
    )
    return done(request, reverse("sales:quote_edit", args=[made.pk]))


def _quote(request: HttpRequest, pk: int) -> Quote:
    rows = Quote.objects.filter(opportunity__isnull=False)
    return get_visible(request, rows.select_related("company", "party", "opportunity"), pk)


@member_required(permissions.EDIT)
@require_POST
@once
def copy_quote(request: HttpRequest, pk: int) -> HttpResponse:
    """«Otra alternativa como esta»."""
    made = alternative_of(_quote(request, pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Alternativa «%(name)s» creada") % {"name": made.alternative})
    return done(request, reverse("sales:quote_edit", args=[made.pk]))


@member_required(permissions.EDIT)
@require_http_methods(["GET", "POST"])
@once
def alternative(request: HttpRequest, pk: int) -> HttpResponse:
    """The name by which a presupuesto is told from its alternatives; empty: it is independent."""
    quote = _quote(request, pk)
    form = AlternativeForm(request.POST or None, initial={"alternative": quote.alternative})
    template, context = "sales/quote_alternative.html", {"form": form, "quote": quote}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    name_alternative(quote, form.cleaned_data["alternative"], by=request.member)  # type: ignore[attr-defined]
    return done(request, reverse("sales:opportunity", args=[quote.opportunity_id]))


@member_required(permissions.OFFERS_VIEW)
@require_GET
def quote_panel(request: HttpRequest, type: str, pk: int) -> HttpResponse:
    """On the page of a presupuesto: the oferta it belongs to, or those it may join."""
    if type != "sales.quote":
        return HttpResponse(status=404)
    quote = get_visible(request, Quote.objects.select_related("opportunity__stage"), pk)
    member = request.member  # type: ignore[attr-defined]
    offers = Opportunity.objects.visible_to(member)
    mine = offers.filter(pk=quote.opportunity_id).select_related("stage").first()
    may_edit = member.can(permissions.EDIT) and member.can(permissions.OFFERS_EDIT)
    choices: list[Opportunity] = []
    if quote.opportunity_id is None and may_edit:
        open_ones = offers.open().filter(party_id=quote.party_id, company_id=quote.company_id)
        choices = list(open_ones.order_by("-pk")[:20])
    if mine is None and (quote.opportunity_id is not None or not may_edit):
        return HttpResponse(status=404)
    context = {"quote": quote, "offer": mine, "choices": choices, "may_edit": may_edit}
    home = reverse("sales:quote", args=[quote.pk])
    return panel(request, "sales/quote_offer.html", context, home=home)


@member_required(permissions.EDIT)
@require_POST
@once
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """A presupuesto made apart joins an oferta of its client, or a new one."""
    quote = get_visible(request, Quote.objects.select_related("company", "party"), pk)
    asked = row_id(request.POST.get("oferta", ""))
    offer = get_offer(request, asked) if asked is not None else None
    joined = join_opportunity(quote, offer, by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Ahora es de la oferta %(number)s") % {"number": joined.number})
    return done(request, reverse("sales:quote", args=[quote.pk]))


@member_required(permissions.OFFERS_VIEW)
@require_GET
def client_tab(request: HttpRequest, party_id: int) -> HttpResponse:
    """«Ofertas y presupuestos» of a client."""
    party = get_visible(request, Party, party_id)
    member = request.member  # type: ignore[attr-defined]
    rows = []
    if member.can(permissions.VIEW):
        found = Quote.objects.visible_to(member).filter(party=party).select_related("company")
        rows = [
            {
                "quote": one,
                "badge": reports.state_badge(one, one.company.today()),
                "amount": reports.amount_text(one),
            }
            for one in found.order_by("-created_on", "-pk")[:100]
        ]
    context = {
        "party": party,
        "rows": rows,
        "offers": offer_rows(party, member),
        "may_edit": member.can(permissions.EDIT),
        "may_offer": member.can(permissions.OFFERS_EDIT),
    }
    home = f"{reverse('parties:client', args=[party.pk])}?tab=presupuestos"
    title = _("Ofertas y presupuestos")
    return panel(request, "sales/client_tab.html", context, home=home, title=title)
