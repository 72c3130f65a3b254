"""Strokes: given to the custodian, opened without the program's data, and told as ISO 19794-7."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from lonja.config import cli
from lonja.kit.errors import Refused
from lonja.sales.actions.document import signed_document
from lonja.sales.biometrics import sealed
from lonja.sales.biometrics.iso import from_iso, to_iso
from lonja.sales.models import PublicLink
from lonja.sales.tests.signers import STROKES, custodian, keep_dynamics, sign


def test_the_record_of_iso_19794_7_tells_the_same_strokes() -> None:
    record = to_iso(STROKES)
    assert record[:10] == b"SDI\0 10\0" + (0b1100000101111000).to_bytes(2, "big")
    told = from_iso(record)
    assert [one["S"] for one in told.samples] == [1, 1, 1, 0, 1, 1, 0]
    first, second = told.samples[:2]
    assert (first["X"], first["Y"], first["T"]) == (200, 1500, 0)
    assert second["T"] / told.scaling["T"] == pytest.approx(0.12, abs=0.001)
    assert second["F"] / told.scaling["F"] == pytest.approx(0.6, abs=0.001)
    assert (first["TX"], first["TY"]) == (30, -5)


def test_a_mouse_has_neither_pressure_nor_tilt_in_the_record() -> None:
    told = from_iso(to_iso({**STROKES, "strokes": [[[1, 2, 0, None, None, None]]]}))
    assert set(told.samples[0]) == {"X", "Y", "T", "S"}


@pytest.fixture
def custody(tmp_path: Path, sent: PublicLink, lonja: Any) -> tuple[Path, list[str]]:
    """A signed PDF with strokes, and how the custodian opens it."""
    keep_dynamics(lonja.company)
    consents = {"accept": True, "biometrics": True}
    document = signed_document(sign(sent, strokes=STROKES, consents=consents))
    pdf, key, secret = (tmp_path / name for name in ("firmado.pdf", "clave.pem", "clave.txt"))
    pdf.write_bytes(document.pdf.read())
    encryption = BestAvailableEncryption(b"una clave larga")
    key.write_bytes(custodian().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    secret.write_text("una clave larga\n")
    words = ["--key", str(key), "--password-file", str(secret), "--out", str(tmp_path / "fuera")]
    return pdf, words


def test_the_custodian_opens_the_strokes_and_checks_whose_they_are(
    custody: tuple[Path, list[str]], capsys: Any
) -> None:
    pdf, words = custody
    assert cli.main(["signature-open", str(pdf), *words]) == 0
    assert "el trazo es de este documento y de este firmante" in capsys.readouterr().out
    out = pdf.parent / "fuera"
    assert len(from_iso((out / "trazo-1.iso19794-7").read_bytes()).samples) == 7
    assert json.loads((out / "trazo-1.json").read_text())["trazo"]["pointer"] == "pen"


def test_the_pair_made_at_the_command_line_opens_and_another_does_not(
    tmp_path: Path, custody: tuple[Path, list[str]], capsys: Any
) -> None:
    secret = tmp_path / "clave.txt"
    made = ["signature-key", str(tmp_path / "par"), "--password-file", str(secret)]
    assert cli.main(made) == 0
    assert cli.main(made) == 1  # never over another
    private = tmp_path / "par" / "firma-privada.pem"
    assert private.stat().st_mode & 0o077 == 0
    assert b"ENCRYPTED" in private.read_bytes()
    public = sealed.read_public_key((tmp_path / "par" / "firma-publica.pem").read_bytes())
    assert public.bits == 3072
    other = ["--key", str(private), "--password-file", str(secret), "--out", str(tmp_path)]
    assert cli.main(["signature-open", str(custody[0]), *other]) == 1
    assert "otra clave" in capsys.readouterr().err


def test_strokes_moved_to_another_document_do_not_open() -> None:
    public = sealed.described(custodian().public_key())
    jwe = json.loads(sealed.encrypt(b"{}", public_pem=public.pem, bound_to={"document": "a"}))
    moved = sealed.encrypt(b"{}", public_pem=public.pem, bound_to={"document": "b"})
    jwe["aad"] = json.loads(moved)["aad"]
    with pytest.raises(sealed.CannotOpen):
        sealed.decrypt(json.dumps(jwe).encode(), custodian())


def test_a_private_key_is_not_taken() -> None:
    pem = custodian().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x" * 12)
    )
    with pytest.raises(Refused) as refusal:
        sealed.read_public_key(pem)
    assert refusal.value.code == "key_private"


def test_biometrics_are_offered_only_when_the_company_says_so(
    as_lucia: Any, lonja: Any, sent: PublicLink
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    url = "/configuracion/firma/biometria/"
    assert as_lucia.post(url, {"on": "1", "understood": "1"}).status_code == 409
    public = sealed.described(custodian().public_key()).pem.encode()
    key = SimpleUploadedFile("publica.pem", public)
    as_lucia.post("/configuracion/firma/clave/", {"file": key, "holder": "Notaría Pérez"})
    assert as_lucia.post(url, {"on": "1"}).status_code == 409
    page = Client().get(f"/p/{sent.token}/firma/").content.decode()
    assert "cómo trazo la firma" not in page
    assert as_lucia.post(url, {"on": "1", "understood": "1"}).status_code in (302, 303)
    page = Client().get(f"/p/{sent.token}/firma/").content.decode()
    assert "cómo trazo la firma" in page
    assert "Notaría Pérez" in page
    settings = as_lucia.get("/configuracion/firma/").content.decode()
    assert "Notaría Pérez" in settings
