"""The book of issued invoices, with the columns of the tax agency.

Columns and order of the electronic format of the VAT and IRPF registers (AEAT, «Formato
electrónico de libros registro», sheet EXPEDIDAS_INGRESOS; art. 63 RIVA and Orden HAC/773/2019). A
row for each rate or treatment of an invoice, in order of issue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, InvoiceTax
from lonja.kit.dates import add_months
from lonja.kit.errors import Refused
from lonja.kit.money import from_cents

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
    ("Cobro (Operación Criterio de Caja)", "Fecha"),
    ("Cobro (Operación Criterio de Caja)", "Importe"),
    ("Cobro (Operación Criterio de Caja)", "Medio Utilizado"),
    ("Cobro (Operación Criterio de Caja)", "Identificación Medio Utilizado"),
    ("Tipo Retención del IRPF", ""),
    ("Importe Retenido del IRPF", ""),
    ("Registro Acuerdo Facturación", ""),
    ("Inmueble", "Situación"),
    ("Inmueble", "Referencia Catastral"),
    ("Referencia Externa", ""),
)
HEADS = [group for group, _column in COLUMNS]
SUBHEADS = [column for _group, column in COLUMNS]


@dataclass(frozen=True)
class Period:
    """A quarter («3T») or a month («07») of a year."""

    year: int
    code: str

    @classmethod
    def read(cls, year: str, code: str, today: date) -> Period:
        """The period asked for; the quarter before today's when it is not understood."""
        known = {*(f"{n}T" for n in range(1, 5)), *(f"{n:02}" for n in range(1, 13))}
        if year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100 and code in known:
            return cls(int(year), code)
        before = add_months(today.replace(day=1), -3)
        return cls(before.year, f"{(before.month - 1) // 3 + 1}T")

    @property
    def first(self) -> date:
        month = (int(self.code[0]) - 1) * 3 + 1 if self.code.endswith("T") else int(self.code)
        return date(self.year, month, 1)

    @property
    def last(self) -> date:
        return add_months(self.first, 3 if self.code.endswith("T") else 1) - timedelta(days=1)

    @property
    def name(self) -> str:
        return f"{self.year}-{self.code}"


def invoices_in(company: Company, period: Period, member: Membership | None = None) -> Any:
    """Issued invoices whose tax falls due in a period: by operation date, else by issue date."""
    span = (period.first, period.last)
    rows = Invoice.objects.filter(company=company).exclude(number="")
    if member is not None:
        rows = rows.visible_to(member)
    return rows.filter(
        Q(operation_on__isnull=True, issued_on__range=span) | Q(operation_on__range=span)
    )


@dataclass(frozen=True)
class Summary:
    """What a period adds up to, in cents, and by treatment."""

    count: int
    base: int
    tax: int
    surcharge: int
    total: int
    withheld: int
    rows: list[dict[str, Any]]


def summary(company: Company, period: Period, member: Membership) -> Summary:
    """Two queries."""
    invoices = invoices_in(company, period, member)
    found = invoices.order_by().aggregate(
        n=Count("pk"),
        base=Sum("base_cents"),
        tax=Sum("tax_cents"),
        surcharge=Sum("surcharge_cents"),
        total=Sum("total_cents"),
        withheld=Sum("withholding_cents"),
        old_base=Sum("replaced_base_cents"),
        old_total=Sum("replaced_total_cents"),
        old_surcharge=Sum("corrected_surcharge_cents", filter=~Q(replaced_total_cents=0)),
    )
    groups = InvoiceTax.objects.filter(invoice__in=invoices.order_by().values("pk"))
    rows = groups.order_by("tax", "qualification", "exemption", "-rate").values(
        "tax", "qualification", "exemption", "rate"
    )
    shown = []
    for row in rows.annotate(
        base=Sum("base_cents"), cents=Sum("tax_cents"), surcharge=Sum("surcharge_cents")
    ):
        label = InvoiceTax(
            tax=row["tax"],
            qualification=row["qualification"],
            exemption=row["exemption"],
            rate=row["rate"],
        ).label
        shown.append({**row, "label": label})
    sums = {name: value or 0 for name, value in found.items() if name != "n"}
    # A rectificativa by substitution and an F3 carry whole amounts that were billed before.
    base, total, extra = (sums.pop(f"old_{name}") for name in ("base", "total", "surcharge"))
    if base or total:
        tax = total - base - extra
        label = _("Ya facturado en lo que se sustituye")
        shown.append({"label": label, "base": -base, "cents": -tax, "surcharge": -extra})
        for name, cents in (("base", base), ("tax", tax), ("surcharge", extra), ("total", total)):
            sums[name] -= cents
    return Summary(count=found["n"], rows=shown, **sums)


