"""`lonja face-stub` and `lonja agency-stub`, started as whoever wants to try things starts them."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from lonja.config.supervisor import CLI
from lonja.einvoices import jobs
from lonja.einvoices.actions import face
from lonja.einvoices.actions.certificates import keep_certificate
from lonja.einvoices.models import EinvoiceProfile, FaceDelivery
from lonja.einvoices.tests.conftest import hotel, issue  # noqa: F401 - fixtures
from lonja.fiscal.certificates import tls_context
from tests.support.processes import environment, free_port

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
NIF, PASSWORD = "B98765431", "pruebas"


@contextmanager
def stand_in(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """It running: what it says to start Lonja with, by the name of the variable."""
    words = [*CLI, name, "--port", str(free_port()), "--folder", str(folder)]
    env = environment(LONJA_DATA_DIR=str(folder / "datos"))
    process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said: dict[str, str] = {}
        for line in process.stdout:
            variable, _equals, value = line.strip().partition("=")
            said[variable] = value
            if variable in ("LONJA_FACE_URL", "LONJA_VERIFACTU_TEST_CA"):
                break
        yield said
    finally:
        process.terminate()
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_an_invoice_is_presented_to_the_face_of_pruebas_and_refused_by_its_unit(
    lonja: Any,
    lucia: Any,
    as_lucia: Any,
    hotel: Any,  # noqa: F811
    issue: Any,  # noqa: F811
    settings: Any,
    tmp_path: Path,
) -> None:
    offices = ("accounting_office", "managing_body", "processing_unit")
    EinvoiceProfile.objects.create(party=hotel, **dict.fromkeys(offices, "L01460012"))
    with stand_in("face-stub", tmp_path) as said:
        settings.FACE_URL = said["LONJA_FACE_URL"]
        content = (tmp_path / f"{NIF}.p12").read_bytes()
        keep_certificate(lonja.company, content, PASSWORD, by=lucia)
        invoice = issue({})
        as_lucia.post(f"/facturas/{invoice.pk}/face/")
        delivery = FaceDelivery.objects.get()
        jobs.deliver.func(delivery.pk)
        delivery.refresh_from_db()
        root = settings.FACE_URL.removesuffix("/facturasspp2")
        (known,) = httpx.get(f"{root}/estado").json()
        assert known["registro"] == delivery.registry_number and known["estado"] == "1200"
        unit = {"registro": known["registro"], "codigo": "2600", "motivo": "Falta el pedido"}
        assert httpx.post(f"{root}/estado", params=unit).status_code == 200
        assert httpx.post(f"{root}/modo", params={"modo": "inventado"}).status_code == 400
        face.follow(delivery)
    page = as_lucia.get(f"/facturas/{invoice.pk}/").content.decode()
    assert "Falta el pedido" in page


def test_the_agency_of_pruebas_answers_to_the_certificate_it_gives(tmp_path: Path) -> None:
    with stand_in("agency-stub", tmp_path) as said:
        content = (tmp_path / f"{NIF}.p12").read_bytes()
        context = tls_context(content, PASSWORD, said["LONJA_VERIFACTU_TEST_CA"])
        root = said["LONJA_VERIFACTU_TEST_URL"].partition("/wlpl")[0]
        assert httpx.get(f"{root}/estado", verify=context).json()["modo"] == "ok"
        assert httpx.post(f"{root}/modo?modo=down", verify=context).text == "down"
        assert httpx.get(f"{root}/estado", verify=context).json()["modo"] == "down"
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{root}/estado", verify=ssl.create_default_context())
