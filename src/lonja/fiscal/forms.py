"""Forms of the fiscal room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lonja.billing.models import SeriesYear
from lonja.fiscal.certificates import BIGGEST
from lonja.fiscal.models import Producer
from lonja.kit.text import clean_line
from lonja.ui.forms import NifField, SpanishDateField

REGIMES = (
    ("01", _("01 · Régimen general")),
    ("02", _("02 · Exportación")),
    ("03", _("03 · Bienes usados, arte y antigüedades")),
    ("04", _("04 · Oro de inversión")),
    ("05", _("05 · Agencias de viajes")),
    ("06", _("06 · Grupo de entidades, nivel avanzado")),
    ("07", _("07 · Criterio de caja")),
    ("08", _("08 · Operaciones sujetas a IPSI o IGIC")),
    ("09", _("09 · Mediación de agencias de viaje")),
    ("10", _("10 · Cobros por cuenta de terceros")),
    ("11", _("11 · Arrendamiento de local de negocio")),
    ("14", _("14 · Obra pública pendiente de devengo")),
    ("15", _("15 · Tracto sucesivo pendiente de devengo")),
    ("17", _("17 · Ventanilla única (OSS, IOSS) o IGIC minorista")),
    ("18", _("18 · Recargo de equivalencia")),
    ("19", _("19 · Régimen agrario (REAGYP)")),
    ("20", _("20 · Régimen simplificado")),
)


class _Line(forms.CharField):
    def clean(self, value: Any) -> str:
        return clean_line(super().clean(value))


class CertificateForm(forms.Form):
    file = forms.FileField(
        label=_("Certificado"),
        help_text=_("El fichero .p12 o .pfx, exportado con su clave privada."),
        widget=forms.ClearableFileInput(attrs={"accept": ".p12,.pfx,application/x-pkcs12"}),
    )
    password = forms.CharField(
        label=_("Contraseña del certificado"),
        strip=False,
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"class": "in-l", "autocomplete": "new-password"}),
        help_text=_("Se guarda cifrada y no se vuelve a mostrar."),
    )
    is_representative = forms.BooleanField(
        label=_("Es de mi apoderado o de un colaborador social"),
        required=False,
        help_text=_("Solo si el certificado no es de esta empresa."),
    )

    def content(self) -> bytes:
        """The file, as far as a certificate may be long."""
        return self.cleaned_data["file"].read(BIGGEST + 1)


class AmendForm(forms.Form):
    """What a subsanación may say otherwise."""

    description = _Line(
        label=_("Descripción de la operación"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "in-l"}),
    )
    recipient = _Line(
        label=_("Nombre del cliente, como consta en el censo"), max_length=120, required=False
    )

    def __init__(self, *args: Any, values: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, initial=values, **kwargs)
        if not values["recipient"]:
            del self.fields["recipient"]
        self.regimes = []
        for number, regime in enumerate(values["regimes"]):
            if not regime:
                continue
            name = f"regime_{number}"
            self.fields[name] = forms.ChoiceField(
                label=_("Clave de régimen de la línea %(n)s") % {"n": number + 1},
                choices=REGIMES,
                initial=regime,
            )
            self.regimes.append(name)
        self.count = len(values["regimes"])

    def changes(self) -> dict[str, Any]:
        data = self.cleaned_data
        regimes = [data.get(f"regime_{n}", "") for n in range(self.count)]
        return {
            "description": data["description"],
            "recipient": data.get("recipient", ""),
            "regimes": regimes,
        }


class VoidForm(forms.Form):
    reason = forms.CharField(
        label=_("Por qué no debió existir"),
        min_length=10,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Por ejemplo: «Se emitió dos veces por error, la buena es la F2026/0012»."),
    )
    sure = forms.BooleanField(
        label=_("La operación no existió: nadie la ha recibido ni la va a pagar"),
    )


class ProducerForm(forms.ModelForm):
    nif = NifField(label=_("NIF"))

    class Meta:
        model = Producer
        fields = ["name", "nif", "address", "contact", "place"]


class LeaveForm(forms.Form):
    leaves = forms.BooleanField(
        label=_("Dejaré VERI*FACTU al acabar el año"),
        required=False,
        help_text=_("Los envíos llevarán la fecha de fin. Se puede deshacer hasta ese día."),
    )


class ExportForm(forms.Form):
    since = SpanishDateField(label=_("Desde"), required=False)
    until = SpanishDateField(label=_("Hasta"), required=False)


class NumbersForm(forms.Form):
    """The last number really issued of each counter."""

    def __init__(self, *args: Any, counters: list[SeriesYear], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counters = counters
        for counter in counters:
            issued = counter.next_number - 1
            self.fields[f"last_{counter.pk}"] = forms.IntegerField(
                label=_("Serie %(series)s, %(year)s: último número")
                % {"series": counter.series.code, "year": counter.year},
                min_value=issued,
                max_value=99_999_999,
                initial=issued,
                help_text=_("En la copia, la última es la %(printed)s.")
                % {"printed": counter.series.number_for(counter.year, issued)},
                widget=forms.NumberInput(attrs={"class": "in-s tn"}),
            )
        self.fields["sure"] = forms.BooleanField(
            label=_("Lo he comprobado en el correo enviado, con los clientes o en la AEAT")
        )

    def last(self) -> dict[int, int]:
        data = self.cleaned_data
        return {counter.pk: data[f"last_{counter.pk}"] for counter in self.counters}
