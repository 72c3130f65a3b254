"""How django-allauth behaves here: no sign-up, our words, our mails, sealed second factors."""

from __future__ import annotations

import ipaddress
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lonja.accounts.secrets import seal, unseal
from lonja.documents.qr import qr_rows
from lonja.office import second_factor

_SEALED_AT = "mfa.Authenticator.data:0:0"


def public_address(request: HttpRequest, path: str) -> str:
    """A whole address for a mail: on the configured public address, else on the request's."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{path}"
    return request.build_absolute_uri(path)


def may_mail_links(request: HttpRequest) -> bool:
    """Whether an address taken from an anonymous request may go into a mail.

    Anybody may write any `Host`: without `LONJA_PUBLIC_URL` only names listed in `LONJA_HOSTS`, or
    that can only be of the own network, are believed. Otherwise a stranger could have somebody
    mailed a link to another site.
    """
    if settings.PUBLIC_URL or "*" not in settings.ALLOWED_HOSTS:
        return True
    name = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        return ipaddress.ip_address(name.strip("[]")).is_private
    except ValueError:
        return "." not in name or name.endswith((".local", ".lan", ".internal", ".localhost"))


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("Esta cuenta está desactivada."),
        "email_password_mismatch": _(
            "El correo o la contraseña no son correctos. Revísalos o recupera la contraseña."
        ),
        "enter_current_password": _("Esa no es tu contraseña actual. Escríbela otra vez."),
        "incorrect_code": _("El código no es correcto. Espera al siguiente y escríbelo."),
        "incorrect_password": _("La contraseña no es correcta. Escríbela otra vez."),
        "invalid_login": _("No se ha podido entrar. Prueba otra vez."),
        "too_many_login_attempts": _(
            "Demasiados intentos seguidos. Espera unos minutos y prueba otra vez."
        ),
        "rate_limited": _("Demasiados intentos seguidos. Espera un momento y prueba otra vez."),
    }
    # allauth says these with templates of its own; ours are said here or not at all.
    _messages = {
        "account/messages/password_changed.txt": _("Contraseña cambiada."),
        "account/messages/password_set.txt": _("Contraseña guardada."),
        "mfa/messages/totp_activated.txt": _("Segundo factor activado."),
        "mfa/messages/totp_deactivated.txt": _("Segundo factor desactivado."),
        "mfa/messages/webauthn_added.txt": _("Llave de acceso añadida."),
        "mfa/messages/webauthn_removed.txt": _("Llave de acceso quitada."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people come by the installation link or by invitation."""
        return False

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        words = message or self._messages.get(message_template or "")
        if words:
            super().add_message(request, level, message=str(words), extra_tags="")

    def format_email_subject(self, subject: str) -> str:
        return str(subject)

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse(
            "account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"}
        ).replace("UID-KEY", key)
        return public_address(self.request, path)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        ours = template_prefix.replace("account/email/", "office/email/")
        return super().render_mail(ours, email, context, headers)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("office_root")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A login of a moment ago is proof enough: do not ask for the password twice."""
        records = get_authentication_records(self.request, self.request.user)
        limit = time.time() - account_settings.REAUTHENTICATION_TIMEOUT
        if any(record.get("at", 0) > limit for record in records):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """After the last step of the login, ask for the second factor where it is required."""
        response = super().post_login(request, user, **kwargs)
        if second_factor.is_missing(request, user):
            ahead = urlencode({"next": response.headers.get("Location", "/")})
            return HttpResponseRedirect(f"{reverse('office_second_factor')}?{ahead}")
        return response


class MFAAdapter(DefaultMFAAdapter):
    """Seals the secrets of the second factor (R36) and speaks Spanish."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("El código no es correcto. Espera al siguiente y escríbelo."),
        "cannot_delete_authenticator": _("El segundo factor no se puede desactivar ahora."),
        "cannot_generate_recovery_codes": _("Activa antes el segundo factor."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, _SEALED_AT)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, _SEALED_AT)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Llave %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Keys belong to the public address where there is one, else to the name asked for."""
        host = urlsplit(settings.PUBLIC_URL).hostname if settings.PUBLIC_URL else None
        return {"id": host or context.request.get_host().partition(":")[0], "name": "Lonja"}

    def build_totp_svg(self, url: str) -> str:
        """The code black on white with its margin, whatever the theme of the page."""
        rows = qr_rows(url)
        side = len(rows) + 8
        path = "".join(
            f"M{x + 4} {y + 4}h1v1h-1z"
            for y, row in enumerate(rows)
            for x, module in enumerate(row)
            if module == "1"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
            f'shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/>'
            f'<path d="{path}"/></svg>'
        )


__all__ = ["AccountAdapter", "MFAAdapter", "may_mail_links", "public_address"]
