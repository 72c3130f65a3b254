"""The semantic model of EN 16931 for a Spanish invoice; UBL and CII only spell it.

What the standard cannot say is refused here, naming the format that can. Categories are those of
UNTDID 5305, reasons those of the VATEX list; LIVA articles are matched to a VATEX code only where
the correspondence is exact (art. 20 gathers arts. 132, 135 and 136 of Directive 2006/112/EC: it
goes in words).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from lonja.einvoices.codes import PAYMENT_MEANS, unece_unit
from lonja.einvoices.document import (
    Actor,
    Document,
    Line,
    Reference,
    Treatment,
    buyer_is_in_the_union,
)
from lonja.kit.errors import Refused
from lonja.kit.money import ZERO, round_to

SPECIFICATION = "urn:cen.eu:en16931:2017"
INVOICE, CREDIT_NOTE, CORRECTED = "380", "381", "384"
OUTSIDE, REVERSE, EXEMPT, INTRA_EU, EXPORT = "O", "AE", "E", "K", "G"
DISBURSEMENT_REASON = (
    "Suplido: cantidad pagada en nombre y por cuenta del cliente (art. 78.Tres.3.º Ley 37/1992)"
)

_VATEX = {
    REVERSE: "VATEX-EU-AE",
    INTRA_EU: "VATEX-EU-IC",
    EXPORT: "VATEX-EU-G",
    OUTSIDE: "VATEX-EU-O",
}
_SUPLIDO = "VATEX-EU-79-C"
_TAXED = {"01": "S", "02": "M", "03": "L"}


@dataclass(frozen=True)
class Category:
    """`rate` None only for «not subject» (O), which has none."""

    code: str
    rate: Decimal | None
    reason: str = ""
    reason_code: str = ""

    @property
    def key(self) -> tuple[str, Decimal | None]:
        return self.code, self.rate


@dataclass(frozen=True)
class Item:
    """A line. `price` is never negative (BR-27): the sign goes in the quantity."""

    number: int
    name: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    net: Decimal
    discount: Decimal
    discount_base: Decimal
    discount_pct: Decimal
    category: Category


@dataclass
class Breakdown:
    """The one row of the breakdown of a category and rate."""

    category: Category
    base: Decimal = ZERO
    amount: Decimal = ZERO
    discount: Decimal = ZERO
    reasons: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)

    @property
    def reason_code(self) -> str:
        """Only when it is the reason of all its lines."""
        return next(iter(self.codes)) if len(self.codes) == 1 and len(self.reasons) == 1 else ""


@dataclass(frozen=True)
class Invoice:
    """Amounts are positive in a credit note, whose type already says that money goes back."""

    type_code: str
    document: Document
    seller: Actor
    buyer: Actor
    items: tuple[Item, ...]
    breakdown: tuple[Breakdown, ...]
    line_total: Decimal
    discount: Decimal
    base: Decimal
    tax: Decimal
    total: Decimal
    prepaid: Decimal
    payable: Decimal
    tax_in_euros: Decimal | None
    notes: tuple[str, ...]
    references: tuple[Reference, ...]
    payment_code: str
    delivered_on: date | None
    shows_vat_numbers: bool

    @property
    def is_credit_note(self) -> bool:
        return self.type_code == CREDIT_NOTE

    @property
    def has_intra_eu(self) -> bool:
        return any(row.category.code == INTRA_EU for row in self.breakdown)


def refuse_unless_expressible(document: Document) -> None:
    """What EN 16931 cannot carry. Raises Refused saying which format can."""
    document.required_buyer()
    if document.withholding:
        raise Refused(
            "en16931_withholding",
            _(
                "La norma europea EN 16931 no recoge la retención de IRPF, así que UBL, CII y "
                "Factur-X no sirven para esta factura. Usa Facturae."
            ),
        )
    if any(group.treatment.surcharge_rate for group in document.groups):
        raise Refused(
            "en16931_surcharge",
            _(
                "La norma europea EN 16931 no recoge el recargo de equivalencia, así que UBL, CII "
                "y Factur-X no sirven para esta factura. Usa Facturae."
            ),
        )
    if any(group.treatment.tax not in _TAXED for group in document.groups):
        raise Refused(
            "en16931_tax",
            _("La norma europea EN 16931 solo recoge IVA, IGIC e IPSI. Usa Facturae."),
        )
    kinds = {_category(group.treatment, document).code for group in document.groups}
    if OUTSIDE in kinds and (len(kinds) > 1):
        raise Refused(
            "en16931_mixed",
            _(
                "La norma europea EN 16931 no permite mezclar en una factura operaciones no "
                "sujetas con las demás. Sepáralas en dos facturas o usa Facturae."
            ),
        )
    if INTRA_EU in kinds and not (document.buyer and document.buyer.vat_number):
        raise Refused(
            "en16931_vat_number",
            _("Una entrega intracomunitaria necesita el NIF-IVA del cliente."),
        )


def model_of(document: Document) -> Invoice:
    """The invoice in the terms of the standard. Raises Refused (see above)."""
    refuse_unless_expressible(document)
    is_credit = document.is_credit
    sign = Decimal(-1) if is_credit else Decimal(1)
    items = [_item(line, document, sign) for line in document.lines]
    outside = bool(items) and all(item.category.code == OUTSIDE for item in items)
    for paid in document.disbursements:
        items.append(_disbursed(len(items) + 1, paid.concept, paid.amount * sign, outside))
    breakdown = _breakdown(document, items, sign)
    line_total = sum((item.net for item in items), ZERO)
    discount = document.discount * sign
    base = sum((row.base for row in breakdown), ZERO)
    tax = sum((row.amount for row in breakdown), ZERO)
    prepaid = document.prepaid * sign
    euros = document.tax_in_euros
    return Invoice(
        type_code=_type_code(document, is_credit),
        document=document,
        seller=document.seller,
        buyer=document.required_buyer(),
        items=tuple(items),
        breakdown=breakdown,
        line_total=line_total,
        discount=discount,
        base=base,
        tax=tax,
        total=base + tax,
        prepaid=prepaid,
        payable=base + tax - prepaid,
        tax_in_euros=euros * sign if euros is not None else None,
        notes=_notes(document),
        references=(
            *(document.correction.references if document.correction else ()),
            *document.related,
        ),
        payment_code=PAYMENT_MEANS.get(document.payment_method, PAYMENT_MEANS["transfer"])[0],
        delivered_on=document.operation_on or document.issued_on,
        shows_vat_numbers=not any(row.category.code == OUTSIDE for row in breakdown),
    )


def _type_code(document: Document, is_credit: bool) -> str:
    if is_credit:
        return CREDIT_NOTE
    return CORRECTED if document.correction is not None else INVOICE


def _notes(document: Document) -> tuple[str, ...]:
    reason = document.correction.reason if document.correction else ""
    registry = document.seller.registry
    found = [document.message, *document.legends, reason, registry]
    return tuple(text for text in found if text)


def _category(treatment: Treatment, document: Document) -> Category:
    if treatment.is_taxed:
        return Category(_TAXED.get(treatment.tax, "S"), treatment.rate or Decimal(0))
    reason = next((g.mention for g in document.groups if g.treatment == treatment), "")
    code = _untaxed(treatment, document)
    rate = None if code == OUTSIDE else Decimal(0)
    if code == REVERSE:
        reason = "Inversión del sujeto pasivo"  # literal
    return Category(code, rate, reason, _VATEX.get(code, ""))


def _untaxed(treatment: Treatment, document: Document) -> str:
    if treatment.is_reverse_charge:
        return REVERSE
    if treatment.exemption == "E5" and treatment.tax == "01":
        return INTRA_EU
    if treatment.exemption == "E2" and treatment.tax == "01":
        return EXPORT
    if treatment.exemption:
        return EXEMPT
    # A service to a business of the Union: not subject here, and its recipient accounts for it.
    is_service = treatment.qualification == "N2" and treatment.regime != "17"
    return REVERSE if is_service and buyer_is_in_the_union(document) else OUTSIDE


def _item(line: Line, document: Document, sign: Decimal) -> Item:
    quantity, price = line.quantity * sign, line.unit_price
    if price < 0:
        quantity, price = -quantity, -price
    return Item(
        number=line.position,
        name=line.concept,
        description=line.detail,
        quantity=quantity,
        unit=unece_unit(line.unit),
        price=round_to(price, 8),
        net=line.net * sign,
        discount=line.discount * sign,
        discount_base=line.cost * sign,
        discount_pct=line.discount_pct,
        category=_category(line.treatment, document),
    )


def _disbursed(number: int, concept: str, amount: Decimal, outside: bool) -> Item:
    """A *suplido* as a line without tax: it is paid but is no part of the base."""
    if outside:
        category = Category(OUTSIDE, None, DISBURSEMENT_REASON, _VATEX[OUTSIDE])
    else:
        category = Category(EXEMPT, Decimal(0), DISBURSEMENT_REASON, _SUPLIDO)
    one = Decimal(1) if amount >= 0 else Decimal(-1)
    none = Decimal(0)
    return Item(number, concept, "", one, "C62", abs(amount), amount, ZERO, amount, none, category)


def _breakdown(document: Document, items: list[Item], sign: Decimal) -> tuple[Breakdown, ...]:
    rows: dict[tuple[str, Decimal | None], Breakdown] = {}

    def row(category: Category) -> Breakdown:
        found = rows.setdefault(category.key, Breakdown(replace(category)))
        if category.reason and category.reason not in found.reasons:
            found.reasons.append(category.reason)
        if category.reason:
            found.codes.add(category.reason_code)
        return found

    for group in document.groups:
        one = row(_category(group.treatment, document))
        one.base += group.base * sign
        one.amount += group.amount * sign
        one.discount += group.discount * sign
    for item in items[len(document.lines) :]:
        row(item.category).base += item.net
    return tuple(rows.values())
