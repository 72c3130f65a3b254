"""The catalogue through the door."""

from __future__ import annotations

import argparse
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.cast import OrganisationClient, make_member

from lonja.accounts.models import Company
from lonja.catalogue.models import Product
from lonja.config.commands import import_

DATA = Path(__file__).parent / "data" / "import"


def new_product(**fields: Any) -> dict[str, Any]:
    return {
        "code": "MP-01",
        "name": "Mantenimiento preventivo",
        "kind": "subscription",
        "price": "420",
        "tax_category": "iva_general",
        "unit": "mes",
        **fields,
    }


def run_command(capsys: Any, *words: str) -> tuple[int, dict[str, Any]]:
    parser = argparse.ArgumentParser()
    import_.add_arguments(parser)
    code = import_.run(parser.parse_args([*words, "--json"]))
    return code, json.loads(capsys.readouterr().out)


def test_a_product_is_created_with_its_price_to_the_sixth_decimal(as_lucia: Any) -> None:
    as_lucia.post("/catalogo/nuevo/", new_product(price="0,123456", cost="0,1"))
    product = Product.objects.get()
    assert (product.price, product.cost) == (Decimal("0.123456"), Decimal("0.1"))
    page = as_lucia.get("/catalogo/").content.decode()
    assert "0,123456\u00a0€" in page and "IVA 21\u00a0%" in page and "19\u00a0%" in page


def test_a_code_in_use_says_whose_it_is(as_lucia: Any) -> None:
    Product.objects.create(code="MP-01", name="Revisión anual")
    answer = as_lucia.post("/catalogo/nuevo/", new_product())
    assert answer.status_code == 409
    assert "ya lo tiene «Revisión anual»" in answer.content.decode()
    assert Product.objects.count() == 1


def test_taxes_are_those_of_the_company_territory(as_lucia: Any) -> None:
    Company.objects.update(territory="canarias")
    page = as_lucia.get("/catalogo/nuevo/").content.decode()
    assert "IGIC 7\u00a0%" in page and "IVA 21" not in page
    assert as_lucia.post("/catalogo/nuevo/", new_product()).status_code == 422


def test_only_some_see_what_things_cost(lonja: Any) -> None:
    product = Product.objects.create(code="A", name="Split", price=100, cost=60)
    seller = OrganisationClient(make_member(lonja, "Comercial Uno", "sales"))
    for path in ("/catalogo/", f"/catalogo/{product.pk}/"):
        page = seller.get(path).content.decode()
        assert "Split" in page and "60,00" not in page and "Margen" not in page
    assert seller.get("/catalogo/nuevo/").status_code == 403
    assert b"60" not in seller.get("/catalogo/?exportar=csv").content.split(b"\n")[1]


def test_a_deactivated_product_is_not_offered_and_comes_back(as_lucia: Any) -> None:
    product = Product.objects.create(code="A", name="Split")
    page = as_lucia.post(f"/catalogo/{product.pk}/baja/", follow=True).content.decode()
    assert f"/catalogo/{product.pk}/alta/" in page
    assert as_lucia.get("/catalogo/opciones/?q=split").json() == []
    as_lucia.post(f"/catalogo/{product.pk}/alta/")
    assert as_lucia.get("/catalogo/opciones/?q=split").json()[0]["code"] == "A"


def test_options_give_a_line_what_it_needs(as_lucia: Any) -> None:
    Product.objects.create(code="SP", name="Soporte premium", price=9)
    product = Product.objects.create(
        code="SR-07", name="Soporte remoto", price=Decimal("3.9"), unit="día",
        tax_category="iva_general",
    )  # fmt: skip
    first = as_lucia.get("/catalogo/opciones/?q=sr-07").json()[0]
    assert (first["id"], first["code"], first["unit"]) == (product.pk, "SR-07", "día")
    assert (first["price"], first["tax_category"]) == ("3,90", "iva_general")


def test_the_list_costs_the_same_queries_however_long(
    as_lucia: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    Product.objects.create(code="0", name="Cero")
    with CaptureQueriesContext(connection) as one:
        as_lucia.get("/catalogo/")
    Product.objects.bulk_create([Product(code=f"P{n}", name=f"Producto {n}") for n in range(60)])
    with django_assert_num_queries(len(one)):
        as_lucia.get("/catalogo/")
    assert len(one) <= 25


def test_an_outsider_finds_no_product(as_nuria: Any, lonja: Any) -> None:
    product = Product.objects.create(code="A", name="Split")
    for path in ("", "edicion/"):
        assert as_nuria.get(f"/catalogo/{product.pk}/{path}").status_code == 404
    for path in ("edicion/", "baja/", "alta/"):
        assert as_nuria.post(f"/catalogo/{product.pk}/{path}").status_code == 404


def test_the_sample_list_of_products_comes_in(lonja: Any, capsys: Any) -> None:
    code, told = run_command(capsys, "products", str(DATA / "productos.csv"))
    assert (code, told["created"], told["errors"], told["warnings"]) == (0, 8, [], [])
    taxes = dict(Product.objects.values_list("code", "tax_category"))
    assert (taxes["FR-09"], taxes["LT-01"], taxes["TR-02"], taxes["MP-01"]) == (
        "exenta_art20", "iva_superreducido", "iva_reducido", "iva_general",
    )  # fmt: skip
    hosting = Product.objects.get(code="AW-12")
    assert (hosting.price, hosting.unit, hosting.kind) == (Decimal("118.8"), "año", "subscription")
    _code, again = run_command(capsys, "products", str(DATA / "productos.csv"))
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 8)


@pytest.mark.usefixtures("lonja")
def test_rows_with_an_impossible_tax_or_price_are_refused(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "malos.csv"
    file.write_text(
        "Ref;Nombre;Precio;IVA\nA;Uno;1,00;21\nB;Dos;gratis;21\nC;Tres;1,00;7\n"
        ";Cuatro;1;21\nA;Uno bis;2;21\n"
    )
    _code, told = run_command(capsys, "products", str(file))
    assert [(e["row"], e["reason"]) for e in told["errors"]] == [
        (3, "amount_invalid"), (4, "tax_category_unknown"), (5, "code_missing"),
    ]  # fmt: skip
    assert [(w["row"], w["reason"]) for w in told["warnings"]] == [(6, "duplicate_in_file")]
    product = Product.objects.get()
    assert (product.name, product.price) == ("Uno bis", Decimal(2))
