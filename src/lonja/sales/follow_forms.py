"""What is typed about a quote that waits for an answer."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company
from lonja.tasks.models import CallResult, InteractionKind
from lonja.ui.forms import SpanishDateField


class DaysForm(forms.Form):
    days = forms.IntegerField(label=_("Días más"), min_value=1, max_value=365, initial=15)


class ContactForm(forms.Form):
    """A call, visit, note or mail about a quote. Left alone, it happened now."""

    result = forms.ChoiceField(
        label=_("Resultado"), choices=CallResult.choices, initial=CallResult.TALKED
    )
    minutes = forms.IntegerField(
        label=_("Minutos"),
        required=False,
        min_value=0,
        max_value=1440,
        widget=forms.NumberInput({"class": "tn"}),
    )
    text = forms.CharField(
        label=_("Qué se dijo"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    day = SpanishDateField(label=_("Día"), required=False)
    hour = forms.TimeField(
        label=_("Hora"),
        required=False,
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, *args: Any, kind: str, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        cast(SpanishDateField, self.fields["day"]).today = company.today()
        if kind != InteractionKind.CALL:
            del self.fields["result"]
        if kind not in (InteractionKind.CALL, InteractionKind.VISIT):
            del self.fields["minutes"]
        if kind in (InteractionKind.NOTE, InteractionKind.MAIL):
            self.fields["text"].required = True

    def moment(self) -> datetime:
        """When it happened: now, unless a day or an hour was typed."""
        day, hour = self.cleaned_data.get("day"), self.cleaned_data.get("hour")
        now = timezone.now().astimezone(self.company.zone)
        if day is None and hour is None:
            return now
        when = day or now.date()
        clock = hour or (now.time() if when == now.date() else time(12, 0))
        return datetime.combine(when, clock, tzinfo=self.company.zone)
