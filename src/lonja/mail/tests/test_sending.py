"""Mails leave by a real SMTP server, once, and a failure is visible with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lonja.accounts.scope import scope
from lonja.files import store
from lonja.mail import Attach, queue_mail
from lonja.mail.models import MailServer, MailStatus, OutgoingMail, Security
from lonja.mail.sending import send_waiting, sweep


def write(lonja: Any, **changes: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "to": ["carmen@mirador.example"],
        "subject": "Factura F2026/0001",
        "text": "Hola\n\nTe adjuntamos la factura.",
        "company": lonja.company,
    }
    return queue_mail(**{**values, **changes})


def test_a_mail_goes_out_with_its_attachment_and_our_marks(sink, lonja):
    file = store("factura ñ.pdf", b"%PDF-1.7 prueba", "application/pdf")
    mail = write(lonja, attachments=[Attach.file(file)])
    assert send_waiting(lonja.pk) == 1
    (message,) = sink.messages
    assert message["Subject"] == "Factura F2026/0001"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"] == "Clima Levante <facturas@climalevante.example>"
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "factura ñ.pdf"
    assert attached.get_content() == b"%PDF-1.7 prueba"
    assert "Te adjuntamos" in message.get_body(("html",)).get_content()
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.SENT, 1)


def test_nothing_is_sent_twice(sink, lonja):
    write(lonja)
    send_waiting(lonja.pk)
    send_waiting(lonja.pk)
    assert len(sink.messages) == 1


def test_the_same_key_is_one_mail(sink, lonja):
    first, second = write(lonja, key="invoice:1"), write(lonja, key="invoice:1")
    assert first.pk == second.pk
    send_waiting(lonja.pk)
    assert len(sink.messages) == 1


def test_a_passing_refusal_waits_and_goes_out_later_with_the_same_identity(sink, lonja):
    sink.answers = ["451 vuelve luego"]
    mail = write(lonja)
    send_waiting(lonja.pk)
    mail.refresh_from_db()
    assert mail.status == MailStatus.QUEUED
    assert "451" in mail.last_error
    assert mail.not_before > timezone.now()
    OutgoingMail.objects.update(not_before=timezone.now())
    send_waiting(lonja.pk)
    assert sink.messages[0]["Message-ID"].startswith(mail.message_id.split("@")[0])


def test_a_final_refusal_is_visible_with_its_reason_and_kept(sink, lonja):
    sink.answers = ["550 buzón desconocido"]
    mail = write(lonja)
    send_waiting(lonja.pk)
    mail.refresh_from_db()
    assert mail.status == MailStatus.FAILED
    assert "550" in mail.last_error


def test_one_bad_mail_does_not_hold_the_others(sink, lonja):
    write(lonja, attachments=[Attach.later("no.existe", 1, "x.pdf")])
    write(lonja, subject="Bueno")
    send_waiting(lonja.pk)
    assert [message["Subject"] for message in sink.messages] == ["Bueno"]


def test_without_a_server_mails_wait(lonja):
    mail = write(lonja)
    assert send_waiting(lonja.pk) == 0
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.QUEUED, 0)


def test_a_server_that_is_down_loses_nothing(lonja):
    MailServer.objects.create(
        host="127.0.0.1", port=9, security=Security.NONE, from_address="a@b.example"
    )
    mail = write(lonja)
    send_waiting(lonja.pk)
    mail.refresh_from_db()
    assert mail.status == MailStatus.QUEUED
    assert mail.last_error


def test_a_mail_of_a_dead_sender_is_taken_up_again(sink, lonja):
    mail = write(lonja)
    OutgoingMail.objects.update(
        status=MailStatus.SENDING, lease_until=timezone.now() - timedelta(seconds=1)
    )
    sweep()
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENT


def test_each_organisation_sends_only_its_own(sink, lonja, other_house):
    with scope(other_house):
        theirs = queue_mail(to=["x@y.example"], subject="De otra casa", text="Hola")
    sweep()
    assert sink.messages == []
    with scope(other_house):
        theirs.refresh_from_db()
        assert theirs.status == MailStatus.QUEUED


def test_line_breaks_never_reach_a_header(sink, lonja):
    write(lonja, subject="Hola\r\nBcc: todos@example.com")
    send_waiting(lonja.pk)
    (message,) = sink.messages
    assert message["Bcc"] is None
    assert message["Subject"] == "Hola Bcc: todos@example.com"


def test_the_password_is_sealed_for_its_row(lonja):
    server = MailServer.objects.create(host="smtp.example", from_address="a@b.example")
    server.set_password("secreto")
    server.refresh_from_db()
    assert "secreto" not in server.sealed_password
    assert server.password() == "secreto"
    server.pk += 1
    with pytest.raises(ValueError, match="no se puede leer"):
        server.password()
