"""Calls and mails that were about a quote: one entry in the client's Actividad, tied to it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lonja.accounts.models import Membership
from lonja.sales.models import Quote, QuoteContact
from lonja.tasks.actions.interactions import log_interaction
from lonja.tasks.models import Interaction


@transaction.atomic
def log_contact(
    quote: Quote,
    kind: str,
    *,
    text: str,
    by: Membership,
    at: datetime,
    result: str = "",
    minutes: int | None = None,
) -> Interaction:
    """Write a call, visit, note or mail with the client about this quote.

    Raises Refused as `log_interaction`.
    """
    row = log_interaction(
        quote.party, kind, text=text, by=by, at=at, result=result, minutes=minutes
    )
    QuoteContact.objects.create(quote=quote, interaction=row)
    return row
