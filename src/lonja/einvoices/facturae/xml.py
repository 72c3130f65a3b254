"""Facturae 3.2.2, without its signature.

Source: the official XSD and the rules of FACe (each total is the sum of what it says).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from lonja.einvoices import schema
from lonja.einvoices.codes import PAYMENT_MEANS, alpha_3, facturae_unit
from lonja.einvoices.document import Actor, Address, Centre, Document, Group, Line, Treatment
from lonja.einvoices.xmltree import add, add_if, cut, plain, two
from lonja.kit.dates import month_end
from lonja.kit.errors import Refused
from lonja.kit.identifiers import EU_COUNTRIES
from lonja.kit.money import EXACT, ZERO, round_cents, round_to

NAMESPACE = "http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml"
DS = "http://www.w3.org/2000/09/xmldsig#"

_TAXES = {"01": "01", "02": "02", "03": "03", "05": "05"}  # IVA, IPSI, IGIC, otros
_IRPF = "04"
_METHODS = {
    "S": ("01", "Rectificación íntegra"),  # literal
    "I": ("02", "Rectificación por diferencias"),  # literal
}
# Type of correction (R1 to R5) -> reason of Facturae.
_REASONS = {
    "R1": ("16", "Base imponible"),
    "R2": ("84", "Base imponible modificada por resolución firme, judicial o administrativa"),
    "R3": ("84", "Base imponible modificada por resolución firme, judicial o administrativa"),
    "R4": ("10", "Detalle Operación"),
    "R5": ("10", "Detalle Operación"),
}


def facturae_root(document: Document) -> Any:
    """The `Facturae` element, valid against the XSD. Raises Refused with what is missing."""
    buyer = document.required_buyer()
    root = etree.Element(f"{{{NAMESPACE}}}Facturae", nsmap={"fe": NAMESPACE, "ds": DS})
    _header(root, document)
    parties = add(root, "Parties")
    _party(add(parties, "SellerParty"), document.seller)
    _party(add(parties, "BuyerParty"), buyer, document.centres)
    invoice = add(add(root, "Invoices"), "Invoice")
    _invoice_header(invoice, document)
    _issue_data(invoice, document)
    _taxes_outputs(add(invoice, "TaxesOutputs"), document)
    _taxes_withheld(invoice, document)
    _totals(add(invoice, "InvoiceTotals"), document)
    items = add(invoice, "Items")
    for line in document.lines:
        _line(add(items, "InvoiceLine"), line, document)
    _payment(invoice, document)
    _literals(invoice, document)
    _additional(invoice, document)
    schema.check("facturae", root)
    return root


def _series_and_number(number: str) -> tuple[str, str]:
    """A number of more than 20 characters is split: series and number are joined to read it."""
    if len(number) <= 20:
        return "", number
    if len(number) > 40:
        raise Refused(
            "facturae_number",
            _("El número de la factura pasa de los 40 caracteres que admite Facturae."),
        )
    return number[:-20], number[-20:]


def _total(document: Document) -> Decimal:
    """InvoiceTotal: with the taxes withheld already taken away."""
    return document.total - document.withholding


def _outstanding(document: Document) -> Decimal:
    return _total(document) - document.prepaid


# Amounts in another currency carry their equivalent in euros.
def _amount(parent: Any, name: str, amount: Decimal, document: Document) -> None:
    holder = add(parent, name)
    add(holder, "TotalAmount", two(amount))
    if document.exchange_rate is not None:
        euros = round_cents(EXACT.multiply(amount, document.exchange_rate))
        add(holder, "EquivalentInEuros", two(euros))


def _header(root: Any, document: Document) -> None:
    header = add(root, "FileHeader")
    add(header, "SchemaVersion", "3.2.2")
    add(header, "Modality", "I")
    add(header, "InvoiceIssuerType", "EM")
    batch = add(header, "Batch")
    add(batch, "BatchIdentifier", cut(document.seller.tax_id + document.number, 70))
    add(batch, "InvoicesCount", "1")
    _amount(batch, "TotalInvoicesAmount", _total(document), document)
    _amount(batch, "TotalOutstandingAmount", _outstanding(document), document)
    _amount(batch, "TotalExecutableAmount", document.payable, document)
    add(batch, "InvoiceCurrencyCode", document.currency)


# --- parties ----------------------------------------------------------------------------------
def _party(holder: Any, actor: Actor, centres: tuple[Centre, ...] = ()) -> None:
    is_person = actor.is_person
    identity = add(holder, "TaxIdentification")
    add(identity, "PersonTypeCode", "F" if is_person else "J")
    add(identity, "ResidenceTypeCode", _residence(actor))
    if len(actor.tax_id) < 3:
        raise Refused(
            "facturae_tax_id",
            _("A «%(name)s» le falta el NIF y Facturae lo exige.") % {"name": actor.name},
        )
    add(identity, "TaxIdentificationNumber", cut(actor.tax_id, 30))
    if centres:
        group = add(holder, "AdministrativeCentres")
        for centre in centres:
            unit = add(group, "AdministrativeCentre")
            add(unit, "CentreCode", centre.code)
            add(unit, "RoleTypeCode", centre.role)
            _address(unit, actor)
    if is_person:
        person = add(holder, "Individual")
        name, first, second = person_name(actor.name)
        add(person, "Name", cut(name, 40))
        add(person, "FirstSurname", cut(first, 40))
        add_if(person, "SecondSurname", cut(second, 40))
        _address(person, actor)
        _contact(person, actor)
        return
    entity = add(holder, "LegalEntity")
    add(entity, "CorporateName", cut(actor.name, 80))
    if actor.trade_name and actor.trade_name != actor.name:
        add(entity, "TradeName", cut(actor.trade_name, 40))
    if actor.registry:
        add(add(entity, "RegistrationData"), "AdditionalRegistrationData", cut(actor.registry, 20))
    _address(entity, actor)
    _contact(entity, actor)


def _residence(actor: Actor) -> str:
    if actor.is_spanish or actor.address.country == "ES":
        return "R"
    return "U" if actor.address.country in EU_COUNTRIES else "E"


def person_name(name: str) -> tuple[str, str, str]:
    """(name, first surname, second surname) of «Ana Gil Soler» or «Gil Soler, Ana»."""
    surnames, comma, given = name.partition(",")
    if comma and given.strip():
        words = surnames.split()
        return given.strip(), words[0] if words else given.strip(), " ".join(words[1:])
    words = name.split()
    if len(words) < 2:
        return name, name, ""
    if len(words) == 2:
        return words[0], words[1], ""
    return " ".join(words[:-2]), words[-2], words[-1]


def _address(holder: Any, actor: Actor) -> None:
    address = actor.address
    if not (address.street and address.city):
        raise Refused(
            "facturae_address",
            _("A «%(name)s» le falta la dirección completa. Escríbela en su ficha.")
            % {"name": actor.name},
        )
    if address.country == "ES":
        if not (len(address.postcode) == 5 and address.postcode.isdigit()):
            raise Refused(
                "facturae_postcode",
                _("A «%(name)s» le falta el código postal. Escríbelo en su ficha.")
                % {"name": actor.name},
            )
        spain = add(holder, "AddressInSpain")
        add(spain, "Address", cut(address.street, 80))
        add(spain, "PostCode", address.postcode)
        add(spain, "Town", cut(address.city, 50))
        add(spain, "Province", cut(address.province, 20))
        add(spain, "CountryCode", "ESP")
        return
    _overseas(add(holder, "OverseasAddress"), address)


def _overseas(holder: Any, address: Address) -> None:
    add(holder, "Address", cut(address.street, 80))
    add(holder, "PostCodeAndTown", cut(f"{address.postcode} {address.city}", 50))
    add(holder, "Province", cut(address.province or address.city, 20))
    add(holder, "CountryCode", alpha_3(address.country))


def _contact(holder: Any, actor: Actor) -> None:
    if not (actor.phone or actor.website or actor.email):
        return
    contact = add(holder, "ContactDetails")
    add_if(contact, "Telephone", "".join(actor.phone.split())[:15])
    add_if(contact, "WebAddress", cut(actor.website, 60))
    add_if(contact, "ElectronicMail", cut(actor.email, 60) if len(actor.email) <= 60 else "")


# --- header of the invoice --------------------------------------------------------------------
def _invoice_header(invoice: Any, document: Document) -> None:
    series, number = _series_and_number(document.number)
    header = add(invoice, "InvoiceHeader")
    add(header, "InvoiceNumber", number)
    add_if(header, "InvoiceSeriesCode", series)
    add(header, "InvoiceDocumentType", "FA" if document.is_simplified else "FC")
    correction = document.correction
    add(header, "InvoiceClass", "OR" if correction else "OC" if document.period else "OO")
    if correction is None:
        return
    reason, words = _REASONS.get(correction.kind, _REASONS["R1"])
    method, method_words = _METHODS[correction.method]
    first = correction.references[0] if correction.references else None
    day = first.issued_on if first is not None else document.issued_on
    element = add(header, "Corrective")
    if first is not None:
        old_series, old_number = _series_and_number(first.number)
        add(element, "InvoiceNumber", old_number)
        add_if(element, "InvoiceSeriesCode", old_series)
    add(element, "ReasonCode", reason)
    add(element, "ReasonDescription", words)
    period = add(element, "TaxPeriod")
    add(period, "StartDate", day.replace(day=1).isoformat())
    add(period, "EndDate", month_end(day).isoformat())
    add(element, "CorrectionMethod", method)
    add(element, "CorrectionMethodDescription", method_words)
    others = ", ".join(ref.number for ref in correction.references[1:])
    more = " · ".join(part for part in (correction.reason, others) if part)
    add_if(element, "AdditionalReasonDescription", cut(more, 2500))
    if first is not None:
        add(element, "InvoiceIssueDate", first.issued_on.isoformat())


def _issue_data(invoice: Any, document: Document) -> None:
    data = add(invoice, "InvoiceIssueData")
    add(data, "IssueDate", document.issued_on.isoformat())
    if document.operation_on is not None:
        add(data, "OperationDate", document.operation_on.isoformat())
    if document.period is not None:
        period = add(data, "InvoicingPeriod")
        add(period, "StartDate", document.period[0].isoformat())
        add(period, "EndDate", document.period[1].isoformat())
    add(data, "InvoiceCurrencyCode", document.currency)
    if document.exchange_rate is not None:
        exchange = add(data, "ExchangeRateDetails")
        add(exchange, "ExchangeRate", plain(round_to(document.exchange_rate, 8)))
        day = document.operation_on or document.issued_on
        add(exchange, "ExchangeRateDate", day.isoformat())
    add(data, "TaxCurrencyCode", "EUR" if document.exchange_rate else document.currency)
    add(data, "LanguageName", document.language)
    add_if(data, "ReceiverTransactionReference", cut(document.reference, 20))


# --- taxes ------------------------------------------------------------------------------------
def _rate(treatment: Treatment) -> Decimal:
    return treatment.rate or Decimal(0) if treatment.is_taxed else Decimal(0)


def _tax(
    holder: Any,
    treatment: Treatment,
    base: Decimal,
    amount: Decimal,
    surcharge: Decimal,
    document: Document,
) -> None:
    tax = add(holder, "Tax")
    add(tax, "TaxTypeCode", _TAXES[treatment.tax])
    add(tax, "TaxRate", two(_rate(treatment)))
    _amount(tax, "TaxableBase", base, document)
    _amount(tax, "TaxAmount", amount, document)
    if treatment.surcharge_rate:
        add(tax, "EquivalenceSurcharge", two(treatment.surcharge_rate))
        _amount(tax, "EquivalenceSurchargeAmount", surcharge, document)


def _taxes_outputs(holder: Any, document: Document) -> None:
    for group in document.groups:
        _tax(holder, group.treatment, group.base, group.amount, group.surcharge, document)
    if not document.groups:  # only suplidos
        none = Treatment("01", "01", "N1", "", None, None)
        _tax(holder, none, ZERO, ZERO, ZERO, document)


def _taxes_withheld(invoice: Any, document: Document) -> None:
    if not document.withholding_pct:
        return
    tax = add(add(invoice, "TaxesWithheld"), "Tax")
    add(tax, "TaxTypeCode", _IRPF)
    add(tax, "TaxRate", two(document.withholding_pct))
    _amount(tax, "TaxableBase", document.withholding_base, document)
    _amount(tax, "TaxAmount", document.withholding, document)


def _totals(totals: Any, document: Document) -> None:
    add(totals, "TotalGrossAmount", two(document.net))
    if document.discount:
        discount = add(add(totals, "GeneralDiscounts"), "Discount")
        add(discount, "DiscountReason", "Descuento")
        if document.discount_pct:
            add(discount, "DiscountRate", plain(document.discount_pct))
        add(discount, "DiscountAmount", two(document.discount))
        add(totals, "TotalGeneralDiscounts", two(document.discount))
    add(totals, "TotalGrossAmountBeforeTaxes", two(document.base))
    add(totals, "TotalTaxOutputs", two(document.tax + document.surcharge))
    add(totals, "TotalTaxesWithheld", two(document.withholding))
    add(totals, "InvoiceTotal", two(_total(document)))
    if document.prepaid:
        paid = add(add(totals, "PaymentsOnAccount"), "PaymentOnAccount")
        add(paid, "PaymentOnAccountDate", document.issued_on.isoformat())
        add(paid, "PaymentOnAccountAmount", two(document.prepaid))
    if document.disbursements:
        group = add(totals, "ReimbursableExpenses")
        for item in document.disbursements:
            expense = add(group, "ReimbursableExpenses")
            add(expense, "ReimbursableExpensesAmount", two(item.amount))
    add(totals, "TotalOutstandingAmount", two(_outstanding(document)))
    if document.prepaid:
        add(totals, "TotalPaymentsOnAccount", two(document.prepaid))
    add(totals, "TotalExecutableAmount", two(document.payable))
    if document.disbursements:
        add(totals, "TotalReimbursableExpenses", two(document.disbursed))


# --- lines ------------------------------------------------------------------------------------
def _line(item: Any, line: Line, document: Document) -> None:
    treatment = line.treatment
    add(item, "SequenceNumber", str(line.position))
    add(item, "ItemDescription", cut(line.concept, 2500))
    add(item, "Quantity", plain(line.quantity))
    add(item, "UnitOfMeasure", facturae_unit(line.unit))
    add(item, "UnitPriceWithoutTax", plain(round_to(line.unit_price, 8)))
    add(item, "TotalCost", two(line.cost))
    if line.discount:
        discount = add(add(item, "DiscountsAndRebates"), "Discount")
        add(discount, "DiscountReason", "Descuento")
        if line.discount_pct:
            add(discount, "DiscountRate", plain(line.discount_pct))
        add(discount, "DiscountAmount", two(line.discount))
    add(item, "GrossAmount", two(line.net))
    if line.is_withheld and document.withholding_pct:
        tax = add(add(item, "TaxesWithheld"), "Tax")
        add(tax, "TaxTypeCode", _IRPF)
        add(tax, "TaxRate", two(document.withholding_pct))
        _amount(tax, "TaxableBase", line.net, document)
        _amount(tax, "TaxAmount", _percent(line.net, document.withholding_pct), document)
    outputs = add(item, "TaxesOutputs")
    amount = _percent(line.net, _rate(treatment))
    surcharge = _percent(line.net, treatment.surcharge_rate or Decimal(0))
    _tax(outputs, treatment, line.net, amount, surcharge, document)
    if line.operation_on is not None:
        add(item, "TransactionDate", line.operation_on.isoformat())
    add_if(item, "AdditionalLineItemInformation", cut(line.detail, 2500))
    if treatment.exemption or treatment.is_outside:
        event = add(item, "SpecialTaxableEvent")
        add(event, "SpecialTaxableEventCode", "01" if treatment.exemption else "02")
        add(event, "SpecialTaxableEventReason", _mention_of(line, document.groups))


def _mention_of(line: Line, groups: tuple[Group, ...]) -> str:
    return next((g.mention for g in groups if g.treatment == line.treatment), "")


def _percent(base: Decimal, percent: Decimal) -> Decimal:
    return round_cents(EXACT.scaleb(EXACT.multiply(base, percent), -2))


# --- payment and texts ------------------------------------------------------------------------
def _payment(invoice: Any, document: Document) -> None:
    if document.payable <= 0:
        return
    _code, means = PAYMENT_MEANS.get(document.payment_method, PAYMENT_MEANS["transfer"])
    due: date = document.due_on or document.issued_on
    part = add(add(invoice, "PaymentDetails"), "Installment")
    add(part, "InstallmentDueDate", due.isoformat())
    add(part, "InstallmentAmount", two(document.payable))
    add(part, "PaymentMeans", means)
    if means == "04" and document.iban:
        add(add(part, "AccountToBeCredited"), "IBAN", document.iban)
        add(part, "PaymentReconciliationReference", cut(document.number, 60))
    elif means == "02" and document.debtor_iban:
        add(add(part, "AccountToBeDebited"), "IBAN", document.debtor_iban)


def _literals(invoice: Any, document: Document) -> None:
    texts = list(document.legends)
    for group in document.groups:
        if group.mention and group.mention not in texts:
            texts.append(group.mention)
    if texts:
        literals = add(invoice, "LegalLiterals")
        for text in texts:
            add(literals, "LegalReference", cut(text, 250))


def _additional(invoice: Any, document: Document) -> None:
    """The message, what the *suplidos* are, and the address of the VERI*FACTU QR."""
    parts = [document.message]
    parts += [f"Suplido: {item.concept} ({two(item.amount)})" for item in document.disbursements]
    if document.qr_url:
        parts.append(f"QR tributario VERI*FACTU: {document.qr_url}")
    parts += [f"Factura relacionada: {reference.number}" for reference in document.related]
    text = "\n".join(part for part in parts if part)
    if not text:
        return
    data = add(invoice, "AdditionalData")
    if document.related:
        add(data, "RelatedInvoice", cut(document.related[0].number, 40))
    add(data, "InvoiceAdditionalInformation", text[:2500])
