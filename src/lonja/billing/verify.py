"""Checks that the books of billing agree with themselves; they read and change nothing.

Everything streams: an organisation with a million invoices is checked in constant memory. Each
part reads its tables once, in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from lonja.accounts.models import Organisation
from lonja.accounts.scope import scope
from lonja.activity.models import Event
from lonja.billing.calculation import in_euros, invoice_totals
from lonja.billing.models import (
    Entry,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    MonthlySales,
    SeriesYear,
    Status,
)
from lonja.billing.problems import Problem
from lonja.billing.verify_balance import check_balances
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused
from lonja.kit.money import to_cents

CHUNK = 500


def check_billing(organisation: Organisation) -> Iterator[Problem]:
    """Every disagreement found in the invoices of an organisation, as it is found."""
    with scope(organisation):
        yield from check_numbers()
        yield from check_totals()
        yield from check_ledger()
        yield from check_balances()
        yield from check_months()
        yield from check_files()


def _issued() -> Any:
    return Invoice.objects.exclude(number="")


def check_numbers() -> Iterator[Problem]:
    """Numbers run from the first to the counter, one after another, in each series and year."""
    counters = {(c.series_id, c.year): c for c in SeriesYear.objects.select_related("series")}
    rows = _issued().order_by("series_id", "year", "sequence")
    skipped = _skipped()
    seen = rows.values_list("series_id", "year", "sequence", "number").iterator(chunk_size=5000)
    for (series_id, year), numbers in groupby(seen, key=lambda row: row[:2]):
        counter = counters.pop((series_id, year), None)
        place = f"{counter.series.code} {year}" if counter else f"{series_id} {year}"
        previous: int | None = None
        for _series, _year, sequence, number in numbers:
            # The first one may come after the numbers another program issued.
            if previous is not None and sequence not in (
                previous + 1,
                skipped.get((series_id, year, previous + 1)),
            ):
                code = "number_repeated" if sequence == previous else "number_gap"
                text = _("Tras el %(before)s viene el %(after)s (%(number)s).") % {
                    "before": previous,
                    "after": sequence,
                    "number": number,
                }
                yield Problem(code, place, text)
            previous = sequence
        if counter is None:
            yield Problem("counter_missing", place, _("Hay facturas y no hay contador."))
        elif previous is not None and counter.next_number not in (
            previous + 1,
            skipped.get((series_id, year, previous + 1)),
        ):
            text = _("El contador va por %(next)s y la última factura es la %(last)s.") % {
                "next": counter.next_number,
                "last": previous,
            }
            yield Problem("counter_differs", place, text)
    for counter in counters.values():
        if counter.last_issued_on is not None:
            place = f"{counter.series.code} {counter.year}"
            yield Problem("numbers_missing", place, _("El contador avanzó y no hay facturas."))


def _skipped() -> dict[tuple[int, int, int], int]:
    """(series, year, first number not used) → the one issued next: numbers issued before a restore
    and lost with it, that a person confirmed (`confirm_last_numbers`)."""
    events = Event.objects.filter(verb="billing.numbers_skipped", target_type="billing.series")
    found: dict[tuple[int, int, int], int] = {}
    years = dict(SeriesYear.objects.order_by("year").values_list("series_id", "year"))
    for series_id, data in events.order_by("id").values_list("target_id", "data"):
        year = data.get("year") or years.get(series_id, 0)
        key = (series_id, year, data["from"])
        # A second restore may have skipped further from the same number.
        found[key] = max(found.get(key, 0), data["to"] + 1)
    for (series_id, year, first), following in sorted(found.items(), reverse=True):
        found[(series_id, year, first)] = found.get((series_id, year, following), following)
    return found


# Plain tuples with names: a million rows as model instances would take several times longer.
_HEAD = (
    *("pk", "number", "issued_on", "operation_on", "surcharge", "global_discount_pct"),
    *("withholding_pct", "prices_include_tax", "base_cents", "tax_cents", "surcharge_cents"),
    *("total_cents", "withholding_cents", "payable_cents", "currency", "exchange_rate"),
    *("global_discount_cents", "advance_cents"),
)
_LINE = (
    *("invoice_id", "concept", "quantity", "unit_price", "discount_pct", "tax_category"),
    *("operation_on", "withheld", "is_disbursement", "extra_discounts"),
)
_TAX = ("invoice_id", "base_cents", "tax_cents", "surcharge_cents")


def _grouped(queryset: Any, names: tuple[str, ...]) -> Iterator[tuple[int, list[Any]]]:
    rows = queryset.exclude(invoice__number="").order_by("invoice_id", "position", "id")
    named = rows.values_list(*names, named=True).iterator(chunk_size=5000)
    for invoice_id, group in groupby(named, key=itemgetter(0)):
        yield invoice_id, list(group)


def _joined(
    invoices: Any, lines: Iterator[tuple[int, list[Any]]], taxes: Iterator[tuple[int, list[Any]]]
) -> Iterator[tuple[Any, list[Any], list[Any]]]:
    """Merge the three streams, all in order of invoice."""
    line, tax = next(lines, None), next(taxes, None)
    for invoice in invoices:
        own_lines: list[Any] = []
        own_taxes: list[Any] = []
        while line is not None and line[0] <= invoice.pk:
            if line[0] == invoice.pk:
                own_lines = line[1]
            line = next(lines, None)
        while tax is not None and tax[0] <= invoice.pk:
            if tax[0] == invoice.pk:
                own_taxes = tax[1]
            tax = next(taxes, None)
        yield invoice, own_lines, own_taxes


def check_totals() -> Iterator[Problem]:
    """Recompute each issued invoice from its lines and compare columns and breakdown."""
    heads = _issued().order_by("pk").values_list(*_HEAD, named=True).iterator(chunk_size=5000)
    lines = _grouped(InvoiceLine.objects.all(), _LINE)
    taxes = _grouped(InvoiceTax.objects.all(), _TAX)
    for invoice, own_lines, own_taxes in _joined(heads, lines, taxes):
        try:
            _taxed, totals = invoice_totals(invoice, own_lines, invoice.issued_on)
            totals = in_euros(invoice, totals)
        except Refused as refused:
            yield Problem("totals_refused", invoice.number, str(refused))
            continue
        kept = (
            invoice.base_cents,
            invoice.tax_cents + invoice.surcharge_cents,
            invoice.total_cents,
            invoice.withholding_cents,
            invoice.payable_cents,
        )
        found = (
            totals.base_total,
            totals.tax_total,
            totals.total,
            totals.withholding,
            totals.payable,
        )
        now = tuple(map(to_cents, found))
        if kept != now:
            yield Problem(
                "totals_differ",
                invoice.number,
                _("Las líneas suman %(now)s céntimos y la factura dice %(kept)s.")
                % {"now": now[2], "kept": kept[2]},
            )
        breakdown = [
            (to_cents(group.base), to_cents(group.amount), to_cents(group.surcharge))
            for group in totals.groups
        ]
        if breakdown != [tax[1:] for tax in own_taxes]:
            yield Problem(
                "taxes_differ", invoice.number, _("El desglose de impuestos no sale de las líneas.")
            )


def check_ledger() -> Iterator[Problem]:
    """What each invoice says is owed equals the sum of its entries. One grouped query."""
    sums = Entry.objects.filter(invoice__isnull=False).order_by("invoice_id")
    sums = sums.values_list("invoice_id")
    entries = iter(sums.annotate(cents=Sum("amount_cents")).iterator(chunk_size=5000))
    rows = _issued().order_by("pk").values_list("pk", "number", "outstanding_cents")
    entry = next(entries, None)
    for pk, number, outstanding in rows.iterator(chunk_size=5000):
        while entry is not None and entry[0] < pk:
            entry = next(entries, None)
        owed = entry[1] if entry is not None and entry[0] == pk else 0
        if owed != outstanding:
            text = _("Los apuntes suman %(owed)s céntimos y la factura dice %(kept)s.") % {
                "owed": owed,
                "kept": outstanding,
            }
            yield Problem("outstanding_differs", number, text)


def check_months() -> Iterator[Problem]:
    """The totals kept for each company and month are those of its invoices."""
    rows = _issued().exclude(status=Status.VOID).annotate(m=TruncMonth("issued_on")).order_by()
    found: dict[tuple[int, date], tuple[int, int]] = {
        (company, month): (base, total)
        for company, month, base, total in rows.values_list("company_id", "m").annotate(
            base=Sum(F("base_cents") - F("replaced_base_cents")),
            total=Sum(F("total_cents") - F("replaced_total_cents")),
        )
    }
    for kept in MonthlySales.objects.all():
        real = found.pop((kept.company_id, kept.month), (0, 0))
        if real != (kept.base_cents, kept.total_cents):
            yield _month_problem(kept.month, real[0], kept.base_cents)
    for (_company, month), (base, _total) in found.items():
        yield _month_problem(month, base, 0)


def _month_problem(month: date, real: int, kept: int) -> Problem:
    text = _("Las facturas suman %(real)s céntimos y el resumen dice %(kept)s.") % {
        "real": real,
        "kept": kept,
    }
    return Problem("month_differs", f"{month:%m/%Y}", text)


def check_files() -> Iterator[Problem]:
    """Each PDF that an invoice names is on disk with its size; none is of two invoices."""
    rows = _issued().filter(pdf__isnull=False).order_by("pdf_id")
    previous = None
    for invoice in rows.only("number", "pdf_id").iterator(chunk_size=CHUNK):
        if invoice.pdf_id == previous:
            yield Problem("pdf_shared", invoice.number, _("Su PDF es también el de otra factura."))
        previous = invoice.pdf_id
    files = StoredFile.objects.filter(pk__in=rows.values("pdf_id")).order_by("pk")
    for file in files.iterator(chunk_size=CHUNK):
        try:
            size = file.location.stat().st_size
        except FileNotFoundError:
            yield Problem("pdf_lost", file.name, _("El archivo no está en el disco."))
            continue
        if size != file.size:
            yield Problem("pdf_changed", file.name, _("El archivo no mide lo que medía."))
    used = Invoice.objects.filter(pdf__isnull=False).values("pdf_id")
    orphans = StoredFile.objects.filter(
        name__startswith="Factura ", content_type="application/pdf"
    ).exclude(pk__in=used)
    for file in orphans.iterator(chunk_size=CHUNK):
        yield Problem("pdf_orphan", file.name, _("PDF de factura que ninguna factura nombra."))
