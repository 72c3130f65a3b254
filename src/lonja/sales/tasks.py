"""What quotes give to tasks: to be born from one, and rules that wait for a signature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.sales.models import Quote, QuoteStatus
from lonja.tasks.origins import Born
from lonja.tasks.triggers import Subject


@house()
def born(member: Any, pk: int) -> Born | None:
    """A quote the member may see, as the origin of a task."""
    rows = Quote.objects.visible_to(member).select_related(
        "party__agent__user", "agent__user", "company"
    )
    quote = rows.filter(pk=pk).first()
    if quote is None:
        return None
    return Born(
        quote.number,
        reverse("sales:quote", args=[quote.pk]),
        quote.party,
        quote.agent or quote.party.agent,
        quote.company,
        _("Llamar por presupuesto %(number)s") % {"number": quote.number},
    )


def unsigned(days: int, now: datetime, limit: int) -> Iterator[Subject]:
    """Quotes sent at least so many days ago that still wait for an answer; a version sent again
    is another occasion."""
    rows = Quote.objects.filter(
        status=QuoteStatus.SENT,
        sent_at__lte=now - timedelta(days=days),
        valid_until__gte=now.date(),
    ).select_related("party", "agent__user", "company")
    for quote in rows.order_by("sent_at", "pk")[:limit]:
        assert quote.sent_at is not None  # noqa: S101
        yield Subject(
            "sales.quote",
            quote.pk,
            quote.number,
            quote.sent_at + timedelta(days=days),
            f"v{quote.version}",
            quote.party,
            quote.agent or quote.party.agent,
            quote.company,
        )
