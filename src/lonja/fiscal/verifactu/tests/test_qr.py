import re
from datetime import date

import pytest
import segno
from lxml import etree

from lonja.fiscal.verifactu.qr import qr_svg, qr_url

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


def test_the_drawing_is_one_path_with_every_dark_module_at_level_m():
    url = VECTORS["qr"][0]["url"]
    root = etree.fromstring(qr_svg(url))
    (path,) = root
    code = segno.make(url, error="m", boost_error=False)
    side = len(code.matrix)
    assert (root.get("viewBox"), code.error) == (f"0 0 {side} {side}", "M")
    drawn = sum(int(n) for n in re.findall(r"h(\d+)", path.get("d")))
    assert drawn == sum(sum(line) for line in code.matrix)
