"""Totals of a document, the same for the screen, the PDF, the XML and the ledger.

The law fixes no rounding per line; the rule here is that of EN 16931: each line rounds once, and
tax is computed on the sum of each group of equal taxation, never added up from the lines.
Everything rounds half away from zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from lonja.kit.errors import Refused
from lonja.kit.money import CENT, EXACT, ZERO
from lonja.kit.words import _
from lonja.tax.documents import TaxLine

RULE = "group"
_NONE = Decimal(0)
_ONE = Decimal(1)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The lines taxed alike. ``base`` after discounts; ``amount`` is the *cuota* and ``surcharge``
    the *recargo*, zero when there is none. ``rate`` None for exempt and not subject."""

    tax: str
    regime: str
    qualification: str | None
    exemption: str | None
    rate: Decimal | None
    surcharge_rate: Decimal | None
    base: Decimal
    amount: Decimal
    surcharge: Decimal

    @property
    def total(self) -> Decimal:
        """Base, tax and surcharge."""
        return self.base + self.amount + self.surcharge


@dataclass(frozen=True, slots=True)
class Totals:
    """The results, all with two decimals. ``lines_net`` has one entry a line, in order (with tax
    when prices include it). ``total`` is ImporteTotal, ``tax_total`` is CuotaTotal (tax and
    surcharge); neither knows of retention or *suplidos*. ``payable`` is what is left to pay."""

    lines_net: tuple[Decimal, ...]
    global_discount: Decimal
    groups: tuple[TaxGroup, ...]
    base_total: Decimal
    tax_total: Decimal
    surcharge_total: Decimal
    total: Decimal
    withholding_base: Decimal
    withholding_pct: Decimal | None
    withholding: Decimal
    disbursements: Decimal
    advances: Decimal
    payable: Decimal

    def in_euros(self, exchange_rate: Decimal) -> "Totals":
        """The same document in euros, at ``exchange_rate`` euros per unit.

        Bases are converted (art. 79.Once LIVA) and tax is computed on them, so that each row of
        the record is exact; the totals are sums of the rows.
        """

        def euros(amount: Decimal) -> Decimal:
            return _cents(EXACT.multiply(amount, exchange_rate))

        groups = tuple(_taxed(replace(group, base=euros(group.base))) for group in self.groups)
        return _totals(
            tuple(euros(net) for net in self.lines_net),
            euros(self.global_discount),
            groups,
            euros(self.withholding_base),
            self.withholding_pct,
            euros(self.disbursements),
            euros(self.advances),
        )


def line_net(line: TaxLine) -> Decimal:
    """Quantity by price less the chained discounts, rounded once to cents."""
    value = EXACT.multiply(line.quantity, line.unit_price)
    for discount in line.discounts:
        value = EXACT.multiply(value, (_HUNDRED - discount).scaleb(-2))
    return _cents(value)


def compute_totals(
    lines: Sequence[TaxLine],
    *,
    on: date | None = None,
    global_discount_pct: Decimal | None = None,
    global_discount_amount: Decimal | None = None,
    prices_include_tax: bool = False,
    withholding_pct: Decimal | None = None,
    advances: Decimal | Iterable[Decimal] = _NONE,
) -> Totals:
    """The totals of a document with these lines (fiscal rules §2).

    A percentage of global discount rounds in each group; an amount is shared in proportion and the
    odd cents go to the largest group. With ``prices_include_tax`` each group takes its base out of
    the gross, so that the total is exact. ``advances`` are amounts already collected. ``on`` is the
    day of the document: the rates are already in the lines, so it changes nothing today; a rounding
    rule that changed one day would be chosen by it. Raises ``Refused('discount_without_base')``.
    """
    nets: list[Decimal] = []
    sums: dict[tuple, Decimal] = {}
    held: dict[tuple, Decimal] = {}
    disbursements = ZERO
    for line in lines:
        net = line_net(line)
        nets.append(net)
        if line.disbursement:
            disbursements += net
            continue
        key = (
            line.tax,
            line.regime,
            line.qualification,
            line.exemption,
            line.rate,
            line.surcharge,
        )
        sums[key] = sums.get(key, ZERO) + net
        if line.withholding and withholding_pct is not None:
            held[key] = held.get(key, ZERO) + net

    discounts = _discounts(sums, global_discount_pct, global_discount_amount)
    groups, withholding_base = [], ZERO
    for key, net in sums.items():
        left = net - discounts[key] if discounts else net
        group = _taxed(TaxGroup(*key, left, ZERO, ZERO), gross=prices_include_tax)
        groups.append(group)
        if key in held:
            withholding_base += _share(group.base, held[key], net)
    discount = sum(discounts.values(), ZERO) if discounts else ZERO
    if not isinstance(advances, Decimal):
        advances = sum(advances, ZERO)
    return _totals(
        tuple(nets),
        discount,
        tuple(groups),
        withholding_base,
        withholding_pct,
        disbursements,
        _cents(advances),
    )


