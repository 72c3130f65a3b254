"""The forms of the login: allauth's, with our words."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

PASSWORD_HINT = _(
    "Diez caracteres o más. Una frase corta es fácil de recordar y difícil de adivinar."
)
CODE_ATTRS = {
    "autocomplete": "one-time-code",
    "autocapitalize": "none",
    "spellcheck": "false",
    "class": "in-s tn",
    "autofocus": True,
}


def _plain(field: forms.Field, label: Any, hint: Any = "", **attrs: Any) -> None:
    """Our label and hint; a placeholder is no label."""
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


class LoginForm(account_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["login"], _("Correo"), autocomplete="username", autofocus=True)
        _plain(self.fields["password"], _("Contraseña"))


class ResetPasswordForm(account_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["email"], _("Correo con el que entras"), autofocus=True)


class ResetPasswordKeyForm(account_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _plain(self.fields["password1"], _("Nueva contraseña"), PASSWORD_HINT, autofocus=True)


class ChangePasswordForm(account_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _plain(self.fields["oldpassword"], _("Contraseña actual"), autofocus=True)
        _plain(self.fields["password1"], _("Nueva contraseña"), PASSWORD_HINT)


class ReauthenticateForm(account_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["password"], _("Contraseña"), autofocus=True)


class CodeForm(mfa_forms.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self.fields["code"],
            _("Código"),
            _("Las seis cifras de tu aplicación, o uno de tus códigos de recuperación."),
            **CODE_ATTRS,
        )


class ReauthenticateCodeForm(mfa_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self.fields["code"], _("Código"), _("Las seis cifras de tu aplicación."), **CODE_ATTRS
        )


class ActivateForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self.fields["code"],
            _("Código que muestra la aplicación"),
            **{**CODE_ATTRS, "inputmode": "numeric"},
        )


DeactivateForm = totp_forms.DeactivateTOTPForm
PASSKEY_NAME = 60  # characters: «El portátil de la oficina»


class _ReadsAnything:
    """What is no credential at all is refused like a wrong one: its reader trips over it."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise forms.ValidationError(_("Eso no es una llave de acceso.")) from problem


class PasskeyLoginForm(_ReadsAnything, passkey_forms.LoginWebAuthnForm):
    pass


class PasskeyCodeForm(_ReadsAnything, passkey_forms.AuthenticateWebAuthnForm):
    """The key as the second step of the login."""


class ReauthenticatePasskeyForm(_ReadsAnything, passkey_forms.ReauthenticateWebAuthnForm):
    pass


class PasskeyForm(passkey_forms.AddWebAuthnForm):
    """A new key: only one that asks for the PIN or the fingerprint of its device."""

    passwordless = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = _("Para reconocerla: el aparato o la aplicación donde se guarda.")
        _plain(self.fields["name"], _("Nombre"), hint, maxlength=PASSKEY_NAME)

    def clean_name(self) -> str:
        """A long name is cut: the key is already in the device, refusing it would lose it."""
        return super().clean_name()[:PASSKEY_NAME]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["passwordless"] = True
        try:
            return super().clean()
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise forms.ValidationError(_("Eso no es una llave de acceso.")) from problem


class PasskeyNameForm(passkey_forms.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self.fields["name"], _("Nombre"), autofocus=True)
        self.fields["name"].max_length = PASSKEY_NAME  # type: ignore[attr-defined]
        self.fields["name"].validators.append(MaxLengthValidator(PASSKEY_NAME))


__all__ = [
    "ActivateForm",
    "ChangePasswordForm",
    "CodeForm",
    "DeactivateForm",
    "GenerateRecoveryCodesForm",
    "LoginForm",
    "PasskeyCodeForm",
    "PasskeyForm",
    "PasskeyLoginForm",
    "PasskeyNameForm",
    "ReauthenticateCodeForm",
    "ReauthenticateForm",
    "ReauthenticatePasskeyForm",
    "ResetPasswordForm",
    "ResetPasswordKeyForm",
]
