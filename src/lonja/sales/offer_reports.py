"""Reads about ofertas: their presupuestos, what happened, those of a client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from lonja.accounts.models import Membership
from lonja.accounts.prepared import Slot
from lonja.accounts.seen import Seen, how_many
from lonja.activity.labels import Told, hidden_verbs, told
from lonja.activity.models import Event
from lonja.parties.figures import CountOfParty
from lonja.parties.models import Party
from lonja.sales import next_step, reports
from lonja.sales.models import Opportunity, Quote, QuoteStatus


@dataclass(frozen=True)
class QuoteRow:
    quote: Quote
    badge: reports.Badge
    amount: str


@dataclass(frozen=True)
class QuoteGroup:
    """The alternatives of an oferta, of which one can be accepted; or an independent one."""

    rows: list[QuoteRow]
    alternatives: bool


def quote_groups(offer: Opportunity, member: Membership) -> list[QuoteGroup]:
    """Its presupuestos: first the alternatives together, then the independent ones."""
    found = Quote.objects.visible_to(member).filter(opportunity=offer).order_by("alternative", "pk")
    today = offer.company.today()
    rows = [
        QuoteRow(one, reports.state_badge(one, today), reports.amount_text(one)) for one in found
    ]
    named = [row for row in rows if row.quote.alternative]
    alone = [row for row in rows if not row.quote.alternative]
    groups = [QuoteGroup(named, True)] if named else []
    return groups + ([QuoteGroup(alone, False)] if alone else [])


def history(offer: Opportunity, member: Membership, limit: int = 60) -> list[Told]:
    """What happened to the oferta and to the presupuestos of it that the member may see."""
    quotes = Quote.objects.visible_to(member).filter(opportunity=offer).values("pk")
    mine = Q(target_type="sales.opportunity", target_id=offer.pk)
    theirs = Q(
        target_type="sales.quote",
        target_id__in=quotes,
        verb__in=[
            "sales.quote_sent",
            "sales.quote_viewed",
            "sales.quote_question",
            "sales.quote_accepted",
            "sales.quote_rejected",
        ],
    )
    events = Event.objects.filter(mine | theirs).exclude(verb__in=hidden_verbs(member))
    return [told(event) for event in events.order_by("-id")[:limit]]


def offer_rows(party: Party, member: Membership, limit: int = 50) -> list[dict[str, Any]]:
    """The ofertas of a client, the open ones first, with their next step."""
    rows = Opportunity.objects.visible_to(member).filter(party=party).select_related("stage")
    newest = rows.order_by(F("closed_at").desc(nulls_first=True), "-pk")[:limit]
    found = next_step.attach(list(newest), member)
    now = timezone.now()
    return [
        {"offer": one, "step": next_step.of(one, now) if one.is_open else None} for one in found
    ]


# Open ofertas of a client, and presupuestos apart from them still to be answered.
open_count = CountOfParty(
    Seen(Opportunity, lambda rows: how_many(rows.open().filter(party_id=Slot("party")))),
    Seen(
        Quote,
        lambda rows: how_many(
            rows.filter(
                party_id=Slot("party"),
                status__in=[QuoteStatus.DRAFT, QuoteStatus.SENT],
                opportunity=None,
            )
        ),
    ),
)
