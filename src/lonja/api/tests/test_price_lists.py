"""Tarifas through the API: read, and given to clients."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.cast import make_member

from lonja.catalogue.actions.price_lists import PriceRow, save_price_list, set_prices, set_retired
from lonja.catalogue.models import PriceList, Product
from lonja.catalogue.pricing import price_list_of


@pytest.fixture
def tarifa(lonja: Any, lucia: Any) -> PriceList:
    product = Product.objects.create(code="SP", name="Split", price=Decimal(689))
    made = save_price_list(PriceList(name="Hostelería"), by=lucia)
    rows = [PriceRow(Decimal(0), Decimal(650)), PriceRow(Decimal(10), None, Decimal(15))]
    set_prices(made, product, rows, by=lucia)
    return made


def test_tarifas_are_listed_and_read_with_their_prices(
    program: Any, tarifa: PriceList, lucia: Any
) -> None:
    old = save_price_list(PriceList(name="Antigua"), by=lucia)
    set_retired(old, True, by=lucia)
    told = program.get("/tarifas").json()["items"]
    assert [(one["name"], one["in_force"]) for one in told] == [("Hostelería", True)]
    assert [one["id"] for one in program.get("/tarifas?retired=true").json()["items"]] == [old.pk]
    assert program.get("/tarifas?q=hosteleria").json()["items"] == told
    assert program.get(f"/tarifas/{tarifa.pk}").json() == told[0]
    prices = program.get(f"/tarifas/{tarifa.pk}/precios").json()["items"]
    shown = [(one["min_quantity"], one["unit_price"], one["discount_pct"]) for one in prices]
    assert sorted(shown) == [("0", "650", "0"), ("10", None, "15")]


def test_a_client_is_given_a_tarifa_and_loses_it(
    program: Any, tarifa: PriceList, hotel: Any, lonja: Any
) -> None:
    path = f"/clientes/{hotel.pk}/tarifa"
    assert program.get(path).json()["price_list_id"] is None
    given = program.post(path, {"price_list_id": tarifa.pk})
    assert (given.status_code, given.json()["name"]) == (200, "Hostelería")
    hotel.refresh_from_db()
    assert price_list_of(hotel, lonja.company) == tarifa
    assert program.get(path).json() == given.json()
    assert program.post(path, {"price_list_id": None}).json()["price_list_id"] is None
    assert program.post(path, {"price_list_id": 999_999}).status_code == 422
    assert program.post(path, {}).status_code == 422


def test_a_tarifa_that_is_not_used_any_more_is_not_given(
    program: Any, tarifa: PriceList, hotel: Any, lucia: Any
) -> None:
    set_retired(tarifa, True, by=lucia)
    answer = program.post(f"/clientes/{hotel.pk}/tarifa", {"price_list_id": tarifa.pk})
    assert answer.json()["code"] == "price_list_retired"


def test_who_may_not_change_prices_does_not_give_tarifas(
    key_of: Any, tarifa: PriceList, hotel: Any, lonja: Any
) -> None:
    seller = key_of(make_member(lonja, "Ana Gil", role="sales"))
    assert seller.get("/tarifas").status_code == 200
    path = f"/clientes/{hotel.pk}/tarifa"
    assert seller.post(path, {"price_list_id": tarifa.pk}).status_code == 403
