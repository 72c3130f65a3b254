"""A neutral invoice: what every electronic format is written from.

`document_of` fills it from an issued invoice, in this one place; the writers know nothing of the
database. Amounts are `Decimal` in the currency of the invoice, with their own sign.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lonja.billing.calculation import invoice_totals, tax_line
from lonja.billing.models import Invoice, InvoiceTax
from lonja.billing.regimes import active_regime
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif, postcode_province
from lonja.kit.money import EXACT, ZERO, from_cents, round_cents, round_to
from lonja.parties.models import Party
from lonja.tax.categories import category

NONE = Decimal(0)


@dataclass(frozen=True)
class Address:
    """`country` is the ISO code of two letters."""

    street: str = ""
    postcode: str = ""
    city: str = ""
    province: str = ""
    country: str = "ES"


@dataclass(frozen=True)
class Actor:
    """Issuer or recipient. `id_type`: «nif», or the AEAT's IDType 02 to 06."""

    name: str
    tax_id: str
    address: Address
    id_type: str = "nif"
    trade_name: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    registry: str = ""

    @property
    def is_spanish(self) -> bool:
        """Identified by a Spanish NIF."""
        return self.id_type == "nif" and bool(self.tax_id)

    @property
    def vat_number(self) -> str:
        """Its VAT number with the prefix of the country, or empty when it has none."""
        if self.is_spanish:
            return f"ES{self.tax_id}"
        return self.tax_id if self.id_type == "02" else ""

    @property
    def is_person(self) -> bool:
        """A natural person, as far as its NIF tells."""
        if not self.is_spanish:
            return False
        try:
            return check_nif(self.tax_id).is_person
        except Refused:
            return False


@dataclass(frozen=True)
class Treatment:
    """How an operation is taxed, in the codes of the AEAT (`lonja.tax.documents.TaxLine`)."""

    tax: str
    regime: str
    qualification: str
    exemption: str
    rate: Decimal | None
    surcharge_rate: Decimal | None

    @property
    def is_taxed(self) -> bool:
        return self.qualification == "S1"

    @property
    def is_reverse_charge(self) -> bool:
        return self.qualification == "S2"

    @property
    def is_outside(self) -> bool:
        """Not subject (arts. 7, 14 or the place rules)."""
        return self.qualification in ("N1", "N2")


@dataclass(frozen=True)
class Line:
    """`cost` = quantity × price; `net` = cost − discount, both in cents and without tax."""

    position: int
    concept: str
    detail: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    cost: Decimal
    discount_pct: Decimal
    net: Decimal
    treatment: Treatment
    operation_on: date | None
    is_withheld: bool

    @property
    def discount(self) -> Decimal:
        return self.cost - self.net


@dataclass(frozen=True)
class Disbursement:
    """A *suplido*: paid in the name of the recipient (art. 78.Tres.3.º LIVA)."""

    concept: str
    amount: Decimal


@dataclass(frozen=True)
class Group:
    """The lines taxed alike. `base` is after the share of the global discount."""

    treatment: Treatment
    base: Decimal
    amount: Decimal
    surcharge: Decimal
    discount: Decimal
    mention: str


@dataclass(frozen=True)
class Reference:
    """Another invoice: one that is corrected or replaced."""

    number: str
    issued_on: date


@dataclass(frozen=True)
class Correction:
    """`method` S (the lines replace the old ones) or I (they are the difference); `kind` R1 to
    R5; `reason` in words."""

    method: str
    kind: str
    reason: str
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class Centre:
    """A unit of the public administration. `role`: 01 oficina contable, 02 órgano gestor,
    03 unidad tramitadora, 04 órgano proponente. `code` is its DIR3 code."""

    role: str
    code: str


