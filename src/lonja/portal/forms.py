from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SignForm(forms.Form):
    """Who signs, how, and their consent. The names are the ones of the page."""

    nombre = forms.CharField(
        label=_("Nombre y apellidos de quien firma"),
        max_length=120,
        error_messages={"required": _("Escribe tu nombre y apellidos.")},
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    nif = forms.CharField(
        label=_("NIF"),
        max_length=20,
        error_messages={"required": _("Escribe tu NIF.")},
        widget=forms.TextInput({"autocapitalize": "characters", "autocomplete": "off"}),
    )
    modo = forms.ChoiceField(
        choices=[("trazo", ""), ("nombre", "")], required=False, initial="nombre"
    )
    firma = forms.CharField(required=False, max_length=600_000)
    consiento = forms.BooleanField(
        error_messages={"required": _("Marca la casilla para aceptar el presupuesto.")}
    )

    def clean(self) -> dict:
        data = super().clean() or {}
        if data.get("modo") == "trazo":
            if not data.get("firma"):
                self.add_error("firma", _("Firma en el recuadro o escribe tu nombre."))
        else:
            data["firma"] = ""
        return data


class RejectForm(forms.Form):
    motivo = forms.CharField(
        label=_("¿Nos cuentas por qué?"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3, "maxlength": 300}),
    )


class AskForm(forms.Form):
    pregunta = forms.CharField(
        label=_("Tu pregunta"),
        max_length=4000,
        error_messages={"required": _("Escribe tu pregunta.")},
        widget=forms.Textarea({"rows": 5}),
    )
    nombre = forms.CharField(
        label=_("Tu nombre"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    correo = forms.EmailField(
        label=_("Correo para la respuesta"),
        error_messages={"invalid": _("Ese correo no es válido. Revísalo.")},
        widget=forms.EmailInput({"autocomplete": "email"}),
    )


class RecoverForm(forms.Form):
    correo = forms.EmailField(
        label=_("Tu correo"),
        max_length=254,
        error_messages={
            "required": _("Escribe tu correo."),
            "invalid": _("Ese correo no es válido. Revísalo."),
        },
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
