"""The questions of «Rectificar», of a rebate and of the exchange of receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.billing.actions.correct import CAUSES, kind_for
from lonja.billing.adviser import AMOUNTS, BUYERS, PURPOSES
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice
from lonja.kit.text import clean_line
from lonja.parties.models import Party
from lonja.ui.forms import SearchSelectField, SpanishDateField

USUAL = ""


class CorrectionForm(forms.Form):
    """What happened, how to correct it, and why."""

    cause = forms.ChoiceField(
        label=_("¿Qué ha pasado?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Di qué ha pasado con la factura.")},
    )
    correction = forms.ChoiceField(
        label=_("¿Cómo se corrige?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (USUAL, _("Lo habitual en ese caso")),
            ("I", _("Por diferencias: la rectificativa lleva solo lo que cambia")),
            ("S", _("Por sustitución: la rectificativa lleva la factura entera, ya corregida")),
        ],
    )
    reason = forms.CharField(
        label=_("Motivo"),
        required=False,
        max_length=300,
        help_text=_("Sale en la rectificativa. Vacío: lo que has marcado arriba."),
    )
    art80_circumstance = forms.CharField(
        label=_("Circunstancia del art. 80 LIVA"), required=False, max_length=80
    )
    art80_on = SpanishDateField(label=_("Fecha de esa circunstancia"), required=False)

    def __init__(
        self, data: Any = None, *, originals: Sequence[Invoice], late: bool, today: date
    ) -> None:
        super().__init__(data)
        names = [
            (cause.code, f"{cause.label} · {kind_of(kind_for(cause, originals)).legal}")
            for cause in CAUSES.values()
        ]
        self.fields["cause"].choices = names  # type: ignore[attr-defined]
        self.fields["art80_on"].today = today  # type: ignore[attr-defined]
        if not late:
            del self.fields["art80_circumstance"], self.fields["art80_on"]

    def clean_reason(self) -> str:
        return clean_line(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "art80_on" in self.fields:
            text = _("Han pasado más de cuatro años: dilo para poder rectificar (art. 15.3).")
            for name in ("art80_circumstance", "art80_on"):
                if name not in self.errors and not data.get(name):
                    self.add_error(name, text)
        return data


class _ClientForm(forms.Form):
    def __init__(self, data: Any = None, *, member: Membership, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["party"] = SearchSelectField(
            Party.objects.visible_to(member).filter(archived_at__isnull=True),
            label=_("Cliente"),
            remote=lambda: reverse("parties:client_options"),
            error_messages={
                "required": _("Elige el cliente."),
                "invalid_choice": _("Ese cliente ya no está. Elige otro."),
            },
        )
        self.order_fields(["party"])


class ExchangeForm(_ClientForm):
    """Who the full invoice is for."""


class RebateForm(_ClientForm):
    """A volume rebate: the period it is for, without naming invoices (art. 15.4)."""

    period = forms.CharField(
        label=_("Periodo"),
        max_length=80,
        help_text=_("Por ejemplo: del 01/01/2026 al 30/06/2026."),
    )
    reason = forms.CharField(
        label=_("Motivo"), max_length=300, initial=_("Rappel por volumen de compras")
    )

    def clean_period(self) -> str:
        return clean_line(self.cleaned_data["period"])

    def clean_reason(self) -> str:
        return clean_line(self.cleaned_data["reason"])


class AdviserForm(forms.Form):
    purpose = forms.ChoiceField(
        label=_("¿Qué quieres hacer?"), choices=PURPOSES, widget=forms.RadioSelect
    )
    buyer = forms.ChoiceField(
        label=_("¿Quién compra?"), choices=BUYERS, widget=forms.RadioSelect, required=False
    )
    amount = forms.ChoiceField(
        label=_("¿Cuánto suma, con impuestos?"),
        choices=AMOUNTS,
        widget=forms.RadioSelect,
        required=False,
    )