def lines(
    company: Company, period: Period, member: Membership | None = None
) -> Iterator[list[Any]]:
    """The second row of heads and then the rows of the book, streamed."""
    yield list(SUBHEADS)
    invoices = invoices_in(company, period, member)
    taxes = InvoiceTax.objects.filter(invoice__in=invoices.order_by().values("pk"))
    taxes = taxes.select_related("invoice__series").order_by(
        "invoice__issued_on", "invoice_id", "position", "id"
    )
    before = 0
    for tax in taxes.iterator(chunk_size=1000):
        yield _line(tax, period, is_first=tax.invoice_id != before)
        before = tax.invoice_id


def _line(tax: InvoiceTax, period: Period, *, is_first: bool) -> list[Any]:
    invoice = tax.invoice
    day = invoice.operation_on or invoice.issued_on
    recipient = invoice.recipient or {}
    # A simplificada names nobody (art. 7).
    names = kind_of(invoice.kind).names_recipient or bool(recipient.get("nif"))
    country, id_type = recipient.get("country", ""), recipient.get("id_type", "nif")
    spanish = id_type == "nif"
    operation = invoice.operation_on
    return [
        day.year,
        f"{(day.month - 1) // 3 + 1}T" if period.code.endswith("T") else f"{day.month:02}",
        "",
        "",
        "",
        kind_of(invoice.kind).legal,
        "",
        "",
        invoice.issued_on,
        operation if operation and operation != invoice.issued_on else None,
        invoice.series.code if invoice.series is not None else "",
        invoice.number,
        "",
        "" if spanish or not names else id_type,
        "" if spanish or not names else country,
        recipient.get("nif", "") if names else "",
        recipient.get("name", "") if names else "",
        tax.regime,
        tax.qualification,
        tax.exemption,
        from_cents(invoice.total_cents) if is_first else None,
        from_cents(tax.base_cents),
        tax.rate if tax.rate is not None else None,
        from_cents(tax.tax_cents),
        tax.surcharge_rate,
        from_cents(tax.surcharge_cents) if tax.surcharge_rate else None,
        None,
        None,
        "",
        "",
        invoice.withholding_pct if is_first and invoice.withholding_cents else None,
        from_cents(invoice.withholding_cents) if is_first and invoice.withholding_cents else None,
        "",
        "",
        "",
        invoice.reference,
    ]


MOST_PDF = 2000


def pdf_ids(company: Company, period: Period, member: Membership) -> list[int]:
    """Invoices of a period, for the zip of their PDFs. Raises Refused when there are too many to
    be one file, or none."""
    rows = invoices_in(company, period, member).order_by("issued_on", "pk")
    ids = list(rows.values_list("pk", flat=True)[: MOST_PDF + 1])
    if not ids:
        raise Refused("book_empty", _("No hay facturas en ese periodo."))
    if len(ids) > MOST_PDF:
        raise Refused(
            "bulk_too_many",
            _("Son más de 2.000 facturas para un solo archivo. Descárgalas mes a mes."),
        )
    return ids


def file_name(company: Company, period: Period, kind: str) -> str:
    return f"{period.name}-{company.nif}-facturas-expedidas.{kind}"
