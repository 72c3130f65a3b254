"""A period of the book of issued invoices: which are in it and what they add up to.

The rows, with the columns of the tax agency, are in `register`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.billing import register
from lonja.billing.models import Invoice, InvoiceTax, Status
from lonja.billing.models.invoice import CORRECTIVE
from lonja.kit.dates import add_months
from lonja.kit.errors import Refused

YEAR = "0A"


@dataclass(frozen=True)
class Period:
    """A year («0A»), a quarter («3T») or a month («07») of it."""

    year: int
    code: str

    @classmethod
    def read(cls, year: str, code: str, today: date) -> Period:
        """The period asked for; the quarter before today's when it is not understood."""
        known = {YEAR, *(f"{n}T" for n in range(1, 5)), *(f"{n:02}" for n in range(1, 13))}
        if year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100 and code in known:
            return cls(int(year), code)
        before = add_months(today.replace(day=1), -3)
        return cls(before.year, f"{(before.month - 1) // 3 + 1}T")

    @property
    def first(self) -> date:
        if self.code == YEAR:
            return date(self.year, 1, 1)
        month = (int(self.code[0]) - 1) * 3 + 1 if self.code.endswith("T") else int(self.code)
        return date(self.year, month, 1)

    @property
    def last(self) -> date:
        months = 12 if self.code == YEAR else 3 if self.code.endswith("T") else 1
        return add_months(self.first, months) - timedelta(days=1)

    @property
    def name(self) -> str:
        return f"{self.year}-{self.code}"


def invoices_in(company: Company, period: Period, member: Membership | None = None) -> Any:
    """Issued invoices declared in a period: by operation date, else by issue date. A rectificativa
    always by its issue, whatever the day of what it corrects (art. 89.Cinco LIVA). Without those
    annulled, which should never have been."""
    rows = Invoice.objects.filter(company=company, status=Status.ISSUED)
    if member is not None:
        rows = rows.visible_to(member)
    return rows.filter(_declared_in(period))


def _declared_in(period: Period) -> Q:
    span = (period.first, period.last)
    by_issue = Q(operation_on__isnull=True) | CORRECTIVE
    return (by_issue & Q(issued_on__range=span)) | (~CORRECTIVE & Q(operation_on__range=span))


def lines(company: Company, period: Period, member: Membership) -> Iterator[list[Any]]:
    """The book of a period, with its second row of heads: the invoices declared in it and, of the
    cash basis, what was collected in it of those of any period."""
    span = (period.first, period.last)
    ours = Invoice.objects.filter(company=company, status=Status.ISSUED).visible_to(member)
    yield from register.lines(company, invoices_in(company, period, member))
    yield from register.collections(company, ours, span)


@dataclass(frozen=True)
class Summary:
    """What a period adds up to, in cents, and by treatment. `annulled`: how many are left out."""

    count: int
    annulled: int
    base: int
    tax: int
    surcharge: int
    total: int
    withheld: int
    rows: list[dict[str, Any]]


def summary(company: Company, period: Period, member: Membership) -> Summary:
    """Three queries."""
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
    void = Invoice.objects.filter(company=company, status=Status.VOID).visible_to(member)
    annulled = void.filter(_declared_in(period)).count()
    return Summary(count=found["n"], annulled=annulled, rows=shown, **sums)


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
    """As the agency asks for the book of a year (year, NIF, books in it, name); else what it is."""
    if period.code == YEAR and kind == "xlsx":
        return f"{period.year}{company.nif}{register.books_of(company)}{company.legal_name}.xlsx"
    return f"{period.name}-{company.nif}-facturas-expedidas.{kind}"
