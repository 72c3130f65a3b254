"""A presupuesto printed as a proforma, which billing keeps and turns into an invoice."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.billing.actions.papers import make_proforma
from lonja.billing.models import Invoice, InvoiceLine, Proforma
from lonja.kit.errors import Refused
from lonja.sales.models import Quote

_SAME = (
    *("product_id", "concept", "detail", "quantity", "unit", "unit_price", "discount_pct"),
    "tax_category",
)


def proforma_of(quote: Quote, *, by: Membership | None) -> Proforma:
    """A proforma with the lines of the quote that are included (of those that repeat, one period).

    Raises Refused when there are none.
    """
    company, party = quote.company, quote.party
    today = company.today()
    lines = [
        InvoiceLine(**{name: getattr(line, name) for name in _SAME})
        for line in quote.lines.all()
        if line.chosen or not line.optional
    ]
    if not lines:
        raise Refused("no_lines", _("El presupuesto no tiene líneas que llevar a la proforma."))
    invoice = Invoice(
        company=company,
        party=party,
        issued_on=today,
        due_on=party.due_on(today, company.payment_terms_days),
        payment_method=party.payment_method,
        global_discount_pct=quote.global_discount_pct,
        withholding_pct=party.withholding_pct,
        surcharge=party.surcharge,
        reference=quote.number,
        agent_id=quote.agent_id,
    )
    return make_proforma(invoice, lines, by=by, origin=quote)
