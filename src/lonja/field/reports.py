"""What a device takes with it: the catalogue, the tarifas, and the clients its member may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone

from lonja.accounts.models import Company, Membership
from lonja.catalogue import permissions as catalogue
from lonja.catalogue.models import PartyPriceList, PriceList, Product
from lonja.field.prices import Content
from lonja.kit.text import search_text
from lonja.parties import qualifying
from lonja.parties.models import Contact, LeadSource, Party, Stage
from lonja.sales.choices import plain
from lonja.sales.legal import text_in_force
from lonja.sales.models import Quote, QuoteLine, TextKind
from lonja.sales.policy import limit_of, settings_of
from lonja.sales.signing import dynamics_key

# A salesperson with more keeps those that moved last; the rest are found with connection.
MOST_CLIENTS = 4000
POPULAR = 12


def data_for(member: Membership, company: Company, content: Content) -> dict[str, Any]:
    """Everything a device of a member keeps, as plain data. A bounded number of queries."""
    settings, limit = settings_of(company), limit_of(member, company)
    return {
        "v": 1,
        "member": {"id": member.pk, "name": member.name},
        "company": {
            "id": company.pk,
            "name": company.display_name,
            "legal_name": company.legal_name,
        },
        "legal": _legal(company),
        "prices": content,
        "catalogue": _catalogue(member),
        "popular": _popular(member, company),
        "clients": clients_for(member, company),
        "limit": None if limit is None else plain(limit),
        "valid_days": settings.valid_days,
        "deposit_pct": plain(settings.deposit_pct),
        "conditions": settings.conditions,
        "qualify": _asked(),
        "sources": list(
            LeadSource.objects.filter(active=True).order_by("name").values_list("name", flat=True)
        ),
    }


def _legal(company: Company) -> dict[str, Any]:
    """The texts that a signer accepts, as they are in force; dynamics only if they are kept."""
    kinds = [TextKind.ACCEPT, TextKind.ACCEPT_FOR, TextKind.CONDITIONS]
    key = dynamics_key(company)
    if key is not None:
        kinds.append(TextKind.BIOMETRICS)
    texts: dict[str, Any] = {}
    for kind in kinds:
        version, body = text_in_force(company, kind)
        texts[str(kind)] = {"version": version, "body": body}
    if key is not None:
        texts["holder"] = key.holder
    return texts


def _catalogue(member: Membership) -> list[dict[str, Any]]:
    """What the lists show of each product; the cost, only to whom may see it."""
    costs = member.can(catalogue.COST)
    rows = Product.objects.visible_to(member).filter(is_active=True).order_by("name", "pk")
    found = []
    for row in rows:
        one = {"id": row.pk, "code": row.code, "family": row.family, "kind": row.kind}
        if costs and row.cost is not None:
            one["cost"] = plain(row.cost)
        found.append(one)
    return found


def _popular(member: Membership, company: Company) -> list[int]:
    """The products that go most often in the quotes of the member this year."""
    since = timezone.localdate() - timedelta(days=365)
    rows = QuoteLine.objects.filter(
        quote__company=company,
        quote__agent_id__in=member.subordinate_ids(),
        quote__created_on__gte=since,
        product__is_active=True,
    )
    often = rows.values("product_id").annotate(times=Count("id")).order_by("-times", "product_id")
    return [row["product_id"] for row in often[:POPULAR]]


def clients_for(member: Membership, company: Company) -> list[dict[str, Any]]:
    """The clients and leads of the member, those with the latest quotes first."""
    rows = Party.objects.visible_to(member).filter(archived_at=None)
    recent = dict(
        Quote.objects.filter(party__in=rows.values("pk"))
        .values("party_id")
        .annotate(last=Max("created_at"))
        .values_list("party_id", "last")
    )
    parties = list(rows.order_by("-updated_at", "-pk")[:MOST_CLIENTS])
    parties.sort(key=lambda one: recent.get(one.pk) or one.created_at, reverse=True)
    people: dict[int, list[Contact]] = {}
    for contact in Contact.objects.filter(party__in=rows.values("pk")).order_by("-is_main", "pk"):
        people.setdefault(contact.party_id, []).append(contact)
    tarifas = price_lists_of(parties, company)
    known = qualifying.rules()
    return [_client(one, people.get(one.pk, []), tarifas.get(one.pk), known) for one in parties]


def _client(
    party: Party, people: list[Contact], price_list: int | None, known: qualifying.Rules
) -> dict[str, Any]:
    main = people[0] if people else None
    lead = party.stage == Stage.LEAD
    missing = qualifying.missing_of(party, people, known) if lead else []
    found: dict[str, Any] = {
        "id": party.pk,
        "name": party.display_name,
        "legal": party.name,
        "nif": party.nif,
        "city": party.city,
        "phone": party.phone_text,
        "email": (main.email if main else "") or party.email,
        "contact": main.name if main else "",
        "person": party.kind == "consumer",
        "country": party.country,
        "lead": lead,
        "list": price_list,
        "surcharge": party.surcharge,
        "tax": party.tax_category,
        "blocked": party.blocked_reason,
        "missing": [str(fact.label) for fact in missing],
    }
    return {name: value for name, value in found.items() if value not in ("", None, [], False)}


def price_lists_of(parties: list[Party], company: Company) -> dict[int, int]:
    """The tarifa in use of each client in a company, as `catalogue.pricing.price_list_of` says of
    one, in two queries. Retired ones are of nobody."""
    rows = [
        one
        for one in PriceList.objects.order_by("pk")
        if one.company_id is None or one.company_id == company.pk
    ]
    by_name = {one.folded_name: one for one in rows}
    by_pk = {one.pk: one for one in rows}
    own: dict[int, list[PriceList]] = {}
    for party_id, list_id in PartyPriceList.objects.order_by("price_list_id").values_list(
        "party_id", "price_list_id"
    ):
        if list_id in by_pk:
            own.setdefault(party_id, []).append(by_pk[list_id])
    found: dict[int, int] = {}
    for party in parties:
        named = by_name.get(search_text(party.tariff)[:120]) if party.tariff else None
        assigned = sorted(own.get(party.pk, []), key=lambda one: one.company_id is None)
        first = named or (assigned[0] if assigned else None)
        if first is not None and first.retired_at is None:
            found[party.pk] = first.pk
    return found


def _asked() -> dict[str, list[str]]:
    """What has to be known of a lead of each kind to qualify it."""
    return {
        str(kind): [str(worth.fact.slug) for worth in worths if worth.required]
        for kind, worths in qualifying.rules().items()
    }
