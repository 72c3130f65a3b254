"""What the rules and the totals look at: a document, its parties and its lines."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lonja.tax.categories import category


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A line as the tax sees it. ``quantity`` and ``unit_price`` up to six decimals; percentages
    as people say them (21 % is ``Decimal('21')``); ``discounts`` chained.

    ``tax`` 01 IVA, 02 IPSI, 03 IGIC, 05 other; ``regime`` is ClaveRegimen; either
    ``qualification`` (S1, S2, N1, N2) or ``exemption`` (E1 to E8). ``withholding``: the IRPF
    retention applies to it. ``disbursement``: a *suplido*, outside base, tax and record.
    """

    quantity: Decimal
    unit_price: Decimal
    discounts: tuple[Decimal, ...] = ()
    tax: str = "01"
    regime: str = "01"
    qualification: str | None = "S1"
    exemption: str | None = None
    rate: Decimal | None = None
    surcharge: Decimal | None = None
    withholding: bool = False
    disbursement: bool = False
    description: str = ""
    operation_date: date | None = None
    base_at_cost: Decimal | None = None


def tax_line(
    category_code: str,
    on: date,
    quantity: Decimal,
    unit_price: Decimal,
    *,
    surcharged: bool = False,
    **more: object,
) -> TaxLine:
    """The line of a product of that category for an operation on that day; ``surcharged`` when the
    customer is under *recargo de equivalencia*. Raises ``Refused`` without a rate in force."""
    kind = category(category_code)
    return TaxLine(
        quantity,
        unit_price,
        tax=kind.tax,
        regime=kind.regime,
        qualification=kind.qualification,
        exemption=kind.exemption,
        rate=kind.rate_on(on),
        surcharge=kind.surcharge_on(on) if surcharged else None,
        **more,  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class Party:
    """Issuer or recipient. Identified by ``nif``, or by ``id_type`` (AEAT IDType 02 to 07),
    ``id_number`` and ``country``. ``is_consumer`` True or False when known. ``vat_confirmed``: VIES
    said that the number is registered, and we keep its answer."""

    name: str = ""
    nif: str = ""
    address: str = ""
    id_type: str = ""
    id_number: str = ""
    country: str = ""
    is_consumer: bool | None = None
    accepts_electronic: bool | None = None
    vat_confirmed: bool = False

    @property
    def is_identified(self) -> bool:
        """Whether it carries a NIF or another identification."""
        return bool(self.nif or self.id_number)


@dataclass(frozen=True, slots=True)
class InvoiceRef:
    """An invoice named by another one. ``operation_date`` is its *devengo* when it differs from
    the issue date; ``kind`` its TipoFactura when known; ``series`` its series when known."""

    number: str
    issue_date: date | None
    operation_date: date | None = None
    kind: str = ""
    series: str = ""
    issuer_nif: str = ""


@dataclass(frozen=True, slots=True)
class CorrectedAmounts:
    """ImporteRectificacion: what the replaced invoices said."""

    base: Decimal | None
    tax: Decimal | None
    surcharge: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice about to be issued.

    ``kind`` F1, F2, F3, R1 to R5. ``activity``: a code of ``SIMPLIFIED_ACTIVITIES``, for the limit
    of 3.000 €. ``correction`` I or S. ``art_80_date``: the event that reopens the four years.
    ``qualified`` is FacturaSimplificadaArt7273, ``unidentified`` FacturaSinIdentifDestinatario-
    Art61d, ``recapitulative`` when it gathers the operations of a month. ``exchange_rate``: euros
    per unit of ``currency`` on the day of *devengo*. ``due_date``: the last day to pay.
    """

    kind: str
    number: str
    issue_date: date
    issuer: Party
    recipients: tuple[Party, ...]
    lines: tuple[TaxLine, ...]
    series: str = ""
    operation_date: date | None = None
    global_discount_pct: Decimal | None = None
    global_discount_amount: Decimal | None = None
    prices_include_tax: bool = False
    withholding_pct: Decimal | None = None
    advances: Decimal = Decimal(0)
    activity: str = ""
    correction: str = ""
    corrects: tuple[InvoiceRef, ...] = ()
    corrected_period: str = ""
    corrected_amounts: CorrectedAmounts | None = None
    art_80_date: date | None = None
    substitutes: tuple[InvoiceRef, ...] = ()
    qualified: bool = False
    unidentified: bool = False
    recapitulative: bool = False
    currency: str = "EUR"
    exchange_rate: Decimal | None = None
    due_date: date | None = None
    description: str = ""
    mentions: tuple[str, ...] = field(default=())

    @property
    def is_corrective(self) -> bool:
        """Whether it is a *rectificativa*."""
        return self.kind.startswith("R")

    @property
    def is_simplified(self) -> bool:
        """Whether the limits of the *simplificada* apply (also when *cualificada*)."""
        return self.kind == "F2" or self.qualified

    def operation_day(self, line: TaxLine) -> date:
        """The day whose rates apply to a line."""
        return line.operation_date or self.operation_date or self.issue_date

    @property
    def taxed_lines(self) -> tuple[TaxLine, ...]:
        """The lines that are not *suplidos*."""
        return tuple(line for line in self.lines if not line.disbursement)
