"""The page of a client: header, figures, tabs of every room, and the two tabs of this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.ahead import Question, asked_ahead
from lonja.accounts.prepared import Prepared, Slot
from lonja.accounts.seen import Seen
from lonja.activity import labels
from lonja.mail.models import BadAddress
from lonja.parties import permissions, reports
from lonja.parties.actions.merge import undoable, undoable_asked
from lonja.parties.actions.score import missing_to_qualify
from lonja.parties.actions.vies import last_check
from lonja.parties.countries import country_name
from lonja.parties.lead_table import score_tone, status_badge
from lonja.parties.merging import one_family
from lonja.parties.models import Contact, IdType, LeadStatus, Party, PartyTag
from lonja.parties.qualifying import reasons_in_words
from lonja.parties.registry import client_conditions
from lonja.tax.categories import category
from lonja.ui import registry
from lonja.ui.requests import target
from lonja.ui.shortcuts import include, panel

SUMMARY = "parties:client_summary"
RECENT = 5
PAGE = 30
# Asked by every page of a client.
_main_contact = Prepared(
    lambda: Contact.objects.filter(party_id=Slot("party"), is_main=True).order_by("pk")[:1]
)
_contacts = Prepared(
    lambda: Contact.objects.filter(party_id=Slot("party")).order_by("-is_main", "name")[:100]
)
_tags = Prepared(
    lambda: (
        PartyTag.objects.filter(party_id=Slot("party")).select_related("tag").order_by("tag__name")
    )
)


_party = Seen(
    Party,
    lambda rows: rows.filter(pk=Slot("pk")).select_related("agent__user", "lead_source")[:1],
)


@member_required(permissions.VIEW)
@require_GET
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """`?tab=` chooses the tab; asked by htmx for `#panel`, only that tab is answered.

    A party that was merged leads to the one kept.
    """
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, _party, pk)
    if party.merged_into_id:
        kept = reverse("parties:client", args=[party.merged_into_id])
        query = request.GET.urlencode()
        return HttpResponseRedirect(f"{kept}?{query}" if query else kept)
    tabs = registry.client_tabs_for(member)
    asked = request.GET.get("tab", "")
    current = next((tab for tab in tabs if tab.slug == asked), tabs[0])
    if target(request) == "panel":
        return HttpResponse(_panel(request, current, party))
    with one_family([party.pk]), asked_ahead(*_questions(member, party, tabs, current)):
        return render(request, "parties/client.html", _context(request, party, tabs, current))


def _panel(request: HttpRequest, tab: registry.ClientTab, party: Party) -> str:
    return include(request, tab.url_name, party.pk, query=request.GET.urlencode())


def _questions(
    member: Any, party: Party, tabs: Sequence[registry.ClientTab], current: registry.ClientTab
) -> list[Question]:
    """What the whole page asks and can be asked at once."""
    of_party = {"party": party.pk}
    questions: list[Question] = [(_main_contact, of_party)]
    if current.url_name == SUMMARY:
        questions += [*_party.asked(member, pk=party.pk), (_contacts, of_party), (_tags, of_party)]
    for fact in registry.client_facts_for(member):
        questions += fact.asks(member, [party.pk])
    for tab in tabs:
        questions += tab.asks(member, party.pk)
    for condition in client_conditions():
        questions += condition.asks(party)
    if member.can(permissions.MERGE):
        questions.append(undoable_asked(party))
    return questions


def _context(
    request: HttpRequest,
    party: Party,
    tabs: Sequence[registry.ClientTab],
    current: registry.ClientTab,
) -> dict[str, Any]:
    member = request.member  # type: ignore[attr-defined]
    content = _panel(request, current, party)
    main_contact = _main_contact.first(party=party.pk)
    return {
        "party": party,
        "facts": _facts(member, party),
        "tabs": [
            {
                "label": tab.label,
                "url": f"?tab={tab.slug}",
                "current": tab is current,
                "count": tab.count(member, party.pk) if tab.count else 0,
            }
            for tab in tabs
        ],
        "panel": content,
        "main_contact": main_contact,
        "documents": _documents(member, party),
        "may_edit": member.can(permissions.EDIT),
        "may_block": member.can(permissions.BLOCK),
        "terms": _terms(party),
        "map_url": _map_url(party),
        "has_vat": party.id_type == IdType.VAT_EU,
        "vat_check": last_check(party) if party.id_type == IdType.VAT_EU else None,
        "conditions": [one.shown(member, party) for one in client_conditions()],
        "bad_addresses": _bad_addresses(party),
        "lead": _lead(party) if party.is_lead else None,
        "may_merge": member.can(permissions.MERGE),
        "merges": undoable(party) if member.can(permissions.MERGE) else [],
    }


def _lead(party: Party) -> dict[str, Any]:
    """What the page of a lead says besides: its state, its points and what is missing."""
    missing = missing_to_qualify(party)
    status = party.lead_status or LeadStatus.NEW
    steps = [
        {"value": "contacted", "label": _("Contactado"), "off": False},
        {"value": "qualified", "label": _("Cualificar"), "off": bool(missing)},
    ]
    if status == LeadStatus.DISCARDED:
        steps = [{"value": "contacted", "label": _("Retomar"), "off": False}]
    return {
        "badge": status_badge(party),
        "tone": score_tone(party.score),
        "reasons": reasons_in_words(party.score_reasons),
        "missing": missing,
        "discarded": status == LeadStatus.DISCARDED,
        "steps": [step for step in steps if step["value"] != status],
    }


def _facts(member: Any, party: Party) -> list[dict[str, str]]:
    shown = []
    for fact in registry.client_facts_for(member):
        text, tone = fact.read(member, [party.pk]).get(party.pk, ("", ""))
        # Of a lead, that nothing was billed says nothing.
        if text and not (party.is_lead and text.startswith("0,00")):
            shown.append({"label": fact.label, "text": text, "tone": tone})
    return shown


def _documents(member: Any, party: Party) -> list[dict[str, Any]]:
    """What can be created for this client: the «Nuevo» entries of other rooms."""
    return [
        {"label": item.label, "icon": item.icon, "url": f"{item.url()}?cliente={party.pk}"}
        for item in registry.new_for(member)
        if not item.url_name.startswith("parties:") and not item.url_name.startswith("catalogue:")
    ]


def _terms(party: Party) -> str:
    method = party.get_payment_method_display()
    if party.instalment_terms:
        return f"{method} · {party.instalment_terms}"
    if party.payment_terms_days is None:
        return str(method)
    if party.payment_terms_days == 0:
        return _("%(method)s · al contado") % {"method": method}
    return _("%(method)s · %(days)s días") % {"method": method, "days": party.payment_terms_days}


def _bad_addresses(party: Party) -> list[BadAddress]:
    """The addresses of the client that bounced for good."""
    every = party.every_address
    return list(BadAddress.objects.filter(address__in=every).order_by("pk")) if every else []


def _map_url(party: Party) -> str:
    from urllib.parse import quote

    if not (party.address and (party.city or party.postcode)):
        return ""
    return "https://www.openstreetmap.org/search?query=" + quote(", ".join(party.address_lines))


@member_required(permissions.VIEW)
@require_GET
def client_summary(request: HttpRequest, pk: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, _party, pk)
    context = {
        "party": party,
        "contacts": _contacts.all(party=party.pk),
        "events": [labels.told(event) for event in reports.history(member, party, limit=RECENT)],
        "tags": _tags.all(party=party.pk),
        "country": country_name(party.country),
        "tax_treatment": category(party.tax_category).label if party.tax_category else "",
        "may_edit": member.can(permissions.EDIT),
        "activity_url": f"{reverse('parties:client', args=[party.pk])}?tab=actividad",
    }
    return panel(
        request,
        "parties/client_summary.html",
        context,
        home=f"{reverse('parties:client', args=[party.pk])}?tab=resumen",
    )


@member_required(permissions.VIEW)
@require_GET
def client_activity(request: HttpRequest, pk: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    party = get_visible(request, Party, pk)
    text = request.GET.get("antes", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    asked = request.GET.getlist("tipo")[:20]
    groups = labels.timeline_groups()
    chosen = [group for group in groups if group.slug in asked]
    events = reports.history(member, party, before=before, limit=PAGE + 1, groups=chosen)
    more = events[PAGE - 1].pk if len(events) > PAGE else 0
    base = f"{reverse('parties:client', args=[party.pk])}?tab=actividad"
    home = base + "".join(f"&tipo={group.slug}" for group in chosen)
    context = {
        "party": party,
        "base": base,
        "events": [labels.told(event) for event in events[:PAGE]],
        "more": more,
        "before": before,
        "home": home,
        "filters": [_filter(group, [one.slug for one in chosen]) for group in groups],
        "asked": urlencode([("tipo", group.slug) for group in chosen]),
        "entries": [
            include(request, entry.url_name, party.pk)
            for entry in registry.timeline_entries_for(member)
            if not before
        ],
    }
    return panel(request, "parties/client_activity.html", context, home=home)


def _filter(group: labels.Group, chosen: list[str]) -> dict[str, Any]:
    """A chip: its words, and the address that adds or takes away that filter."""
    on = group.slug in chosen
    left = [slug for slug in chosen if slug != group.slug] if on else [*chosen, group.slug]
    query = "".join(f"&tipo={slug}" for slug in left)
    return {"label": group.label, "on": on, "query": query}
