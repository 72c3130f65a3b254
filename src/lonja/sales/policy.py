"""How a company quotes: validity, usual terms, and how much each role may discount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lonja.accounts.models import Company, Membership
from lonja.kit.money import round_to
from lonja.sales import permissions
from lonja.sales.models import QuoteLine, QuoteSettings

_HUNDRED = Decimal(100)


def settings_of(company: Company) -> QuoteSettings:
    """The settings of a company, unsaved with the defaults when it has none."""
    found = QuoteSettings.objects.filter(company=company).first()
    return found or QuoteSettings(company=company)


def limit_of(member: Membership, company: Company) -> Decimal | None:
    """The greatest discount a member may give, in per cent; None: no limit."""
    text = settings_of(company).discount_limits.get(member.role)
    return None if text is None else Decimal(text)


@dataclass(frozen=True)
class Discount:
    """The greatest discount of a quote, in per cent with two decimals, and where it is."""

    pct: Decimal
    concept: str  # of the line; empty: of the whole


def greatest_discount(rows: Iterable[QuoteLine], global_pct: Decimal) -> Discount:
    """How far the prices are below the tarifa, whatever the way it was done.

    Of a line with product: price, its discount and the global one against the tarifa; of the
    others, the discounts. Of the whole: also lines that take money off.
    """
    lines = list(rows)
    left = (_HUNDRED - global_pct) / _HUNDRED
    worst = Discount(Decimal(0), "")
    usual: dict[str, Decimal] = {}
    asked: dict[str, Decimal] = {}
    for line in lines:
        net = line.unit_price * (_HUNDRED - line.discount_pct) / _HUNDRED * left
        reference = line.unit_price if line.list_price is None else line.list_price
        if line.quantity > 0 and reference > 0:
            pct = round_to((reference - net) * _HUNDRED / reference, 2)
            if pct > worst.pct:
                worst = Discount(pct, line.concept)
        if line.chosen or not line.optional:
            part = line.unit_of_time
            asked[part] = asked.get(part, Decimal(0)) + net * line.quantity
            if line.quantity > 0 and reference > 0:
                usual[part] = usual.get(part, Decimal(0)) + reference * line.quantity
    for part, whole in usual.items():
        pct = round_to((whole - asked[part]) * _HUNDRED / whole, 2)
        if pct > worst.pct:
            worst = Discount(pct, "")
    return worst


def approvers(company: Company, pct: Decimal, asker: Membership | None) -> Sequence[Membership]:
    """Who may let a discount pass: whoever the asker reports to goes first."""
    limits = settings_of(company).discount_limits
    rows = Membership.objects.filter(deactivated_at=None).select_related("user")
    found = [
        one
        for one in rows.order_by("user__full_name", "pk")
        if one.is_active
        and one.can(permissions.APPROVE)
        and (one.role not in limits or Decimal(limits[one.role]) >= pct)
        and (not one.company_ids() or company.pk in one.company_ids())
        and (asker is None or one.pk != asker.pk)
    ]
    boss = asker.reports_to_id if asker is not None else None
    return sorted(found, key=lambda one: one.pk != boss)
