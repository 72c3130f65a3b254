import itertools
from datetime import date
from decimal import Decimal

import pytest

from lonja.kit.errors import Refused
from lonja.tax import categories, category, category_for, tax_line
from lonja.tax.categories import TERRITORIES

D = Decimal
TODAY = date(2026, 11, 21)


def test_a_rate_depends_on_the_day_of_the_operation():
    general = category("iva_general")
    assert general.rate_on(TODAY) == 21
    assert general.rate_on(date(2012, 8, 31)) == 18
    assert general.rate_on(date(2012, 9, 1)) == 21
    with pytest.raises(Refused):
        general.rate_on(date(1990, 1, 1))


def test_the_surcharge_goes_with_the_rate():
    codes = ("iva_general", "iva_reducido", "iva_superreducido", "iva_tabaco")
    assert [category(code).surcharge_on(TODAY) for code in codes] == [
        D("5.2"),
        D("1.4"),
        D("0.5"),
        D("1.75"),
    ]
    assert category("exenta_art20").surcharge_on(TODAY) is None


def test_the_cash_basis_has_the_three_rates():
    codes = ("criterio_caja", "caja_reducido", "caja_superreducido")
    assert [category(code).rate_on(TODAY) for code in codes] == [21, 10, 4]
    assert {category(code).regime for code in codes} == {"07"}
    assert category_for("10", on=TODAY).code == "iva_reducido"


def test_reverse_charge_writes_a_zero_and_an_exempt_line_nothing():
    assert category("isp").rate_on(TODAY) == 0
    assert category("exenta_art20").rate_on(TODAY) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("21", "iva_general"),
        ("21 %", "iva_general"),
        ("IVA 10", "iva_reducido"),
        ("4,00", "iva_superreducido"),
        ("exento art. 20", "exenta_art20"),
        ("Exenta", "exenta_art20"),
        ("exento artículo 25", "intracomunitaria"),
        ("intracomunitaria", "intracomunitaria"),
        ("Exportación", "exportacion"),
        ("inversión del sujeto pasivo", "isp"),
        ("no sujeto", "no_sujeta_art7"),
        ("iva_tabaco", "iva_tabaco"),
    ],
)
def test_a_list_of_products_says_its_tax_in_many_ways(text, code):
    assert category_for(text, on=TODAY).code == code


@pytest.mark.parametrize("text", ["5", "7,5", "19", "", "mucho", "0", "exento art. 140"])
def test_the_closest_tax_is_never_taken(text):
    with pytest.raises(Refused) as refused:
        category_for(text, on=TODAY)
    assert refused.value.code == "tax_category_unknown"


def test_each_territory_reads_its_own_rates():
    assert category_for("7", on=TODAY, territory="canarias").code == "igic_general"
    assert category_for("exenta", on=TODAY, territory="canarias").code == "igic_exenta"
    assert category_for("4", on=TODAY, territory="ceuta").code == "ipsi_4"


def test_every_category_of_every_territory_gives_a_line_today():
    for territory in TERRITORIES:
        for option in categories(territory):
            line = tax_line(option.code, TODAY, D(1), D(100), surcharged=True)
            assert (line.qualification is None) != (line.exemption is None)
            assert (line.rate is not None) == (line.qualification in ("S1", "S2"))


def test_every_row_of_the_law_has_a_source_and_runs_forward():
    for territory in TERRITORIES:
        for option in categories(territory):
            days = [(row.since, row.until) for row in option.rates]
            assert all(row.source for row in option.rates)
            for (_, until), (since, _) in itertools.pairwise(days):
                assert until is not None
                assert until < since


@pytest.mark.parametrize("code", ["bienes_usados", "agencias_viajes"])
def test_a_tax_of_the_margin_is_known_and_offered_to_nobody(code):
    assert category(code).mention.startswith("Régimen especial")
    assert code not in {one.code for one in categories("peninsula")}
