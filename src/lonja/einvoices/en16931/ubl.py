"""UBL 2.1 Invoice and CreditNote for EN 16931."""

from __future__ import annotations

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

_BASE = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{_BASE}CommonAggregateComponents-2"
CBC = f"{_BASE}CommonBasicComponents-2"
INVOICE = f"{_BASE}Invoice-2"
CREDIT_NOTE = f"{_BASE}CreditNote-2"


def ubl_xml(document: Document, *, copy: bool = False) -> bytes:
    """The UBL of an invoice, checked against the XSD. Raises Refused.

    `copy`: the faithful copy for the public solution (`CopyIndicator`, Orden HAC/1028/2026).
    """
    invoice = model_of(document)
    name = "CreditNote" if invoice.is_credit_note else "Invoice"
    namespace = CREDIT_NOTE if invoice.is_credit_note else INVOICE
    root = etree.Element(
        f"{{{namespace}}}{name}",
        nsmap={None: namespace, "cac": CAC, "cbc": CBC},  # type: ignore[dict-item]
    )
    _header(root, invoice, copy)
    _references(root, invoice)
    seller = add(add(root, "cac:AccountingSupplierParty"), "cac:Party")
    _party(seller, invoice.seller, invoice, is_seller=True)
    buyer = add(add(root, "cac:AccountingCustomerParty"), "cac:Party")
    _party(buyer, invoice.buyer, invoice, is_seller=False)
    _delivery(root, invoice)
    _payment(root, invoice)
    _allowances(root, invoice)
    _tax_total(root, invoice)
    _monetary_total(root, invoice)
    for item in invoice.items:
        _line(root, item, invoice)
    schema.check("ubl_credit_note" if invoice.is_credit_note else "ubl_invoice", root)
    return to_bytes(root)


def _money(parent: Any, name: str, amount: Decimal, currency: str) -> None:
    add(parent, name, two(amount), currencyID=currency)


def _header(root: Any, invoice: Invoice, copy: bool) -> None:
    document = invoice.document
    add(root, "cbc:CustomizationID", SPECIFICATION)
    add(root, "cbc:ID", document.number)
    if copy:
        add(root, "cbc:CopyIndicator", "true")
    add(root, "cbc:IssueDate", document.issued_on.isoformat())
    if invoice.is_credit_note:
        add(root, "cbc:CreditNoteTypeCode", invoice.type_code)
    else:
        if document.due_on is not None:
            add(root, "cbc:DueDate", document.due_on.isoformat())
        add(root, "cbc:InvoiceTypeCode", invoice.type_code)
    for note in invoice.notes:
        add(root, "cbc:Note", cut(note, 1000))
    add(root, "cbc:DocumentCurrencyCode", document.currency)
    if invoice.tax_in_euros is not None:
        add(root, "cbc:TaxCurrencyCode", "EUR")
    add_if(root, "cbc:BuyerReference", cut(document.reference, 200))
    if document.period is not None:
        period = add(root, "cac:InvoicePeriod")
        add(period, "cbc:StartDate", document.period[0].isoformat())
        add(period, "cbc:EndDate", document.period[1].isoformat())


