"""A presupuesto printed as a proforma, which billing keeps and turns into an invoice."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.billing.actions.papers import make_proforma
from lonja.billing.models import Invoice, InvoiceLine, Proforma
from lonja.kit.errors import Refused
from lonja.sales.actions.approval import refuse_over_limit
from lonja.sales.models import Quote
from lonja.sales.signing import signature_in_force, signed_figures
from lonja.sales.snapshot import figures, take

_SAME = ("product_id", "concept", "detail", "unit", "tax_category")
_NUMBERS = ("quantity", "unit_price", "discount_pct")


def proforma_of(quote: Quote, *, by: Membership | None) -> Proforma:
    """A proforma with the lines that were signed, or of an unsigned quote those that are included
    (of those that repeat, one period).

    Raises Refused when there are none, and `discount_limit` for a draft whose discounts nobody
    approved.
    """
    company, party = quote.company, quote.party
    today = company.today()
    signature = signature_in_force(quote)
    if signature is not None:
        content, numbers = signature.version.content, signed_figures(signature)
    else:
        if not quote.versions.filter(version=quote.version).exists():
            refuse_over_limit(quote, by)
        content = take(quote, list(quote.lines.all()))
        numbers = figures(content)
    lines = [
        InvoiceLine(
            **{name: line[name] for name in _SAME},  # type: ignore[literal-required]
            **{name: Decimal(line[name]) for name in _NUMBERS},  # type: ignore[literal-required]
        )
        for line in numbers.lines
        if line["key"] in numbers.chosen
    ]
    if not lines:
        raise Refused("no_lines", _("El presupuesto no tiene líneas que llevar a la proforma."))
    invoice = Invoice(
        company=company,
        party=party,
        issued_on=today,
        due_on=party.due_on(today, company.payment_terms_days),
        payment_method=party.payment_method,
        global_discount_pct=Decimal(content["global_discount_pct"]),
        withholding_pct=party.withholding_pct,
        surcharge=party.surcharge,
        reference=quote.number,
        agent_id=quote.agent_id,
    )
    return make_proforma(invoice, lines, by=by, origin=quote)
