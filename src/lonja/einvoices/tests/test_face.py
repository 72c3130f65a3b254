"""FACe: presenting, following and annulling, against a stand-in that judges every message."""

from __future__ import annotations

import socket

import pytest
from django.utils import timezone
from lxml import etree

from lonja.accounts.models import Organisation
from lonja.einvoices import jobs
from lonja.einvoices.actions import face
from lonja.einvoices.face import soap
from lonja.einvoices.face.port import FaceLost, FaceRefused, FaceUnreached, SoapFace
from lonja.einvoices.face.stub import FaceStub
from lonja.einvoices.models import (
    EinvoiceProfile,
    ElectronicCopy,
    FaceDelivery,
    FaceEvent,
    IssuedStatus,
)
from lonja.jobs import Retry
from lonja.jobs.models import Job
from lonja.kit.errors import Refused


@pytest.fixture
def stub(settings):
    with FaceStub() as running:
        settings.FACE_URL = running.url
        yield running


@pytest.fixture
def town(hotel):
    """The client is a town hall."""
    EinvoiceProfile.objects.create(
        party=hotel,
        accounting_office="L01460012",
        managing_body="L01460013",
        processing_unit="L01460014",
    )
    return hotel


@pytest.fixture
def presented(stub, town, certificate, issue, lucia):
    """An invoice in the queue of FACe."""
    return face.present(issue({}), by=lucia)


