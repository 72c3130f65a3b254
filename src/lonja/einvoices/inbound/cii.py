"""UN/CEFACT Cross Industry Invoice, also inside Factur-X and ZUGFeRD."""

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
from lonja.kit.money import ZERO

_CREDIT_NOTES = {"381", "261", "396", "532"}


def invoices(root: Any) -> list[Inbound]:
    """The one invoice of the document; the amounts of a credit note are negative."""
    document = root.find("{*}ExchangedDocument")
    trade = root.find("{*}SupplyChainTradeTransaction")
    agreement = trade.find("{*}ApplicableHeaderTradeAgreement") if trade is not None else None
    settlement = trade.find("{*}ApplicableHeaderTradeSettlement") if trade is not None else None
    totals = None
    if settlement is not None:
        totals = settlement.find("{*}SpecifiedTradeSettlementHeaderMonetarySummation")
    sign = Decimal(-1) if text(document, "{*}TypeCode") in _CREDIT_NOTES else Decimal(1)
    currency = text(settlement, "{*}InvoiceCurrencyCode", 3) or "EUR"
    means = "{*}SpecifiedTradeSettlementPaymentMeans/{*}PayeePartyCreditorFinancialAccount/"
    due = text(settlement, "{*}SpecifiedTradePaymentTerms/{*}DueDateDateTime/{*}DateTimeString")
    seller = agreement.find("{*}SellerTradeParty") if agreement is not None else None
    buyer = agreement.find("{*}BuyerTradeParty") if agreement is not None else None
    lines = trade.findall("{*}IncludedSupplyChainTradeLineItem") if trade is not None else []
    return [
        Inbound(
            format="cii",
            supplier=text(seller, "{*}Name", 120),
            supplier_nif=_identity(seller) or nif(text(seller, "{*}ID")),
            buyer_nif=_identity(buyer),
            number=text(document, "{*}ID", 60),
            issued_on=day(text(document, "{*}IssueDateTime/{*}DateTimeString"), "IssueDateTime"),
            due_on=day(due, "DueDateDateTime") if due else None,
            currency=currency,
            base=amount(totals, "{*}TaxBasisTotalAmount", "TaxBasisTotalAmount") * sign,
            tax=_tax(totals, currency) * sign,
            withholding=ZERO,
            total=amount(totals, "{*}GrandTotalAmount", "GrandTotalAmount") * sign,
            payable=amount(totals, "{*}DuePayableAmount", "DuePayableAmount") * sign,
            iban=text(settlement, f"{means}{{*}}IBANID", 34).replace(" ", ""),
            is_copy=text(document, "{*}CopyIndicator/{*}Indicator") == "true",
            lines=tuple(_line(line, sign) for line in lines[:MAX_LINES]),
        )
    ]


def _tax(totals: Any, currency: str) -> Decimal:
    for found in totals.iterfind("{*}TaxTotalAmount") if totals is not None else ():
        if found.get("currencyID", currency) == currency:
            return number("".join(found.itertext()).strip(), "TaxTotalAmount").quantize(ZERO)
    return ZERO


def _identity(party: Any) -> str:
    """By its tax or its register; a plain ID may be a number of customer."""
    if party is None:
        return ""
    for registration in party.iterfind("{*}SpecifiedTaxRegistration/{*}ID"):
        if registration.get("schemeID") == "VA":
            return nif("".join(registration.itertext()))
    return nif(text(party, "{*}SpecifiedLegalOrganization/{*}ID"))


def _line(line: Any, sign: Decimal) -> InboundLine:
    words = text(line, "{*}SpecifiedLineTradeDelivery/{*}BilledQuantity")
    net = (
        "{*}SpecifiedLineTradeSettlement/"
        "{*}SpecifiedTradeSettlementLineMonetarySummation/{*}LineTotalAmount"
    )
    return InboundLine(
        text(line, "{*}SpecifiedTradeProduct/{*}Name", 300),
        number(words, "BilledQuantity") if words else Decimal(1),
        amount(line, net, "LineTotalAmount") * sign,
    )
