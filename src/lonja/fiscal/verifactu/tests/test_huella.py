import pytest

from lonja.fiscal.verifactu.huella import digest, huella_alta, huella_anulacion, huella_evento

from .cast import GOLDEN, VECTORS, alta

HASHES = {"Alta": huella_alta, "Anulacion": huella_anulacion}


def fields_of(cadena: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in cadena.split("&"))


@pytest.mark.parametrize("vector", VECTORS["oficiales"], ids=lambda v: v["id"])
def test_official_vectors_of_the_agency(vector):
    cadena, huella = HASHES[vector["operacion"]](vector["campos"])
    assert (cadena, huella) == (vector["cadena"], vector["huella"])


@pytest.mark.parametrize("vector", VECTORS["derivados"][1:], ids=lambda v: v["id"])
def test_derived_vectors_of_altas(vector):
    assert huella_alta(fields_of(vector["cadena"])) == (vector["cadena"], vector["huella"])


def test_the_event_vector_writes_both_nifs_and_the_empty_id():
    vector = VECTORS["derivados"][0]
    (_name, producer), *rest = vector["campos_ordenados"]
    got = huella_evento(dict(rest), producer_nif=producer)
    assert got == (vector["cadena"], vector["huella"])


def test_blanks_at_the_ends_are_trimmed_and_inner_ones_kept():
    vector = VECTORS["derivados"][1]
    fields = fields_of(vector["cadena"]) | {"NumSerieFactura": vector["valor_xml"]}
    assert huella_alta(fields)[1] == vector["huella"]
    assert "NumSerieFactura=A B&" in alta(number="  A B ").cadena


def test_an_absent_value_keeps_its_name():
    cadena, huella = huella_anulacion({"NumSerieFacturaAnulada": "A1"})
    assert cadena.startswith("IDEmisorFacturaAnulada=&NumSerieFacturaAnulada=A1&")
    assert cadena.endswith("&Huella=&FechaHoraHusoGenRegistro=")
    assert huella == digest(cadena)


@pytest.mark.parametrize(
    "seal",
    [c["verifactu"] for c in GOLDEN if "verifactu" in c],
    ids=[c["id"] for c in GOLDEN if "verifactu" in c],
)
def test_golden_cases_hash_to_their_huella(seal):
    got = HASHES[seal["operacion"]](fields_of(seal["cadena"]))
    assert got == (seal["cadena"], seal["huella"])
