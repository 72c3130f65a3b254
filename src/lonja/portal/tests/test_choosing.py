"""What the customer may choose: options, one of a group, quantities within limits, no prices."""

from __future__ import annotations

import gzip
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.portal.tests.test_public import signing
from lonja.sales.actions import create_quote, extend_validity, publish_quote, save_quote
from lonja.sales.models import Quote, Signature
from lonja.sales.tests.house import BASE, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone() -> Client:
    return Client(headers={"User-Agent": "Móvil de Carmen"}, REMOTE_ADDR="203.0.113.9")


@pytest.fixture
def token(lonja: Any, lucia: Any, mirador: Any) -> str:
    """1 installation · 2 or 3 finishes · 4 filters from 2 to 20, cheaper from 10."""
    product = Product.objects.create(code="F", name="Filtro", price=5)
    tarifa = PriceList.objects.create(name="Hoteles")
    PriceListItem.objects.create(price_list=tarifa, product=product, unit_price=5)
    PriceListItem.objects.create(price_list=tarifa, product=product, min_quantity=10, unit_price=4)
    quote = create_quote(company=lonja.company, party=mirador, by=lucia, price_list=tarifa)
    lines = [
        line("Instalación", 1, 100, section="Obra", section_detail="En dos días"),
        line("Acabado blanco", 1, 10, section="Obra", group="Acabado"),
        line("Acabado inox", 1, 30, section="Obra", group="Acabado", chosen=False),
        {
            **line("Filtro", 4, section="Repuestos"),
            "product": product,
            "untouched": True,
            "min_quantity": Decimal(2),
            "max_quantity": Decimal(20),
        },
    ]
    fields = {"deposit_pct": Decimal(50)}
    save_quote(quote, fields=fields, lines=lines, edited=0, by=lucia)
    return publish_quote(quote, by=lucia, base_url=BASE).token


def asked(phone: Client, token: str, data: dict[str, Any]) -> str:
    return phone.post(f"/p/{token}/calculo/", data).content.decode().replace("\xa0", " ")


def test_sections_groups_and_limits_are_on_the_page(phone: Client, token: str) -> None:
    page = phone.get(f"/p/{token}/").content.decode().replace("\xa0", " ")
    for said in ("<h2>Obra</h2>", "En dos días", "Elige una", 'type="radio"', "de 2 a 20",
                 "157,30 €", "Anticipo del 50 % al aceptar"):  # fmt: skip
        assert said in page
    assert len(gzip.compress(page.encode())) < 60_000


def test_the_server_computes_the_group_the_quantity_and_its_tramo(
    phone: Client, token: str
) -> None:
    told = asked(phone, token, {"opcion-2": "3", "cantidad-4": "10"})
    assert "205,70 €" in told  # 100 + 30 + 10 × 4, and 21 %
    assert "10 × 4,00 €" in told


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"cantidad-4": "21"}, "puedes pedir entre 2 y 20"),
        ({"cantidad-4": "-5"}, "puedes pedir entre 2 y 20"),
        ({"cantidad-4": "1e9"}, "1e9"),
        ({"cantidad-4": "2.5"}, "unidades enteras"),
        ({"cantidad-1": "0"}, "no se puede cambiar"),
        ({"opcion": ["2", "3"]}, "Elige solo una opción"),
    ],
)
def test_what_is_not_allowed_is_said_and_never_signed(
    phone: Client, token: str, data: dict[str, Any], said: str
) -> None:
    told = asked(phone, token, data)
    assert said in told and "157,30 €" in told
    answer = phone.post(f"/p/{token}/firma/", signing(**data))
    assert answer.status_code == 422
    assert not Signature.objects.exists()


def test_prices_and_lines_that_are_forged_change_nothing(phone: Client, token: str) -> None:
    forged = {"precio-4": "0", "unit_price": "0", "opcion": "99", "cantidad-77": "3"}
    assert "157,30 €" in asked(phone, token, forged)


def test_what_was_chosen_is_what_is_signed(phone: Client, token: str) -> None:
    page = phone.get(f"/p/{token}/firma/?elegir=1&opcion-2=3&cantidad-4=10").content.decode()
    assert 'name="opcion" value="3"' in page and 'name="cantidad-4" value="10"' in page
    data = signing(opcion="3", **{"cantidad-4": "10"})
    done = phone.post(f"/p/{token}/firma/", data, follow=True).content.decode()
    assert "205,70" in done
    signature = Signature.objects.get()
    assert (signature.chosen_lines, signature.quantities) == ([3], {"4": "10"})
    assert Quote.objects.get().total_cents == 20570


def test_a_longer_validity_is_said_on_the_same_link(
    phone: Client, token: str, lucia: Any, lonja: Any
) -> None:
    quote = Quote.objects.get()
    extend_validity(quote, until=quote.valid_until.replace(year=2027, month=1, day=7), by=lucia)
    assert "7 de enero de 2027" in phone.get(f"/p/{token}/").content.decode()
