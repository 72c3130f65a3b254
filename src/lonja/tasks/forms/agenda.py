"""Forms of one's own agenda."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lonja.tasks.forms.interaction import ClockField
from lonja.ui.forms import SpanishDateField, Switch


class ReminderForm(forms.Form):
    """When to be told."""

    day = SpanishDateField(label=_("Día"))
    time = ClockField(label=_("Hora"))

    def moment(self, zone: Any) -> datetime:
        """The instant, on the clock of that zone."""
        day, (hour, minute) = self.cleaned_data["day"], self.cleaned_data["time"]
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


class AlertsForm(forms.Form):
    """What one wants to receive."""

    digest = forms.BooleanField(
        label=_("Recibir cada mañana un correo con mi día"),
        required=False,
        widget=Switch,
        help_text=_("Los días de trabajo, si tienes algo atrasado, para hoy o sin leer."),
    )
