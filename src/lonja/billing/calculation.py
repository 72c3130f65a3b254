"""From the lines of a document to its totals, through the one engine of `lonja.tax`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lonja.billing.models import chained_discounts
from lonja.kit.money import from_cents, to_cents
from lonja.tax.categories import category
from lonja.tax.documents import TaxLine
from lonja.tax.totals import Totals, compute_totals

_NONE = Decimal(0)


@lru_cache(maxsize=2048)
def _treatment(code: str, on: date, surcharged: bool) -> tuple[Any, ...]:
    kind = category(code)
    return (
        kind.tax,
        kind.regime,
        kind.qualification,
        kind.exemption,
        kind.rate_on(on),
        kind.surcharge_on(on) if surcharged else None,
    )


def tax_line(line: Any, on: date, *, surcharge: bool = False) -> TaxLine:
    """A priced line as the tax engine reads it, with the rates of its own operation date."""
    day = getattr(line, "operation_on", None) or on
    tax, regime, qualification, exemption, rate, extra = _treatment(
        line.tax_category, day, surcharge
    )
    return TaxLine(
        line.quantity,
        line.unit_price,
        _discounts(line),
        tax,
        regime,
        qualification,
        exemption,
        rate,
        extra,
        getattr(line, "withheld", False),
        getattr(line, "is_disbursement", False),
        line.concept,
        getattr(line, "operation_on", None),
    )


def _discounts(line: Any) -> tuple[Decimal, ...]:
    extra = getattr(line, "extra_discounts", "")
    if extra:
        return chained_discounts(line.discount_pct, extra)
    return (line.discount_pct,) if line.discount_pct else ()


def totals_of(
    lines: Sequence[Any],
    on: date,
    *,
    surcharge: bool = False,
    global_discount_pct: Decimal | None = None,
    global_discount_amount: Decimal | None = None,
    withholding_pct: Decimal | None = None,
    prices_include_tax: bool = False,
    advances: Decimal = _NONE,
) -> tuple[list[TaxLine], Totals]:
    """The lines for the tax engine and their totals on a day. Raises Refused (rates)."""
    taxed = [tax_line(line, on, surcharge=surcharge) for line in lines]
    totals = compute_totals(
        taxed,
        on=on,
        global_discount_pct=global_discount_pct or None,
        global_discount_amount=global_discount_amount or None,
        prices_include_tax=prices_include_tax,
        withholding_pct=withholding_pct or None,
        advances=advances,
    )
    return taxed, totals


def invoice_totals(invoice: Any, lines: Sequence[Any], on: date) -> tuple[list[TaxLine], Totals]:
    """Totals of an invoice by its own settings, in its currency (`in_euros` for the record)."""
    return totals_of(
        lines,
        invoice.operation_on or on,
        surcharge=invoice.surcharge,
        global_discount_pct=invoice.global_discount_pct,
        global_discount_amount=from_cents(invoice.global_discount_cents),
        withholding_pct=invoice.withholding_pct,
        prices_include_tax=invoice.prices_include_tax,
        advances=from_cents(invoice.advance_cents),
    )


def in_euros(invoice: Any, totals: Totals) -> Totals:
    """The totals of an invoice in euros: the same object unless it is in another currency."""
    if invoice.currency == "EUR" or not invoice.exchange_rate:
        return totals
    return totals.in_euros(invoice.exchange_rate)


def apply_totals(invoice: Any, lines: Sequence[Any], totals: Totals) -> None:
    """Write the totals on the invoice and the net of each line, in euro cents (nothing is saved).

    `totals` are in the currency of the invoice; what it says in that currency is kept too.
    """
    foreign = totals
    totals = in_euros(invoice, totals)
    if totals is not foreign:
        invoice.foreign_total_cents = to_cents(foreign.total)
        invoice.foreign_payable_cents = to_cents(foreign.payable)
    for line, net in zip(lines, totals.lines_net, strict=True):
        line.net_cents = to_cents(net)
    invoice.net_cents = sum(line.net_cents for line in lines)
    invoice.base_cents = to_cents(totals.base_total)
    invoice.tax_cents = to_cents(totals.tax_total - totals.surcharge_total)
    invoice.surcharge_cents = to_cents(totals.surcharge_total)
    invoice.total_cents = to_cents(totals.total)
    invoice.withholding_cents = to_cents(totals.withholding)
    invoice.disbursement_cents = to_cents(totals.disbursements)
    invoice.payable_cents = to_cents(totals.payable)


def tax_rows(totals: Totals) -> list[dict[str, Any]]:
    """The breakdown as columns of `InvoiceTax`, in order, amounts in cents of the totals given."""
    return [
        {
            "position": position,
            "tax": group.tax,
            "regime": group.regime,
            "qualification": group.qualification or "",
            "exemption": group.exemption or "",
            "rate": group.rate,
            "surcharge_rate": group.surcharge_rate,
            "base_cents": to_cents(group.base),
            "tax_cents": to_cents(group.amount),
            "surcharge_cents": to_cents(group.surcharge),
        }
        for position, group in enumerate(totals.groups)
    ]
