"""Records on their way to the agency: in order, at its pace, each to a known state."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lonja.accounts.models import Organisation
from lonja.fiscal.actions.asking import query
from lonja.fiscal.actions.sending import BACKOFF_SECONDS
from lonja.fiscal.models import Chain, Channel, Record, Result, Submission
from lonja.fiscal.sweeping import sweep
from lonja.fiscal.tests.conftest import drain, send, time_passes
from lonja.fiscal.verifactu.agency import Mode
from lonja.fiscal.verifactu.query import LRC
from lonja.fiscal.verifactu.tests.test_agency import follows
from lonja.jobs.models import Job
from lonja.jobs.worker import run_until_idle
from lonja.kit.errors import Refused

pytestmark = pytest.mark.usefixtures("certificate")


def states() -> list[str]:
    return list(Record.objects.order_by("position").values_list("state", flat=True))


def test_records_arrive_in_order_and_keep_the_answer(agency, several):
    several(3)
    submission = send()
    assert states() == ["accepted"] * 3
    assert agency.received == list(
        Record.objects.order_by("position").values_list("huella", flat=True)
    )
    assert submission.outcome == "Correcto"
    assert b"RegFactuSistemaFacturacion" in submission.request_xml
    assert b"EstadoEnvio" in submission.answer_xml
    assert set(Record.objects.values_list("csv", flat=True)) == {submission.csv}
    assert Result.objects.count() == 3
    assert Chain.objects.get().waiting == 0
    assert send() is None


def test_the_worker_sends_by_itself_and_issuing_never_waits(agency, several):
    agency.mode = Mode("down")
    several(2)
    assert agency.exchanges == []
    agency.mode = Mode()
    assert sweep() == 1
    assert sweep() == 1  # looking twice enqueues one job
    assert Job.objects.filter(key__startswith="fiscal.send").count() == 1
    run_until_idle()
    assert states() == ["accepted"] * 2
    assert sweep() == 0


def test_the_wait_of_each_answer_is_obeyed(agency, issued):
    agency.wait = 75
    issued()
    send()
    issued()
    channel = Channel.objects.get()
    assert channel.wait_seconds == 75
    assert channel.wait_until > timezone.now() + timedelta(seconds=70)
    assert sweep() == 0
    assert send() is None
    agency.wait = 0
    time_passes()
    assert send() is not None
    assert Channel.objects.get().wait_seconds == 0


def test_no_submission_passes_a_thousand(agency, issued, monkeypatch):
    issued()
    Channel.objects.update(batch_size=1000)
    first = Record.objects.get()
    assert Channel._meta.get_field("batch_size").default == 1000
    assert first.chain.waiting == 1
    send()
    for _n in range(5):
        issued()
    Channel.objects.update(batch_size=2)
    sizes = []
    while (sent := send()) is not None:
        sizes.append(sent.count)
        time_passes()
    assert sizes[0] == 2
    assert sum(sizes) == 5


@pytest.mark.parametrize("mode", ["down", "garbage", "bomb", "http500"])
def test_a_failure_keeps_the_queue_and_tells_everybody(agency, several, as_lucia, mode):
    several(2)
    agency.then(Mode(mode))
    assert send().state == "lost"
    channel = Channel.objects.get()
    assert channel.failing_since is not None
    assert channel.retry_at > timezone.now() + timedelta(seconds=BACKOFF_SECONDS[0] - 5)
    page = as_lucia.get("/").content.decode()
    assert "2 registros de factura esperan para enviarse a la AEAT" in page
    assert send() is None
    time_passes()
    assert send().is_incident
    assert b"<Incidencia>S</Incidencia>" in agency.exchanges[-1].request
    assert states() == ["accepted"] * 2
    assert "esperan para enviarse" not in as_lucia.get("/").content.decode()
    assert Channel.objects.get().failing_since is None


def test_nobody_listens(settings, several):
    settings.VERIFACTU_TEST_URL = "https://127.0.0.1:1/x"
    several(1)
    assert send().state == "unreached"
    assert states() == ["pending"]
    assert Channel.objects.get().problem == "No se puede conectar con la AEAT."


def test_retries_end_up_hourly():
    assert BACKOFF_SECONDS[-1] == 3600
    assert max(BACKOFF_SECONDS) == 3600


def test_a_lost_answer_is_resolved_by_sending_again(agency, several):
    several(3)
    agency.then(Mode("lost"))
    assert send().state == "lost"
    assert states() == ["sent"] * 3
    time_passes()
    assert send().outcome == "Incorrecto"  # the agency calls them duplicates
    assert states() == ["accepted"] * 3
    assert Result.objects.filter(adopted=True, code="3000").count() == 3
    assert len(agency.kept) == 3
    assert agency.exchanges[0].request.count(b"<Huella>") == agency.exchanges[1].request.count(
        b"<Huella>"
    )


def test_a_duplicate_kept_with_errors_is_adopted_with_them(agency, several, hotel):
    agency.unknown_nifs.add(hotel.nif)
    several(1)
    agency.then(Mode("lost"))
    send()
    time_passes()
    send()
    assert states() == ["with_errors"]
    assert Record.objects.get().error_code == "2001"


def test_a_sender_killed_half_way_leaves_nothing_unknown(agency, several, monkeypatch):
    several(2)

    class Killed(BaseException):
        pass

    def die(*_args, **_kwargs):
        raise Killed

    monkeypatch.setattr("lonja.fiscal.actions.sending.settle", die)
    with pytest.raises(Killed):
        send()
    monkeypatch.undo()
    assert states() == ["sent"] * 2
    assert send() is None  # the lease is not over
    time_passes()
    send()
    assert states() == ["accepted"] * 2
    assert Submission.objects.order_by("pk").first().error_code == "interrupted"


def test_a_partial_answer_gives_each_its_own(agency, several):
    several(6)
    agency.then(Mode("partial"))
    assert send().outcome == "ParcialmenteCorrecto"
    assert states() == ["accepted", "with_errors", "rejected"] * 2
    assert set(Record.objects.filter(state="rejected").values_list("error_code", flat=True)) == {
        "1110"
    }
    assert Chain.objects.get().waiting == 0
    several(1)
    time_passes()
    send()  # a rejected record stays in the chain, and the next one follows it
    assert states()[-1] == "accepted"


def test_a_fault_sends_nothing_and_the_whole_goes_again(agency, several):
    several(2)
    agency.then(Mode("fault", "3501"))
    assert send().state == "fault"
    assert states() == ["pending"] * 2
    assert drain() == 1
    assert states() == ["accepted"] * 2


def test_a_record_that_poisons_the_submission_is_found(agency, several, monkeypatch):
    several(5)
    third = Record.objects.get(position=3)
    judge = agency.handle

    def handle(message, holder, mode, is_gone):
        own = f"<Huella>{third.huella}</Huella></RegistroAlta>".encode()
        fault = Mode("fault", "4102")
        return judge(message, holder, fault if own in message else mode, is_gone)

    monkeypatch.setattr(agency, "handle", handle)
    drain()
    # The fourth follows one that the agency never saw.
    assert states() == ["accepted", "accepted", "rejected", "with_errors", "accepted"]
    assert Record.objects.get(position=3).error_code == "4102"
    assert Channel.objects.get().batch_size > 1


def test_a_duplicate_of_nobody_is_asked_about_and_adopted_by_its_huella(agency, several):
    several(2)
    drain()
    # As after restoring a copy made before they left.
    Record.objects.update(state="pending")
    Chain.objects.update(settled_position=0)
    time_passes()
    sweep()
    run_until_idle()
    assert states() == ["accepted"] * 2
    assert b"ConsultaFactuSistemaFacturacion" in agency.exchanges[-1].request


def test_what_does_not_fit_in_an_answer_is_asked_for_page_by_page(agency, several):
    several(5)
    drain()
    agency.page = 2
    agency.exchanges.clear()
    Record.objects.update(state="pending")
    Chain.objects.update(settled_position=0)
    time_passes()
    sweep()
    run_until_idle()
    assert states() == ["accepted"] * 5
    asked = [one for one in agency.exchanges if b"ConsultaFactu" in one.request]
    assert [b"ClavePaginacion" in one.request for one in asked] == [False, True, True]
    assert all(follows(one.answer, "RespuestaConsultaLR.xsd") for one in asked)


def test_an_agency_that_turns_the_same_page_for_ever_is_left(agency, several, monkeypatch):
    several(3)
    drain()
    agency.page = 2
    answered = agency._query

    def without_key(asked, exchange):
        for key in list(asked.iter(f"{{{LRC}}}ClavePaginacion")):
            key.getparent().remove(key)
        return answered(asked, exchange)

    monkeypatch.setattr(agency, "_query", without_key)
    chain = Chain.objects.select_related("company").get()
    with pytest.raises(Refused, match="repite la misma página"):
        query(chain, chain.last_issued_on)


def test_a_number_taken_by_another_stays_rejected(agency, several):
    several(1)
    drain()
    for kept in agency.kept.values():
        kept.huella = "0" * 64
        kept.huellas = {"0" * 64}
    Record.objects.update(state="pending")
    Chain.objects.update(settled_position=0)
    time_passes()
    sweep()
    run_until_idle()
    assert states() == ["rejected"]
    assert Record.objects.get().error_code == "3000"


def test_the_agency_that_refuses_the_certificate_is_told_as_such(agency, several):
    several(1)
    agency.then(Mode("certificate"))
    assert send().error_code == "certificate_refused"
    assert states() == ["pending"]
    assert "4011" in Channel.objects.get().problem


def test_the_server_must_prove_who_it_is(several, settings, tmp_path):
    from lonja.fiscal.verifactu.agency import Authority

    settings.VERIFACTU_TEST_CA = str(Authority(tmp_path / "otra").path)
    several(1)
    assert send().state == "unreached"
    assert "no demuestra ser la AEAT" in Channel.objects.get().problem


def test_invented_invoices_go_nowhere(agency, several, lonja):
    Organisation.objects.filter(pk=lonja.pk).update(is_demo=True)
    several(1)
    assert sweep() == 0
    assert send() is None
    assert agency.exchanges == []


def test_environments_are_never_mixed(agency, several, settings):
    several(1)
    settings.VERIFACTU_ENVIRONMENT = "production"
    several(1)
    assert Chain.objects.count() == 2
    assert send().count == 1
    chains = {chain.environment: chain.waiting for chain in Chain.objects.all()}
    assert chains == {"test": 0, "production": 1}
    from lonja.fiscal.transport import address

    assert address("production", is_seal=False).startswith("https://www1.agenciatributaria.gob.es")
    real = Record.objects.get(chain__environment="production")
    assert real.qr_url.startswith("https://www2.agenciatributaria.gob.es")


def test_a_late_record_says_so(agency, issued):
    issued()
    Record.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    assert send().is_incident


def test_the_clock_of_the_agency_is_compared(agency, issued):
    ahead = timedelta(minutes=5)
    agency.now = lambda: timezone.now() + ahead
    issued()
    send()
    assert states() == ["with_errors"]
    assert Record.objects.get().error_code == "2004"
