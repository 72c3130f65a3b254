"""The deposit (anticipo) of an accepted quote: the draft of an invoice that billing deducts later.

An advance is an invoice like any other (fiscal rules §2: tax is due when it is collected, art.
75.Dos LIVA); the final invoice names it and takes it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Membership
from lonja.accounts.prepared import Prepared, Slot
from lonja.activity import record
from lonja.billing.actions.deduct import deduct_advance
from lonja.billing.actions.drafts import save_draft
from lonja.billing.models import Invoice, InvoiceLine, ReferenceRole, Status
from lonja.kit.errors import Refused
from lonja.kit.money import format_percent
from lonja.sales.models import Quote, Signature
from lonja.sales.signing import signature_in_force, signed_figures
from lonja.sales.snapshot import deposit_bases
from lonja.subscriptions.models import Plan, Unit

ORIGIN = "sales.quote"


@transaction.atomic
def bill_deposit(quote: Quote, *, by: Membership | None, on: date) -> Invoice | None:
    """The draft of the advance that was signed, dated `on`; None when no deposit was asked for.

    One for each quote: again it gives the same invoice, issued or not. Its total is the one the
    customer read; while it is a draft, that of the last version signed. Raises
    Refused("quote_not_signed").
    """
    quote = Quote.objects.locked(quote)
    signature = signature_in_force(quote)
    if signature is None:
        raise Refused(
            "quote_not_signed",
            _("El presupuesto %(number)s aún no está firmado.") % {"number": quote.number},
        )
    key = f"deposit:{quote.pk}:{quote.version}"
    done = deposit_of(quote)
    if done is not None and (not done.is_draft or done.draft_key == key):
        return done
    content = signature.version.content
    numbers = signed_figures(signature)
    if not numbers.deposit or numbers.once is None:
        return None
    pct = Decimal(content["deposit_pct"])
    company, party = quote.company, quote.party
    with house():
        concept = _("Anticipo del %(pct)s del presupuesto %(number)s") % {
            "pct": format_percent(pct),
            "number": quote.number,
        }
    lines = [
        InvoiceLine(
            concept=concept,
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
        origin_type=ORIGIN,
        origin_id=quote.pk,
        draft_key=key,
    )
    if done is not None:  # of an earlier version, never issued: it becomes that of this one
        invoice.pk = done.pk
        Invoice.objects.filter(pk=done.pk).update(draft_key=key)
    made = save_draft(invoice, lines, by=by)
    record(by, "sales.deposit_billed", quote, invoice=made.pk, total_cents=made.total_cents)
    return made


def deposit_of(quote: Quote) -> Invoice | None:
    """The advance of the quote, of whichever version it was made."""
    return _deposits_of(quote).order_by("-pk").first()


def _deposits_of(quote: Quote | Slot) -> QuerySet[Invoice]:
    # By where they come from, which has an index; the beginning of a key has none.
    return Invoice.objects.filter(
        origin_type=ORIGIN,
        origin_id=quote if isinstance(quote, Slot) else quote.pk,
        draft_key__startswith="deposit:",
    )


_billed = Prepared(lambda: _deposits_of(Slot("quote")).values_list("pk")[:1])


def asks_deposit(quote: Quote, signature: Signature) -> bool:
    """Whether what was signed has an advance, or one was billed of an earlier version."""
    return bool(signed_figures(signature).deposit) or (_billed.first(quote=quote.pk) is not None)


def deduct_when_drafted(plan: Plan, draft: Invoice) -> None:
    """The final invoice that a plan of the quote leaves as a draft takes the issued advance off."""
    if plan.origin_type != ORIGIN or plan.unit != Unit.ONCE or plan.origin_id is None:
        return
    advance = deposit_of(Quote.objects.locked(plan.origin_id))
    if advance is not None and advance.status == Status.ISSUED:
        deduct_advance(draft, advance, by=None)


def deduct_when_issued(invoices: Sequence[Invoice]) -> None:
    """Take an advance just issued off the draft of its final invoice, if there is one already."""
    for advance in _deposits(invoices):
        for draft in _finals(advance).filter(status=Status.DRAFT):
            deduct_advance(draft, advance, by=None)


def refuse_after_final(invoice: Invoice) -> None:
    """Raise Refused("deposit_late") for an advance whose final invoice went out for everything.

    Whoever issues the advance or drafts the final invoice locks the quote first.
    """
    for advance in _deposits([invoice]):
        Quote.objects.locked(advance.origin_id)
        whole = _finals(advance).filter(status=Status.ISSUED)
        final = whole.exclude(references__role=ReferenceRole.ADVANCE).first()
        if final is not None:
            raise Refused(
                "deposit_late",
                _(
                    "La factura final %(number)s ya se emitió por el total, sin descontar este "
                    "anticipo: bórralo, o rectifica antes la final."
                )
                % {"number": final.number},
            )


def _deposits(invoices: Sequence[Invoice]) -> list[Invoice]:
    return [
        one
        for one in invoices
        if one.origin_type == ORIGIN and (one.draft_key or "").startswith("deposit:")
    ]


def _finals(advance: Invoice) -> Any:
    plans = Plan.objects.filter(
        origin_type=ORIGIN, origin_id=advance.origin_id, unit=Unit.ONCE
    ).values_list("pk", flat=True)
    rows = Invoice.objects.filter(origin_type="subscriptions.plan", origin_id__in=list(plans))
    return rows.order_by("pk")
