"""UN/CEFACT Cross Industry Invoice (D16B) for EN 16931, also the XML inside Factur-X."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from lonja.einvoices import schema
from lonja.einvoices.document import Actor, Document
from lonja.einvoices.en16931.model import (
    SPECIFICATION,
    Breakdown,
    Category,
    Invoice,
    Item,
    model_of,
)
from lonja.einvoices.xmltree import add, add_if, cut, plain, to_bytes, two

_BASE = "urn:un:unece:uncefact:data:standard:"
NAMESPACES = {
    "rsm": f"{_BASE}CrossIndustryInvoice:100",
    "ram": f"{_BASE}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_BASE}UnqualifiedDataType:100",
    "qdt": f"{_BASE}QualifiedDataType:100",
}


def cii_xml(document: Document) -> bytes:
    """The CII of an invoice, checked against the XSD of Factur-X EN 16931. Raises Refused."""
    invoice = model_of(document)
    root = etree.Element(f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice", nsmap=NAMESPACES)
    context = add(root, "rsm:ExchangedDocumentContext")
    guideline = add(context, "ram:GuidelineSpecifiedDocumentContextParameter")
    add(guideline, "ram:ID", SPECIFICATION)
    _header(add(root, "rsm:ExchangedDocument"), invoice)
    transaction = add(root, "rsm:SupplyChainTradeTransaction")
    for item in invoice.items:
        _line(add(transaction, "ram:IncludedSupplyChainTradeLineItem"), item)
    _agreement(add(transaction, "ram:ApplicableHeaderTradeAgreement"), invoice)
    _delivery(add(transaction, "ram:ApplicableHeaderTradeDelivery"), invoice)
    _settlement(add(transaction, "ram:ApplicableHeaderTradeSettlement"), invoice)
    schema.check("cii", root)
    return to_bytes(root)


def _day(holder: Any, name: str, day: date, prefix: str = "udt") -> None:
    add(add(holder, name), f"{prefix}:DateTimeString", f"{day:%Y%m%d}", format="102")


def _header(header: Any, invoice: Invoice) -> None:
    add(header, "ram:ID", invoice.document.number)
    add(header, "ram:TypeCode", invoice.type_code)
    _day(header, "ram:IssueDateTime", invoice.document.issued_on)
    for note in invoice.notes:
        add(add(header, "ram:IncludedNote"), "ram:Content", cut(note, 1000))


def _tax(element: Any, category: Category) -> None:
    add(element, "ram:TypeCode", "VAT")
    add(element, "ram:CategoryCode", category.code)
    if category.rate is not None:
        add(element, "ram:RateApplicablePercent", plain(category.rate))


def _line(line: Any, item: Item) -> None:
    add(add(line, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(item.number))
    product = add(line, "ram:SpecifiedTradeProduct")
    add(product, "ram:Name", cut(item.name, 500))
    add_if(product, "ram:Description", cut(item.description, 2000))
    agreement = add(line, "ram:SpecifiedLineTradeAgreement")
    price = add(agreement, "ram:NetPriceProductTradePrice")
    add(price, "ram:ChargeAmount", plain(item.price))
    delivery = add(line, "ram:SpecifiedLineTradeDelivery")
    add(delivery, "ram:BilledQuantity", plain(item.quantity), unitCode=item.unit)
    settlement = add(line, "ram:SpecifiedLineTradeSettlement")
    _tax(add(settlement, "ram:ApplicableTradeTax"), item.category)
    if item.discount:
        allowance = add(settlement, "ram:SpecifiedTradeAllowanceCharge")
        add(add(allowance, "ram:ChargeIndicator"), "udt:Indicator", "false")
        if item.discount_pct:
            add(allowance, "ram:CalculationPercent", plain(item.discount_pct))
            add(allowance, "ram:BasisAmount", two(item.discount_base))
        add(allowance, "ram:ActualAmount", two(item.discount))
        add(allowance, "ram:ReasonCode", "95")
        add(allowance, "ram:Reason", "Descuento")
    total = add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    add(total, "ram:LineTotalAmount", two(item.net))


def _agreement(agreement: Any, invoice: Invoice) -> None:
    document = invoice.document
    add_if(agreement, "ram:BuyerReference", cut(document.reference, 200))
    seller = add(agreement, "ram:SellerTradeParty")
    _party(seller, invoice.seller, invoice, is_seller=True)
    _party(add(agreement, "ram:BuyerTradeParty"), invoice.buyer, invoice, is_seller=False)
    if document.qr_url:
        extra = add(agreement, "ram:AdditionalReferencedDocument")
        add(extra, "ram:IssuerAssignedID", "VERIFACTU")
        add(extra, "ram:URIID", document.qr_url)
        add(extra, "ram:TypeCode", "916")
        add(extra, "ram:Name", "QR tributario VERI*FACTU")  # literal


def _party(party: Any, actor: Actor, invoice: Invoice, *, is_seller: bool) -> None:
    add(party, "ram:Name", cut(actor.name, 200))
    if is_seller:
        add_if(party, "ram:Description", cut(actor.registry, 200))
    trade_name = actor.trade_name if actor.trade_name != actor.name else ""
    if actor.tax_id or trade_name:
        legal = add(party, "ram:SpecifiedLegalOrganization")
        add_if(legal, "ram:ID", actor.tax_id)
        add_if(legal, "ram:TradingBusinessName", cut(trade_name, 200))
    if is_seller and (actor.phone or actor.email):
        contact = add(party, "ram:DefinedTradeContact")
        if actor.phone:
            phone = add(contact, "ram:TelephoneUniversalCommunication")
            add(phone, "ram:CompleteNumber", actor.phone)
        if actor.email:
            email = add(contact, "ram:EmailURIUniversalCommunication")
            add(email, "ram:URIID", actor.email)
    address = add(party, "ram:PostalTradeAddress")
    add_if(address, "ram:PostcodeCode", cut(actor.address.postcode, 20))
    add_if(address, "ram:LineOne", cut(actor.address.street, 200))
    add_if(address, "ram:CityName", cut(actor.address.city, 100))
    add(address, "ram:CountryID", actor.address.country)
    add_if(address, "ram:CountrySubDivisionName", cut(actor.address.province, 100))
    if actor.is_spanish:
        uri = add(party, "ram:URIUniversalCommunication")
        add(uri, "ram:URIID", actor.vat_number, schemeID="9920")
    if invoice.shows_vat_numbers and actor.vat_number:
        registration = add(party, "ram:SpecifiedTaxRegistration")
        add(registration, "ram:ID", actor.vat_number, schemeID="VA")


def _delivery(delivery: Any, invoice: Invoice) -> None:
    if invoice.has_intra_eu:
        place = add(delivery, "ram:ShipToTradeParty")
        address = add(place, "ram:PostalTradeAddress")
        add(address, "ram:CountryID", invoice.buyer.address.country)
    shown = invoice.has_intra_eu or invoice.document.operation_on
    if shown and invoice.delivered_on is not None:
        event = add(delivery, "ram:ActualDeliverySupplyChainEvent")
        _day(event, "ram:OccurrenceDateTime", invoice.delivered_on)


def _settlement(settlement: Any, invoice: Invoice) -> None:
    document = invoice.document
    owes = invoice.payable > 0 and not invoice.is_credit_note
    if owes:
        add(settlement, "ram:PaymentReference", document.number)
    if invoice.tax_in_euros is not None:
        add(settlement, "ram:TaxCurrencyCode", "EUR")
    add(settlement, "ram:InvoiceCurrencyCode", document.currency)
    if owes:
        _means(settlement, invoice)
    for row in invoice.breakdown:
        _breakdown(settlement, row)
    if document.period is not None:
        period = add(settlement, "ram:BillingSpecifiedPeriod")
        _day(period, "ram:StartDateTime", document.period[0])
        _day(period, "ram:EndDateTime", document.period[1])
    for row in invoice.breakdown:
        if row.discount:
            _allowance(settlement, row, document)
    _terms(settlement, invoice, owes)
    _totals(settlement, invoice)
    for reference in invoice.references:
        old = add(settlement, "ram:InvoiceReferencedDocument")
        add(old, "ram:IssuerAssignedID", reference.number)
        _day(old, "ram:FormattedIssueDateTime", reference.issued_on, "qdt")


def _means(settlement: Any, invoice: Invoice) -> None:
    document = invoice.document
    means = add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    add(means, "ram:TypeCode", invoice.payment_code)
    if invoice.payment_code == "58" and document.iban:
        account = add(means, "ram:PayeePartyCreditorFinancialAccount")
        add(account, "ram:IBANID", document.iban)
    elif invoice.payment_code == "59" and document.debtor_iban:
        account = add(means, "ram:PayerPartyDebtorFinancialAccount")
        add(account, "ram:IBANID", document.debtor_iban)


def _breakdown(settlement: Any, row: Breakdown) -> None:
    tax = add(settlement, "ram:ApplicableTradeTax")
    add(tax, "ram:CalculatedAmount", two(row.amount))
    add(tax, "ram:TypeCode", "VAT")
    add_if(tax, "ram:ExemptionReason", cut(row.reason, 1000))
    add(tax, "ram:BasisAmount", two(row.base))
    add(tax, "ram:CategoryCode", row.category.code)
    add_if(tax, "ram:ExemptionReasonCode", row.reason_code)
    if row.category.rate is not None:
        add(tax, "ram:RateApplicablePercent", plain(row.category.rate))


def _allowance(settlement: Any, row: Breakdown, document: Document) -> None:
    allowance = add(settlement, "ram:SpecifiedTradeAllowanceCharge")
    add(add(allowance, "ram:ChargeIndicator"), "udt:Indicator", "false")
    if document.discount_pct:
        add(allowance, "ram:CalculationPercent", plain(document.discount_pct))
        add(allowance, "ram:BasisAmount", two(row.base + row.discount))
    add(allowance, "ram:ActualAmount", two(row.discount))
    add(allowance, "ram:ReasonCode", "95")
    add(allowance, "ram:Reason", "Descuento")
    _tax(add(allowance, "ram:CategoryTradeTax"), row.category)


def _terms(settlement: Any, invoice: Invoice, owes: bool) -> None:
    if invoice.payable <= 0:
        return
    terms = add(settlement, "ram:SpecifiedTradePaymentTerms")
    if not owes:
        add(terms, "ram:Description", "Se abona al cliente")  # literal
    elif invoice.document.due_on is not None:
        _day(terms, "ram:DueDateDateTime", invoice.document.due_on)
    else:
        add(terms, "ram:Description", "Pago al contado")  # literal


def _totals(settlement: Any, invoice: Invoice) -> None:
    currency = invoice.document.currency

    def amount(name: str, value: Decimal, **attributes: str) -> None:
        add(totals, name, two(value), **attributes)

    totals = add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    amount("ram:LineTotalAmount", invoice.line_total)
    if invoice.discount:
        amount("ram:AllowanceTotalAmount", invoice.discount)
    amount("ram:TaxBasisTotalAmount", invoice.base)
    amount("ram:TaxTotalAmount", invoice.tax, currencyID=currency)
    if invoice.tax_in_euros is not None:
        amount("ram:TaxTotalAmount", invoice.tax_in_euros, currencyID="EUR")
    amount("ram:GrandTotalAmount", invoice.total)
    if invoice.prepaid:
        amount("ram:TotalPrepaidAmount", invoice.prepaid)
    amount("ram:DuePayableAmount", invoice.payable)
