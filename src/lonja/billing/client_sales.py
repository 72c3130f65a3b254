"""What «Ventas» of a client shows: its invoices, those that correct them, its other credit.

A fixed number of queries, however many invoices. Amounts in cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, Sum
from django.http import QueryDict
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.billing.kinds import codes, kind_of
from lonja.billing.models import (
    BillingSettings,
    CorrectivesName,
    Credit,
    Invoice,
    InvoiceReference,
    ReferenceRole,
    Series,
)
from lonja.parties.merging import family_of
from lonja.parties.models import Party

SHOWN = 20  # so that the second section is not far below
MOST = 500
ORDERS = {
    "numero": "number",
    "fecha": "issued_on",
    "vencimiento": "next_due_on",
    "total": "total_cents",
    "usado": "credit_used_cents",
    "pendiente": "outstanding_cents",
}


def correctives_name(company: Company) -> str:
    """What the company calls them: «Facturas rectificativas» or «Notas de crédito»."""
    name = BillingSettings.objects.filter(company=company).values_list(
        "correctives_name", flat=True
    )
    return str(CorrectivesName(name.first() or CorrectivesName.RECTIFICATIVAS).label)


def is_corrective() -> Q:
    """Invoices that belong in the second section: those that correct others, and any other in
    the customer's favour, whose balance is looked for there."""
    return Q(kind__in=codes(corrects=True)) | Q(charged_cents__lt=0)


@dataclass
class Section:
    """Rows of a section with its totals."""

    rows: list[Invoice]
    has_more: bool
    total: int
    used: int
    left: int

    @property
    def available(self) -> int:
        """Of rectificativas: the credit not used yet."""
        return max(0, -self.left)


@dataclass
class Asked:
    """What the address of the tab asks for; what is not understood is left out."""

    view: str
    year: int | None
    series: int | None
    order: str
    whole: bool = False

    @classmethod
    def read(cls, params: QueryDict) -> Asked:
        view = params.get("ver", "")
        order = params.get("orden", "")
        return cls(
            view if view in ("pendientes", "vencidas") else "",
            _number(params.get("ejercicio", ""), 4),
            _number(params.get("serie", ""), 17),
            order if order.removeprefix("-") in ORDERS else "-fecha",
            params.get("todas") == "1",
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.view or self.year or self.series)

    def query(self, **changes: Any) -> str:
        """«?tab=ventas&ver=vencidas…» with some of it changed; empty values are left out."""
        asked: dict[str, Any] = {
            "tab": "ventas",
            "ver": self.view,
            "ejercicio": self.year or "",
            "serie": self.series or "",
            "orden": "" if self.order == "-fecha" else self.order,
            "todas": "1" if self.whole else "",
            **changes,
        }
        params = QueryDict(mutable=True)
        for name, value in asked.items():
            if value not in ("", None):
                params[name] = str(value)
        return f"?{params.urlencode()}"


def _number(text: str, longest: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= longest else None


class Sales:
    """The invoices of a client that a member may see."""

    def __init__(self, member: Membership, party: Party, asked: Asked, today: date) -> None:
        self.asked, self.today = asked, today
        every = Invoice.objects.visible_to(member).filter(party__in=family_of(party)).issued()
        self.plain = every.exclude(is_corrective())
        self.corrective = every.filter(is_corrective())
        self.party = party

    def year_count(self) -> int:
        return self.plain.filter(year=self.today.year).count()

    def years(self) -> list[int]:
        found = self.plain.order_by().values_list("year", flat=True).distinct()
        return sorted(filter(None, found), reverse=True)

    def series(self) -> list[Series]:
        ids = self.plain.order_by().values("series_id").distinct()
        return list(Series.objects.filter(pk__in=ids).order_by("code"))

    def _narrowed(self, rows: Any) -> Any:
        if self.asked.year is not None:
            rows = rows.filter(year=self.asked.year)
        return rows

    def invoice_rows(self) -> Any:
        rows = self._narrowed(self.plain)
        if self.asked.series is not None:
            rows = rows.filter(series_id=self.asked.series)
        if self.asked.view == "pendientes":
            rows = rows.unpaid()
        elif self.asked.view == "vencidas":
            rows = rows.overdue(self.today)
        name = self.asked.order.removeprefix("-")
        sign = "-" if self.asked.order.startswith("-") else ""
        return rows.order_by(f"{sign}{ORDERS[name]}", f"{sign}pk")

    def corrective_rows(self) -> Any:
        named = InvoiceReference.objects.filter(role=ReferenceRole.CORRECTS).order_by("pk")
        rows = self._narrowed(self.corrective).order_by("-issued_on", "-pk")
        return rows.prefetch_related(Prefetch("references", named, to_attr="targets"))

    def invoices(self) -> Section:
        return _section(self.invoice_rows(), self._tell, self.limit)

    def correctives(self) -> Section:
        section = _section(self.corrective_rows(), self._tell, self.limit)
        for row in section.rows:
            row.reason = reason_of(row)  # type: ignore[attr-defined]
        return section

    @property
    def limit(self) -> int:
        return MOST if self.asked.whole else SHOWN

    def _tell(self, rows: Sequence[Invoice]) -> None:
        for row in rows:
            row.shown_state = row.state(self.today)  # type: ignore[attr-defined]
            row.is_late = row.is_overdue(self.today)  # type: ignore[attr-defined]

    def loose_credits(self, member: Membership) -> list[Credit]:
        """Credit that came from money: paid in excess or in advance."""
        rows = Credit.objects.visible_to(member).filter(
            party__in=family_of(self.party), invoice__isnull=True, voided_at__isnull=True
        )
        return list(rows.order_by("-on", "-pk")[:MOST])


def _section(rows: Any, tell: Any, limit: int) -> Section:
    shown = list(rows[: limit + 1])
    tell(shown)
    sums = rows.order_by().aggregate(
        total=Sum("total_cents"), used=Sum("credit_used_cents"), left=Sum("outstanding_cents")
    )
    return Section(
        shown[:limit],
        len(shown) > limit,
        sums["total"] or 0,
        sums["used"] or 0,
        sums["left"] or 0,
    )


def table(section: str, rows: Any, today: date) -> tuple[list[str], list[list[Any]]]:
    """Heads and lines of a section for a spreadsheet, as on screen."""
    from lonja.kit.money import from_cents

    if section == "rectificativas":
        heads = [_("Número"), _("Fecha"), _("Rectifica a"), _("Motivo"), _("Total")]
        heads += [_("Saldo utilizado"), _("Saldo disponible")]
        lines = [
            [
                row.number,
                row.issued_on,
                corrected_numbers(row),
                reason_of(row),
                from_cents(row.total_cents),
                from_cents(row.credit_used_cents),
                from_cents(row.remaining_credit_cents),
            ]
            for row in rows
        ]
        return heads, lines
    heads = [_("Número"), _("Fecha"), _("Vencimiento"), _("Estado"), _("Total")]
    heads += [_("Saldo utilizado"), _("Pendiente")]
    return heads, [
        [
            row.number,
            row.issued_on,
            row.due_shown,
            row.state(today)[0],
            from_cents(row.total_cents),
            from_cents(row.credit_used_cents),
            from_cents(row.outstanding_cents),
        ]
        for row in rows
    ]


def corrected_numbers(row: Any) -> str:
    return ", ".join(target.number for target in row.targets)


def reason_of(row: Any) -> str:
    """Why it corrects, as it was written or as its type says."""
    return row.correction_reason or str(kind_of(row.kind).hint if row.correction else "")
