"""Options, groups and quantities of a version, and versions signed long ago."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict

from lonja.kit.errors import Refused
from lonja.sales.choices import read_choice
from lonja.sales.models import Quote
from lonja.sales.snapshot import figures, take
from lonja.sales.tests.house import LINES, line, make_quote

pytestmark = pytest.mark.django_db

# Written by hand as version 0.1 stored it: signed versions are for ever.
OLD_LINE_KEYS = {
    *("key", "product_id", "concept", "detail", "quantity", "unit", "unit_price", "discount_pct"),
    *("tax_category", "tax", "optional", "chosen", "unit_of_time", "every"),
}


def content(quote: Quote) -> Any:
    return take(quote, list(quote.lines.all()))


@pytest.fixture
def rich(lonja: Any, lucia: Any, mirador: Any) -> Any:
    """Two finishes to choose one, and filters the customer may count."""
    lines = [
        line("Instalación", 1, 100),
        line("Acabado blanco", 1, 10, group="Acabado"),
        line("Acabado inox", 1, 30, group="Acabado", chosen=False),
        line("Filtro", 4, 5, min_quantity=Decimal(2), max_quantity=Decimal(10)),
    ]
    return content(make_quote(lonja.company, mirador, lucia, lines))


def base(snapshot: Any, *args: Any) -> Decimal:
    once = figures(snapshot, *args).once
    assert once is not None
    return once.totals.base_total


def test_a_version_stored_before_sections_is_read_as_it_was(
    lonja: Any, lucia: Any, mirador: Any
) -> None:
    new = content(make_quote(lonja.company, mirador, lucia, LINES))
    old = {k: v for k, v in new.items() if k not in ("deposit_pct", "price_list")}
    old["lines"] = [{k: v for k, v in x.items() if k in OLD_LINE_KEYS} for x in new["lines"]]
    headline = figures(old, {4}).headline
    assert headline == figures(new, {4}).headline
    assert headline.replace("\u00a0", " ") == "4.375,36 € + 42,35 € al mes"
    assert figures(old).deposit == 0


def test_exactly_one_of_a_group_is_charged(rich: Any) -> None:
    assert base(rich) == base(rich, {2}) == 130
    assert base(rich, {3}) == 150
    assert base(rich, set()) == 130  # nobody chose: the usual one


def test_two_of_a_group_are_refused(rich: Any) -> None:
    with pytest.raises(Refused) as refused:
        figures(rich, {2, 3})
    assert refused.value.code == "group_choice"


def test_the_customer_changes_a_quantity_within_its_limits(rich: Any) -> None:
    assert base(rich, {2}, {4: Decimal(10)}) == 160


@pytest.mark.parametrize(
    ("key", "quantity"), [(4, "11"), (4, "1"), (4, "-2"), (4, "2.5"), (1, "2"), (4, "NaN")]
)
def test_a_quantity_out_of_limits_is_refused(rich: Any, key: int, quantity: str) -> None:
    with pytest.raises(Refused) as refused:
        figures(rich, None, {key: Decimal(quantity)})
    assert refused.value.field == f"cantidad-{key}"


def test_a_greater_quantity_takes_the_price_of_its_tramo(rich: Any) -> None:
    rich["lines"][3]["tiers"] = [["0", "5", "0"], ["8", "4", "10"]]
    assert base(rich, {2}, {4: 7}) == 145
    assert base(rich, {2}, {4: 10}) == Decimal("146.00")


def test_the_form_of_the_customer_is_read_without_trusting_it(rich: Any) -> None:
    data = QueryDict("opcion=99&opcion=x&opcion-2=3&cantidad-4=10&cantidad-77=5&precio-4=0")
    chosen, quantities = read_choice(data, rich)
    assert base(rich, chosen, quantities) == 180
