"""The server that sends, and trying it."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.accounts.secrets import BrokenSecret
from lonja.activity import record
from lonja.mail.models import MailServer, OutgoingMail
from lonja.mail.sending import build, connect


def save_server(values: Mapping[str, Any], password: str | None, *, by: Membership) -> MailServer:
    """Keep the server of the organisation. `password` None leaves the one there is."""
    with transaction.atomic():
        server = MailServer.objects.select_for_update().first() or MailServer()
        moved = bool(server.pk) and (server.host, server.username) != (
            values["host"],
            values["username"],
        )
        changed = [name for name, value in values.items() if getattr(server, name) != value]
        for name, value in values.items():
            setattr(server, name, value)
        server.last_error = ""
        server.save()
        if password is not None:
            server.set_password(password)
        elif moved:
            # A password is for the server it was typed for; another host must not receive it.
            server.set_password("")
        if password is not None:
            changed.append("password")
        record(by, "mail.server_changed", server, changed=changed)
    # Mails that waited for a server are due now.
    return server


def send_test(
    server: MailServer,
    to: str,
    *,
    subject: str = "",
    text: str = "",
    like: OutgoingMail | None = None,
) -> str:
    """Send a test mail right now, dressed `like` another. Returns "" or the reason in words,
    never with the password."""
    mail = OutgoingMail(
        to=[to],
        company=like.company if like is not None else None,
        language=like.language if like is not None else "es",
        subject=subject or _("Prueba de correo de Lonja"),
        text=text or _("Si lees esto, tu servidor de correo está bien configurado.\n"),
        message_id=f"<prueba.{timezone.now():%Y%m%d%H%M%S%f}@lonja>",
    )
    reason = ""
    try:
        message = build(mail, server)
        with closing(connect(server)) as smtp:
            smtp.send_message(message)
    except (OSError, smtplib.SMTPException, BrokenSecret, ValueError) as error:
        reason = in_words(error, server)
    with transaction.atomic():
        row = MailServer.objects.filter(pk=server.pk or 0)
        if reason:
            row.update(last_error=reason[:2000])
        else:
            row.update(last_error="", last_ok_at=timezone.now())
    return reason


def in_words(error: Exception, server: MailServer) -> str:
    """Why it did not work and what to look at, in Spanish."""
    where = {"host": server.host, "port": server.port}
    known: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
        (
            smtplib.SMTPAuthenticationError,
            _(
                "El servidor no acepta el usuario o la contraseña. Si tu correo usa verificación "
                "en dos pasos, crea en él una contraseña de aplicación."
            ),
        ),
        (
            smtplib.SMTPNotSupportedError,
            _("El servidor no admite ese cifrado o no pide usuario. Prueba con otro cifrado."),
        ),
        (smtplib.SMTPSenderRefused, _("El servidor no deja enviar con ese remitente.")),
        (smtplib.SMTPRecipientsRefused, _("El servidor no acepta al destinatario de la prueba.")),
        (
            ssl.SSLCertVerificationError,
            _("El certificado de %(host)s no es de fiar. Revisa el nombre del servidor."),
        ),
        (
            ssl.SSLError,
            _(
                "El cifrado no coincide con el puerto: 587 suele ir con STARTTLS y 465 con TLS. "
                "Cambia uno de los dos."
            ),
        ),
        (socket.gaierror, _("No existe ningún servidor llamado %(host)s. Revisa el nombre.")),
        (
            TimeoutError,
            _("%(host)s no contesta en el puerto %(port)s. Revisa el puerto y el cifrado."),
        ),
        (
            ConnectionRefusedError,
            _("%(host)s rechaza la conexión en el puerto %(port)s. Revisa el puerto."),
        ),
        (
            smtplib.SMTPServerDisconnected,
            _("%(host)s ha cortado la conexión. Revisa el puerto y el cifrado."),
        ),
        (
            BrokenSecret,
            _("La contraseña guardada no se puede leer. Escríbela otra vez y guarda."),
        ),
    )
    for kinds, words in known:
        if isinstance(error, kinds):
            return words % where
    code = getattr(error, "smtp_code", "")
    said = getattr(error, "smtp_error", b"") or str(error)
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return _("El servidor %(host)s ha contestado: %(said)s") % {
        **where,
        "said": f"{code} {said}".strip()[:300],
    }
