"""A quote and its oferta, always locked in the same order: the oferta first.

Signing closes the alternatives of an oferta; whoever locked a quote and then its oferta would
wait for it while it waits for them.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.sales.models import Opportunity, Quote, QuoteStatus


def locked_quote(quote: Quote | int) -> Quote:
    """The quote read again and locked until the transaction ends, and before it its oferta."""
    pk = quote.pk if isinstance(quote, Quote) else quote
    offer_id = Quote.objects.values_list("opportunity_id", flat=True).get(pk=pk)
    if offer_id is not None:
        Opportunity.objects.locked(offer_id)
    return Quote.objects.locked(pk)


def refuse_if_another_was_chosen(quote: Quote) -> None:
    """Raise Refused("alternative_accepted") when an alternative of the quote is accepted: of those
    of one oferta the client chooses one."""
    if quote.opportunity_id is None or not quote.alternative:
        return
    others = Quote.objects.filter(
        opportunity_id=quote.opportunity_id, status=QuoteStatus.ACCEPTED
    ).exclude(alternative="")
    chosen = others.exclude(pk=quote.pk).first()
    if chosen is not None:
        raise Refused(
            "alternative_accepted",
            _("Ya se ha aceptado otra alternativa de esta oferta: «%(name)s» (%(number)s).")
            % {"name": chosen.alternative, "number": chosen.number},
        )
