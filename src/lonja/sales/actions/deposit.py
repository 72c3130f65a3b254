"""The deposit (anticipo) of an accepted quote: the draft of an invoice that billing deducts later.

An advance is an invoice like any other (fiscal rules §2: tax is due when it is collected, art.
75.Dos LIVA); the final invoice names it and takes it off.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity import record
from lonja.billing.actions.drafts import save_draft
from lonja.billing.models import Invoice, InvoiceLine
from lonja.kit.errors import Refused
from lonja.kit.money import format_percent
from lonja.sales.models import Quote, QuoteStatus, Signature
from lonja.sales.snapshot import deposit_bases, figures


@transaction.atomic
def bill_deposit(quote: Quote, *, by: Membership | None, on: date) -> Invoice | None:
    """The draft of the advance that was signed, dated `on`; None when no deposit was asked for.

    Once for each signed version: again it gives the same invoice, issued or not. Its total is the
    one the customer read. Raises Refused("quote_not_signed").
    """
    quote = Quote.objects.locked(quote)
    signature = (
        Signature.objects.select_related("version")
        .filter(version__quote=quote, version__version=quote.version)
        .order_by("-position")
        .first()
    )
    if quote.status != QuoteStatus.ACCEPTED or signature is None:
        raise Refused(
            "quote_not_signed",
            _("El presupuesto %(number)s aún no está firmado.") % {"number": quote.number},
        )
    key = f"deposit:{quote.pk}:{quote.version}"
    done = Invoice.objects.filter(draft_key=key).first()
    if done is not None:
        return done
    content = signature.version.content
    numbers = figures(content, signature.chosen_lines, signature.asked)
    if not numbers.deposit or numbers.once is None:
        return None
    pct = Decimal(content["deposit_pct"])
    company, party = quote.company, quote.party
    lines = [
        InvoiceLine(
            concept=_("Anticipo del %(pct)s del presupuesto %(number)s")
            % {"pct": format_percent(pct), "number": quote.number},
            detail=content["title"],
            quantity=Decimal(1),
            unit_price=base,
            tax_category=party.tax_category or code,
        )
        for code, base in deposit_bases(numbers.lines, numbers.once, pct)
    ]
    invoice = Invoice(
        company=company,
        party=party,
        issued_on=on,
        due_on=on,
        payment_method=party.payment_method,
        surcharge=party.surcharge,
        withholding_pct=party.withholding_pct,
        reference=quote.number,
        agent_id=quote.agent_id,
        origin_type="sales.quote",
        origin_id=quote.pk,
        draft_key=key,
    )
    made = save_draft(invoice, lines, by=by)
    record(by, "sales.deposit_billed", quote, invoice=made.pk, total_cents=made.total_cents)
    return made


def deposit_of(quote: Quote) -> Invoice | None:
    """The advance of the version in force, if it was made."""
    key = f"deposit:{quote.pk}:{quote.version}"
    return Invoice.objects.filter(draft_key=key).first()
