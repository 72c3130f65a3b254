"""Facturae 3.1, 3.2, 3.2.1 and 3.2.2: children have no namespace, whatever the version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lonja.einvoices.inbound.shape import (
    MAX_LINES,
    Inbound,
    InboundLine,
    amount,
    day,
    nif,
    number,
    text,
)
from lonja.kit.money import ZERO, round_cents


def invoices(root: Any) -> list[Inbound]:
    """Every invoice of the batch."""
    seller, buyer = root.find("Parties/SellerParty"), root.find("Parties/BuyerParty")
    return [_invoice(one, seller, buyer) for one in root.iterfind("Invoices/Invoice")]


def _invoice(invoice: Any, seller: Any, buyer: Any) -> Inbound:
    header, data = invoice.find("InvoiceHeader"), invoice.find("InvoiceIssueData")
    totals = invoice.find("InvoiceTotals")
    due = text(invoice, "PaymentDetails/Installment/InstallmentDueDate")
    withheld = amount(totals, "TotalTaxesWithheld", "TotalTaxesWithheld", ZERO)
    # InvoiceTotal has the retention taken away: here the total is base and tax.
    total = amount(totals, "InvoiceTotal", "InvoiceTotal") + withheld
    return Inbound(
        format="facturae",
        supplier=_name(seller),
        supplier_nif=nif(text(seller, "TaxIdentification/TaxIdentificationNumber")),
        buyer_nif=nif(text(buyer, "TaxIdentification/TaxIdentificationNumber")),
        number=text(header, "InvoiceSeriesCode", 40) + text(header, "InvoiceNumber", 40),
        issued_on=day(text(data, "IssueDate"), "IssueDate"),
        due_on=day(due, "InstallmentDueDate") if due else None,
        currency=text(data, "InvoiceCurrencyCode", 3) or "EUR",
        base=amount(totals, "TotalGrossAmountBeforeTaxes", "TotalGrossAmountBeforeTaxes"),
        tax=amount(totals, "TotalTaxOutputs", "TotalTaxOutputs"),
        withholding=withheld,
        total=total,
        payable=amount(totals, "TotalExecutableAmount", "TotalExecutableAmount"),
        iban=text(invoice, "PaymentDetails/Installment/AccountToBeCredited/IBAN", 34),
        is_copy=text(header, "InvoiceClass") in ("CO", "CR", "CC"),
        lines=tuple(_line(line) for line in invoice.findall("Items/InvoiceLine")[:MAX_LINES]),
    )


def _name(party: Any) -> str:
    company = text(party, "LegalEntity/CorporateName", 120)
    parts = ("Name", "FirstSurname", "SecondSurname")
    return company or " ".join(filter(None, (text(party, f"Individual/{p}") for p in parts)))[:120]


def _line(line: Any) -> InboundLine:
    words = text(line, "Quantity")
    return InboundLine(
        text(line, "ItemDescription", 300),
        number(words, "Quantity") if words else Decimal(1),
        round_cents(number(text(line, "GrossAmount"), "GrossAmount")),
    )
