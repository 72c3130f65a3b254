"""Forms of «Configuración › Firma», of the signers of a quote, and of an answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lonja.sales.biometrics.sealed import MAX_PEM
from lonja.sales.models import CodePolicy


class SigningForm(forms.Form):
    code_policy = forms.ChoiceField(
        label=_("Pedir un código de un solo uso por correo"), choices=CodePolicy.choices
    )
    tsa_url = forms.CharField(
        label=_("Autoridad de sellado de tiempo"),
        required=False,
        max_length=200,
        widget=forms.URLInput(attrs={"placeholder": "https://tsa.ejemplo.es/tsr"}),
    )


class TextForm(forms.Form):
    body = forms.CharField(
        label=_("Texto"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class KeyForm(forms.Form):
    holder = forms.CharField(
        label=_("Quién guarda la clave privada"),
        required=False,
        max_length=160,
        widget=forms.TextInput(attrs={"placeholder": "Notaría de …"}),
    )
    file = forms.FileField(
        label=_("Clave pública o certificado (PEM o DER)"),
        widget=forms.FileInput(attrs={"accept": ".pem,.crt,.cer,.der,.pub"}),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_PEM:
            raise forms.ValidationError(_("El fichero pesa demasiado para ser una clave."))
        return upload


class BiometricsForm(forms.Form):
    understood = forms.BooleanField(
        label=_(
            "Hemos hecho la evaluación de impacto (RGPD, art. 35) y hay alternativa para todos"
        ),
        required=False,
    )


class SignersForm(forms.Form):
    """One signer a line: «Nombre y apellidos, correo»."""

    signers = forms.CharField(
        label=_("Firmantes, en orden"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": "Carmen Roselló, carmen@ejemplo.es"}
        ),
    )

    def rows(self) -> list[tuple[str, str]]:
        """(name, e-mail) of each line; what cannot be told apart goes as a name without e-mail."""
        rows = []
        for text in self.cleaned_data["signers"].splitlines():
            if not text.strip():
                continue
            name, _comma, email = text.rpartition(",")
            rows.append((name.strip() or text.strip(), email.strip() if name else ""))
        return rows


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Respuesta"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
