"""A series as it is typed in settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lonja.billing.actions.series import parts_of
from lonja.billing.kinds import SERIES_USES
from lonja.billing.models import IssuedBy, Series
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_nif
from lonja.kit.text import clean_line
from lonja.ui.forms import Switch


class SeriesForm(forms.Form):
    use = forms.ChoiceField(
        label=_("Para qué"),
        required=False,
        choices=[(use, name) for use, (_code, name, _prefix) in SERIES_USES.items()],
        help_text=_(
            "Rectificativas y simplificadas van en series propias (art. 6.1.a del RD 1619/2012)."
        ),
    )
    code = forms.CharField(label=_("Código"), max_length=12)
    name = forms.CharField(label=_("Nombre"), max_length=60)
    # The field leaves the class before `Form.prefix` can be hidden by it.
    prefix = forms.CharField(  # type: ignore[assignment]
        label=_("Prefijo"),
        max_length=24,
        help_text=_("{año} se cambia por 2026 y {aa} por 26. Por ejemplo: F{año}/"),
    )
    digits = forms.TypedChoiceField(
        label=_("Cifras del número"),
        coerce=int,
        choices=[(n, "0" * (n - 1) + "1") for n in range(1, 8)],
    )
    issued_by = forms.ChoiceField(
        label=_("Quién las expide"),
        required=False,
        choices=IssuedBy.choices,
        help_text=_(
            "Las que expide el destinatario o un tercero llevan una serie para cada uno (arts. 5 y "
            "6.1.a del RD 1619/2012)."
        ),
    )
    issuer_name = forms.CharField(
        label=_("Nombre de quien las expide"), max_length=120, required=False
    )
    issuer_nif = forms.CharField(label=_("Su NIF"), max_length=20, required=False)
    is_default = forms.BooleanField(
        label=_("Es la serie por defecto"), required=False, widget=Switch
    )
    is_active = forms.BooleanField(
        label=_("Se puede usar en facturas nuevas"), required=False, widget=Switch
    )

    def __init__(self, *args: Any, series: Series, **kwargs: Any) -> None:
        prefix, digits = parts_of(series.pattern)
        initial = {
            "code": series.code,
            "name": series.name,
            "prefix": prefix if series.pk else "",
            "digits": digits,
            "issued_by": series.issued_by,
            "issuer_name": series.issuer_name,
            "issuer_nif": series.issuer_nif,
            "is_default": series.is_default,
            "is_active": series.is_active,
        }
        initial["use"] = series.use
        super().__init__(*args, initial=initial, **kwargs)
        if series.pk:  # what it has numbered decides
            del self.fields["use"]

    def clean_code(self) -> str:
        return clean_line(self.cleaned_data["code"]).upper()

    def clean_name(self) -> str:
        return clean_line(self.cleaned_data["name"])

    def clean_issuer_name(self) -> str:
        return clean_line(self.cleaned_data["issuer_name"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("issued_by"):
            return {**data, "issuer_name": "", "issuer_nif": ""}
        if not data.get("issuer_name"):
            self.add_error("issuer_name", _("Di quién las expide."))
        try:
            data["issuer_nif"] = check_nif(data.get("issuer_nif", "")).value
        except Refused as refused:
            self.add_error("issuer_nif", str(refused))
        return data


class LastNumberForm(forms.Form):
    last = forms.IntegerField(
        label=_("Último número emitido con el otro programa"),
        min_value=0,
        max_value=99_999_999,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            _("Escribe solo la cifra del último número, por ejemplo 412."),
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "in-s tn"}),
    )
