"""Forms about the company that issues."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models.organisation import Territory
from lonja.kit import identifiers
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.office.forms.people import EmailField
from lonja.tax.invoicing import SIMPLIFIED_ACTIVITIES
from lonja.ui.forms import ColorField, IbanField

LOGO_LIMIT = 2 * 1024 * 1024


class LineField(forms.CharField):
    """One clean line of text."""

    def __init__(self, *, size: str = "", autocomplete: str = "", **kwargs: Any) -> None:
        attrs = {"class": size} if size else {}
        if autocomplete:
            attrs["autocomplete"] = autocomplete
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        return clean_line(super().clean(value))


class PostcodeField(LineField):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return identifiers.check_postcode(text, typed=True).value
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error


class NifField(LineField):
    """A Spanish NIF, normalised, with its control character verified."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return identifiers.check_nif(text).value
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error


class FiscalForm(forms.Form):
    """Who issues: the data an invoice must carry (RD 1619/2012 art. 6.1)."""

    nif = NifField(label=_("NIF"), max_length=20, size="in-s tn")
    legal_name = LineField(
        label=_("Nombre o razón social"), max_length=120, autocomplete="organization"
    )
    address = LineField(label=_("Domicilio fiscal"), max_length=200, autocomplete="street-address")
    postcode = PostcodeField(
        label=_("Código postal"), max_length=10, size="in-xs tn", autocomplete="postal-code"
    )
    city = LineField(label=_("Población"), max_length=80, autocomplete="address-level2")

    def values(self) -> dict[str, Any]:
        """What is saved: province and territory follow from the post code."""
        data = dict(self.cleaned_data)
        data["province"] = identifiers.postcode_province(data["postcode"]) or ""
        data["territory"] = identifiers.territory_of(data["postcode"])
        return data


class CompanyForm(FiscalForm):
    """Every datum of the company."""

    trade_name = LineField(label=_("Nombre comercial"), max_length=120, required=False)
    territory = forms.ChoiceField(
        label=_("Territorio fiscal"),
        choices=Territory.choices,
        widget=forms.Select(attrs={"class": "in-l"}),
        help_text=_("Decide los impuestos que se ofrecen y la fecha legal de tus facturas."),
    )
    activity = forms.ChoiceField(
        label=_("Actividad del art. 4.2"),
        required=False,
        choices=[
            ("", _("Ninguna de la lista: simplificadas hasta 400 €")),
            *((code, label) for code, (label, _words) in SIMPLIFIED_ACTIVITIES.items()),
        ],
        widget=forms.Select(attrs={"class": "in-l"}),
        help_text=_(
            "Si la tuya está en la lista, tus facturas simplificadas llegan a 3.000 € con "
            "impuestos (art. 4.2 del RD 1619/2012)."
        ),
    )
    iae_kind = forms.ChoiceField(
        label=_("Tipo de actividad"),
        required=False,
        choices=[
            ("", _("Sin indicar")),
            ("A03", _("Empresarial")),
            ("A05", _("Profesional")),
            ("A04", _("Profesional artística o deportiva")),
            ("A01", _("Alquiler de inmuebles, en el IAE")),
            ("A02", _("Ganadería independiente")),
            ("B01", _("Agrícola")),
            ("B02", _("Ganadera dependiente")),
            ("B03", _("Forestal")),
            ("B04", _("Mejillón en batea")),
            ("B05", _("Pesquera")),
            ("B06", _("Otra que no está en el IAE")),
            ("C", _("Todavía sin empezar")),
            ("D", _("Alquiler de inmuebles, fuera del IAE")),
        ],
        widget=forms.Select(attrs={"class": "in-l"}),
        help_text=_("Va en los libros registro que pide la AEAT."),
    )
    iae_heading = LineField(
        label=_("Epígrafe del IAE"),
        max_length=8,
        required=False,
        size="in-s tn",
        help_text=_("Por ejemplo 653.3."),
    )
    email = EmailField(label=_("Correo de contacto"), required=False)
    phone = LineField(label=_("Teléfono"), max_length=30, required=False, size="in-m")
    website = LineField(label=_("Web"), max_length=120, required=False, size="in-l")
    registry = LineField(
        label=_("Datos registrales"),
        max_length=200,
        required=False,
        help_text=_("Registro Mercantil, tomo, folio y hoja (art. 24 del Código de Comercio)."),
    )

    def clean_iae_heading(self) -> str:
        digits = self.cleaned_data["iae_heading"].replace(".", "")
        if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
            raise ValidationError(
                _("El epígrafe son hasta cuatro cifras, como 653.3."), code="iae_heading"
            )
        return digits

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("iae_heading") and not data.get("iae_kind"):
            self.add_error("iae_kind", _("Di de qué tipo es la actividad de ese epígrafe."))
        return data

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["province"] = identifiers.postcode_province(data["postcode"]) or ""
        return data


class PaymentForm(forms.Form):
    iban = IbanField(
        label=_("IBAN donde te pagan"),
        required=False,
        help_text=_("Sale en tus facturas, con un código para pagar desde el móvil."),
    )
    payment_terms_days = forms.IntegerField(
        label=_("Días para pagar"),
        min_value=0,
        max_value=365,
        initial=30,
        widget=forms.NumberInput(attrs={"class": "in-xs"}),
        help_text=_("Entre empresas, 60 días como máximo (Ley 3/2004, art. 4)."),
    )


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/svg+xml"}),
        help_text=_("PNG, JPEG, WebP o SVG, hasta 2 MB."),
    )

    def clean_logo(self) -> Any:
        upload = self.cleaned_data.get("logo")
        if upload is not None and upload.size > LOGO_LIMIT:
            raise ValidationError(_("El logo pesa demasiado: como mucho 2 MB."), code="too_big")
        return upload


class BrandForm(LogoForm):
    remove_logo = forms.BooleanField(label=_("Quitar el logo"), required=False)
    accent = ColorField(label=_("Color"), max_length=7)
    tagline = LineField(label=_("Lema"), max_length=120, required=False)
    invoice_message = LineField(label=_("Mensaje en la factura"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invoice_message"].widget = forms.Textarea(attrs={"rows": 2})
