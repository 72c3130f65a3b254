"""The price of a product for a client: tarifa, tramos and dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from lonja.catalogue.models import PartyPriceList, PriceList, PriceListItem, Product
from lonja.catalogue.pricing import PriceBook, price_for, price_list_of
from lonja.parties.models import Party

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture
def split(lonja: Any) -> Product:
    return Product.objects.create(code="SP-35", name="Split 3,5 kW", price=Decimal(689))


@pytest.fixture
def hotels(split: Product) -> PriceList:
    tarifa = PriceList.objects.create(name="Hostelería", valid_until=date(2026, 12, 31))
    PriceListItem.objects.create(price_list=tarifa, product=split, unit_price=Decimal(650))
    PriceListItem.objects.create(
        price_list=tarifa, product=split, min_quantity=10, discount_pct=Decimal(10)
    )
    return tarifa


def net(product: Product, quantity: str, tarifa: PriceList | None, on: date = TODAY) -> Decimal:
    return price_for(product, quantity=Decimal(quantity), on=on, price_list=tarifa).net


def test_without_tarifa_the_price_is_that_of_the_catalogue(split: Product) -> None:
    price = price_for(split, quantity=Decimal(1), on=TODAY)
    assert (price.net, price.origin, price.from_list) == (689, "Catálogo", False)


def test_the_tarifa_has_a_price_for_each_volume(split: Product, hotels: PriceList) -> None:
    assert (
        net(split, "1", hotels) == net(split, "0.5", hotels) == net(split, "9.999", hotels) == 650
    )
    assert net(split, "10", hotels) == Decimal("620.10")  # 689 − 10 %
    price = price_for(split, quantity=Decimal(12), on=TODAY, price_list=hotels)
    assert price.origin == "Tarifa Hostelería, desde 10"
    assert price.valid_until == date(2026, 12, 31)


def test_a_tarifa_that_is_over_gives_the_catalogue_and_says_so(
    split: Product, hotels: PriceList
) -> None:
    price = price_for(split, quantity=Decimal(12), on=date(2027, 1, 1), price_list=hotels)
    assert price.net == 689
    assert "caducó el 31/12/2026" in price.warning
    hotels.retired_at = timezone.now()
    assert "retirada" in price_for(split, quantity=Decimal(1), on=TODAY, price_list=hotels).warning


def test_a_new_price_replaces_the_old_one_on_its_day(split: Product, hotels: PriceList) -> None:
    PriceListItem.objects.create(
        price_list=hotels, product=split, unit_price=600, valid_from=date(2026, 12, 1)
    )
    assert net(split, "1", hotels) == 650
    assert net(split, "1", hotels, date(2026, 12, 1)) == 600


def test_a_book_reads_the_prices_of_many_products_in_one_query(
    split: Product, hotels: PriceList, django_assert_num_queries: Any
) -> None:
    others = [Product.objects.create(code=f"A{n}", name="x", price=n) for n in range(20)]
    with django_assert_num_queries(1):
        book = PriceBook(hotels, TODAY, [split, *others])
        prices = [book.price(one, Decimal(1)).net for one in [split, *others]]
    assert prices == [650, *range(20)]


def test_the_tarifa_of_a_client_is_the_one_it_names_or_was_given(
    hotels: PriceList, lonja: Any
) -> None:
    named = Party.objects.create(name="Hotel Uno", tariff="HOSTELERIA")
    given = Party.objects.create(name="Hotel Dos")
    PartyPriceList.objects.create(party=given, price_list=hotels)
    other = Party.objects.create(name="Bar Tres", tariff="La de siempre")
    found = [price_list_of(party, lonja.company) for party in (named, given, other)]
    assert found == [hotels, hotels, None]
