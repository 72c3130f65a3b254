"""Leads: writing one down, qualifying, discarding and making it a client."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models.people import Role
from lonja.kit.errors import Refused
from lonja.parties import permissions
from lonja.parties.actions import clients, duplicates, leads
from lonja.parties.forms import ConvertForm, DiscardForm, LeadForm
from lonja.parties.models import LeadStatus, Party, Stage
from lonja.parties.views.ficha import client
from lonja.ui.once import once
from lonja.ui.requests import is_drawer
from lonja.ui.shortcuts import done, invalid, refuse_into, refused_form, toast

QUICK, FULL = "parties/lead_quick.html", "parties/lead_form.html"


@member_required(permissions.VIEW)
@require_GET
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a lead: that of a client, at an earlier stage."""
    return client(request, pk)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def lead_new(request: HttpRequest) -> HttpResponse:
    """In the drawer, a few fields; as a page, all of them."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    quick = is_drawer(request)
    initial = {"name": request.GET.get("nombre", "")[:120]}
    if member.role == Role.SALES:
        initial["agent"] = member.pk
    form = LeadForm(
        request.POST or None,
        member=member,
        quick=quick,
        initial=initial if request.method != "POST" else None,
    )
    template = QUICK if quick else FULL
    context: dict[str, Any] = {"form": form}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    insists = request.POST.get("igualmente") == "1"
    data = {
        **form.cleaned_data,
        "allow_duplicate": insists,
        "allow_nif": insists and member.can(permissions.DUPLICATE),
    }
    try:
        party = leads.capture_lead(data, by=member, company=company)
    except duplicates.LooksLike as refused:
        # Whoever looks alike may be somebody else: anybody may say so.
        return _alike(request, template, form, refused.told, may_insist=True)
    except duplicates.DuplicateNif as refused:
        told = [duplicates.Told(refused.party, ("nif",))]
        may = member.can(permissions.DUPLICATE)
        return _alike(request, template, form, told, may_insist=may)
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Potencial apuntado"))
    url = reverse("parties:lead", args=[party.pk])
    if quick:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return done(request, url)


def _alike(
    request: HttpRequest, template: str, form: Any, told: list[Any], *, may_insist: bool
) -> HttpResponse:
    for one in told[:3]:
        refuse_into(form, Refused("lead_duplicate", one.text))
    context = {"form": form, "told": told[:3], "may_insist": may_insist}
    return invalid(request, template, context, status=409)


def _lead(request: HttpRequest, pk: int) -> Party:
    return get_visible(request, Party.objects.select_related("agent__user"), pk)


def _page(party: Party) -> str:
    name = "parties:lead" if party.stage == Stage.LEAD else "parties:client"
    return reverse(name, args=[party.pk])


@member_required(permissions.EDIT)
@require_POST
@once
def lead_move(request: HttpRequest, pk: int) -> HttpResponse:
    """To another state: contacted, qualified (when nothing is missing), new again."""
    party = _lead(request, pk)
    asked = request.POST.get("estado", "")
    if asked not in LeadStatus.values or asked == LeadStatus.DISCARDED:
        return HttpResponseRedirect(_page(party), status=303)
    try:
        party = leads.move_lead(party, asked, by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        toast(request, str(refused), tone="bad")
    else:
        label = LeadStatus(party.lead_status).label
        toast(request, _("%(name)s: %(status)s") % {"name": party.name, "status": label.lower()})
    return HttpResponseRedirect(_page(party), status=303)


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def lead_discard(request: HttpRequest, pk: int) -> HttpResponse:
    party = _lead(request, pk)
    form = DiscardForm(request.POST or None)
    template, context = "parties/lead_discard.html", {"form": form, "party": party}
    if not form.is_bound:
        return render(request, template, context)
    if not form.is_valid():
        return invalid(request, template, context)
    try:
        leads.discard_lead(party, form.cleaned_data["reason"], by=request.member)  # type: ignore[attr-defined]
    except Refused as refused:
        return refused_form(request, template, context, form, refused)
    toast(request, _("Potencial descartado"))
    return done(request, _page(party))


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def lead_convert(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask only what an invoice will need, and make it a client."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    party = _lead(request, pk)
    if party.stage != Stage.LEAD:
        return done(request, _page(party))
    name = party.display_name
    missing = leads.missing_to_invoice(party)
    form = ConvertForm(request.POST or None, instance=party, missing=missing)
    template = "parties/lead_convert.html"
    context: dict[str, Any] = {"form": form, "party": party, "name": name, "missing": missing}
    # Without anything to ask, pressing the button is a POST without fields.
    if request.method != "POST":
        return render(request, template, context)
    form = ConvertForm(request.POST, instance=party, missing=missing)
    context["form"] = form
    if not form.is_valid():
        return invalid(request, template, context)
    typed = [field for field in form.fields if form.cleaned_data.get(field)]
    if "nif" in typed:
        typed.append("id_type")
    if "postcode" in typed:
        typed.append("province")
    insists = request.POST.get("igualmente") == "1" and member.can(permissions.DUPLICATE)
    try:
        clients.update_client(party, typed, by=member, allow_duplicate=insists)
        party = leads.convert_lead(party, by=member, on=company.today())
    except Refused as refused:
        if isinstance(refused, duplicates.DuplicateNif):
            context["told"] = [duplicates.Told(refused.party, ("nif",))]
            context["may_insist"] = member.can(permissions.DUPLICATE)
            context["may_merge"] = refused.party and member.can(permissions.MERGE)
        return refused_form(request, template, context, form, refused)
    toast(request, _("%(name)s ya es cliente") % {"name": party.display_name})
    url = _page(party)
    if is_drawer(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return done(request, url)
