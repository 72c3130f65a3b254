"""A quote and its oferta, always locked in the same order: the oferta first.

Signing closes the alternatives of an oferta; whoever locked a quote and then its oferta would
wait for it while it waits for them.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from lonja.accounts.prepared import Prepared, Slot
from lonja.kit.errors import Refused
from lonja.sales.models import Opportunity, Quote, QuoteStatus

_offer_of = Prepared(lambda: Quote.objects.filter(pk=Slot("pk")).values_list("opportunity_id"))
_locked = Prepared(
    lambda: (
        Quote.objects.select_related("company", "party")
        .select_for_update(of=("self",))
        .filter(pk=Slot("pk"))
    )
)


def locked_quote(quote: Quote | int) -> Quote:
    """The quote read again and locked until the transaction ends, and before it its oferta."""
    pk = quote.pk if isinstance(quote, Quote) else quote
    found = _offer_of.first(pk=pk)
    if found is not None and found[0] is not None:
        Opportunity.objects.locked(found[0])
    return locked_again(pk)


def locked_again(pk: int) -> Quote:
    """The quote read again, for whoever holds the lock of its oferta or asks for no other."""
    return _locked.get(pk=pk)


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
