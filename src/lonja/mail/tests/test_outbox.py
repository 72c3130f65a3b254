"""«Correo saliente» and the server of the organisation."""

from __future__ import annotations

import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.utils import timezone

from lonja.activity.models import Event
from lonja.files import store
from lonja.mail import Attach, queue_mail, register_attachment
from lonja.mail.models import MailServer, MailStatus, OutgoingMail
from lonja.mail.sending import sweep

SECRET = "contraseña-secretísima"
FORM = {
    "host": "127.0.0.1",
    "port": "2525",
    "security": "none",
    "username": "",
    "password": "",
    "from_address": "facturas@clima.example",
    "enabled": "on",
}


@pytest.fixture
def smtp():
    """A real SMTP server that keeps what it receives."""

    class Keep(Message):
        def __init__(self):
            super().__init__()
            self.received = []

        def handle_message(self, message):
            self.received.append(message)

    handler = Keep()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.port = port
    yield handler
    controller.stop()


def a_mail(**changes):
    return queue_mail(
        **{"to": ["pepe@cliente.example"], "subject": "Tu factura", "text": "Aquí va.", **changes}
    )


def test_mails_wait_and_the_page_says_what_is_missing(as_lucia):
    a_mail()
    html = as_lucia.get("/correo/").content.decode()
    assert "Tu factura" in html and "pepe@cliente.example" in html
    assert "Los correos esperan aquí." in html
    assert "Configura tu servidor de correo" in html


def test_a_mail_is_read_with_its_attachments(as_lucia, lonja):
    register_attachment("test.later", lambda pk: f"hecho {pk}".encode())
    kept = store("albarán.pdf", b"%PDF-1.7", "application/pdf")
    mail = a_mail(attachments=[Attach.file(kept), Attach.later("test.later", 7, "F-7.pdf")])
    assert "Aquí va." in as_lucia.get(f"/correo/{mail.pk}/").content.decode()
    first = as_lucia.get(f"/correo/{mail.pk}/adjuntos/1/")
    assert first.content == b"%PDF-1.7"
    assert first["Content-Disposition"].startswith("attachment;")
    assert as_lucia.get(f"/correo/{mail.pk}/adjuntos/2/").content == b"hecho 7"
    assert as_lucia.get(f"/correo/{mail.pk}/adjuntos/3/").status_code == 404


def test_a_failed_mail_goes_back_to_the_queue_and_leaves(as_lucia, smtp):
    MailServer.objects.create(
        host="127.0.0.1", port=smtp.port, security="none", from_address="a@clima.example"
    )
    mail = a_mail()
    OutgoingMail.objects.update(
        status=MailStatus.FAILED, attempts=10, last_error="550 no existe", not_before=timezone.now()
    )
    assert "550 no existe" in as_lucia.get(f"/correo/{mail.pk}/").content.decode()
    assert as_lucia.post(f"/correo/{mail.pk}/reintento/").status_code == 303
    sweep()
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENT
    assert [m["Subject"] for m in smtp.received] == ["Tu factura"]
    assert Event.objects.filter(verb="mail.retried", target_id=mail.pk).exists()


def test_a_cancelled_mail_is_never_sent(as_lucia, smtp):
    MailServer.objects.create(
        host="127.0.0.1", port=smtp.port, security="none", from_address="a@clima.example"
    )
    mail = a_mail()
    as_lucia.post(f"/correo/{mail.pk}/cancelacion/")
    sweep()
    assert smtp.received == []
    mail.refresh_from_db()
    assert mail.status == MailStatus.CANCELLED


def test_a_sent_mail_cannot_be_sent_again_nor_stopped(as_lucia):
    mail = a_mail()
    OutgoingMail.objects.update(status=MailStatus.SENT)
    for verb in ("reintento", "cancelacion"):
        assert as_lucia.post(f"/correo/{mail.pk}/{verb}/").status_code == 409


