from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.dateparse import parse_datetime
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
    firma = forms.CharField(
        required=False,
        max_length=600_000,
        error_messages={
            "max_length": _("El dibujo es demasiado grande. Bórralo y firma otra vez.")
        },
    )
    trazos = forms.CharField(required=False, strip=False)
    codigo = forms.CharField(
        label=_("Código de seis cifras"),
        required=False,
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    consiento = forms.BooleanField(
        label=_("Acepto el presupuesto"),
        error_messages={"required": _("Marca la casilla para aceptar el presupuesto.")},
    )
    biometria = forms.BooleanField(required=False)
    # What the page tells: its key, its clock, and which versions of the texts it showed.
    clave = forms.CharField(required=False, max_length=64)
    reloj = forms.CharField(required=False, max_length=40)
    texto_accept = forms.IntegerField(required=False, min_value=0, max_value=1_000_000)
    texto_conditions = forms.IntegerField(required=False, min_value=0, max_value=1_000_000)
    texto_biometrics = forms.IntegerField(required=False, min_value=0, max_value=1_000_000)

    def clean(self) -> dict:
        data = super().clean() or {}
        if data.get("modo") == "trazo":
            if not data.get("firma") and "firma" not in self.errors:
                self.add_error("firma", _("Firma en el recuadro o escribe tu nombre."))
        else:
            data["firma"] = data["trazos"] = ""
        return data

    def consents(self) -> dict[str, int | bool]:
        """The texts accepted: kind → version shown, True when the page did not say of any; a page
        that says which acceptance it showed, and no other text, showed no other (0)."""
        said = self.cleaned_data.get("texto_accept") is not None

        def shown(kind: str) -> int | bool:
            told = self.cleaned_data.get(f"texto_{kind}")
            return (0 if said else True) if told is None else told

        consents = {"accept": shown("accept"), "conditions": shown("conditions")}
        if self.cleaned_data["biometria"]:
            consents["biometrics"] = shown("biometrics")
        return consents

    def device_clock(self) -> datetime | None:
        """What the clock of the device said, however wrong; None when it said nothing sensible."""
        try:
            at = parse_datetime(self.cleaned_data.get("reloj", ""))
        except ValueError:
            return None
        if at is None or at.tzinfo is None or not 1970 <= at.year <= 2200:
            return None
        return at


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


class CheckForm(forms.Form):
    """A PDF, or the evidence code that is printed on it."""

    pdf = forms.FileField(
        label=_("Documento PDF"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )
    codigo = forms.CharField(
        label=_("Código de evidencia"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            {
                "autocomplete": "off",
                "autocapitalize": "characters",
                "placeholder": "ABCD-EFGH-IJKL-MNOP",
            }
        ),
    )

    def clean(self) -> dict:
        data = super().clean() or {}
        if not data.get("pdf") and not data.get("codigo") and not self.errors:
            self.add_error("pdf", _("Elige el PDF o escribe su código."))
        return data
