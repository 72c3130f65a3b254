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

from lonja.billing.calculation import in_euros, invoice_totals
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, ReferenceRole
from lonja.billing.regimes import active_regime
from lonja.kit.dates import month_end
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif, postcode_province
from lonja.kit.money import EXACT, ZERO, round_cents, round_to, to_cents
from lonja.tax.categories import category
from lonja.tax.documents import TaxLine
from lonja.tax.totals import Totals

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
    prepaid. `exchange_rate`: euros per unit of `currency`, None in euros. `period`: the month of a
    recapitulativa. `related`: invoices that it replaces, or of the advances that it deducts."""

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
    language: str = "es"
    tax_in_euros: Decimal | None = None
    is_simplified: bool = False
    period: tuple[date, date] | None = None
    correction: Correction | None = None
    related: tuple[Reference, ...] = ()
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

    Raises Refused("not_issued") for a draft, and Refused("totals_differ") when the amounts that
    were issued cannot be obtained again from its lines.
    """
    if invoice.is_draft:
        raise Refused(
            "not_issued",
            _("Un borrador no tiene factura electrónica. Emite la factura para descargarla."),
        )
    kind = kind_of(invoice.kind)
    rows = list(invoice.lines.all())
    references = list(invoice.references.all())
    taxed, totals = invoice_totals(invoice, rows, invoice.issued_on)
    euros = in_euros(invoice, totals)
    _refuse_unless_same(invoice, euros)
    lines, disbursements = _lines(invoice, rows, taxed, totals)
    recipient = invoice.recipient or {}
    regime = active_regime(invoice.company)
    printed: Any = regime.printed(invoice) if regime is not None else {}
    is_foreign = euros is not totals
    return Document(
        number=invoice.number,
        issued_on=invoice.issued_on,
        operation_on=invoice.operation_on if invoice.operation_on != invoice.issued_on else None,
        due_on=invoice.due_on,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate if is_foreign else None,
        tax_in_euros=euros.tax_total if is_foreign else None,
        language=invoice.language[:2] or "es",
        seller=_seller(invoice),
        buyer=_buyer(invoice) if kind.names_recipient and recipient.get("name") else None,
        lines=lines,
        disbursements=disbursements,
        groups=_groups(lines, totals),
        discount_pct=NONE if invoice.global_discount_cents else invoice.global_discount_pct,
        base=totals.base_total,
        tax=totals.tax_total - totals.surcharge_total,
        surcharge=totals.surcharge_total,
        total=totals.total,
        withholding_pct=invoice.withholding_pct if totals.withholding else None,
        withholding_base=totals.withholding_base,
        withholding=totals.withholding,
        disbursed=totals.disbursements,
        prepaid=totals.advances,
        payable=totals.payable,
        legends=tuple(invoice.legends),
        message=invoice.message,
        reference=invoice.reference,
        payment_method=invoice.payment_method,
        iban=_compact(invoice.issuer.get("iban")),
        debtor_iban=_compact(recipient.get("iban")),
        qr_url=printed.get("qr_url", ""),
        is_simplified=kind.is_simplified,
        period=_month(invoice, lines) if kind.recapitulates else None,
        correction=_correction(invoice, references) if kind.corrects else None,
        related=tuple(
            Reference(row.number, row.issued_on)
            for row in references
            if row.role in (ReferenceRole.SUBSTITUTES, ReferenceRole.ADVANCE)
        ),
        centres=centres,
    )


def _refuse_unless_same(invoice: Invoice, euros: Totals) -> None:
    if (to_cents(euros.total), to_cents(euros.payable)) != (
        invoice.total_cents,
        invoice.payable_cents,
    ):
        raise Refused(
            "totals_differ",
            _(
                "Los importes de la factura %(number)s no salen de sus líneas. No hemos creado "
                "nada: avisa a soporte con este aviso."
            )
            % {"number": invoice.number},
        )


def _correction(invoice: Invoice, references: list[Any]) -> Correction:
    corrected = [row for row in references if row.role == ReferenceRole.CORRECTS]
    reason = " · ".join(
        part for part in (invoice.correction_reason, invoice.corrected_period) if part
    )
    return Correction(
        method=invoice.correction or "I",
        kind=kind_of(invoice.kind).legal,
        reason=reason,
        references=tuple(Reference(row.number, row.issued_on) for row in corrected),
    )


def _month(invoice: Invoice, lines: tuple[Line, ...]) -> tuple[date, date]:
    """The calendar month that a recapitulativa gathers (RD 1619/2012, art. 13)."""
    days = [line.operation_on for line in lines if line.operation_on]
    day = min(days, default=invoice.operation_on or invoice.issued_on)
    return day.replace(day=1), month_end(day)


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
    if not (found.street and found.city and (found.postcode or found.country != "ES")):
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
def _treatment(row: Any, surcharge: Decimal | None) -> Treatment:
    return Treatment(
        row.tax,
        row.regime or "",
        row.qualification or "",
        row.exemption or "",
        row.rate,
        surcharge,
    )


def _lines(
    invoice: Invoice, rows: list[Any], taxed: list[TaxLine], totals: Totals
) -> tuple[tuple[Line, ...], tuple[Disbursement, ...]]:
    lines, disbursements = [], []
    for row, line, net in zip(rows, taxed, totals.lines_net, strict=True):
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
                discount_pct=line.discounts[0] if len(line.discounts) == 1 else NONE,
                net=net,
                treatment=_treatment(line, line.surcharge),
                operation_on=row.operation_on,
                is_withheld=bool(row.withheld and totals.withholding),
            )
        )
    if invoice.prices_include_tax:
        lines = _without_tax(lines, totals)
    return tuple(lines), tuple(disbursements)


def _without_tax(lines: list[Line], totals: Totals) -> list[Line]:
    """Lines whose prices have tax inside, with the base of their group shared among them.

    The discounts of the line and of the document go into the price: what is left is the base.
    """
    left = {_treatment(group, group.surcharge_rate): group.base for group in totals.groups}
    left_gross: dict[Treatment, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        left_gross[line.treatment] += line.net
    shared = []
    for line in lines:
        part, whole = left[line.treatment], left_gross[line.treatment]
        net = round_cents(EXACT.divide(EXACT.multiply(part, line.net), whole)) if whole else ZERO
        left[line.treatment] = part - net
        left_gross[line.treatment] = whole - line.net
        price = round_to(EXACT.divide(net, line.quantity), 8) if line.quantity else NONE
        shared.append(replace(line, unit_price=price, cost=net, net=net, discount_pct=NONE))
    return shared


def _groups(lines: tuple[Line, ...], totals: Totals) -> tuple[Group, ...]:
    nets: dict[Treatment, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        nets[line.treatment] += line.net
    groups = []
    for group in totals.groups:
        treatment = _treatment(group, group.surcharge_rate)
        groups.append(
            Group(
                treatment=treatment,
                base=group.base,
                amount=group.amount,
                surcharge=group.surcharge,
                discount=nets[treatment] - group.base,
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