def run(delivery):
    """The job, as a worker runs it."""
    jobs.deliver.func(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def test_an_invoice_is_signed_presented_and_registered(presented, stub, lonja):
    run(presented)
    (entry,) = stub.face.entries.values()
    assert presented.state == "registered"
    assert presented.registry_number == entry.number
    assert entry.content == presented.copy.file.read()
    assert entry.email == lonja.company.email
    operation, signer = stub.face.calls[0]
    assert operation == "enviarFactura"
    assert "VATES-B98765431" in signer


def test_it_is_presented_once_whoever_asks_again(presented, stub, lucia):
    assert face.present(presented.invoice, by=lucia).pk == presented.pk
    run(presented)
    run(presented)
    assert face.present(presented.invoice, by=lucia).pk == presented.pk
    assert len(stub.face.entries) == 1
    assert len(stub.face.calls) == 1
    assert Job.objects.filter(task="lonja.einvoices.jobs.deliver").count() == 1


def test_when_face_is_closed_it_waits_and_repeats_nothing(presented, stub):
    stub.face.mode = "down"
    with pytest.raises(Retry):
        run(presented)
    presented.refresh_from_db()
    assert presented.state == "queued"
    stub.face.mode = ""
    assert run(presented).state == "registered"
    assert len(stub.face.entries) == 1


def test_nobody_at_that_address_is_not_a_lost_answer(presented, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.FACE_URL = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(FaceUnreached):
            face.deliver(presented.pk)
    presented.refresh_from_db()
    assert presented.state == "queued"


def test_after_a_lost_answer_the_duplicate_tells_that_it_arrived(presented, stub, as_lucia):
    stub.face.mode = "lost"
    with pytest.raises(FaceLost):
        face.deliver(presented.pk)
    presented.refresh_from_db()
    assert presented.state == "unknown"
    stub.face.mode = ""
    assert run(presented).state == "arrived"
    assert len(stub.face.entries) == 1
    page = f"/facturas/{presented.invoice_id}/"
    assert "Copia el número de registro" in as_lucia.get(page).content.decode()
    (number,) = stub.face.entries
    assert as_lucia.post(f"{page}face/registro/", {"number": "?"}).status_code == 409
    assert as_lucia.post(f"{page}face/registro/", {"number": number}).status_code == 303
    presented.refresh_from_db()
    assert (presented.state, presented.registry_number) == ("registered", number)


def test_an_attempt_cut_short_is_not_taken_for_a_new_one(presented, stub):
    stub.face.mode = "lost"
    with pytest.raises(FaceLost):
        face.deliver(presented.pk)
    FaceDelivery.objects.update(state="sending")  # killed before writing how it went
    stub.face.mode = ""
    assert run(presented).state == "arrived"


def test_what_face_does_not_admit_is_mended_and_presented_again(presented, stub, lucia, town):
    stub.face.mode = "refuse"
    assert run(presented).state == "failed"
    assert "unidad tramitadora" in presented.last_error
    stub.face.mode = ""
    EinvoiceProfile.objects.update(processing_unit="L01460099")
    again = face.present(presented.invoice, by=lucia)
    assert again.pk != presented.pk
    assert run(again).state == "registered"
    (entry,) = stub.face.entries.values()
    assert b"L01460099" in entry.content
    assert ElectronicCopy.objects.count() == 2


def test_its_states_are_followed_to_the_payment(presented, stub, as_lucia):
    run(presented)
    stub.face.move(presented.registry_number, "2400")
    jobs.follow.func()
    page = f"/facturas/{presented.invoice_id}/"
    assert "Contabilizada la obligación reconocida" in as_lucia.get(page).content.decode()
    stub.face.move(presented.registry_number, "2500")
    jobs.follow.func()
    presented.refresh_from_db()
    assert presented.state == "done"
    assert IssuedStatus.objects.get().status == "paid"
    told = list(FaceEvent.objects.order_by("pk").values_list("what", "code"))
    assert [code for what, code in told if what == "state"] == ["2400", "2500"]
    jobs.follow.func()
    assert IssuedStatus.objects.count() == 1


def test_a_rejection_tells_its_reason(presented, stub, as_lucia):
    run(presented)
    stub.face.move(presented.registry_number, "2600", "No consta el contrato")
    jobs.follow.func()
    status = IssuedStatus.objects.get()
    assert (status.status, status.reason) == ("rejected", "No consta el contrato")
    html = as_lucia.get(f"/facturas/{presented.invoice_id}/").content.decode()
    assert "No consta el contrato" in html


def test_annulment_is_asked_and_decided_by_the_administration(presented, stub, as_lucia):
    run(presented)
    path = f"/facturas/{presented.invoice_id}/face/anulacion/"
    assert as_lucia.post(path, {"reason": "Importe equivocado"}).status_code == 303
    jobs.follow_one.func(presented.pk)
    (entry,) = stub.face.entries.values()
    assert (entry.cancel, entry.cancel_reason) == ("4200", "Importe equivocado")
    jobs.follow_one.func(presented.pk)
    assert [name for name, _ in stub.face.calls].count("anularFactura") == 1
    stub.face.decide(entry.number, "4300")
    jobs.follow.func()
    presented.refresh_from_db()
    assert (presented.state, presented.cancel_code) == ("done", "4300")


def test_a_denied_annulment_may_be_asked_again(presented, stub, lucia):
    run(presented)
    face.ask_cancel(presented, "Repetida", by=lucia)
    jobs.follow_one.func(presented.pk)
    stub.face.decide(presented.registry_number, "4400")
    jobs.follow_one.func(presented.pk)
    presented.refresh_from_db()
    assert presented.may_be_cancelled


def test_what_no_job_carries_any_more_goes_back_to_the_queue(presented):
    Job.objects.all().delete()
    jobs.follow.func()
    assert Job.objects.filter(task="lonja.einvoices.jobs.deliver").count() == 1


@pytest.mark.parametrize(
    ("breakage", "code"),
    [("dir3", "face_dir3"), ("demo", "face_demo"), ("certificate", "no_certificate")],
)
def test_what_is_missing_is_told_before_queueing(
    breakage, code, town, certificate, issue, lucia, lonja
):
    invoice = issue({})
    if breakage == "dir3":
        EinvoiceProfile.objects.all().delete()
    elif breakage == "demo":
        Organisation.objects.update(is_demo=True)
    else:
        type(certificate).objects.update(is_current=False)
    with pytest.raises(Refused) as refused:
        face.present(invoice, by=lucia)
    assert refused.value.code == code
    assert not FaceDelivery.objects.exists()


def test_the_page_presents_with_a_button(stub, town, certificate, issue, as_lucia):
    invoice = issue({})
    assert "Presentar en FACe" in as_lucia.get(f"/facturas/{invoice.pk}/").content.decode()
    assert as_lucia.post(f"/facturas/{invoice.pk}/face/").status_code == 303
    assert "Por presentar" in as_lucia.get(f"/facturas/{invoice.pk}/").content.decode()


# --- messages -----------------------------------------------------------------------------------
def test_a_message_changed_on_its_way_is_not_accepted(certificate, stub):
    root, operation = soap.envelope("consultarFactura")
    soap.add(operation, "numeroRegistro", "2026001")
    message = soap.signed(root, certificate.open(), timezone.now())
    status, body = stub.face.answer(message.replace(b"2026001", b"2026002"))
    assert status == 500
    assert b"digest" in body
    assert stub.face.calls == []


def test_an_answer_that_is_a_bomb_is_a_lost_answer(certificate, monkeypatch):
    door = SoapFace(certificate.open(), "http://127.0.0.1:9/")
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxx">]><a>&b;</a>'
    monkeypatch.setattr(SoapFace, "_post", lambda *_args: bomb)
    with pytest.raises(FaceLost):
        door.query("1")


def test_a_fault_is_a_refusal_with_its_words(certificate, stub):
    stub.face.mode = "fault"
    with pytest.raises(FaceRefused) as refused:
        SoapFace(certificate.open(), stub.url).query("1")
    assert "Error interno" in str(refused.value)


def test_every_message_follows_the_official_wsdl(presented, stub):
    run(presented)
    root, operation = soap.envelope("enviarFactura")
    soap.add(operation, "otra_cosa", "1")
    with pytest.raises(soap.NotValid):
        soap.refuse_unless_by_wsdl(operation)
    assert etree.QName(root).namespace == soap.SOAP
