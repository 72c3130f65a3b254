"""Tarifas through the door."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lonja.accounts.models import Company, CompanyGrant
from lonja.catalogue.actions.import_prices import PriceImporter
from lonja.catalogue.actions.price_lists import (
    PriceRow,
    assign_price_list,
    copy_price_list,
    raise_prices,
    save_price_list,
    set_prices,
)
from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.catalogue.pricing import price_for, price_list_of
from lonja.catalogue.tests.test_products import run_command
from lonja.imports import Row
from lonja.kit.errors import Refused
from lonja.parties.models import Party

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture
def split(lonja: Any) -> Product:
    return Product.objects.create(code="SP-35", name="Split 3,5 kW", price=Decimal(689))


@pytest.fixture
def hotels(split: Product, lucia: Any) -> PriceList:
    tarifa = save_price_list(PriceList(name="Hostelería"), by=lucia)
    rows = [PriceRow(Decimal(0), Decimal(650)), PriceRow(Decimal(10), Decimal(600))]
    set_prices(tarifa, split, rows, by=lucia)
    return tarifa


def prices(tarifa: PriceList, product: Product, on: date = TODAY) -> list[Decimal]:
    return [price_for(product, quantity=Decimal(q), on=on, price_list=tarifa).net for q in (1, 10)]


def tiers(*rows: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"tramos-TOTAL_FORMS": len(rows), "tramos-INITIAL_FORMS": 0}
    for n, row in enumerate(rows):
        data |= {f"tramos-{n}-{name}": value for name, value in row.items()}
    return data


def test_a_tarifa_is_made_filled_and_given_to_a_client_through_the_door(
    as_lucia: Any, split: Product, lonja: Any
) -> None:
    as_lucia.post("/catalogo/tarifas/nueva/", {"name": "Mayoristas", "valid_until": "31/12/2026"})
    tarifa = PriceList.objects.get(name="Mayoristas")
    data = tiers({"unit_price": "600"}, {"min_quantity": "10", "discount_pct": "20"}, {})
    as_lucia.post(f"/catalogo/tarifas/{tarifa.pk}/producto/", {"product": split.pk, **data})
    assert prices(tarifa, split) == [600, Decimal("551.20")]
    party = Party.objects.create(name="Bar Pepe")
    as_lucia.post(f"/catalogo/tarifas/{tarifa.pk}/clientes/", {"party": party.pk})
    party.refresh_from_db()
    assert price_list_of(party, lonja.company) == tarifa
    page = as_lucia.get(f"/catalogo/tarifas/{tarifa.pk}/").content.decode()
    assert "Bar Pepe" in page and "551,20" in page
    assert "Mayoristas" in as_lucia.get("/catalogo/tarifas/").content.decode()
    assert "Mayoristas" in as_lucia.get(f"/catalogo/{split.pk}/").content.decode()


def test_two_prices_for_the_same_day_and_quantity_are_refused(
    as_lucia: Any, hotels: PriceList, split: Product
) -> None:
    data = tiers({"unit_price": "600"}, {"unit_price": "500", "valid_from": "01/12/2026"})
    answer = as_lucia.post(f"/catalogo/tarifas/{hotels.pk}/producto/{split.pk}/", data)
    assert answer.status_code == 409
    assert prices(hotels, split) == [650, 600]


def test_prices_go_up_from_a_day_on_and_those_of_before_end(
    as_lucia: Any, hotels: PriceList, split: Product, lonja: Any
) -> None:
    day = lonja.company.today() + timedelta(days=10)
    asked = {"pct": "10", "on": f"{day:%d/%m/%Y}"}
    as_lucia.post(f"/catalogo/tarifas/{hotels.pk}/subida/", asked)
    assert prices(hotels, split, day - timedelta(days=1)) == [650, 600]
    assert prices(hotels, split, day) == [715, 660]


def test_a_raise_without_sense_changes_nothing(
    hotels: PriceList, split: Product, lucia: Any
) -> None:
    for pct, on in ((Decimal(0), TODAY), (Decimal(-95), TODAY), (Decimal(5), date(2026, 1, 1))):
        with pytest.raises(Refused):
            raise_prices(hotels, pct, on=on, today=TODAY, by=lucia)
    assert prices(hotels, split) == [650, 600]


def test_a_copy_has_the_prices_and_lives_apart(
    hotels: PriceList, split: Product, lucia: Any
) -> None:
    copy = copy_price_list(hotels, PriceList(name="Hoteles VIP"), by=lucia)
    raise_prices(copy, Decimal(-10), on=TODAY, today=TODAY, by=lucia)
    assert prices(hotels, split) == [650, 600]
    assert prices(copy, split) == [585, 540]


def test_a_name_is_of_one_tarifa_and_a_new_one_reaches_the_clients(
    hotels: PriceList, lucia: Any, lonja: Any
) -> None:
    with pytest.raises(Refused) as refused:
        save_price_list(PriceList(name="HOSTELERIA"), by=lucia)
    assert refused.value.code == "price_list_taken"
    party = Party.objects.create(name="Bar Pepe")
    assign_price_list(party, hotels, by=lucia)
    hotels.name = "Hoteles"
    save_price_list(hotels, by=lucia)
    party.refresh_from_db()
    assert party.tariff == "Hoteles"


def test_who_sells_sees_the_tarifas_but_does_not_change_them(
    as_marcos: Any, as_nuria: Any, hotels: PriceList
) -> None:
    assert as_marcos.get(f"/catalogo/tarifas/{hotels.pk}/").status_code == 200
    assert as_marcos.post(f"/catalogo/tarifas/{hotels.pk}/retirada/").status_code == 403
    assert as_nuria.get(f"/catalogo/tarifas/{hotels.pk}/").status_code == 404


def test_the_editors_offer_a_product_at_the_price_of_the_client(
    as_lucia: Any, hotels: PriceList, split: Product, lucia: Any
) -> None:
    party = Party.objects.create(name="Hotel Mirador")
    assign_price_list(party, hotels, by=lucia)
    [plain] = as_lucia.get("/catalogo/opciones/", {"q": "split"}).json()
    [of_client] = as_lucia.get("/catalogo/opciones/", {"q": "split", "cliente": party.pk}).json()
    assert (plain["price"], of_client["price"]) == ("689,00", "650,00")
    assert "Tarifa Hostelería" in of_client["code"]


def test_the_sheet_of_prices_that_is_downloaded_comes_in_again(
    as_lucia: Any, hotels: PriceList, split: Product, tmp_path: Path, capsys: Any
) -> None:
    answer = as_lucia.get("/catalogo/tarifas/precios/", {"exportar": "xlsx"})
    file = tmp_path / "precios.xlsx"
    file.write_bytes(answer.getvalue())
    _code, same = run_command(capsys, "prices", str(file))
    assert (same["unchanged"], same["errors"]) == (2, [])
    hotels.items.all().delete()
    _code, told = run_command(capsys, "prices", str(file))
    assert (told["created"], told["errors"]) == (2, [])
    assert prices(hotels, split) == [650, 600]


def test_bad_prices_stay_out_and_say_why(
    hotels: PriceList, split: Product, tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "malos.csv"
    file.write_text(
        "Tarifa;Referencia;Desde cantidad;Precio;Descuento;Hasta\n"
        "Nueva;SP-35;5;600;;\nNueva;NO-HAY;;1;;\nNueva;SP-35;;;;\n;SP-35;;5;;\n"
        "Nueva;SP-35;20;-4;;\n"
    )
    _code, told = run_command(capsys, "prices", str(file))
    assert told["created"] == 1
    assert [error["reason"] for error in told["errors"]] == [
        *("product_unknown", "price_empty", "price_list_missing", "price_negative")
    ]
    assert prices(PriceList.objects.get(name="Nueva"), split) == [689, 600]


def test_a_list_of_fifty_tarifas_asks_the_same_questions_as_one(
    as_lucia: Any, hotels: PriceList, split: Product, django_assert_max_num_queries: Any
) -> None:
    for n in range(50):
        tarifa = PriceList.objects.create(name=f"Tarifa {n}")
        PriceListItem.objects.create(price_list=tarifa, product=split, unit_price=n)
    with django_assert_max_num_queries(16):
        as_lucia.get("/catalogo/tarifas/")


def test_a_new_name_follows_the_clients_that_have_the_tarifa_by_its_text(
    hotels: PriceList, lucia: Any, lonja: Any
) -> None:
    typed = [Party.objects.create(name=f"Bar {n}", tariff=n) for n in ("HOSTELERIA", "Hostelería")]
    other = Party.objects.create(name="Taller", tariff="Talleres")
    hotels.name = "Hoteles"
    save_price_list(hotels, by=lucia)
    for party in typed:
        party.refresh_from_db()
        assert price_list_of(party, lonja.company) == hotels
    other.refresh_from_db()
    assert other.tariff == "Talleres"


def test_prices_of_fractions_of_a_cent_go_up_and_not_down(
    hotels: PriceList, split: Product, lucia: Any
) -> None:
    rows = [PriceRow(Decimal(0), Decimal("0.0124")), PriceRow(Decimal(10), Decimal("100"))]
    set_prices(hotels, split, rows, by=lucia)
    raise_prices(hotels, Decimal("3.333"), on=TODAY, today=TODAY, by=lucia)
    assert prices(hotels, split) == [Decimal("0.0128"), Decimal("103.33")]


def test_a_tarifa_taken_off_leaves_that_of_another_company(
    as_lucia: Any, hotels: PriceList, lonja: Any, lucia: Any
) -> None:
    second = Company.objects.create(legal_name="Otra Sede SL", nif="B12345674")
    own = save_price_list(PriceList(name="Sede", company=second), by=lucia)
    party = Party.objects.create(name="Bar Pepe")
    assign_price_list(party, hotels, by=lucia)
    assign_price_list(party, own, by=lucia)
    as_lucia.post(f"/catalogo/tarifas/{hotels.pk}/clientes/{party.pk}/baja/")
    party.refresh_from_db()
    assert (price_list_of(party, lonja.company), price_list_of(party, second)) == (None, own)
    assert party.tariff == "Sede"


def test_a_sheet_of_prices_does_not_reach_the_tarifas_of_a_company_one_does_not_see(
    hotels: PriceList, split: Product, lonja: Any, lucia: Any
) -> None:
    second = Company.objects.create(legal_name="Otra Sede SL", nif="B12345674")
    PriceList.objects.filter(pk=hotels.pk).update(company=second)
    CompanyGrant.objects.create(membership=lucia, company=lonja.company)
    row = Row(2, {"list": "HOSTELERIA", "code": "SP-35", "unit_price": "1"}, {})
    importer = PriceImporter(by=lucia, company=lonja.company, today=TODAY)
    importer.prepare([row])
    importer.row(row)
    importer.flush()
    assert [issue.code for issue in row.issues] == ["price_list_hidden"]
    assert prices(hotels, split) == [650, 600]
    assert PriceList.objects.count() == 1


def test_a_sheet_that_gives_two_prices_for_the_same_days_stays_out(
    hotels: PriceList, split: Product, tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "dobles.csv"
    file.write_text(
        "Tarifa;Referencia;Desde cantidad;Precio;Válido desde;Válido hasta\n"
        "Hostelería;SP-35;10;500;01/12/2026;\n"
        "Hostelería;SP-35;10;600;;30/11/2026\nHostelería;SP-35;10;550;01/12/2026;\n"
        "Nueva;SP-35;;5;;\nNueva;SP-35;;6;01/12/2026;\n"
    )
    _code, told = run_command(capsys, "prices", str(file))
    assert [(error["row"], error["reason"]) for error in told["errors"]] == [
        (2, "price_twice"),
        (6, "price_twice"),
    ]
    assert prices(hotels, split, date(2026, 12, 1)) == [650, 550]
