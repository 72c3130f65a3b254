import pytest

from lonja.fiscal.verifactu.schema import validate
from lonja.fiscal.verifactu.together import NotAllValid, Proof, all_valid
from lonja.fiscal.verifactu.xml import record_xml
from lonja.kit.errors import Refused

from .cast import sample_chain

GOOD = [record_xml(record) for record in sample_chain()]
BROKEN = [
    GOOD[0].replace(b"<IDVersion>1.0<", b"<IDVersion>2.0<"),
    GOOD[0].replace(b"<TipoHuella>01</TipoHuella>", b""),
    GOOD[0].replace(b"<Desglose>", b"<Desglose><Otro/>"),
    GOOD[0][:-3],
    b"<!DOCTYPE a>" + GOOD[0],
    GOOD[0] + GOOD[0],
    b"",
]


def test_a_batch_of_valid_records_is_proven_whatever_its_size():
    Proof(GOOD).wait()
    assert all_valid(GOOD * (1001 // len(GOOD) + 1))


@pytest.mark.parametrize("broken", BROKEN)
def test_one_that_alone_would_be_refused_spoils_the_batch(broken):
    with pytest.raises(Refused):
        validate(broken)
    with pytest.raises(NotAllValid):
        Proof([*GOOD, broken, *GOOD]).wait()
    assert not all_valid([*GOOD * 400, broken])


def test_a_record_that_closes_its_place_and_opens_another_is_seen():
    assert not all_valid([GOOD[0] + b"</RegistroFactura><RegistroFactura>" + GOOD[0]])
