"""Invoices as they are written and as they are told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from lonja.api.door.shapes import (
    Block,
    Day,
    DayOut,
    Email,
    Id,
    In,
    Line,
    Moment,
    MomentOut,
    Money,
    MoneyOut,
    NumberOut,
    OneOf,
    Out,
    Percent,
    Rate,
    day,
    moment,
    money,
    number,
)
from lonja.api.v1.lines import PricedIn
from lonja.billing.calculation import invoice_totals, tax_rows
from lonja.billing.kinds import KINDS
from lonja.billing.models import Invoice, InvoiceLine, InvoiceTax, Status
from lonja.tax.totals import Totals

KindCode = Annotated[str, OneOf(tuple(code for code, kind in KINDS.items() if kind.is_fiscal))]
Method = Literal["transfer", "direct_debit", "card", "cash"]
Language = Literal["", "es", "ca", "gl", "eu", "en"]
State = Literal["draft", "issued", "partly_paid", "paid", "overdue", "returned", "void"]


class LineIn(PricedIn):
    discounts: Annotated[
        list[Percent], Field(max_length=4, description="En cadena: primero el primero.")
    ] = []
    operation_on: Day | None = None
    withheld: Annotated[bool, Field(description="Sujeta a la retención de la factura.")] = True
    is_disbursement: Annotated[bool, Field(description="Suplido.")] = False


class ReferenceIn(In):
    """Una factura de Lonja por su id, o una de otro programa por número y fecha."""

    invoice_id: Id | None = None
    number: Annotated[str, Line(60)] = ""
    issued_on: Day | None = None
    operation_on: Day | None = None
    legal: Annotated[
        Literal["", "F1", "F2", "F3", "R1", "R2", "R3", "R4", "R5"],
        Field(description="Su tipo, si es de otro programa."),
    ] = ""


class DraftFields(In):
    """Lo que se decide en un borrador; lo que no se envía sale del cliente y de la empresa."""

    kind: KindCode = "ordinary"
    series_id: Id | None = None
    issued_on: Annotated[Day | None, Field(description="Vacía: el día en que se emita.")] = None
    operation_on: Day | None = None
    due_on: Day | None = None
    payment_method: Method | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    exchange_rate: Annotated[Rate | None, Field(description="Euros por unidad.")] = None
    global_discount_pct: Percent = Decimal(0)
    global_discount: Money = Decimal(0)
    advance: Annotated[Money, Field(description="Anticipos ya cobrados.")] = Decimal(0)
    prices_include_tax: bool = False
    surcharge: Annotated[bool | None, Field(description="Recargo de equivalencia.")] = None
    withholding_pct: Percent | None = None
    language: Language = ""
    message: Annotated[str | None, Line(200)] = None
    reference: Annotated[str, Line(80), Field(description="La del cliente.")] = ""
    internal_notes: Annotated[str, Block(5000)] = ""
    lines: Annotated[list[LineIn], Field(max_length=300)] = []
    references: Annotated[
        list[ReferenceIn],
        Field(max_length=500, description="Las que rectifica, sustituye o recapitula."),
    ] = []
    correction: Annotated[
        Literal["", "I", "S"], Field(description="I, por diferencias; S, por sustitución.")
    ] = ""
    correction_reason: Annotated[str, Line(300)] = ""
    corrected_period: Annotated[str, Line(80)] = ""
    art80_circumstance: Annotated[str, Line(80)] = ""
    art80_on: Day | None = None
    corrected_base: Money | None = None
    corrected_tax: Money | None = None
    corrected_surcharge: Money | None = None


class InvoiceNew(DraftFields):
    client_id: Id
    company_id: Annotated[Id | None, Field(description="Vacía: la primera que ve la clave.")] = None


class InvoiceChange(DraftFields):
    client_id: Id | None = None


class IssueIn(In):
    send: Annotated[bool, Field(description="Ponerla además en el correo saliente.")] = False
    emails: Annotated[
        list[Email], Field(max_length=20, description="Vacía: los correos del cliente.")
    ] = []

    send_at: Annotated[
        Moment | None, Field(description="Que salga entonces; vacío, cuanto antes.")
    ] = None


class SendIn(In):
    to: Annotated[list[Email], Field(max_length=20, description="Vacía: los del cliente.")] = []
    cc: Annotated[list[Email], Field(max_length=20)] = []
    subject: Annotated[str, Line(300)] = ""
    text: Annotated[str, Block(20000)] = ""
    at: Annotated[Moment | None, Field(description="Que salga entonces.")] = None


class SentOut(Out):
    mail_id: int
    to: list[str]
    status: str


class ClientRef(Out):
    id: int
    name: str
    nif: str


class AmountsOut(Out):
    """En euros, salvo los «foreign»."""

    net: Annotated[MoneyOut, Field(description="Suma de las líneas, antes del descuento global.")]
    base: MoneyOut
    tax: MoneyOut
    surcharge: MoneyOut
    total: MoneyOut
    withholding: MoneyOut
    disbursements: MoneyOut
    advance: MoneyOut
    payable: MoneyOut
    foreign_total: MoneyOut | None
    foreign_payable: MoneyOut | None


class TaxOut(Out):
    label: str
    tax: str
    regime: str
    qualification: str
    exemption: str
    rate: NumberOut | None
    base: MoneyOut
    amount: MoneyOut
    surcharge_rate: NumberOut | None
    surcharge: MoneyOut


class LineOut(Out):
    product_id: int | None
    concept: str
    detail: str
    quantity: NumberOut
    unit: str
    unit_price: NumberOut
    discounts: list[NumberOut]
    tax_category: str
    operation_on: DayOut | None
    withheld: bool
    is_disbursement: bool
    net: MoneyOut


class ReferenceOut(Out):
    role: str
    invoice_id: int | None
    number: str
    issued_on: DayOut


class InvoiceSummary(Out):
    """Una factura en una lista."""

    id: int
    company_id: int
    client: ClientRef
    kind: str
    state: str
    number: str
    series_id: int | None
    issued_on: DayOut
    operation_on: DayOut | None
    due_on: DayOut | None
    payment_method: str
    reference: str
    currency: str
    base: MoneyOut
    total: MoneyOut
    payable: MoneyOut
    outstanding: MoneyOut
    credit_used: Annotated[
        MoneyOut,
        Field(description="Saldo aplicado a ella; en una rectificativa, lo ya usado del suyo."),
    ]
    version: int
    issued_at: MomentOut | None
    first_sent_at: MomentOut | None
    created_at: MomentOut
    updated_at: MomentOut


class InvoiceOut(InvoiceSummary):
    """Una factura entera."""

    agent_id: int | None
    language: str
    message: str
    internal_notes: str
    exchange_rate: NumberOut | None
    global_discount_pct: NumberOut
    global_discount: MoneyOut
    prices_include_tax: bool
    surcharge: bool
    withholding_pct: NumberOut | None
    correction: str
    correction_reason: str
    legends: list[str]
    amounts: AmountsOut
    taxes: list[TaxOut]
    lines: list[LineOut]
    references: list[ReferenceOut]


class ProblemOut(Out):
    code: str
    title: str
    fields: dict[str, str]


class TotalsOut(Out):
    """Lo que sumaría un borrador, y lo que falta para emitirlo."""

    amounts: AmountsOut
    taxes: list[TaxOut]
    nets: Annotated[list[MoneyOut], Field(description="El neto de cada línea.")]
    problems: list[ProblemOut]


# --- telling --------------------------------------------------------------------------------------
def state_of(invoice: Invoice, on: date) -> str:
    """One of `State`, as it is on a day; nothing of it is stored."""
    if invoice.status != Status.ISSUED:
        return str(invoice.status)
    if invoice.outstanding_cents == 0:
        return "paid"
    if invoice.returned_on is not None:
        return "returned"
    if invoice.is_overdue(on):
        return "overdue"
    return "partly_paid" if invoice.outstanding_cents != invoice.charged_cents else "issued"


def summary(invoice: Invoice, on: date) -> dict[str, Any]:
    """A row of the list; needs the party."""
    party = invoice.party
    frozen = invoice.recipient or {}
    return {
        "id": invoice.pk,
        "company_id": invoice.company_id,
        "client": {
            "id": party.pk,
            "name": str(frozen.get("name") or party.name),
            "nif": str(frozen.get("nif", party.nif) or ""),
        },
        "kind": invoice.kind,
        "state": state_of(invoice, on),
        "number": invoice.number,
        "series_id": invoice.series_id,
        "issued_on": day(invoice.issued_on),
        "operation_on": day(invoice.operation_on),
        "due_on": day(invoice.due_on),
        "payment_method": invoice.payment_method,
        "reference": invoice.reference,
        "currency": invoice.currency,
        "base": money(invoice.base_cents),
        "total": money(invoice.total_cents),
        "payable": money(invoice.payable_cents),
        "outstanding": money(invoice.outstanding_cents),
        "credit_used": money(invoice.credit_used_cents),
        "version": invoice.version,
        "issued_at": moment(invoice.issued_at),
        "first_sent_at": moment(invoice.mailed_at),
        "created_at": moment(invoice.created_at),
        "updated_at": moment(invoice.updated_at),
    }


def shown(invoice: Invoice, on: date) -> dict[str, Any]:
    """An invoice as `InvoiceOut`; taxes of a draft are computed, of an issued one read (R2)."""
    lines = list(invoice.lines.all())
    if invoice.is_draft:
        _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on)
        taxes = taxes_of(totals)
    else:
        taxes = list(invoice.taxes.all())
    return {
        **summary(invoice, on),
        "agent_id": invoice.agent_id,
        "language": invoice.language,
        "message": invoice.message,
        "internal_notes": invoice.internal_notes,
        "exchange_rate": maybe(invoice.exchange_rate),
        "global_discount_pct": number(invoice.global_discount_pct),
        "global_discount": money(invoice.global_discount_cents),
        "prices_include_tax": invoice.prices_include_tax,
        "surcharge": invoice.surcharge,
        "withholding_pct": maybe(invoice.withholding_pct),
        "correction": invoice.correction,
        "correction_reason": invoice.correction_reason,
        "legends": list(invoice.legends),
        "amounts": amounts(invoice),
        "taxes": [tax_shown(row) for row in taxes],
        "lines": [line_shown(row) for row in lines],
        "references": [
            {
                "role": row.role,
                "invoice_id": row.target_id,
                "number": row.number,
                "issued_on": day(row.issued_on),
            }
            for row in invoice.references.all()
        ],
    }


def maybe(value: Decimal | None) -> str | None:
    return number(value) if value is not None else None


def amounts(invoice: Invoice) -> dict[str, Any]:
    foreign = invoice.foreign_total_cents, invoice.foreign_payable_cents
    return {
        "net": money(invoice.net_cents),
        "base": money(invoice.base_cents),
        "tax": money(invoice.tax_cents),
        "surcharge": money(invoice.surcharge_cents),
        "total": money(invoice.total_cents),
        "withholding": money(invoice.withholding_cents),
        "disbursements": money(invoice.disbursement_cents),
        "advance": money(invoice.advance_cents),
        "payable": money(invoice.payable_cents),
        "foreign_total": money(foreign[0]) if foreign[0] is not None else None,
        "foreign_payable": money(foreign[1]) if foreign[1] is not None else None,
    }


def taxes_of(totals: Totals) -> list[InvoiceTax]:
    return [InvoiceTax(**row) for row in tax_rows(totals)]


def tax_shown(row: InvoiceTax) -> dict[str, Any]:
    return {
        "label": row.label,
        "tax": row.tax,
        "regime": row.regime,
        "qualification": row.qualification,
        "exemption": row.exemption,
        "rate": maybe(row.rate),
        "base": money(row.base_cents),
        "amount": money(row.tax_cents),
        "surcharge_rate": maybe(row.surcharge_rate),
        "surcharge": money(row.surcharge_cents),
    }


def line_shown(row: InvoiceLine) -> dict[str, Any]:
    return {
        "product_id": row.product_id,
        "concept": row.concept,
        "detail": row.detail,
        "quantity": number(row.quantity),
        "unit": row.unit,
        "unit_price": number(row.unit_price),
        "discounts": [number(discount) for discount in row.discounts],
        "tax_category": row.tax_category,
        "operation_on": day(row.operation_on),
        "withheld": row.withheld,
        "is_disbursement": row.is_disbursement,
        "net": money(row.net_cents),
    }
