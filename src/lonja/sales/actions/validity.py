"""More time to answer: the same version, the same link."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.kit.errors import Refused
from lonja.sales.actions.send import expires_at
from lonja.sales.models import PublicLink, Quote, QuoteStatus

MORE_DAYS = 15


def later_than(quote: Quote, days: int = MORE_DAYS) -> date:
    """So many days from now, or from the day it is valid until if that is later."""
    return max(quote.valid_until, quote.company.today()) + timedelta(days=days)


@transaction.atomic
def extend_validity(quote: Quote, *, until: date, by: Membership) -> Quote:
    """Let a sent quote be signed until that day; its link opens until then.

    The version that was sent does not change: it is our promise that lasts longer, and the page
    of the customer says so. Raises Refused `quote_state` or `quote_validity`.
    """
    quote = Quote.objects.locked(quote)
    if quote.status != QuoteStatus.SENT:
        raise Refused(
            "quote_state",
            _("Solo se amplía un presupuesto enviado que espera respuesta."),
        )
    if until < quote.company.today() or until <= quote.valid_until:
        raise Refused(
            "quote_validity",
            _("Elige un día posterior al %(date)s, que es cuando caduca ahora.")
            % {"date": f"{quote.valid_until:%d/%m/%Y}"},
            field="until",
        )
    quote.valid_until = until
    quote.save(update_fields=["valid_until", "updated_at"])
    links = PublicLink.objects.filter(quote=quote, revoked_at=None, version__version=quote.version)
    links.update(expires_at=expires_at(quote))
    record(by, "sales.quote_extended", quote, until=f"{until:%d/%m/%Y}")
    return quote
