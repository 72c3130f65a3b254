"""UBL 2.1 Invoice and CreditNote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree

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
from lonja.kit.money import ZERO


def invoices(root: Any) -> list[Inbound]:
    """The one invoice of the document. A credit note gives money back: its amounts are negative."""
    is_credit = etree.QName(root).localname == "CreditNote"
    sign = Decimal(-1) if is_credit else Decimal(1)
    currency = text(root, "{*}DocumentCurrencyCode", 3) or "EUR"
    totals = root.find("{*}LegalMonetaryTotal")
    seller = root.find("{*}AccountingSupplierParty/{*}Party")
    buyer = root.find("{*}AccountingCustomerParty/{*}Party")
    due = text(root, "{*}DueDate") or text(root, "{*}PaymentMeans/{*}PaymentDueDate")
    lines = root.findall("{*}CreditNoteLine" if is_credit else "{*}InvoiceLine")
    return [
        Inbound(
            format="ubl",
            supplier=_name(seller),
            supplier_nif=_identity(seller) or nif(text(seller, "{*}PartyIdentification/{*}ID")),
            buyer_nif=_identity(buyer),
            number=text(root, "{*}ID", 60),
            issued_on=day(text(root, "{*}IssueDate"), "IssueDate"),
            due_on=day(due, "DueDate") if due else None,
            currency=currency,
            base=amount(totals, "{*}TaxExclusiveAmount", "TaxExclusiveAmount") * sign,
            tax=_tax(root, currency) * sign,
            withholding=amount(root, "{*}WithholdingTaxTotal/{*}TaxAmount", "TaxAmount", ZERO),
            total=amount(totals, "{*}TaxInclusiveAmount", "TaxInclusiveAmount") * sign,
            payable=amount(totals, "{*}PayableAmount", "PayableAmount") * sign,
            iban=text(root, "{*}PaymentMeans/{*}PayeeFinancialAccount/{*}ID", 34).replace(" ", ""),
            is_copy=text(root, "{*}CopyIndicator") == "true",
            lines=tuple(_line(line, sign) for line in lines[:MAX_LINES]),
        )
    ]


def _tax(root: Any, currency: str) -> Decimal:
    """The tax in the currency of the document: another TaxTotal may say it in euros."""
    for total in root.iterfind("{*}TaxTotal"):
        found = total.find("{*}TaxAmount")
        if found is not None and found.get("currencyID", currency) == currency:
            return amount(total, "{*}TaxAmount", "TaxAmount")
    return ZERO


def _name(party: Any) -> str:
    return text(party, "{*}PartyLegalEntity/{*}RegistrationName", 120) or text(
        party, "{*}PartyName/{*}Name", 120
    )


def _identity(party: Any) -> str:
    """By its tax or its register; PartyIdentification may be a number of customer."""
    return nif(
        text(party, "{*}PartyTaxScheme/{*}CompanyID")
        or text(party, "{*}PartyLegalEntity/{*}CompanyID")
    )


def _line(line: Any, sign: Decimal) -> InboundLine:
    words = text(line, "{*}InvoicedQuantity") or text(line, "{*}CreditedQuantity")
    return InboundLine(
        text(line, "{*}Item/{*}Name", 300),
        number(words, "Quantity") if words else Decimal(1),
        amount(line, "{*}LineExtensionAmount", "LineExtensionAmount") * sign,
    )
