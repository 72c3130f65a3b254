from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lonja.kit import identifiers
from lonja.kit.errors import Refused
from lonja.kit.text import clean_block, clean_line
from lonja.mail.models import Mailbox, MailboxSecurity, MailServer, Security
from lonja.mail.texts import Purpose, check


class _Line(forms.CharField):
    def clean(self, value: Any) -> str:
        return clean_line(super().clean(value))


class _Address(_Line):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return identifiers.check_email(text)
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error


def _text(size: str = "in-l", **attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": size, "autocomplete": "off", **attrs})


class ServerForm(forms.Form):
    """The SMTP server. The password is written, never shown: left empty, it stays as it was."""

    host = _Line(label=_("Servidor"), max_length=200, widget=_text(autocapitalize="none"))
    port = forms.IntegerField(
        label=_("Puerto"),
        min_value=1,
        max_value=65535,
        initial=587,
        widget=forms.NumberInput(attrs={"class": "in-xs"}),
    )
    security = forms.ChoiceField(
        label=_("Cifrado"), choices=Security.choices, widget=forms.RadioSelect, initial="starttls"
    )
    username = _Line(
        label=_("Usuario"), max_length=200, required=False, widget=_text(autocapitalize="none")
    )
    password = forms.CharField(
        label=_("Contraseña"),
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(
            render_value=False, attrs={"class": "in-l", "autocomplete": "new-password"}
        ),
    )
    from_address = _Address(label=_("Remitente"), max_length=254, widget=_text())
    from_name = _Line(
        label=_("Nombre del remitente"),
        max_length=120,
        required=False,
        widget=_text(),
        help_text=_("Vacío: el nombre comercial de la empresa que escribe."),
    )
    reply_to = _Address(label=_("Responder a"), max_length=254, required=False, widget=_text())
    enabled = forms.BooleanField(
        label=_("Enviar correos"),
        required=False,
        initial=True,
        help_text=_("Apagado, los correos esperan en «Correo saliente»."),
    )

    def __init__(self, *args: Any, server: MailServer | None = None, **kwargs: Any) -> None:
        if server is not None:
            kwargs.setdefault(
                "initial",
                {n: getattr(server, n) for n in self.base_fields if n != "password"},
            )
        super().__init__(*args, **kwargs)
        if server is not None and server.sealed_password:
            self.fields["password"].help_text = _(
                "Hay una guardada. Déjala vacía para no cambiarla; si cambias de servidor o de "
                "usuario, escríbela otra vez."
            )

    def values(self) -> dict[str, Any]:
        """What is saved, without the password."""
        return {name: value for name, value in self.cleaned_data.items() if name != "password"}


class TryForm(forms.Form):
    to = _Address(label=_("Enviar la prueba a"), max_length=254, widget=_text())


class MailboxForm(forms.Form):
    """The IMAP mailbox of bounces. The password is written, never shown."""

    host = _Line(label=_("Servidor"), max_length=200, widget=_text(autocapitalize="none"))
    port = forms.IntegerField(
        label=_("Puerto"),
        min_value=1,
        max_value=65535,
        initial=993,
        widget=forms.NumberInput(attrs={"class": "in-xs"}),
    )
    security = forms.ChoiceField(
        label=_("Cifrado"),
        choices=MailboxSecurity.choices,
        widget=forms.RadioSelect,
        initial="tls",
    )
    username = _Line(label=_("Usuario"), max_length=200, widget=_text(autocapitalize="none"))
    password = forms.CharField(
        label=_("Contraseña"),
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(
            render_value=False, attrs={"class": "in-l", "autocomplete": "new-password"}
        ),
    )
    folder = _Line(label=_("Carpeta"), max_length=120, initial="INBOX", widget=_text("in-m"))
    enabled = forms.BooleanField(label=_("Leer los rebotes"), required=False, initial=True)

    def __init__(self, *args: Any, mailbox: Mailbox | None = None, **kwargs: Any) -> None:
        if mailbox is not None:
            kwargs.setdefault(
                "initial",
                {n: getattr(mailbox, n) for n in self.base_fields if n != "password"},
            )
        super().__init__(*args, **kwargs)
        if mailbox is not None and mailbox.sealed_password:
            self.fields["password"].help_text = _(
                "Hay una guardada. Déjala vacía para no cambiarla; si cambias de servidor o de "
                "usuario, escríbela otra vez."
            )

    def values(self) -> dict[str, Any]:
        """What is saved, without the password."""
        return {name: value for name, value in self.cleaned_data.items() if name != "password"}


class TextForm(forms.Form):
    """The words of a kind of mail in a language; every variable must be one it has."""

    subject = forms.CharField(label=_("Asunto"), max_length=300)
    text = forms.CharField(
        label=_("Mensaje"), max_length=20000, widget=forms.Textarea(attrs={"rows": "14"})
    )

    def __init__(self, *args: Any, purpose: Purpose, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose

    def clean_subject(self) -> str:
        return self._known(clean_line(self.cleaned_data["subject"]))

    def clean_text(self) -> str:
        return self._known(clean_block(self.cleaned_data["text"]))

    def _known(self, text: str) -> str:
        try:
            check(self.purpose, text)
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error
        return text


class RejectForm(forms.Form):
    reason = _Line(
        label=_("Motivo"),
        max_length=300,
        widget=_text(),
        help_text=_("Lo verá quien pidió el envío."),
    )