def test_several_mails_are_retried_at_once(as_lucia):
    mails = [a_mail(subject=f"Factura {n}") for n in range(3)]
    OutgoingMail.objects.update(status=MailStatus.FAILED)
    ids = [str(mail.pk) for mail in mails]
    as_lucia.post("/correo/acciones/", {"accion": "reintentar", "id": ids})
    assert OutgoingMail.objects.filter(status=MailStatus.QUEUED).count() == 3


def test_the_password_of_the_server_is_kept_sealed_and_never_shown(as_lucia):
    as_lucia.post("/configuracion/correo/", {**FORM, "username": "u", "password": SECRET})
    server = MailServer.objects.get()
    assert server.password() == SECRET
    assert SECRET not in server.sealed_password
    page = as_lucia.get("/configuracion/correo/").content.decode()
    assert SECRET not in page and server.sealed_password not in page
    wrong = as_lucia.post("/configuracion/correo/", {**FORM, "host": "", "password": SECRET})
    assert wrong.status_code == 422
    assert SECRET not in wrong.content.decode()
    assert SECRET not in str(list(Event.objects.values_list("data", flat=True)))


def test_an_empty_password_leaves_the_one_there_was(as_lucia):
    as_lucia.post("/configuracion/correo/", {**FORM, "username": "u", "password": SECRET})
    as_lucia.post("/configuracion/correo/", {**FORM, "username": "u", "from_name": "Clima"})
    server = MailServer.objects.get()
    assert (server.from_name, server.password()) == ("Clima", SECRET)


def test_the_password_does_not_travel_to_another_host(as_lucia):
    as_lucia.post("/configuracion/correo/", {**FORM, "username": "u", "password": SECRET})
    as_lucia.post("/configuracion/correo/", {**FORM, "username": "u", "host": "malo.example"})
    assert MailServer.objects.get().password() == ""


def test_trying_the_server_sends_a_mail(as_lucia, smtp):
    as_lucia.post("/configuracion/correo/", {**FORM, "port": str(smtp.port)})
    answer = as_lucia.post("/configuracion/correo/prueba/", {"to": "lucia@clima.example"})
    assert answer.status_code == 303
    assert [m["To"] for m in smtp.received] == ["lucia@clima.example"]
    assert MailServer.objects.get().last_ok_at is not None


def test_trying_a_server_that_does_not_answer_says_why_in_words(as_lucia):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_lucia.post("/configuracion/correo/", {**FORM, "port": str(port)})
    answer = as_lucia.post("/configuracion/correo/prueba/", {"to": "lucia@clima.example"})
    assert answer.status_code == 409
    assert f"rechaza la conexión en el puerto {port}" in answer.content.decode()
    assert "rechaza la conexión" in MailServer.objects.get().last_error


def test_salespeople_neither_read_the_outbox_nor_touch_the_server(as_marcos):
    mail = a_mail()
    paths = ["/correo/", f"/correo/{mail.pk}/", "/configuracion/correo/"]
    assert [as_marcos.get(path).status_code for path in paths] == [403, 403, 403]
    assert as_marcos.post(f"/correo/{mail.pk}/cancelacion/").status_code == 403


def test_mails_of_another_organisation_are_not_found(as_nuria, lonja):
    mail = a_mail()
    for path in ("", "reintento/", "cancelacion/", "adjuntos/1/"):
        assert as_nuria.get(f"/correo/{mail.pk}/{path}").status_code in (404, 405)
        assert as_nuria.post(f"/correo/{mail.pk}/{path}").status_code in (404, 405)
    mail.refresh_from_db()
    assert mail.status == MailStatus.QUEUED


def test_the_list_costs_the_same_with_many_mails(as_lucia, django_assert_max_num_queries):
    for n in range(30):
        a_mail(subject=f"Factura {n}")
    as_lucia.get("/correo/")
    with django_assert_max_num_queries(22):
        html = as_lucia.get("/correo/").content.decode()
    assert "Factura 29" in html
