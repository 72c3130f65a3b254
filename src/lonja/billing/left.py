"""What is left of invoices after the rectificativas that already corrected them.

A rectificativa by differences adds its amounts to those of the invoices it names; one by
substitution takes their place (RD 1619/2012 art. 15.5). Both may be corrected in their turn, so
the amounts of a chain are told in the order in which it was issued.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.billing.calculation import invoice_totals, tax_line
from lonja.billing.models import (
    Correction,
    Invoice,
    InvoiceLine,
    InvoiceReference,
    ReferenceRole,
    Status,
)
from lonja.tax.totals import line_net

Group = tuple[Any, ...]  # tax, regime, qualification, exemption, rate, surcharge rate
Cents = tuple[int, int, int]  # base, tax, surcharge
_NOTHING: Cents = (0, 0, 0)
_ZERO = Decimal(0)
# What two lines share to be one: everything but how many.
_SAME = (
    *("product_id", "concept", "detail", "unit", "unit_price", "discount_pct"),
    *("extra_discounts", "tax_category", "withheld", "is_disbursement"),
)


@dataclass(slots=True)
class Left:
    """Amounts still standing of some invoices.

    `groups`: euro cents by way of being taxed. `own`: in the currency of the documents, base (with
    tax inside when their prices include it). `lines`: (line, day of its operation), added up.
    `charged_cents`: what of them the client was charged. `corrections`: those counted.
    """

    groups: dict[Group, Cents] = field(default_factory=dict)
    own: dict[Group, Decimal] = field(default_factory=dict)
    lines: list[tuple[InvoiceLine, date]] = field(default_factory=list)
    charged_cents: int = 0
    corrections: list[Invoice] = field(default_factory=list)

    @property
    def base_cents(self) -> int:
        return sum(cents[0] for cents in self.groups.values())

    @property
    def tax_cents(self) -> int:
        return sum(cents[1] for cents in self.groups.values())

    @property
    def surcharge_cents(self) -> int:
        return sum(cents[2] for cents in self.groups.values())

    @property
    def total_cents(self) -> int:
        return self.base_cents + self.tax_cents + self.surcharge_cents

    @property
    def is_nothing(self) -> bool:
        return not any(any(cents) for cents in self.groups.values()) and not self.charged_cents


def group_of(row: Any) -> Group:
    """The way of being taxed of a row of the breakdown."""
    return (
        row.tax,
        row.regime,
        row.qualification or None,
        row.exemption or None,
        row.rate,
        row.surcharge_rate,
    )


def left_of(invoices: Sequence[Invoice]) -> Left:
    """What is left of issued invoices, taken together. A few queries, however many corrections."""
    family = _Family(invoices)
    return family.left(invoices)


def left_before(invoice: Invoice, targets: Sequence[Invoice]) -> list[tuple[Invoice, Left]]:
    """What was left of each of `targets` when `invoice`, which corrects them, was issued. Those
    that one rectificativa had corrected together cannot be told apart: all is with the first."""
    family = _Family(targets)
    family.known = {
        pk: one
        for pk, one in family.known.items()
        if one.issued_at is not None and (one.issued_at, one.pk) < (invoice.issued_at, invoice.pk)
    }
    together = family.left(targets)
    apart = [(one, family.left([one])) for one in targets]
    if sum(left.total_cents for _one, left in apart) != together.total_cents:
        return [(targets[0], together)]
    return apart


def correctives_of(invoice_ids: Iterable[int]) -> dict[int, list[Invoice]]:
    """The issued rectificativas that name each of those invoices; one query."""
    rows = InvoiceReference.objects.filter(
        role=ReferenceRole.CORRECTS,
        target_id__in=list(invoice_ids),
        invoice__status=Status.ISSUED,
    ).select_related("invoice")
    found: dict[int, list[Invoice]] = defaultdict(list)
    for row in rows.order_by("invoice__issued_at", "invoice_id"):
        if row.target_id is not None:
            found[row.target_id].append(row.invoice)
    return found


class _Family:
    """Invoices and all that corrects them, with their amounts, in the order they were issued."""

    def __init__(self, invoices: Sequence[Invoice]) -> None:
        self.parents: dict[int, list[int]] = {}
        known = {invoice.pk: invoice for invoice in invoices}
        fresh = list(known)
        while fresh:
            rows = InvoiceReference.objects.filter(role=ReferenceRole.CORRECTS)
            below = rows.filter(target_id__in=fresh, invoice__status=Status.ISSUED)
            ids = set(below.values_list("invoice_id", flat=True)) - set(known)
            named = list(rows.filter(invoice_id__in=ids).values_list("invoice_id", "target_id"))
            # One that corrects several brings the others with it: it cannot be divided.
            ids |= {target for _pk, target in named if target is not None} - set(known)
            for pk, target in named:
                if target is not None:
                    self.parents.setdefault(pk, []).append(target)
            fresh = list(ids)
            known |= Invoice.objects.filter(status=Status.ISSUED).in_bulk(fresh)
        self.known = known
        rows = InvoiceLine.objects.filter(invoice_id__in=list(known))
        self.lines: dict[int, list[InvoiceLine]] = defaultdict(list)
        for line in rows.order_by("position", "id"):
            self.lines[line.invoice_id].append(line)
        self._taxes = defaultdict(list)
        from lonja.billing.models import InvoiceTax

        for tax in InvoiceTax.objects.filter(invoice_id__in=list(known)):
            self._taxes[tax.invoice_id].append(tax)

    def left(self, wanted: Sequence[Invoice]) -> Left:
        place: dict[int, int] = {}  # invoice → what it is accounted with
        lefts: dict[int, Left] = {}
        above: dict[int, int] = {}  # account of a rectificativa → account of what it corrects

        def account(pk: int) -> int:
            while place[pk] != pk:
                pk = place[pk]
            return pk

        ordered = sorted(
            self.known.values(), key=lambda one: (one.issued_at is None, one.issued_at, one.pk)
        )
        for invoice in ordered:
            place[invoice.pk], lefts[invoice.pk] = invoice.pk, self._alone(invoice)
            targets = [account(pk) for pk in self.parents.get(invoice.pk, ()) if pk in place]
            if not targets:
                continue
            first = targets[0]
            for other in targets[1:]:
                if other != first:
                    _add(lefts[first], lefts.pop(other))
                    place[other] = first
            effect = self._alone(invoice)
            if invoice.correction == Correction.SUBSTITUTION:
                _add(effect, _opposite(lefts[first]))
            above[invoice.pk] = first
            up: int | None = first
            while up is not None:
                up = account(up)
                _add(lefts[up], effect)
                lefts[up].corrections.append(invoice)
                up = above.get(up)
        found = Left()
        for pk in dict.fromkeys(account(invoice.pk) for invoice in wanted):
            _add(found, lefts[pk])
            found.corrections += lefts[pk].corrections
        return found

    def _alone(self, invoice: Invoice) -> Left:
        """The amounts of one invoice by itself."""
        day = invoice.operation_on or invoice.issued_on
        lines = self.lines[invoice.pk]
        _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on)
        left = Left(charged_cents=invoice.payable_cents)
        for tax in self._taxes[invoice.pk]:
            left.groups[group_of(tax)] = (tax.base_cents, tax.tax_cents, tax.surcharge_cents)
        for group in totals.groups:
            left.own[group_of(group)] = group.total if invoice.prices_include_tax else group.base
        left.lines = [(_copy(line), line.operation_on or day) for line in lines]
        return left


def _copy(line: InvoiceLine, times: int = 1) -> InvoiceLine:
    values = {name: getattr(line, name) for name in _SAME}
    return InvoiceLine(quantity=line.quantity * times, **values)


def _opposite(left: Left) -> Left:
    return Left(
        {key: (-a, -b, -c) for key, (a, b, c) in left.groups.items()},
        {key: -amount for key, amount in left.own.items()},
        [(_copy(line, -1), day) for line, day in left.lines],
        -left.charged_cents,
    )


def _add(left: Left, more: Left) -> None:
    """Add up amounts; lines alike become one, and none when they cancel out."""
    for key, (base, tax, surcharge) in more.groups.items():
        was = left.groups.get(key, _NOTHING)
        left.groups[key] = (was[0] + base, was[1] + tax, was[2] + surcharge)
    for key, amount in more.own.items():
        left.own[key] = left.own.get(key, _ZERO) + amount
    left.charged_cents += more.charged_cents
    for line, day in more.lines:
        for at, (mine, when) in enumerate(left.lines):
            if when == day and all(getattr(mine, n) == getattr(line, n) for n in _SAME):
                mine = _copy(mine)
                mine.quantity += line.quantity
                left.lines[at] = (mine, day)
                break
        else:
            left.lines.append((_copy(line), day))
    left.lines = [pair for pair in left.lines if pair[0].quantity]


def lines_left(
    left: Left, *, sign: int, surcharge: bool, day: date | None, whole: bool = False
) -> list[InvoiceLine]:
    """Lines that add up exactly to what is left, or to its opposite (`sign` −1).

    Discounts of the whole document become a line for each way of being taxed. `day`: the operation
    date of the document they go in; lines of another day say theirs. `whole`: one line for each
    way of being taxed, instead of those of the invoices.
    """
    lines: list[InvoiceLine] = []
    sums: dict[Group, Decimal] = defaultdict(lambda: _ZERO)
    samples: dict[Group, tuple[InvoiceLine, date]] = {}
    for line, when in left.lines:
        taxed = tax_line(line, when, surcharge=surcharge)
        key = (
            taxed.tax,
            taxed.regime,
            taxed.qualification,
            taxed.exemption,
            taxed.rate,
            taxed.surcharge,
        )
        samples.setdefault(key, (line, when))
        if whole and not line.is_disbursement:
            continue
        copy = _copy(line, sign)
        copy.operation_on = when if when != day else None
        lines.append(copy)
        if not line.is_disbursement:
            sums[key] += line_net(tax_line(copy, when, surcharge=surcharge))
    for key, amount in left.own.items():
        missing = amount * sign - sums[key]
        if not missing or key not in samples:
            continue
        sample, when = samples[key]
        with house():
            rounding = _("Descuentos y redondeos de la factura")
        lines.append(
            InvoiceLine(
                concept=sample.concept if whole else rounding,
                quantity=Decimal(1),
                unit_price=missing,
                tax_category=sample.tax_category,
                withheld=sample.withheld,
                operation_on=when if when != day else None,
            )
        )
    return lines
