from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lonja.fiscal.verifactu.qr import qr_url
from lonja.fiscal.verifactu.records import local_moment, money
from lonja.fiscal.verifactu.rules import check
from lonja.fiscal.verifactu.xml import alta_xml, validate
from lonja.kit.errors import Refused

from .cast import GOLDEN, VECTORS, alta, golden_alta, sample_chain

ACCEPTED = [c for c in GOLDEN if c["expect"] == "accept" and "lineas" in c]
# N01 depends on the issuer's activity, which the record does not know: billing refuses it.
REFUSED = [c for c in GOLDEN if c["expect"] == "reject" and c["id"] != "N01"]


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda c: c["id"])
def test_a_golden_invoice_gives_its_huella_its_qr_and_a_valid_xml(case):
    record, seal = golden_alta(case), case["verifactu"]
    check(record)
    validate(alta_xml(record))
    assert (record.cadena, record.huella) == (seal["cadena"], seal["huella"])
    url = qr_url(record.nif, record.number, record.issued_on, record.total_text, test=True)
    assert url == seal["qr_url_pruebas"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda c: c["id"])
def test_a_golden_invoice_to_refuse_is_refused(case):
    with pytest.raises(Refused) as refused:
        check(golden_alta(case))
    assert refused.value.code.startswith("verifactu_")


def test_the_sample_chain_hashes_as_published():
    published = VECTORS["cadena_de_muestra"]["registros"]
    assert [(r.cadena, r.huella) for r in sample_chain()] == [
        (p["cadena"], p["huella"]) for p in published
    ]


def test_the_amounts_hashed_are_the_amounts_in_the_xml():
    record = alta(quota=Decimal("-0.00"), total=Decimal("1E+2"))
    assert "&CuotaTotal=0.00&ImporteTotal=100.00&" in record.cadena
    assert b"<CuotaTotal>0.00</CuotaTotal><ImporteTotal>100.00<" in alta_xml(record)


@pytest.mark.parametrize("value", ["0.005", "NaN", "Infinity"])
def test_an_amount_is_never_rounded_here(value):
    with pytest.raises(ValueError, match=r"decimals|amount"):
        money(Decimal(value))


def test_the_moment_is_written_on_the_clock_of_the_company():
    instant = datetime(2026, 11, 2, 10, 0, 0, 987654, tzinfo=UTC)
    texts = [
        alta(generated_at=local_moment(instant, zone)).generated_text
        for zone in ("Atlantic/Canary", "Europe/Madrid")
    ]
    assert texts == ["2026-11-02T10:00:00+00:00", "2026-11-02T11:00:00+01:00"]


def test_a_moment_without_zone_is_not_accepted():
    with pytest.raises(ValueError, match="zone"):
        alta(generated_at=datetime(2026, 11, 2, 10))
