"""The rows of an invoice's document: lines, taxes and totals, in the words of paper and screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lonja.billing.calculation import tax_line
from lonja.billing.charges import charge_of
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, InvoiceLine, InvoiceTax, chained_discounts
from lonja.documents.contracts import Line, TaxRow, TotalRow
from lonja.documents.words import IN_SPANISH, Say, tax_label
from lonja.kit.money import from_cents, round_cents, round_to
from lonja.tax.totals import line_net

# With more lines than these a page may end inside the table, or the totals stand on the next one:
# «Suma y sigue» needs running sums.
_MAY_SPLIT = 4


def shows_net_prices(invoice: Invoice) -> bool:
    """A full invoice made from prices with the tax inside prints them without (art. 6.1.f)."""
    return invoice.prices_include_tax and not kind_of(invoice.kind).gross_prices


def printed_lines(
    invoice: Invoice, lines: Sequence[InvoiceLine], say: Say = IN_SPANISH
) -> list[Line]:
    day = invoice.operation_on or invoice.issued_on
    rows: list[Line] = []
    running = Decimal(0)
    currency = invoice.currency
    by_day = _days(invoice, lines)
    shown: date | None = None
    for line in lines:
        price, net = _price_and_net(invoice, line, day)
        when = line.operation_on or day
        if by_day and when != shown:
            shown = when
            rows.append(
                {
                    "heading": say("Operaciones del %(day)s · %(sum)s")
                    % {
                        "day": say.figures.day(when),
                        "sum": say.figures.money(by_day[when], currency),
                    }
                }
            )
        running += net
        row: Line = {
            "concept": line.concept,
            "detail": _detail(invoice, line, say),
            "quantity": say.figures.measured(line.quantity, line.unit),
            "price": say.figures.unit_price(price, currency),
            "discount": " + ".join(say.figures.percent(pct) for pct in line_discounts(line)),
            "tax": line_tax_label(line, day, say),
            "amount": say.figures.money(net, currency),
        }
        if len(lines) > _MAY_SPLIT:
            row["running"] = say.figures.money(running, currency)
        rows.append(row)
    return rows


def _days(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[date, Decimal]:
    """Of a recapitulativa, the sum of each day (art. 13.1); empty for the others."""
    sums: dict[date, Decimal] = {}
    if not kind_of(invoice.kind).recapitulates:
        return sums
    day = invoice.operation_on or invoice.issued_on
    for line in lines:
        when = line.operation_on or day
        sums[when] = sums.get(when, Decimal(0)) + _price_and_net(invoice, line, day)[1]
    return sums


def line_discounts(line: Any) -> tuple[Decimal, ...]:
    return chained_discounts(line.discount_pct, getattr(line, "extra_discounts", ""))


def _price_and_net(invoice: Invoice, line: Any, day: date) -> tuple[Decimal, Decimal]:
    """Unit price and amount of a line as they are printed."""
    taxed = tax_line(line, day, surcharge=invoice.surcharge)
    net = line_net(taxed)
    if not shows_net_prices(invoice) or taxed.disbursement:
        return line.unit_price, net
    inside = 1 + ((taxed.rate or Decimal(0)) + (taxed.surcharge or Decimal(0))) / 100
    return round_to(line.unit_price / inside, 4), round_cents(net / inside)


def _detail(invoice: Invoice, line: Any, say: Say) -> str:
    """Its detail, and the day of its operation when it is another (art. 6.1.i)."""
    day = getattr(line, "operation_on", None)
    same = day in (None, invoice.operation_on, invoice.issued_on)
    if day is None or same or kind_of(invoice.kind).recapitulates:
        return line.detail
    told = say("Operación del %(day)s") % {"day": say.figures.day(day)}
    return f"{told}\n{line.detail}" if line.detail else told


def line_tax_label(line: Any, day: date, say: Say = IN_SPANISH) -> str:
    """«21 %», «Exento», «ISP», «No sujeta» or «Suplido», short enough for a column."""
    if getattr(line, "is_disbursement", False):
        return say("Suplido")
    taxed = tax_line(line, day)
    if taxed.exemption:
        return say("Exento")
    if taxed.qualification in ("N1", "N2"):
        return say("No sujeta")
    if taxed.qualification == "S2":
        return say("ISP")
    return say.figures.percent(taxed.rate or Decimal(0))


def tax_row(row: InvoiceTax, say: Say = IN_SPANISH) -> TaxRow:
    printed: TaxRow = {
        "label": tax_label(row.label, say),
        "base": say.figures.money(from_cents(row.base_cents)),
        "amount": say.figures.money(from_cents(row.tax_cents)),
    }
    if row.surcharge_rate:
        amount = say.figures.money(from_cents(row.surcharge_cents))
        printed["surcharge"] = f"{say.figures.percent(row.surcharge_rate)} · {amount}"
    return printed


def charged_by(invoice: Invoice) -> int:
    """Cents that are to be paid because of it: not what it replaces, which was billed before."""
    kind = kind_of(invoice.kind)
    if not (kind.corrects or kind.substitutes):
        return invoice.payable_cents
    if not invoice.is_draft:
        return invoice.charged_cents
    if invoice.pk is None:
        return invoice.payable_cents
    named = list(invoice.references.select_related("target"))
    if kind.substitutes:
        receipts = [row.target for row in named if row.target is not None]
        return invoice.payable_cents - sum(receipt.charged_cents for receipt in receipts)
    return charge_of(invoice, named)


def has_more_than_total(invoice: Invoice) -> bool:
    return charged_by(invoice) != invoice.total_cents


def _global_discount_rows(invoice: Invoice, say: Say) -> list[tuple[str, int, str]]:
    """Sum of lines and discount of the whole, when lines and base can be compared."""
    # With tax in the prices the lines are gross and no subtotal is comparable to the base.
    pct, amount = invoice.global_discount_pct, invoice.global_discount_cents
    if not (pct or amount) or invoice.prices_include_tax:
        return []
    subtotal = invoice.net_cents - invoice.disbursement_cents
    label = say("Descuento")
    if pct and not amount:
        label = say("Descuento %(pct)s") % {"pct": say.figures.percent(pct)}
    return [(say("Suma"), subtotal, ""), (label, invoice.base_cents - subtotal, "")]


def total_rows(
    invoice: Invoice, taxes: Sequence[InvoiceTax], say: Say = IN_SPANISH
) -> list[tuple[str, int, str]]:
    """(label, cents, tone) of each row of the totals but the last, as on paper and screen."""
    rows = _global_discount_rows(invoice, say)
    rows.append((say("Base imponible"), invoice.base_cents, ""))
    for row in taxes:
        if row.rate is not None and row.qualification == "S1":
            rows.append((tax_label(row.label, say), row.tax_cents, ""))
        if row.surcharge_rate:
            label = say("Recargo %(pct)s") % {"pct": say.figures.percent(row.surcharge_rate)}
            rows.append((label, row.surcharge_cents, ""))
    charged = charged_by(invoice)
    # In another currency too: what follows is not in the euros of these rows.
    if charged != invoice.total_cents or invoice.currency != "EUR":
        rows.append((say("Total factura"), invoice.total_cents, "strong"))
    if invoice.withholding_cents:
        pct = say.figures.percent(invoice.withholding_pct or Decimal(0))
        label = say("Retención IRPF %(pct)s") % {"pct": pct}
        rows.append((label, -invoice.withholding_cents, ""))
    if invoice.disbursement_cents:
        rows.append((say("Suplidos"), invoice.disbursement_cents, ""))
    if invoice.advance_cents:
        advances = (
            invoice.total_cents
            - invoice.withholding_cents
            + invoice.disbursement_cents
            - invoice.payable_cents
        )
        rows.append((say("Provisiones cobradas"), -advances, ""))
    if charged != invoice.payable_cents:
        rows.append((say("Ya facturado"), charged - invoice.payable_cents, ""))
    return rows


def printed_totals(
    invoice: Invoice, taxes: Sequence[InvoiceTax], say: Say = IN_SPANISH
) -> list[TotalRow]:
    return [
        {"label": label, "amount": say.figures.money(from_cents(cents)), "tone": tone}  # type: ignore[typeddict-item]
        for label, cents, tone in total_rows(invoice, taxes, say)
    ]
