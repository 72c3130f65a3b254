"""The form of a plan and its lines."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email
from lonja.parties.models import Party, PaymentMethod
from lonja.subscriptions.models import Unit, WhenDue
from lonja.tax.categories import categories
from lonja.ui.forms import (
    PercentField,
    QuantityField,
    SearchSelectField,
    SpanishDateField,
    UnitPriceField,
)


class EmailsField(forms.CharField):
    """Several addresses separated by commas, spaces or lines; gives a list."""

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        found = []
        for part in re.split(r"[,;\s]+", text.strip())[:20]:
            if part:
                try:
                    found.append(check_email(part))
                except Refused as error:
                    raise ValidationError(str(error)) from error
        return found

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class PlanForm(forms.Form):
    """Everything of a plan but its lines."""

    party = SearchSelectField(
        queryset=Party.objects.none(),
        remote=lambda: reverse("parties:client_options"),
        label=_("Cliente"),
    )
    name = forms.CharField(label=_("Nombre del servicio"), max_length=160)
    unit = forms.ChoiceField(label=_("Periodicidad"), choices=Unit.choices, initial=Unit.MONTH)
    every = forms.IntegerField(label=_("Cada"), min_value=1, max_value=120, initial=1)
    anchor = SpanishDateField(label=_("Primera factura"))
    send_time = forms.TimeField(
        label=_("Hora"),
        initial=time(8, 0),
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    until = SpanishDateField(label=_("Hasta"), required=False)
    when_due = forms.ChoiceField(
        label=_("Al llegar la fecha"), choices=WhenDue.choices, initial=WhenDue.SEND
    )
    discount_pct = PercentField(label=_("Descuento (%)"), required=False)
    payment_method = forms.ChoiceField(
        label=_("Forma de pago"),
        choices=[("", _("La del cliente")), *PaymentMethod.choices],
        required=False,
    )
    emails = EmailsField(
        label=_("Correos de notificación"),
        required=False,
        help_text=_("Vacío: los del cliente. Sepáralos con comas."),
    )
    reference = forms.CharField(label=_("Referencia"), max_length=80, required=False)
    message = forms.CharField(
        label=_("Mensaje en la factura"),
        max_length=200,
        required=False,
        help_text=_("Vacío: el de la empresa. {periodo} se cambia por «noviembre de 2026»."),
    )


class PlanLineForm(forms.Form):
    """A line of a plan."""

    product = forms.IntegerField(required=False, widget=forms.HiddenInput)
    concept = forms.CharField(
        label=_("Concepto"),
        max_length=300,
        required=False,
        widget=forms.TextInput(
            attrs={"data-concept": "", "class": "in-title", "autocomplete": "off"}
        ),
    )
    detail = forms.CharField(
        label=_("Detalle"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Detalle")}),
    )
    quantity = QuantityField(label=_("Cantidad"), required=False)
    unit = forms.CharField(label=_("Unidad"), max_length=20, required=False)
    unit_price = UnitPriceField(label=_("Precio"), required=False)
    discount_pct = PercentField(label=_("Dto."), required=False)
    tax_category = forms.ChoiceField(label=_("Impuesto"), required=False)

    def __init__(self, *args: Any, territory: str = "peninsula", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["tax_category"].choices = [  # type: ignore[attr-defined]
            (option.code, option.label_on(today)) for option in categories(territory)
        ]
