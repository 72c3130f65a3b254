"""What an invoice deducts of an advance that was billed before (art. 75.Dos LIVA: its tax was due
when it was collected, so the final invoice takes base and tax off)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.billing.calculation import tax_line
from lonja.billing.left import left_of, lines_left
from lonja.billing.models import Invoice, InvoiceLine
from lonja.kit.dates import format_date
from lonja.kit.money import format_percent, round_cents
from lonja.tax.totals import line_net


@house()
def advance_concept(number: str) -> str:
    return _("Anticipo facturado en %(number)s") % {"number": number}


@house()
def deduction_lines(advance: Invoice) -> list[InvoiceLine]:
    """What is left of an advance, negative: a line for each way of being taxed."""
    lines = lines_left(
        left_of([advance]), sign=-1, surcharge=advance.surcharge, day=None, whole=True
    )
    for line in lines:
        line.concept = advance_concept(advance.number)
        line.detail = _("Factura del %(day)s") % {"day": format_date(advance.issued_on)}
        line.withheld = bool(advance.withholding_pct) and line.withheld
        line.operation_on = None
    return lines


@house()
def discount_lines(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """The percentage of global discount of a draft as lines, to the cent: one for each way of
    being taxed. What is deducted after them is not discounted again."""
    pct = invoice.global_discount_pct
    day = invoice.operation_on or invoice.issued_on or invoice.company.today()
    sums: dict[tuple[object, ...], Decimal] = {}
    samples: dict[tuple[object, ...], InvoiceLine] = {}
    for line in lines:
        taxed = tax_line(line, day, surcharge=invoice.surcharge)
        if not pct or taxed.disbursement:
            continue
        key = (
            *(taxed.tax, taxed.regime, taxed.qualification, taxed.exemption),
            *(taxed.rate, taxed.surcharge),
        )
        samples.setdefault(key, line)
        sums[key] = sums.get(key, Decimal(0)) + line_net(taxed)
    return [
        InvoiceLine(
            concept=_("Descuento del %(pct)s") % {"pct": format_percent(pct)},
            quantity=Decimal(1),
            unit_price=-round_cents(net * pct / 100),
            tax_category=samples[key].tax_category,
            withheld=samples[key].withheld,
            operation_on=samples[key].operation_on,
        )
        for key, net in sums.items()
        if round_cents(net * pct / 100)
    ]