@dataclass(frozen=True)
class Document:
    """`total` is base + tax + surcharge; `payable` = total − withholding + disbursements −
    prepaid. `exchange_rate`: euros per unit of `currency`."""

    number: str
    issued_on: date
    operation_on: date | None
    due_on: date | None
    currency: str
    exchange_rate: Decimal | None
    seller: Actor
    buyer: Actor | None
    lines: tuple[Line, ...]
    disbursements: tuple[Disbursement, ...]
    groups: tuple[Group, ...]
    discount_pct: Decimal
    base: Decimal
    tax: Decimal
    surcharge: Decimal
    total: Decimal
    withholding_pct: Decimal | None
    withholding_base: Decimal
    withholding: Decimal
    disbursed: Decimal
    prepaid: Decimal
    payable: Decimal
    legends: tuple[str, ...]
    message: str
    reference: str
    payment_method: str
    iban: str
    debtor_iban: str
    qr_url: str
    is_simplified: bool = False
    correction: Correction | None = None
    centres: tuple[Centre, ...] = ()

    @property
    def net(self) -> Decimal:
        """Sum of the lines, before the global discount."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def discount(self) -> Decimal:
        """Global discount."""
        return sum((group.discount for group in self.groups), ZERO)

    @property
    def is_credit(self) -> bool:
        """Money goes back: a correction by differences in favour of the recipient."""
        return self.total < 0

    def required_buyer(self) -> Actor:
        """The recipient. Raises Refused when the invoice has none."""
        if self.buyer is None:
            raise Refused(
                "einvoice_no_recipient",
                _(
                    "Esta factura no identifica a su destinatario y los formatos electrónicos lo "
                    "exigen. Descarga el PDF, o haz una factura completa en su lugar."
                ),
            )
        return self.buyer


def document_of(invoice: Invoice, centres: tuple[Centre, ...] = ()) -> Document:
    """The document of an issued invoice, from what was frozen with it.

    Raises Refused("not_issued") for a draft.
    """
    if invoice.is_draft:
        raise Refused(
            "not_issued",
            _("Un borrador no tiene factura electrónica. Emite la factura para descargarla."),
        )
    rows = list(invoice.lines.all())
    taxes = list(invoice.taxes.all())
    day = invoice.operation_on or invoice.issued_on
    _taxed, totals = invoice_totals(invoice, rows, invoice.issued_on)
    lines, disbursements = _lines(invoice, rows, taxes, day)
    recipient = invoice.recipient or {}
    regime = active_regime(invoice.company)
    printed: Any = regime.printed(invoice) if regime is not None else {}
    groups = _groups(lines, taxes)
    return Document(
        number=invoice.number,
        issued_on=invoice.issued_on,
        operation_on=invoice.operation_on if invoice.operation_on != invoice.issued_on else None,
        due_on=invoice.due_on,
        currency=invoice.currency,
        exchange_rate=None,
        seller=_seller(invoice),
        buyer=_buyer(invoice) if recipient.get("name") else None,
        lines=lines,
        disbursements=disbursements,
        groups=groups,
        discount_pct=invoice.global_discount_pct or NONE,
        base=from_cents(invoice.base_cents),
        tax=from_cents(invoice.tax_cents),
        surcharge=from_cents(invoice.surcharge_cents),
        total=from_cents(invoice.total_cents),
        withholding_pct=invoice.withholding_pct if invoice.withholding_cents else None,
        withholding_base=totals.withholding_base,
        withholding=from_cents(invoice.withholding_cents),
        disbursed=from_cents(invoice.disbursement_cents),
        prepaid=_prepaid(invoice),
        payable=from_cents(invoice.payable_cents),
        legends=tuple(invoice.legends),
        message=invoice.message,
        reference=invoice.reference,
        payment_method=invoice.payment_method,
        iban=_compact(invoice.issuer.get("iban")),
        debtor_iban=_compact(recipient.get("iban")),
        qr_url=printed.get("qr_url", ""),
        centres=centres,
    )


def _prepaid(invoice: Invoice) -> Decimal:
    """Advances deducted from what is to pay."""
    due = invoice.total_cents - invoice.withholding_cents + invoice.disbursement_cents
    return from_cents(due - invoice.payable_cents)


def _compact(iban: Any) -> str:
    return "".join(str(iban or "").split())


# --- parties ----------------------------------------------------------------------------------
_PLACE = re.compile(r"(?P<postcode>\d{5}) (?P<city>[^(]{1,90}?)(?: \((?P<province>[^)]{1,80})\))?")


def _seller(invoice: Invoice) -> Actor:
    frozen = invoice.issuer
    return Actor(
        name=frozen["name"],
        tax_id=frozen["nif"],
        address=_address(frozen, invoice.company),
        trade_name=frozen.get("trade_name", ""),
        email=frozen.get("email", ""),
        phone=frozen.get("phone", ""),
        website=frozen.get("website", ""),
        registry=frozen.get("registry", ""),
    )


def _buyer(invoice: Invoice) -> Actor:
    frozen = invoice.recipient
    return Actor(
        name=frozen["name"],
        tax_id=frozen.get("nif", ""),
        id_type=frozen.get("id_type") or "nif",
        address=_address(frozen, invoice.party),
    )


def _address(frozen: dict[str, Any], current: Any) -> Address:
    """The frozen address in its parts; those frozen only as lines are read back, and what they
    never had is taken from the record as it is now."""
    country = frozen.get("country") or current.country or "ES"
    if "street" in frozen:
        found = Address(
            frozen["street"], frozen["postcode"], frozen["city"], frozen["province"], country
        )
    else:
        found = _read_back(list(frozen.get("address") or ()), country)
    if not (found.street and found.city):
        found = Address(
            current.address, current.postcode, current.city, current.province, current.country
        )
    if found.country == "ES" and not found.province:
        found = replace(found, province=postcode_province(found.postcode) or found.city)
    return found


def _read_back(lines: list[str], country: str) -> Address:
    """«Av. del Puerto, 14», «03700 Dénia (Alicante)», «FR» into their parts."""
    if lines and lines[-1] == country:
        lines = lines[:-1]
    match = _PLACE.fullmatch(lines[-1]) if len(lines) > 1 else None
    if match is None:
        return Address(", ".join(lines[:-1]), "", lines[-1] if lines else "", "", country)
    street = ", ".join(lines[:-1])
    return Address(
        street, match["postcode"], match["city"].strip(), match["province"] or "", country
    )


# --- lines and taxes --------------------------------------------------------------------------
def _treatment(row: Any) -> Treatment:
    return Treatment(
        row.tax,
        row.regime or "",
        row.qualification or "",
        row.exemption or "",
        row.rate,
        getattr(row, "surcharge_rate", None) or getattr(row, "surcharge", None) or None,
    )


def _key(treatment: Treatment) -> tuple[Any, ...]:
    return (
        treatment.tax,
        treatment.regime,
        treatment.qualification,
        treatment.exemption,
        treatment.rate,
        treatment.surcharge_rate,
    )


def _lines(
    invoice: Invoice, rows: list[Any], taxes: list[InvoiceTax], day: date
) -> tuple[tuple[Line, ...], tuple[Disbursement, ...]]:
    lines, disbursements = [], []
    for row in rows:
        net = from_cents(row.net_cents)
        if row.is_disbursement:
            disbursements.append(Disbursement(row.concept, net))
            continue
        lines.append(
            Line(
                position=len(lines) + 1,
                concept=row.concept,
                detail=row.detail,
                quantity=row.quantity,
                unit=row.unit,
                unit_price=row.unit_price,
                cost=round_cents(EXACT.multiply(row.quantity, row.unit_price)),
                discount_pct=row.discount_pct or NONE,
                net=net,
                treatment=_treatment(tax_line(row, day, surcharge=invoice.surcharge)),
                operation_on=row.operation_on,
                is_withheld=bool(row.withheld and invoice.withholding_cents),
            )
        )
    if invoice.prices_include_tax:
        lines = _without_tax(lines, taxes)
    return tuple(lines), tuple(disbursements)


def _without_tax(lines: list[Line], taxes: list[InvoiceTax]) -> list[Line]:
    """Lines whose prices have tax inside, with the base of their group shared among them.

    The discounts of the line and of the document go into the price: what is left is the base.
    """
    bases: dict[tuple[Any, ...], Decimal] = defaultdict(lambda: ZERO)
    for tax in taxes:
        bases[_key(_treatment(tax))] += from_cents(tax.base_cents)
    gross: dict[tuple[Any, ...], Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        gross[_key(line.treatment)] += line.net
    left, left_gross = dict(bases), dict(gross)
    shared = []
    for line in lines:
        key = _key(line.treatment)
        part, whole = left.get(key, ZERO), left_gross[key]
        net = round_cents(EXACT.divide(EXACT.multiply(part, line.net), whole)) if whole else ZERO
        left[key] = part - net
        left_gross[key] = whole - line.net
        price = round_to(EXACT.divide(net, line.quantity), 8) if line.quantity else NONE
        shared.append(replace(line, unit_price=price, cost=net, net=net, discount_pct=NONE))
    return shared


def _groups(lines: tuple[Line, ...], taxes: list[InvoiceTax]) -> tuple[Group, ...]:
    nets: dict[tuple[Any, ...], Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        nets[_key(line.treatment)] += line.net
    groups = []
    for tax in taxes:
        treatment = _treatment(tax)
        base = from_cents(tax.base_cents)
        groups.append(
            Group(
                treatment=treatment,
                base=base,
                amount=from_cents(tax.tax_cents),
                surcharge=from_cents(tax.surcharge_cents),
                discount=nets[_key(treatment)] - base,
                mention=_mention(treatment),
            )
        )
    return tuple(groups)


_REASONS = {
    ("01", "E1"): "exenta_art20",
    ("01", "E2"): "exportacion",
    ("01", "E3"): "exenta_art22",
    ("01", "E4"): "exenta_zonas_francas",
    ("01", "E5"): "intracomunitaria",
    ("01", "N1"): "no_sujeta_art7",
}


def _mention(treatment: Treatment) -> str:
    """Why there is no tax, in the words that the invoice must say; empty when it is taxed."""
    if treatment.is_taxed:
        return ""
    if treatment.is_reverse_charge:
        return "Inversión del sujeto pasivo"  # literal
    code = _REASONS.get((treatment.tax, treatment.exemption or treatment.qualification))
    if code is not None:
        return category(code).mention
    if treatment.exemption:
        return "Operación exenta"  # literal
    return "Operación no sujeta por reglas de localización"  # literal


def buyer_is_in_the_union(document: Document) -> bool:
    """The recipient is a business of another country of the Union (NIF-IVA)."""
    return document.buyer is not None and document.buyer.id_type == "02"


def party_of(invoice: Invoice) -> Party:
    return invoice.party
