"""`/comprobar/`: whole or not, by whom and when, for anybody who holds the paper."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lonja.files.models import StoredFile
from lonja.portal.checking import _agrees
from lonja.portal.views.check import ASKS, DOCUMENTS
from lonja.sales.actions.document import signed_document
from lonja.sales.models import PublicLink, SignedDocument
from lonja.sales.seals import check
from lonja.sales.tests.signers import sign


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.clear()


@pytest.fixture
def document(sent: PublicLink) -> SignedDocument:
    return signed_document(sign(sent))


def bring(content: bytes) -> str:
    upload = SimpleUploadedFile("copia.pdf", content, "application/pdf")
    return Client().post("/comprobar/", {"pdf": upload}).content.decode()


def test_the_signed_pdf_is_whole_and_says_who_and_when(document: SignedDocument) -> None:
    stored = StoredFile.objects.count()
    page = bring(document.pdf.read())
    assert "Está intacto" in page
    for said in ("Carmen Roselló Ferrer", "P2026/0001", "4.375,36", "Clima Levante"):
        assert said in page
    assert document.signature.evidence_code in page
    assert "sin autoridad de certificación" in page
    assert StoredFile.objects.count() == stored


def test_an_altered_byte_is_caught_and_names_the_original(document: SignedDocument) -> None:
    altered = bytearray(document.pdf.read())
    altered[len(altered) // 2] ^= 1
    page = bring(bytes(altered))
    assert "Está alterado" in page
    assert "El original es el presupuesto P2026/0001" in page
    assert "Carmen" not in page


def test_the_document_that_was_shown_is_known_too(document: SignedDocument) -> None:
    assert "Es el documento que se firmó" in bring(document.signature.version.pdf.read())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\nno es un pdf", "No se puede leer"),
        (b"<svg onload=alert(1)>", "No se puede leer"),
        (b"%PDF-1.4\n" + b"[" * 200_000, "No se puede leer"),
    ],
)
def test_what_is_no_pdf_is_said_and_does_no_harm(content: bytes, said: str, lonja: Any) -> None:
    assert said in bring(content)


def test_a_pdf_without_seal_has_nothing_to_check(lonja: Any, link: PublicLink) -> None:
    from lonja.sales import paper

    later = paper.quote_pdf(link.version.content, at=link.created_at)
    assert "No lleva ningún sello" in bring(later)


def test_a_good_seal_of_somebody_else_is_not_ours(lonja: Any, link: PublicLink) -> None:
    from django.utils import timezone

    from lonja.sales.seals.keys import seal_key
    from lonja.sales.seals.pades import seal_pdf

    key = seal_key(lonja.company, timezone.now())
    made_up = seal_pdf(link.version.pdf.read(), key, reason="Contrato 7")
    assert "no es de aquí" in bring(made_up)


def test_a_code_tells_little_and_codes_cannot_be_tried(document: SignedDocument) -> None:
    code = document.signature.evidence_code
    client = Client(REMOTE_ADDR="203.0.113.50")
    page = client.post("/comprobar/", {"codigo": code.lower().replace("-", " ")}).content.decode()
    assert "Ese código existe" in page
    assert "Carmen R. F." in page
    assert "Roselló" not in page
    assert document.pdf_sha256 in page
    assert "4.375,36" not in page
    for n in range(ASKS - 1):
        answer = client.post("/comprobar/", {"codigo": f"AAAA-AAAA-AAAA-AA{n:02d}"})
    assert "No conocemos ese código" in answer.content.decode()
    assert client.post("/comprobar/", {"codigo": code}).status_code == 429


def test_too_big_a_file_is_not_read(lonja: Any) -> None:
    upload = SimpleUploadedFile("g.pdf", io.BytesIO(b"0" * 13_000_000).read())
    answer = Client().post("/comprobar/", {"pdf": upload})
    assert answer.status_code == 413
    assert "12 MB" in answer.content.decode()


def test_nothing_brought_is_asked_for(lonja: Any) -> None:
    answer = Client().post("/comprobar/", {})
    assert answer.status_code == 422
    assert "Elige el PDF" in answer.content.decode()


def test_while_another_is_looked_at_it_says_so_and_knows_its_own(document: SignedDocument) -> None:
    upload = SimpleUploadedFile("otro.pdf", b"%PDF-1.7 otro", "application/pdf")
    with check._turn:
        answer = Client().post("/comprobar/", {"pdf": upload, "codigo": "ABCD"})
        assert "Está intacto" in bring(document.pdf.read())
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "Se está comprobando otro documento" in page
    assert 'value="ABCD"' in page


def test_documents_of_one_address_have_a_limit_of_their_own(lonja: Any) -> None:
    for _ in range(DOCUMENTS):
        bring(b"no es un pdf")
    upload = SimpleUploadedFile("copia.pdf", b"otro", "application/pdf")
    assert Client().post("/comprobar/", {"pdf": upload}).status_code == 429
    assert Client().post("/comprobar/", {"codigo": "AAAA-AAAA-AAAA-AAAA"}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"signer_name": "Otra Persona"},
        {"signer_nif": "00000000T"},
        {"document_sha256": "0" * 64},
        {"evidence_code": "AAAA-AAAA-AAAA-AAAA"},
    ],
)
def test_a_log_that_is_not_of_the_signature_is_not_whole(
    document: SignedDocument, change: dict[str, str]
) -> None:
    assert _agrees(document.signature)
    for name, value in change.items():
        setattr(document.signature, name, value)
    assert not _agrees(document.signature)
