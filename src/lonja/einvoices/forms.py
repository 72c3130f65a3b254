"""What a person types about electronic invoices."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.einvoices.keys import MAX_BYTES
from lonja.einvoices.models import EinvoiceProfile, Format, InvoiceStatus
from lonja.einvoices.xmltree import MAX_BYTES as LARGEST
from lonja.kit.identifiers import normalise
from lonja.ui.forms import SpanishDateField

# «L01460012», «GE0004041»: nine characters, the first a letter.
_DIR3 = re.compile(r"[A-Z][A-Z0-9]{8}")
REQUIRED_CENTRES = ("accounting_office", "managing_body", "processing_unit")


class ProfileForm(forms.ModelForm):
    """Preferred format of a client and its DIR3 codes: either the three that FACe asks, or none."""

    class Meta:
        model = EinvoiceProfile
        fields = ("preferred", *REQUIRED_CENTRES, "proposing_body")
        help_texts = {
            "preferred": _("Se adjunta al correo de cada factura, además del PDF."),
            "proposing_body": _("Solo si la administración lo pide."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*REQUIRED_CENTRES, "proposing_body"):
            self.fields[name].widget.attrs.update(
                {"class": "in-s tn", "autocapitalize": "characters", "autocomplete": "off"}
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in (*REQUIRED_CENTRES, "proposing_body"):
            code = normalise(data.get(name) or "")
            data[name] = code
            if code and not _DIR3.fullmatch(code):
                self.add_error(
                    name,
                    ValidationError(
                        gettext("Un código DIR3 tiene nueve caracteres, como L01460012."),
                        code="dir3",
                    ),
                )
        if any(data.get(name) for name in (*REQUIRED_CENTRES, "proposing_body")):
            for name in REQUIRED_CENTRES:
                if not data.get(name) and name not in self.errors:
                    self.add_error(
                        name,
                        ValidationError(
                            gettext("Las administraciones piden los tres códigos."),
                            code="dir3_missing",
                        ),
                    )
        return data


class CertificateForm(forms.Form):
    """A PKCS#12 and the password that opens it; neither is ever shown again."""

    file = forms.FileField(
        label=_("Certificado (.p12 o .pfx)"),
        widget=forms.FileInput(attrs={"accept": ".p12,.pfx,application/x-pkcs12"}),
    )
    password = forms.CharField(
        label=_("Contraseña del certificado"),
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(
            render_value=False, attrs={"class": "in-l", "autocomplete": "off"}
        ),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise ValidationError(
                gettext("El fichero pesa demasiado para ser un certificado."), code="too_big"
            )
        return upload


class StatusForm(forms.Form):
    """What the recipient of an invoice told, and when."""

    status = forms.ChoiceField(label=_("Estado"), choices=InvoiceStatus.choices)
    on = SpanishDateField(label=_("Fecha"))
    reason = forms.CharField(
        label=_("Motivo"), required=False, max_length=300, help_text=_("Obligatorio si la rechaza.")
    )


class ReceivedForm(forms.Form):
    """An invoice of a supplier, as a file."""

    file = forms.FileField(
        label=_("Fichero"),
        widget=forms.FileInput(attrs={"accept": ".xml,.xsig,.pdf"}),
        error_messages={"empty": _("El fichero está vacío.")},
    )
    received_on = SpanishDateField(label=_("Fecha en que la recibiste"))

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST:
            raise ValidationError(
                gettext("El fichero pesa más de 10 MB. No parece una factura."), code="too_big"
            )
        return upload


class AnswerForm(forms.Form):
    """When a received invoice was accepted, rejected or paid."""

    on = SpanishDateField(label=_("Fecha"))
    reason = forms.CharField(label=_("Motivo"), required=False, max_length=300)

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_reason:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Por qué se anula"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class NumberForm(forms.Form):
    number = forms.CharField(
        label=_("Número de registro de FACe"),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "in-m tn", "autocomplete": "off"}),
    )


class ArchiveForm(forms.Form):
    """In which format the chosen invoices are wanted."""

    format = forms.ChoiceField(
        label=_("Formato"),
        choices=[("", _("El preferido de cada cliente")), *Format.choices],
        required=False,
    )
