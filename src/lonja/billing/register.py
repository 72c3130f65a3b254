"""The rows of the book of issued invoices, as the tax agency reads them.

«Formatos de los libros registro del IVA y del IRPF», edition 5.18 (specifications of 01/01/2025);
art. 63 RIVA and Orden HAC/773/2019. A number after a rule is that of its «validación» there: a
row for each way of being taxed, each with its part of the total (7, 37); what a rectificativa by
substitution replaces goes before it, in negative (8); the columns of IRPF only for who pays it
(12, 17). Without the property (40), which Lonja does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from lonja.accounts.models import Company
from lonja.billing.kinds import kind_of
from lonja.billing.left import Left, left_before
from lonja.billing.models import (
    Correction,
    Entry,
    EntryKind,
    Invoice,
    InvoiceReference,
    InvoiceTax,
    ReferenceRole,
)
from lonja.billing.models.invoice import CORRECTIVE
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif
from lonja.kit.money import from_cents
from lonja.parties.models import PaymentMethod

_COLLECTION = "Cobro (Operación Criterio de Caja de IVA y/o artículo 7.2.1º de Reglamento del IRPF)"
# (group, column) as in the agency's sheet: two rows of heads.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("Autoliquidación", "Ejercicio"),
    ("Autoliquidación", "Periodo"),
    ("Actividad", "Código"),
    ("Actividad", "Tipo"),
    ("Actividad", "Grupo o Epígrafe del IAE"),
    ("Tipo de Factura", ""),
    ("Concepto de Ingreso", ""),
    ("Ingreso Computable", ""),
    ("Fecha Expedición", ""),
    ("Fecha Operación", ""),
    ("Identificación de la Factura", "Serie"),
    ("Identificación de la Factura", "Número"),
    ("Identificación de la Factura", "Número-Final"),
    ("NIF Destinatario", "Tipo"),
    ("NIF Destinatario", "Código País"),
    ("NIF Destinatario", "Identificación"),
    ("Nombre Destinatario", ""),
    ("Clave de Operación", ""),
    ("Calificación de la Operación", ""),
    ("Operación Exenta", ""),
    ("Total Factura", ""),
    ("Base Imponible", ""),
    ("Tipo de IVA", ""),
    ("Cuota IVA Repercutida", ""),
    ("Tipo de Recargo Eq.", ""),
    ("Cuota Recargo Eq.", ""),
    (_COLLECTION, "Fecha"),
    (_COLLECTION, "Importe"),
    (_COLLECTION, "Medio Utilizado"),
    (_COLLECTION, "Identificación Medio Utilizado"),
    ("Tipo Retención del IRPF", ""),
    ("Importe Retenido del IRPF", ""),
    ("Registro Acuerdo Facturación", ""),
    ("Inmueble", "Situación"),
    ("Inmueble", "Referencia Catastral"),
    ("Referencia Externa", ""),
)
HEADS = [group for group, _column in COLUMNS]
SUBHEADS = [column for _group, column in COLUMNS]

NOBODY = "VENTAS A CONSUMIDOR FINAL"  # 2
INCOME = "I01"  # 10: ingresos de explotación
CASH_BASIS = "07"  # 6
OTHER_TAX = "08"  # 6 and 24: IPSI and IGIC, not subject here by the rules of place
_MEANS: dict[str, str] = {
    PaymentMethod.TRANSFER: "01",
    PaymentMethod.DIRECT_DEBIT: "05",
}  # 6; 04 are the others
NOT_PAID = "03"  # 6: its last day came
_PAID = (EntryKind.PAYMENT, EntryKind.UNDO, EntryKind.APPLIED, EntryKind.REFUND)


def is_person(company: Company) -> bool:
    """Whether it pays IRPF for what it invoices: a natural person."""
    try:
        return check_nif(company.nif).is_person
    except Refused:
        return False


def books_of(company: Company) -> str:
    """What its file holds: «T», the books of VAT and IRPF together, or «C», those of VAT."""
    return "T" if is_person(company) else "C"


def sheet_of(company: Company) -> str:
    return "EXPEDIDAS_INGRESOS" if is_person(company) else "EXPEDIDAS"


def lines(company: Company, invoices: Any) -> Iterator[list[Any]]:
    """The second row of heads and then the rows of `invoices` (a queryset), streamed, in order of
    issue: cells in the order of `COLUMNS`."""
    yield list(SUBHEADS)
    person = is_person(company)
    taxes = InvoiceTax.objects.filter(invoice__in=invoices.order_by().values("pk"))
    taxes = taxes.select_related("invoice__series", "invoice__company").order_by(
        "invoice__issued_on", "invoice_id", "position", "id"
    )
    group: list[InvoiceTax] = []
    for tax in taxes.iterator(chunk_size=1000):
        if group and group[0].invoice_id != tax.invoice_id:
            yield from _rows(group, person=person)
            group = []
        group.append(tax)
    if group:
        yield from _rows(group, person=person)


def _rows(taxes: list[InvoiceTax], *, person: bool) -> Iterator[list[Any]]:
    invoice = taxes[0].invoice
    if invoice.correction == Correction.SUBSTITUTION:
        yield from _replaced(invoice, taxes, person=person)
    elif kind_of(invoice.kind).substitutes:
        yield from _exchanged(invoice, person=person)
    for place, tax in enumerate(taxes):
        row = _Row(invoice, _when(invoice))
        row.amounts(tax, person=person)
        if person and place == 0 and invoice.withholding_cents:  # once for each invoice (7)
            row["Tipo Retención del IRPF"] = _rate(invoice.withholding_pct)
            row["Importe Retenido del IRPF"] = from_cents(invoice.withholding_cents)
        yield row.cells


def _when(invoice: Invoice) -> date:
    """The day whose period declares it (11); a rectificativa, that of its issue (art. 89.Cinco
    LIVA)."""
    if kind_of(invoice.kind).corrects:
        return invoice.issued_on
    return invoice.operation_on or invoice.issued_on


class _Row:
    """A row with what is said of its invoice; `cells` in the order of the book."""

    def __init__(self, invoice: Invoice, due: date) -> None:
        self.cells: list[Any] = [""] * len(COLUMNS)
        self["Ejercicio"], self["Periodo"] = due.year, f"{(due.month - 1) // 3 + 1}T"  # 11
        self["Tipo de Factura"] = kind_of(invoice.kind).legal
        self["Fecha Expedición"] = invoice.issued_on
        kind = invoice.company.iae_kind
        if kind:  # 16
            self["Código"], self.cells[_ACTIVITY_TYPE] = kind[:1], kind[1:]
            self["Grupo o Epígrafe del IAE"] = invoice.company.iae_heading
        if invoice.operation_on and invoice.operation_on != invoice.issued_on:
            self["Fecha Operación"] = invoice.operation_on
        self["Serie"] = invoice.series.code[:20] if invoice.series is not None else ""
        self["Número"] = invoice.number[:20]
        self.recipient(invoice)
        self["Referencia Externa"] = invoice.reference[:40]

    def __setitem__(self, head: str, cell: Any) -> None:
        self.cells[_AT[head]] = cell

    def recipient(self, invoice: Invoice) -> None:
        """Who it is for; a simplificada names nobody (art. 7.1 RD 1619/2012; 2 and 9)."""
        if not kind_of(invoice.kind).names_recipient:
            self["Nombre Destinatario"] = NOBODY
            return
        found = invoice.recipient or {}
        id_type = found.get("id_type", "nif")
        if id_type != "nif":
            self.cells[_ID_TYPE] = id_type
            self["Código País"] = found.get("country", "")
        self["Identificación"] = found.get("nif", "")[:20]
        self["Nombre Destinatario"] = found.get("name", "")[:40]

    def amounts(self, tax: Any, *, person: bool) -> None:
        """`tax`: a row of the breakdown, with cents."""
        base, total = from_cents(tax.base_cents), tax.base_cents
        self["Base Imponible"] = base
        if tax.tax != "01":
            self["Clave de Operación"], self["Calificación de la Operación"] = OTHER_TAX, "N2"
        else:
            self["Clave de Operación"] = tax.regime
            self["Calificación de la Operación"] = tax.qualification or ""
            self["Operación Exenta"] = tax.exemption or ""
            if tax.qualification == "S2":  # 22
                self["Tipo de IVA"] = self["Cuota IVA Repercutida"] = Decimal("0.00")
            elif tax.qualification == "S1":
                self["Tipo de IVA"] = _rate(tax.rate)
                self["Cuota IVA Repercutida"] = from_cents(tax.tax_cents)
                total += tax.tax_cents + tax.surcharge_cents
            if tax.surcharge_rate is not None:  # 3: 0,00 says that there is one
                self["Tipo de Recargo Eq."] = _rate(tax.surcharge_rate)
                self["Cuota Recargo Eq."] = from_cents(tax.surcharge_cents)
        self["Total Factura"] = from_cents(total)
        if person:
            self["Concepto de Ingreso"], self["Ingreso Computable"] = INCOME, base  # 13


_AT = {column or group: place for place, (group, column) in enumerate(COLUMNS)}
_ACTIVITY_TYPE = COLUMNS.index(("Actividad", "Tipo"))
_ID_TYPE = COLUMNS.index(("NIF Destinatario", "Tipo"))


def _rate(rate: Decimal | None) -> Decimal | str:
    return "" if rate is None else rate.quantize(Decimal("0.01"))


class _Standing:
    """A way of being taxed of what a rectificativa replaces, with its cents in negative."""

    def __init__(self, group: Any, cents: tuple[int, int, int]) -> None:
        self.tax, self.regime, self.qualification, self.exemption, self.rate, extra = group
        self.surcharge_rate = extra
        self.base_cents, self.tax_cents, self.surcharge_cents = (-one for one in cents)


def _replaced(invoice: Invoice, taxes: list[InvoiceTax], *, person: bool) -> Iterator[list[Any]]:
    """What stood of the invoices that a substitution replaces, in negative, in its own period."""
    named = InvoiceReference.objects.filter(invoice=invoice, role=ReferenceRole.CORRECTS)
    references = list(named.select_related("target__series", "target__company"))
    ours = [one.target for one in references if one.target is not None]
    if ours:
        for target, left in left_before(invoice, ours):
            yield from _negative(target, left, _when(invoice), person=person)
        return
    for reference in references[:1]:  # of another program: what the person said of them
        row = _Row(invoice, _when(invoice))
        row["Tipo de Factura"] = reference.legal or "F1"
        row["Fecha Expedición"] = reference.issued_on
        row["Fecha Operación"] = reference.operation_on or ""
        row["Serie"], row["Número"] = "", reference.number[:20]
        row["Referencia Externa"] = ""
        first = taxes[0]
        group = (
            *(first.tax, first.regime, first.qualification, first.exemption, first.rate),
            first.surcharge_rate,
        )
        said = (
            invoice.corrected_base_cents or 0,
            invoice.corrected_tax_cents or 0,
            invoice.corrected_surcharge_cents or 0,
        )
        row.amounts(_Standing(group, said), person=person)
        yield row.cells


def _exchanged(invoice: Invoice, *, person: bool) -> Iterator[list[Any]]:
    """The receipts an F3 takes the place of, as they stood, in negative: they are in the book."""
    named = InvoiceReference.objects.filter(invoice=invoice, role=ReferenceRole.SUBSTITUTES)
    references = named.select_related("target__series", "target__company")
    receipts = [one.target for one in references if one.target is not None]
    for target, left in left_before(invoice, receipts) if receipts else ():
        yield from _negative(target, left, _when(invoice), person=person)


def _negative(target: Invoice, left: Left, due: date, *, person: bool) -> Iterator[list[Any]]:
    for group, cents in left.groups.items():
        if any(cents):
            row = _Row(target, due)
            row.amounts(_Standing(group, cents), person=person)
            yield row.cells


def collections(company: Company, invoices: Any, span: tuple[date, date]) -> Iterator[list[Any]]:
    """A row for each payment, of that span of days, of the invoices of the cash basis among
    `invoices` (a queryset): in the quarter of the payment, whenever they were issued (6, 7 and
    11); one that is returned is negative. What nobody paid falls due all the same on 31 December
    of the year after (art. 163 terdecies LIVA): a row says it, and later payments are none."""
    cash = InvoiceTax.objects.filter(tax="01", regime=CASH_BASIS).values("invoice_id")
    theirs = invoices.order_by().filter(pk__in=cash)
    paid = Entry.objects.filter(invoice__in=theirs.values("pk"), kind__in=_PAID)
    entries = paid.filter(on__range=span).select_related("invoice__series", "invoice__company")
    for entry in entries.order_by("on", "pk").iterator(chunk_size=1000):
        if entry.on > _falls_due(entry.invoice):
            continue
        yield _collected(entry.invoice, entry.on, -entry.amount_cents, entry.method, company)
    last = span[1]
    if (last.month, last.day) != (12, 31) or last >= company.today():
        return
    by_issue = Q(operation_on__isnull=True) | CORRECTIVE
    year = (~CORRECTIVE & Q(operation_on__year=last.year - 1)) | (
        by_issue & Q(issued_on__year=last.year - 1)
    )
    settled = Sum("entries__amount_cents", filter=Q(entries__kind__in=_PAID, entries__on__lte=last))
    owed = theirs.filter(year).annotate(settled=Coalesce(settled, 0))
    owed = owed.exclude(charged_cents=-F("settled")).select_related("series", "company")
    for invoice in owed.order_by("issued_on", "pk").iterator(chunk_size=1000):
        left = invoice.charged_cents + invoice.settled
        yield _collected(invoice, last, left, "", company, means=NOT_PAID)


def _falls_due(invoice: Invoice) -> date:
    return date(_when(invoice).year + 1, 12, 31)


def _collected(
    invoice: Invoice, on: date, cents: int, method: str, company: Company, means: str = ""
) -> list[Any]:
    means = means or _MEANS.get(method, "04")
    row = _Row(invoice, on)
    row["Clave de Operación"] = CASH_BASIS
    row["Fecha"], row["Importe"] = on, from_cents(cents)
    row["Medio Utilizado"] = means
    if means in _MEANS.values():
        row["Identificación Medio Utilizado"] = company.iban.replace(" ", "")
    return row.cells
