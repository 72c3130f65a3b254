"""Small forms to write down a call, a visit, a note or a mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.parties.models import Contact, Party
from lonja.tasks.models import CallResult, InteractionKind
from lonja.ui.forms import SpanishDateField


class ClockField(forms.CharField):
    """A time of day typed as «9», «9:30» or «18.30»; its value is (hour, minute) or None."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"class": "tn", "inputmode": "numeric", "autocomplete": "off"}
        super().__init__(max_length=8, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace(".", ":").lower().removesuffix("h").strip()
        if not text:
            return None
        hour, _colon, minute = text.partition(":")
        if not (hour.isdigit() and (minute or "0").isdigit()):
            raise ValidationError(_("Escribe la hora como 9:30."), code="time")
        clock = int(hour[:3]), int((minute or "0")[:3])
        if clock[0] > 23 or clock[1] > 59:
            raise ValidationError(_("Escribe la hora como 9:30."), code="time")
        return clock


class InteractionForm(forms.Form):
    """One kind of contact with a client. Left alone, it happened now."""

    result = forms.ChoiceField(
        label=_("Resultado"), choices=CallResult.choices, initial=CallResult.TALKED
    )
    contact = forms.ModelChoiceField(
        queryset=None, label=_("Con quién"), required=False, empty_label=_("Sin decir")
    )
    minutes = forms.IntegerField(
        label=_("Minutos"),
        required=False,
        min_value=0,
        max_value=1440,
        widget=forms.NumberInput(attrs={"class": "tn"}),
    )
    text = forms.CharField(
        label=_("Qué se dijo"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    day = SpanishDateField(label=_("Día"), required=False)
    time = ClockField(label=_("Hora"), required=False)

    def __init__(self, *args: Any, kind: str, party: Party, **kwargs: Any) -> None:
        super().__init__(*args, prefix=kind, **kwargs)
        self.kind = kind
        contacts = cast(forms.ModelChoiceField, self.fields["contact"])
        contacts.queryset = Contact.objects.filter(party=party).order_by("-is_main", "name")
        gone = {
            InteractionKind.CALL: (),
            InteractionKind.VISIT: ("result",),
            InteractionKind.NOTE: ("result", "minutes", "contact"),
            InteractionKind.MAIL: ("result", "minutes"),
        }
        for name in gone[InteractionKind(kind)]:
            del self.fields[name]
        if kind in (InteractionKind.NOTE, InteractionKind.MAIL):
            self.fields["text"].required = True

    def moment(self, zone: Any) -> datetime:
        """When it happened: now, unless a day or a time was typed."""
        day, clock = self.cleaned_data.get("day"), self.cleaned_data.get("time")
        now = timezone.now().astimezone(zone)
        if day is None and clock is None:
            return now
        hour, minute = clock or ((now.hour, now.minute) if day == now.date() else (12, 0))
        when = day or now.date()
        return datetime(when.year, when.month, when.day, hour, minute, tzinfo=zone)
