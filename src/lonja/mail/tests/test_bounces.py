"""What comes back is read, understood, and told where it matters; nothing else is believed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lonja.mail import queue_mail
from lonja.mail.actions.mailbox import read_mailbox, try_mailbox
from lonja.mail.bounces import read_report
from lonja.mail.models import BadAddress, Bounce, Mailbox, OutgoingMail
from lonja.mail.tests.conftest import PASSWORD, make_mailbox

SAMPLES = Path(__file__).parent / "bounces"
ADDRESS = "noexiste@cliente.example"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def about(mail: OutgoingMail, name: str = "bounce_postfix_5_1_1_real") -> bytes:
    """A real report, as if the mail that came back were this one."""
    local = mail.message_id.strip("<>").split("@")[0].encode()
    ours = rb"(?m)^(Message-ID: <)[^>]*t451[^>]*(>)"
    return re.sub(ours, rb"\g<1>" + local + rb"@clima.example\2", sample(name))


def sent_to(address: str = ADDRESS) -> OutgoingMail:
    mail = queue_mail(to=[address], subject="Factura F2026/0001", text="Va")
    OutgoingMail.objects.filter(pk=mail.pk).update(status="sent")
    return mail


@pytest.mark.parametrize(
    ("name", "code", "hard", "final"),
    [
        ("bounce_postfix_5_1_1_real", "5.1.1", True, True),
        ("bounce_postfix_5_2_2_real", "5.2.2", False, True),
        ("bounce_exchange_spanish", "5.1.10", True, True),
        ("delay_warning_not_a_bounce", "4.4.1", False, False),
    ],
)
def test_real_reports_are_understood(name, code, hard, final):
    report = read_report(sample(name))
    assert report is not None
    (failure,) = report.failures
    assert (failure.code, failure.hard, failure.final) == (code, hard, final)
    assert failure.recipient.endswith("@cliente.example")


@pytest.mark.parametrize(
    "name", ["vacation_sieve_real", "out_of_office_exchange", "abuse_report_arf", "gmail_reply",
             "bomb_nested_400"],
)  # fmt: skip
def test_what_is_no_report_is_left_alone(name):
    assert read_report(sample(name)) is None


def test_a_bounce_flags_the_mail_and_the_address_with_its_reason(imap):
    mail, mailbox = sent_to(), make_mailbox(imap.port)
    imap.put(sample("gmail_reply"))
    imap.put(about(mail))
    assert read_mailbox(mailbox) == 1
    mail.refresh_from_db()
    assert mail.bounced_at is not None
    assert "La dirección no existe (5.1.1)" in mail.bounce_reason
    assert BadAddress.objects.get().address == ADDRESS


def test_a_full_box_is_only_noted(imap):
    mail, mailbox = sent_to("lleno@cliente.example"), make_mailbox(imap.port)
    local = mail.message_id.strip("<>").split("@")[0].encode()
    raw = sample("bounce_postfix_5_2_2_real")
    imap.put(raw + b"\r\nMessage-ID: <" + local + b"@clima.example>\r\n")
    assert read_mailbox(mailbox) == 1
    mail.refresh_from_db()
    assert mail.bounced_at is None
    assert Bounce.objects.get().reason == "El buzón está lleno (5.2.2)"
    assert not BadAddress.objects.exists()


def test_reading_twice_or_from_the_beginning_again_counts_once(imap):
    mail, mailbox = sent_to(), make_mailbox(imap.port)
    imap.put(about(mail))
    read_mailbox(mailbox)
    imap.validity = 2  # the server numbers its messages anew: everything is read again
    assert read_mailbox(Mailbox.objects.get()) == 0
    assert Bounce.objects.count() == 1
    assert Mailbox.objects.get().uid_validity == 2


def test_a_dropped_connection_loses_nothing(imap):
    one, two = sent_to(), sent_to()
    mailbox = make_mailbox(imap.port)
    imap.put(about(one))
    imap.drops = 1
    assert read_mailbox(mailbox) == 0
    assert Mailbox.objects.get().last_error
    imap.put(about(two))
    assert read_mailbox(Mailbox.objects.get()) == 2
    assert Mailbox.objects.get().last_error == ""
    assert OutgoingMail.objects.filter(bounced_at__isnull=False).count() == 2


def test_a_bounce_nobody_could_send_is_not_believed(imap):
    mail, mailbox = sent_to("otra@cliente.example"), make_mailbox(imap.port)
    imap.put(about(mail))  # our number, but it names somebody we did not write to
    imap.put(sample("bounce_postfix_5_1_1_real"))  # not a number of ours
    assert read_mailbox(mailbox) == 0
    assert not BadAddress.objects.exists()


def test_the_mailbox_is_only_read_and_other_mail_is_not_looked_into(imap):
    mailbox = make_mailbox(imap.port)
    imap.put(sample("gmail_reply"))
    read_mailbox(mailbox)
    said = " ".join(imap.commands)
    assert "EXAMINE" in said
    assert "BODY.PEEK[]" not in said
    assert "STORE" not in said


def test_the_settings_say_why_it_does_not_open(as_lucia, imap):
    form = {
        "host": "127.0.0.1", "port": imap.port, "security": "none", "username": "rebotes",
        "password": "no es esta", "folder": "INBOX", "enabled": "on",
    }  # fmt: skip
    assert as_lucia.post("/configuracion/correo/buzon/", form).status_code == 303
    answer = as_lucia.post("/configuracion/correo/buzon/prueba/")
    assert answer.status_code == 409
    assert "no acepta el usuario o la contraseña" in answer.content.decode()
    assert "no es esta" not in as_lucia.get("/configuracion/correo/buzon/").content.decode()
    mailbox = Mailbox.objects.get()
    mailbox.set_password(PASSWORD)
    mailbox.folder = "Nada"
    assert "No existe la carpeta «Nada»" in try_mailbox(mailbox)


def test_a_good_box_is_tried_and_read(as_lucia, imap):
    mail = sent_to()
    make_mailbox(imap.port)
    imap.put(about(mail))
    assert as_lucia.post("/configuracion/correo/buzon/prueba/").status_code == 303
    html = as_lucia.get("/configuracion/correo/buzon/").content.decode()
    assert ADDRESS in html
    bad = BadAddress.objects.get()
    assert as_lucia.post(f"/configuracion/correo/direcciones/{bad.pk}/").status_code == 303
    assert not BadAddress.objects.exists()


@pytest.mark.dovecot
def test_with_a_real_dovecot(dovecot: Any):
    mailbox, put = dovecot
    mail = sent_to()
    put(sample("gmail_reply"))
    put(about(mail))
    assert try_mailbox(mailbox) == ""
    assert read_mailbox(mailbox) == 1
    assert read_mailbox(Mailbox.objects.get()) == 0
    late = sent_to()
    put(about(late, "bounce_postfix_5_1_1_real"))
    assert read_mailbox(Mailbox.objects.get()) == 1
    assert OutgoingMail.objects.filter(bounced_at__isnull=False).count() == 2
