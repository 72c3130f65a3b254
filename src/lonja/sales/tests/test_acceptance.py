"""The acceptance is one transaction, and no step that fails loses the signature."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from django.utils import timezone

from lonja.jobs.models import Job
from lonja.jobs.queue import task_at
from lonja.kit.errors import Refused
from lonja.mail.models import OutgoingMail
from lonja.parties.models import Stage
from lonja.sales.actions import accept, sign_here
from lonja.sales.actions.sign import FINISH
from lonja.sales.models import PublicLink, Quote, QuoteStatus, Signature, SignedDocument
from lonja.sales.tests.house import PLAN_KEY, a_drawing
from lonja.sales.tests.signers import STROKES, sign
from lonja.tasks.models import Task


def test_without_a_date_the_back_office_gets_a_task_once(sent: PublicLink, lonja: Any) -> None:
    signature = sign(sent)
    task = Task.objects.get(origin_type="sales.quote")
    assert task.origin_id == sent.quote_id
    assert "Dar de alta el servicio de P2026/0001" in task.subject
    accept.follow_up(signature)
    assert Task.objects.count() == 1


def test_all_that_follows_is_there_as_soon_as_it_is_signed(sent: PublicLink) -> None:
    sign(sent, chosen=[PLAN_KEY])
    quote = Quote.objects.get()
    assert quote.status == QuoteStatus.ACCEPTED
    assert quote.party.stage == Stage.CLIENT
    assert OutgoingMail.objects.filter(kind="sales.signed").count() == 2
    assert not SignedDocument.objects.exists()


@pytest.mark.parametrize("step", [one.__name__ for one in accept.STEPS])
def test_a_step_that_fails_is_done_later_and_the_signature_stays(
    sent: PublicLink, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole = list(accept.STEPS)

    def broken(_signature: Signature, _quote: Quote) -> None:
        raise OSError("se ha ido la luz")

    broken.__name__ = step
    steps = [broken if one.__name__ == step else one for one in whole]
    monkeypatch.setattr(accept, "STEPS", steps)
    signature = sign(sent)
    assert Quote.objects.get().status == QuoteStatus.ACCEPTED
    monkeypatch.setattr(accept, "STEPS", whole)
    job = Job.objects.get(task=FINISH)
    task_at(job.task).call(**job.args)
    assert Quote.objects.get().party.stage == Stage.CLIENT
    assert Task.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="sales.signed").count() == 2
    assert SignedDocument.objects.get().signature_id == signature.pk


def here(quote: Quote, by: Any, **changes: Any) -> Signature:
    given = {
        "signer_name": "Carmen Roselló",
        "signer_nif": "12345678Z",
        "image": a_drawing(),
        "strokes": STROKES,
        "chosen": [],
        "quantities": {},
        "consents": {"accept": True},
        "device": "Pixel 7",
        "signed_at_device": timezone.now(),
        "at": timezone.now(),
        "key": "a" * 36,
    }
    return sign_here(quote, by=by, **{**given, **changes})


def test_signing_in_person_publishes_first_and_is_done_once(quote: Quote, lucia: Any) -> None:
    first = here(quote, lucia)
    again = here(quote, lucia, signer_name="Otra Persona")
    assert first.pk == again.pk
    assert (first.identified_by, first.by_id) == ("person", lucia.pk)
    assert first.evidence["log"][-1]["by"] == lucia.name
    assert Quote.objects.get().status == QuoteStatus.ACCEPTED
    assert Signature.objects.count() == 1


def test_in_person_what_is_kept_is_the_text_of_the_device_also_when_the_client_reads_english(
    quote: Quote, mirador: Any, lucia: Any
) -> None:
    mirador.language = "en"
    mirador.save()
    quote.refresh_from_db()
    signature = here(quote, lucia)
    assert signature.version.content["language"] == "en"
    assert signature.consents[0]["text"].startswith("Acepto el presupuesto")


def test_a_key_of_another_quote_is_refused(quote: Quote, lucia: Any) -> None:
    from lonja.sales.actions import duplicate_quote

    here(quote, lucia)
    other = duplicate_quote(quote, by=lucia)
    with pytest.raises(Refused) as refusal:
        here(other, lucia)
    assert refusal.value.code == "key_used"


@pytest.mark.no_scope
@pytest.mark.usefixtures("whole_transactions")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 of a child needs fork")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_9_in_the_middle_keeps_all_or_nothing(moment: str) -> None:
    from django.db import connection
    from tests.cast import make_member, make_organisation

    from lonja.accounts.scope import scope
    from lonja.parties.models import Party
    from lonja.sales.actions import finish, send_quote
    from lonja.sales.tests.house import BASE, make_quote

    lonja = make_organisation("Clima Levante", "clima-levante", "B98765431")
    lucia = make_member(lonja, "Lucía Ferrer")
    with scope(lonja):
        party = Party.objects.create(name="Hotel", nif="B12345674", stage=Stage.LEAD)
        quote = make_quote(lonja.company, party, lucia)
        link = send_quote(quote, by=lucia, to=["a@b.example"], base_url=BASE)
        connection.close()
        child = os.fork()
        if child == 0:
            die = lambda *_args: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
            if moment == "before":
                accept.STEPS[:] = [*accept.STEPS[:2], die]
                sign(link)
            else:
                signature = sign(link)
                finish.signed_document = die
                finish.finish_acceptance(signature)
            os._exit(3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        signed = Signature.objects.count()
        assert signed == (0 if moment == "before" else 1)
        assert Quote.objects.get().status == ("sent" if moment == "before" else "accepted")
        assert Job.objects.filter(task=FINISH).count() == signed
        signature = sign(link)
        finish.finish_acceptance(signature)
        assert Signature.objects.count() == SignedDocument.objects.count() == 1
        assert OutgoingMail.objects.filter(kind="sales.signed").count() == 2
