"""The client of the invoices that say no client («Cliente de contado»)."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.billing.models import CashClient
from lonja.parties.models import Kind, Party, PaymentMethod


def cash_client() -> Party:
    """The party that stands for whoever buys without giving a name, made the first time."""
    found = CashClient.objects.select_related("party").first()
    if found is not None:
        return found.party
    try:
        with transaction.atomic(), house():
            party = Party.objects.create(
                name=_("Cliente de contado"),
                kind=Kind.CONSUMER,
                payment_method=PaymentMethod.CASH,
                payment_terms_days=0,
            )
            CashClient.objects.create(party=party)
    except IntegrityError:  # made at the same time by somebody else
        return CashClient.objects.select_related("party").get().party
    return party
