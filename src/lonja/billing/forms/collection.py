"""Reminders, disputes, claims, and the settings of collecting."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lonja.billing.forms.payment import AddressesField, MailForm
from lonja.billing.models import BillingSettings, CorrectivesName, ReminderStep, Tone
from lonja.kit.text import clean_block, clean_line
from lonja.ui.forms import PercentField, SpanishDateField, Switch


class ReminderForm(MailForm):
    cc = None  # type: ignore[assignment]


class DisputeForm(forms.Form):
    reason = forms.CharField(
        label=_("Qué dice el cliente"),
        max_length=200,
        error_messages={"required": _("Escribe por qué no la acepta.")},
    )

    def clean_reason(self) -> str:
        return clean_line(self.cleaned_data["reason"])


class ClaimForm(forms.Form):
    to = AddressesField(label=_("Enviar también a"), required=False)
    text = forms.CharField(
        label=_("Mensaje"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": "8"}),
    )

    def clean_text(self) -> str:
        return clean_block(self.cleaned_data["text"])


class SettingsForm(forms.Form):
    correctives_name = forms.ChoiceField(
        label=_("Cómo llamas a las rectificativas"), choices=CorrectivesName.choices
    )
    reminders_on = forms.BooleanField(
        label=_("Enviar los recordatorios solos"), required=False, widget=Switch
    )

    def __init__(self, *args: Any, settings: BillingSettings, **kwargs: Any) -> None:
        initial = {
            "correctives_name": settings.correctives_name,
            "reminders_on": settings.reminders_on,
        }
        super().__init__(*args, initial=initial, **kwargs)


class StepForm(forms.Form):
    days_after = forms.IntegerField(
        label=_("Días después del vencimiento"), min_value=1, max_value=365
    )
    tone = forms.ChoiceField(label=_("Tono"), choices=Tone.choices)
    subject = forms.CharField(label=_("Asunto"), max_length=200)
    text = forms.CharField(
        label=_("Mensaje"), max_length=5000, widget=forms.Textarea(attrs={"rows": "9"})
    )
    is_active = forms.BooleanField(label=_("Activo"), required=False, widget=Switch)

    def __init__(self, *args: Any, step: ReminderStep, **kwargs: Any) -> None:
        names = ("days_after", "tone", "subject", "text", "is_active")
        initial = {name: getattr(step, name) for name in names} if step.pk else {"is_active": True}
        super().__init__(*args, initial=initial, **kwargs)
        self.step = step

    def clean_subject(self) -> str:
        return clean_line(self.cleaned_data["subject"])

    def clean_text(self) -> str:
        return clean_block(self.cleaned_data["text"])

    def clean_days_after(self) -> int:
        days = self.cleaned_data["days_after"]
        others = ReminderStep.objects.filter(company_id=self.step.company_id, days_after=days)
        if others.exclude(pk=self.step.pk).exists():
            raise ValidationError(_("Ya hay un recordatorio a esos días. Elige otros."))
        return int(days)


class LateRateForm(forms.Form):
    since = SpanishDateField(label=_("Primer día del semestre"))
    pct = PercentField(label=_("Tipo anual"))
    source = forms.CharField(label=_("Resolución (BOE)"), max_length=200)

    def clean_since(self) -> date:
        day: date = self.cleaned_data["since"]
        if (day.month, day.day) not in ((1, 1), (7, 1)):
            raise ValidationError(_("Escribe el 1 de enero o el 1 de julio."))
        return day

    def clean_source(self) -> str:
        return clean_line(self.cleaned_data["source"])