def _references(root: Any, invoice: Invoice) -> None:
    for reference in invoice.references:
        old = add(add(root, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        add(old, "cbc:ID", reference.number)
        add(old, "cbc:IssueDate", reference.issued_on.isoformat())
    if invoice.document.qr_url:
        extra = add(root, "cac:AdditionalDocumentReference")
        add(extra, "cbc:ID", "VERIFACTU")
        add(extra, "cbc:DocumentDescription", "QR tributario VERI*FACTU")  # literal
        external = add(add(extra, "cac:Attachment"), "cac:ExternalReference")
        add(external, "cbc:URI", invoice.document.qr_url)


def _party(party: Any, actor: Actor, invoice: Invoice, *, is_seller: bool) -> None:
    if actor.is_spanish:
        # Electronic address by NIF: code 9920 of the EAS list (Agencia Tributaria).
        add(party, "cbc:EndpointID", actor.vat_number, schemeID="9920")
    if actor.trade_name and actor.trade_name != actor.name:
        add(add(party, "cac:PartyName"), "cbc:Name", cut(actor.trade_name, 200))
    address = add(party, "cac:PostalAddress")
    add_if(address, "cbc:StreetName", cut(actor.address.street, 200))
    add_if(address, "cbc:CityName", cut(actor.address.city, 100))
    add_if(address, "cbc:PostalZone", cut(actor.address.postcode, 20))
    add_if(address, "cbc:CountrySubentity", cut(actor.address.province, 100))
    add(add(address, "cac:Country"), "cbc:IdentificationCode", actor.address.country)
    if invoice.shows_vat_numbers and actor.vat_number:
        scheme = add(party, "cac:PartyTaxScheme")
        add(scheme, "cbc:CompanyID", actor.vat_number)
        add(add(scheme, "cac:TaxScheme"), "cbc:ID", "VAT")
    legal = add(party, "cac:PartyLegalEntity")
    add(legal, "cbc:RegistrationName", cut(actor.name, 200))
    add_if(legal, "cbc:CompanyID", actor.tax_id)
    if is_seller:
        add_if(legal, "cbc:CompanyLegalForm", cut(actor.registry, 200))
        if actor.phone or actor.email:
            contact = add(party, "cac:Contact")
            add_if(contact, "cbc:Telephone", actor.phone)
            add_if(contact, "cbc:ElectronicMail", actor.email)


def _delivery(root: Any, invoice: Invoice) -> None:
    if not (invoice.has_intra_eu or invoice.document.operation_on):
        return
    delivery = add(root, "cac:Delivery")
    if invoice.delivered_on is not None:
        add(delivery, "cbc:ActualDeliveryDate", invoice.delivered_on.isoformat())
    if invoice.has_intra_eu:
        address = add(add(delivery, "cac:DeliveryLocation"), "cac:Address")
        country = add(address, "cac:Country")
        add(country, "cbc:IdentificationCode", invoice.buyer.address.country)


def _payment(root: Any, invoice: Invoice) -> None:
    document = invoice.document
    if invoice.payable > 0 and not invoice.is_credit_note:
        means = add(root, "cac:PaymentMeans")
        add(means, "cbc:PaymentMeansCode", invoice.payment_code)
        add(means, "cbc:PaymentID", document.number)
        if invoice.payment_code == "58" and document.iban:
            add(add(means, "cac:PayeeFinancialAccount"), "cbc:ID", document.iban)
        elif invoice.payment_code == "59" and document.debtor_iban:
            mandate = add(means, "cac:PaymentMandate")
            add(add(mandate, "cac:PayerFinancialAccount"), "cbc:ID", document.debtor_iban)
        if document.due_on is None:
            terms = "Pago al contado"  # literal
            add(add(root, "cac:PaymentTerms"), "cbc:Note", terms)
    elif invoice.payable > 0:
        note = "Se abona al cliente"  # literal
        add(add(root, "cac:PaymentTerms"), "cbc:Note", note)


def _allowances(root: Any, invoice: Invoice) -> None:
    """The global discount: one row a category and rate."""
    currency = invoice.document.currency
    for row in invoice.breakdown:
        if not row.discount:
            continue
        allowance = add(root, "cac:AllowanceCharge")
        add(allowance, "cbc:ChargeIndicator", "false")
        add(allowance, "cbc:AllowanceChargeReasonCode", "95")
        add(allowance, "cbc:AllowanceChargeReason", "Descuento")
        if invoice.document.discount_pct:
            add(allowance, "cbc:MultiplierFactorNumeric", plain(invoice.document.discount_pct))
        _money(allowance, "cbc:Amount", row.discount, currency)
        if invoice.document.discount_pct:
            _money(allowance, "cbc:BaseAmount", row.base + row.discount, currency)
        _category(add(allowance, "cac:TaxCategory"), row.category)


def _category(element: Any, category: Category, row: Breakdown | None = None) -> None:
    """`row`: in the breakdown, which also says why there is no tax."""
    add(element, "cbc:ID", category.code)
    if category.rate is not None:
        add(element, "cbc:Percent", plain(category.rate))
    if row is not None:
        add_if(element, "cbc:TaxExemptionReasonCode", row.reason_code)
        add_if(element, "cbc:TaxExemptionReason", cut(row.reason, 1000))
    add(add(element, "cac:TaxScheme"), "cbc:ID", "VAT")


def _tax_total(root: Any, invoice: Invoice) -> None:
    currency = invoice.document.currency
    total = add(root, "cac:TaxTotal")
    _money(total, "cbc:TaxAmount", invoice.tax, currency)
    for row in invoice.breakdown:
        part = add(total, "cac:TaxSubtotal")
        _money(part, "cbc:TaxableAmount", row.base, currency)
        _money(part, "cbc:TaxAmount", row.amount, currency)
        _category(add(part, "cac:TaxCategory"), row.category, row)
    if invoice.tax_in_euros is not None:
        _money(add(root, "cac:TaxTotal"), "cbc:TaxAmount", invoice.tax_in_euros, "EUR")


def _monetary_total(root: Any, invoice: Invoice) -> None:
    currency = invoice.document.currency
    totals = add(root, "cac:LegalMonetaryTotal")
    _money(totals, "cbc:LineExtensionAmount", invoice.line_total, currency)
    _money(totals, "cbc:TaxExclusiveAmount", invoice.base, currency)
    _money(totals, "cbc:TaxInclusiveAmount", invoice.total, currency)
    if invoice.discount:
        _money(totals, "cbc:AllowanceTotalAmount", invoice.discount, currency)
    if invoice.prepaid:
        _money(totals, "cbc:PrepaidAmount", invoice.prepaid, currency)
    _money(totals, "cbc:PayableAmount", invoice.payable, currency)


def _line(root: Any, item: Item, invoice: Invoice) -> None:
    currency = invoice.document.currency
    credit = invoice.is_credit_note
    line = add(root, "cac:CreditNoteLine" if credit else "cac:InvoiceLine")
    add(line, "cbc:ID", str(item.number))
    quantity = "cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity"
    add(line, quantity, plain(item.quantity), unitCode=item.unit)
    _money(line, "cbc:LineExtensionAmount", item.net, currency)
    if item.discount:
        allowance = add(line, "cac:AllowanceCharge")
        add(allowance, "cbc:ChargeIndicator", "false")
        add(allowance, "cbc:AllowanceChargeReasonCode", "95")
        add(allowance, "cbc:AllowanceChargeReason", "Descuento")
        if item.discount_pct:
            add(allowance, "cbc:MultiplierFactorNumeric", plain(item.discount_pct))
        _money(allowance, "cbc:Amount", item.discount, currency)
        if item.discount_pct:
            _money(allowance, "cbc:BaseAmount", item.discount_base, currency)
    product = add(line, "cac:Item")
    add_if(product, "cbc:Description", cut(item.description, 2000))
    add(product, "cbc:Name", cut(item.name, 500))
    _category(add(product, "cac:ClassifiedTaxCategory"), item.category)
    price = add(line, "cac:Price")
    add(price, "cbc:PriceAmount", plain(item.price), currencyID=currency)