def _totals(
    nets: tuple[Decimal, ...],
    discount: Decimal,
    groups: tuple[TaxGroup, ...],
    withholding_base: Decimal,
    withholding_pct: Decimal | None,
    disbursements: Decimal,
    advances: Decimal,
) -> Totals:
    base = tax = surcharge = ZERO
    for group in groups:
        base += group.base
        tax += group.amount
        surcharge += group.surcharge
    tax += surcharge
    total = base + tax
    withholding = ZERO
    if withholding_pct is not None:
        withholding = _percent(withholding_base, withholding_pct)
    return Totals(
        nets,
        discount,
        groups,
        base,
        tax,
        surcharge,
        total,
        withholding_base,
        withholding_pct,
        withholding,
        disbursements,
        advances,
        total - withholding + disbursements - advances,
    )


def _taxed(group: TaxGroup, gross: bool = False) -> TaxGroup:
    """The group with its tax; with ``gross`` its base still has the tax inside."""
    rate = group.rate or _NONE
    extra = group.surcharge_rate or _NONE
    if not gross:
        base = group.base
        amount = _percent(base, rate) if rate else ZERO
        surcharge = _percent(base, extra) if extra else ZERO
    else:
        inside = group.base
        base = _cents(EXACT.divide(inside, _ONE + (rate + extra).scaleb(-2)))
        surcharge = _percent(base, extra) if extra else ZERO
        amount = inside - base - surcharge
    return TaxGroup(
        group.tax,
        group.regime,
        group.qualification,
        group.exemption,
        group.rate,
        group.surcharge_rate,
        base,
        amount,
        surcharge,
    )


def _discounts(
    sums: dict[tuple, Decimal], percent: Decimal | None, amount: Decimal | None
) -> dict[tuple, Decimal] | None:
    """The global discount of each group."""
    shares: dict[tuple, Decimal] | None = None
    if percent:
        shares = {key: _percent(net, percent) for key, net in sums.items()}
        sums = {key: net - shares[key] for key, net in sums.items()}
    if amount:
        amount = _cents(amount)
        whole = sum(sums.values(), ZERO)
        if not whole:
            raise Refused(
                "discount_without_base",
                _("No hay importe sobre el que repartir el descuento global."),
                field="global_discount_amount",
            )
        parts = {key: _share(amount, net, whole) for key, net in sums.items()}
        largest = max(sums, key=lambda key: abs(sums[key]))
        parts[largest] += amount - sum(parts.values(), ZERO)
        shares = {key: parts[key] + shares[key] for key in parts} if shares else parts
    return shares


def _share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """``amount`` in the proportion of ``part`` to ``whole``, in cents."""
    if part == whole:
        return amount
    if not whole:
        return _cents(part)
    return _cents(EXACT.divide(EXACT.multiply(amount, part), whole))


def _percent(base: Decimal, percent: Decimal) -> Decimal:
    return _cents(EXACT.scaleb(EXACT.multiply(base, percent), -2))


def _cents(value: Decimal) -> Decimal:
    """Half away from zero, and never -0.00."""
    rounded = value.quantize(CENT, ROUND_HALF_UP, EXACT)
    return rounded if rounded else ZERO
