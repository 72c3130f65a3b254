"""The seal of the signed PDF: whole, by whom, with a time stamp, and an altered byte is caught."""

from __future__ import annotations

from typing import Any

import pytest

from lonja.documents.tests import verapdf
from lonja.documents.tests.archive import faults
from lonja.sales import evidence
from lonja.sales.actions import finish_acceptance
from lonja.sales.actions.document import signed_document
from lonja.sales.models import LocalSeal, PublicLink, SignedDocument
from lonja.sales.seals.check import look
from lonja.sales.seals.contents import evidence_in, files_in
from lonja.sales.tests.signers import sign, validated


@pytest.fixture
def sealed(sent: PublicLink) -> SignedDocument:
    return signed_document(sign(sent))


def test_pyhanko_validates_the_seal(sealed: SignedDocument) -> None:
    status, embedded = validated(sealed.pdf.read())
    assert status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE"
    assert embedded.docmdp_level.name == "NO_CHANGES"
    assert faults(sealed.pdf.read()) == []  # what is appended is for the archive too


@pytest.mark.skipif(not verapdf.here, reason="veraPDF no está")
def test_the_reference_validator_finds_nothing(sealed: SignedDocument, tmp_path: Any) -> None:
    for flavour in (verapdf.ARCHIVE, verapdf.ACCESSIBLE):
        assert verapdf.broken_rules({"sealed": sealed.pdf.read()}, tmp_path, flavour) == {
            "sealed": []
        }


def test_one_altered_byte_is_caught_wherever_it_is(sealed: SignedDocument) -> None:
    content = sealed.pdf.read()
    assert look(content).seals[0].good
    for at in (1200, len(content) // 3, len(content) - 40):
        altered = bytearray(content)
        altered[at] ^= 1
        found = look(bytes(altered))
        assert not any(seal.good for seal in found.seals), at
        assert found.code == sealed.signature.evidence_code
    assert not look(content + b"\n% otra cosa\n").seals[0].good


def test_the_seal_without_a_certificate_says_that_it_is_local(sealed: SignedDocument) -> None:
    assert sealed.seal["kind"] == "local"
    assert sealed.seal["subject"] == "Sello local de Lonja: Clima Levante"
    assert "Sin autoridad" in look(sealed.pdf.read()).seals[0].subject


def test_what_was_shown_and_the_whole_log_travel_inside(sealed: SignedDocument) -> None:
    signature = sealed.signature
    files = files_in(sealed.pdf.read())
    shown = next(body for name, body in files.items() if name.endswith("-mostrado.pdf"))
    assert evidence.sha256(shown) == signature.document_sha256
    (told,) = evidence_in(files)
    assert told["code"] == signature.evidence_code
    assert evidence.is_intact(told["log"])


def test_the_company_with_a_certificate_seals_with_it(
    sent: PublicLink, lonja: Any, lucia: Any, own_certificate: Any
) -> None:
    document = signed_document(sign(sent))
    assert document.seal["kind"] == "certificate"
    assert "B98765431" in look(document.pdf.read()).seals[0].subject
    assert not LocalSeal.objects.exists()


def test_a_time_stamp_of_the_authority_goes_into_the_seal(sent: PublicLink, authority: Any) -> None:
    document = signed_document(sign(sent))
    seal = look(document.pdf.read()).seals[0]
    assert seal.good
    assert seal.stamped_at is not None
    assert authority.asked == 1


def test_an_authority_that_fails_is_waited_for_and_then_done_without(
    sent: PublicLink, authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from lonja.activity.models import Event
    from lonja.sales.actions import document
    from lonja.sales.seals.timestamp import NoTimestamp

    authority.mode = "down"
    signature = sign(sent)
    with pytest.raises(NoTimestamp):
        finish_acceptance(signature)
    assert not SignedDocument.objects.exists()
    monkeypatch.setattr(document, "PATIENCE", timedelta(0))
    finish_acceptance(signature)
    assert SignedDocument.objects.get().seal["timestamp"] == ""
    assert Event.objects.filter(verb="sales.stamp_missing").count() == 1


@pytest.mark.parametrize("mode", ["other_imprint", "garbage"])
def test_a_stamp_of_something_else_is_no_stamp(sent: PublicLink, authority: Any, mode: str) -> None:
    from lonja.sales.seals.timestamp import NoTimestamp

    authority.mode = mode
    with pytest.raises(NoTimestamp):
        signed_document(sign(sent))
