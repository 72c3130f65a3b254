"""Ofertas in the forecast: those that no presupuesto speaks for yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from lonja.accounts.models import Membership
from lonja.sales.models import Opportunity, Quote, QuoteStatus

SOON = timedelta(days=30)  # when an oferta without expected date is expected


def in_force(rows: Any, today: date) -> Any:
    """Sent presupuestos that may still be accepted, of ofertas that are not lost.

    Of the alternatives of an oferta only the dearest is left: one alone can be accepted.
    """
    rows = rows.filter(status=QuoteStatus.SENT, valid_until__gte=today)
    rows = rows.exclude(opportunity__status="lost")
    dearest: dict[int, tuple[int, int]] = {}
    lesser = []
    named = rows.exclude(alternative="").exclude(opportunity=None)
    for pk, offer, once, monthly in named.values_list(
        "pk", "opportunity_id", "base_cents", "recurring_monthly_cents"
    ):
        worth = (once + 12 * monthly, pk)
        if offer in dearest:
            worth, loser = max(worth, dearest[offer]), min(worth, dearest[offer])
            lesser.append(loser[1])
        dearest[offer] = worth
    return rows.exclude(pk__in=lesser) if lesser else rows


def offers_by_month(member: Membership, months: Sequence[date]) -> dict[date, int]:
    """Hundredths of cent (amount × probability) of the open ofertas without a presupuesto sent and
    in force, in the month each is expected: their own amount, which counts nowhere else."""
    today = timezone.localdate()
    speaking = Quote.objects.filter(
        opportunity=OuterRef("pk"), status=QuoteStatus.SENT, valid_until__gte=today
    )
    signed = Quote.objects.filter(opportunity=OuterRef("pk"), status=QuoteStatus.ACCEPTED)
    rows = (
        Opportunity.objects.visible_to(member)
        .open()
        .filter(~Exists(speaking), ~Exists(signed))
        .annotate(month=TruncMonth(Coalesce("expected_on", Value(today + SOON))))
        .values_list("month")
        .annotate(cents=Sum(F("amount_cents") * F("probability_pct")))
        .order_by("month")
    )
    weighted: dict[date, int] = {}
    for month, cents in rows:
        month = max(month, months[0])  # what was expected earlier is expected now
        weighted[month] = weighted.get(month, 0) + (cents or 0)
    return weighted
