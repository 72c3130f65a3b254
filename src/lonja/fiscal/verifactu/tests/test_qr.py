from datetime import date

import pytest

from lonja.fiscal.verifactu.qr import qr_url

from .cast import VECTORS


@pytest.mark.parametrize("vector", VECTORS["qr"], ids=lambda v: v["url"][8:20] + v["importe"])
def test_qr_addresses_of_the_agency(vector):
    url = qr_url(
        vector["nif"],
        vector["numserie"],
        vector["fecha"],
        vector["importe"],
        test=vector["entorno"] == "pruebas",
        verifactu=vector["verificable"],
    )
    assert url == vector["url"]


def test_a_date_is_written_as_in_the_record():
    assert "&fecha=02-01-2026&" in qr_url("B12345674", "A", date(2026, 1, 2), "1.00", test=True)
