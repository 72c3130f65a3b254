"""How a company quotes: validity, usual terms, and how much each role may discount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.catalogue.pricing import PriceBook, price_list_of
from lonja.kit.errors import Refused
from lonja.kit.money import round_to
from lonja.sales import permissions
from lonja.sales.models import Quote, QuoteLine, QuoteSettings

_HUNDRED = Decimal(100)
MOST_LINES = 300


def too_many_lines() -> Refused:
    text = _("Un presupuesto tiene como mucho %(n)s líneas: repártelas en varios.")
    return Refused("too_many_lines", text % {"n": MOST_LINES})


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


def greatest_discount(
    rows: Iterable[QuoteLine],
    global_pct: Decimal,
    usual_prices: Mapping[tuple[int, Decimal], Decimal] | None = None,
) -> Discount:
    """How far the prices are below the tarifa, whatever the way it was done.

    Of a line with product: price, its discount and the global one against the tarifa; of the
    others, the discounts. Of the whole: also lines that take money off, be they optional or not,
    and what is paid at another pace than the rest. `usual_prices` ((product, quantity) → price of
    the tarifa of the client) is what a product is compared with when its line says less.
    """
    lines, prices = list(rows), usual_prices or {}
    left = (_HUNDRED - global_pct) / _HUNDRED
    worst = Discount(Decimal(0), "")
    usual: dict[str, Decimal] = {}
    asked: dict[str, Decimal] = {}
    for line in lines:
        net = line.unit_price * (_HUNDRED - line.discount_pct) / _HUNDRED * left
        reference = line.unit_price if line.list_price is None else line.list_price
        if line.product_id is not None:
            reference = max(reference, prices.get((line.product_id, line.quantity), reference))
        if line.quantity > 0 and reference > 0:
            pct = round_to((reference - net) * _HUNDRED / reference, 2)
            if pct > worst.pct:
                worst = Discount(pct, line.concept)
        if line.chosen or not line.optional or net * line.quantity < 0:
            part = line.unit_of_time
            asked[part] = asked.get(part, Decimal(0)) + net * line.quantity
            if line.quantity > 0 and reference > 0:
                usual[part] = usual.get(part, Decimal(0)) + reference * line.quantity
    for part, whole in usual.items():
        pct = round_to((whole - asked[part]) * _HUNDRED / whole, 2)
        if pct > worst.pct:
            worst = Discount(pct, "")
    if any(amount < 0 and part not in usual for part, amount in asked.items()):
        return Discount(max(worst.pct, _HUNDRED), "")  # nothing to take it off from
    return worst


def discount_of(quote: Quote, rows: Iterable[QuoteLine]) -> Discount:
    """The greatest discount of a quote with those lines, measured against the tarifa of its client:
    choosing another that is cheaper is a discount too."""
    lines = list(rows)
    own = price_list_of(quote.party, quote.company)
    prices: dict[tuple[int, Decimal], Decimal] = {}
    if quote.price_list_id != (own.pk if own else None):
        products = {line.product_id: line.product for line in lines if line.product is not None}
        book = PriceBook(own, quote.created_on, products.values())
        for line in lines:
            if line.product is not None and line.product_id is not None:
                price = book.price(line.product, line.quantity)
                prices[line.product_id, line.quantity] = price.net
    return greatest_discount(lines, quote.global_discount_pct, prices)


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
