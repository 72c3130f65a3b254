"""Signing: once, with evidence, and without losing the signature when what follows fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lonja.accounts.secrets import BrokenSecret
from lonja.jobs.models import Job
from lonja.jobs.queue import task_at
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.mail.outbox import make_attachment
from lonja.parties.models import Stage
from lonja.sales import evidence, paper
from lonja.sales.actions import (
    finish_acceptance,
    new_version,
    publish_quote,
    save_quote,
    send_quote,
)
from lonja.sales.actions.sign import FINISH
from lonja.sales.actions.signers import set_signers
from lonja.sales.models import PublicLink, Quote, QuoteStatus, Signature, SignedDocument
from lonja.sales.tests.house import BASE, LINES, PLAN_KEY
from lonja.sales.tests.signers import sign


def test_signing_freezes_the_evidence_and_makes_the_lead_a_client(sent: PublicLink) -> None:
    signature = sign(sent, chosen=[PLAN_KEY])
    quote = Quote.objects.get(pk=sent.quote_id)
    assert quote.status == QuoteStatus.ACCEPTED
    assert quote.party.stage == Stage.CLIENT
    assert quote.recurring_monthly_cents == 3500
    assert signature.chosen_lines == [PLAN_KEY]
    assert signature.document_sha256 == evidence.sha256(sent.version.pdf.read())
    log = signature.evidence["log"]
    assert [entry["what"] for entry in log] == ["created", "published", "sent", "accepted"]
    assert evidence.is_intact(log)
    assert log[-1]["ip"] == "203.0.113.9"
    assert "en nombre de Hotel Mirador de la Bahía, S.L" in signature.consent_text


def test_an_altered_log_is_discovered(sent: PublicLink) -> None:
    log = sign(sent).evidence["log"]
    log[1]["ip"] = "198.51.100.1"
    assert not evidence.is_intact(log)


def test_the_signed_pdf_goes_to_both_parties_once(sent: PublicLink, lucia: Any) -> None:
    signature = sign(sent)
    finish_acceptance(signature)
    finish_acceptance(signature)
    document = SignedDocument.objects.get(signature=signature)
    assert document.pdf.read().startswith(b"%PDF")
    assert document.pdf.sha256 == evidence.sha256(document.pdf.read())
    mails = OutgoingMail.objects.filter(kind="sales.signed")
    assert sorted(mail.to[0] for mail in mails) == [
        "compras@mirador.example",
        lucia.user.email,
    ]
    sent_later = [(one["later"], one["id"]) for mail in mails for one in mail.attachments]
    assert sent_later == [("sales.signed_pdf", signature.pk)] * 2
    assert make_attachment("sales.signed_pdf", signature.pk) == document.pdf.read()


def test_a_pdf_that_fails_does_not_lose_the_signature(
    sent: PublicLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = paper.signed_pdf

    def broken(signatures: list[Signature]) -> bytes:
        monkeypatch.setattr(paper, "signed_pdf", whole)
        raise OSError("no queda espacio")

    monkeypatch.setattr(paper, "signed_pdf", broken)
    signature = sign(sent)
    with pytest.raises(OSError):
        finish_acceptance(signature)
    assert Signature.objects.filter(pk=signature.pk).exists()
    assert not SignedDocument.objects.exists()
    job = Job.objects.get(task=FINISH)
    task_at(job.task).call(**job.args)
    assert SignedDocument.objects.get().signature_id == signature.pk
    assert OutgoingMail.objects.filter(kind="sales.signed").count() == 2


def test_signing_twice_gives_the_first_signature(sent: PublicLink) -> None:
    first = sign(sent)
    again = sign(sent, signer_name="Otra Persona", chosen=[PLAN_KEY])
    assert again.pk == first.pk
    assert again.signer_name == "Carmen Roselló Ferrer"
    assert Signature.objects.count() == 1


def test_a_change_after_the_signature_is_another_version(sent: PublicLink, lucia: Any) -> None:
    signature = sign(sent)
    finish_acceptance(signature)
    before = signature.documents.get().pdf.read()
    quote = new_version(Quote.objects.get(pk=sent.quote_id), by=lucia)
    save_quote(quote, fields={"title": "Otra cosa"}, lines=LINES[:1], edited=quote.edited, by=lucia)
    signature.refresh_from_db()
    assert quote.version == 2
    assert signature.version.content["title"] == "Renovación de 4 habitaciones"
    assert signature.version.pdf.sha256 == evidence.sha256(signature.version.pdf.read())
    assert signature.documents.get().pdf.read() == before


def test_a_revoked_or_expired_link_cannot_be_signed(sent: PublicLink, lucia: Any) -> None:
    with pytest.raises(Refused) as late:
        sign(sent, at=sent.expires_at + timedelta(seconds=1))
    assert late.value.code == "link_expired"
    new_version(Quote.objects.get(pk=sent.quote_id), by=lucia)
    with pytest.raises(Refused) as old:
        sign(sent)
    assert old.value.code == "link_revoked"
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"signer_name": " "}, "signer_name"),
        ({"signer_nif": "12345678A"}, "nif_control"),
        ({"image": b"esto no es un dibujo"}, "signature_image"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_signed(
    sent: PublicLink, wrong: dict, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        sign(sent, **wrong)
    assert refusal.value.code == code
    assert not Signature.objects.exists()


@pytest.fixture
def two(quote: Quote, lucia: Any) -> list[PublicLink]:
    set_signers(quote, [("Carmen Roselló", "c@m.example"), ("Pau Ferrer", "p@m.example")], by=lucia)
    send_quote(quote, by=lucia, to=["c@m.example"], base_url=BASE)
    return list(PublicLink.objects.order_by("position"))


def test_the_next_signer_is_invited_once_and_the_evidence_says_so_once(
    two: list[PublicLink],
) -> None:
    first = sign(two[0])
    finish_acceptance(Signature.objects.get(pk=first.pk))
    job = Job.objects.get(task=FINISH)
    task_at(job.task).call(**job.args)
    assert OutgoingMail.objects.filter(key=f"sales.turn:{two[1].pk}").count() == 1
    second = sign(two[1], signer_name="Pau Ferrer")
    whats = [entry["what"] for entry in second.evidence["log"]]
    assert whats == ["created", "published", "sent", "signed", "sent", "accepted"]


def test_an_invitation_that_fails_does_not_undo_the_signature(two: list[PublicLink]) -> None:
    PublicLink.objects.filter(pk=two[1].pk).update(sealed_token="roto")
    signature = sign(two[0])
    assert Signature.objects.get() == signature
    assert not signature.is_followed
    assert not OutgoingMail.objects.filter(key__startswith="sales.turn").exists()
    with pytest.raises(BrokenSecret):  # the job that goes on tells of it
        finish_acceptance(signature)


@pytest.mark.parametrize("said", [None, False])
def test_whoever_does_not_consent_does_not_sign(sent: PublicLink, said: Any) -> None:
    with pytest.raises(Refused) as refused:
        sign(sent, consents={"accept": said})
    assert refused.value.code == "consent_missing"


def test_signers_changed_while_it_was_prepared_are_not_left_out(
    quote: Quote, lucia: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = paper.quote_pdf

    def slow(*args: Any, **more: Any) -> bytes:
        set_signers(quote, [("Pau Ferrer", "p@m.example")], by=lucia)
        return whole(*args, **more)

    monkeypatch.setattr(paper, "quote_pdf", slow)
    with pytest.raises(Refused) as refused:
        publish_quote(quote, by=lucia, base_url=BASE)
    assert refused.value.code == "quote_changed"
    monkeypatch.setattr(paper, "quote_pdf", whole)
    assert publish_quote(quote, by=lucia, base_url=BASE).signer_name == "Pau Ferrer"
