"""The settings of quotes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models.people import Role
from lonja.accounts.permissions import roles_with
from lonja.kit.text import clean_block
from lonja.sales import permissions
from lonja.sales.choices import plain
from lonja.sales.models import QuoteSettings
from lonja.ui.forms import PercentField, Switch

MOST_REMINDERS = 3


def limited_roles() -> list[tuple[str, Any]]:
    """The roles that write quotes."""
    may = roles_with(permissions.EDIT)
    return [(role, label) for role, label in Role.choices if role in may]


class QuoteSettingsForm(forms.Form):
    valid_days = forms.IntegerField(label=_("Días de validez"), min_value=1, max_value=365)
    deposit_pct = PercentField(label=_("Anticipo habitual"), required=False)
    conditions = forms.CharField(
        label=_("Condiciones habituales"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 6}),
    )
    reminders_on = forms.BooleanField(
        label=_("Recordar al cliente que va a caducar"), required=False, widget=Switch
    )
    reminder_days = forms.CharField(label=_("Días antes"), required=False, max_length=30)

    def __init__(self, *args: Any, settings: QuoteSettings, **kwargs: Any) -> None:
        initial = {
            "valid_days": settings.valid_days,
            "deposit_pct": settings.deposit_pct or None,
            "conditions": settings.conditions,
            "reminders_on": settings.reminders_on,
            "reminder_days": ", ".join(str(day) for day in settings.reminder_days),
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.roles = limited_roles()
        for role, label in self.roles:
            text = settings.discount_limits.get(role)
            self.fields[f"limit_{role}"] = PercentField(
                label=label, required=False, initial=None if text is None else Decimal(text)
            )

    def clean_reminder_days(self) -> list[int]:
        parts = [part for part in re.split(r"[,;\s]+", self.cleaned_data["reminder_days"]) if part]
        if any(not part.isascii() or not part.isdigit() or not 1 <= int(part) <= 60
               for part in parts):  # fmt: skip
            raise ValidationError(_t("Escribe días entre 1 y 60, por ejemplo «7, 2»."))
        days = sorted({int(part) for part in parts}, reverse=True)
        if len(days) > MOST_REMINDERS:
            raise ValidationError(_t("Tres recordatorios como mucho."))
        return days

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reminders_on") and not data.get("reminder_days", True):
            self.add_error("reminder_days", _t("Escribe cuántos días antes, por ejemplo «3»."))
        return data

    def limits(self) -> list[Any]:
        """The fields of the roles, for the template."""
        return [self[f"limit_{role}"] for role, _label in self.roles]

    def values(self) -> dict[str, Any]:
        """What goes to `QuoteSettings`."""
        data = self.cleaned_data
        return {
            "valid_days": data["valid_days"],
            "deposit_pct": data["deposit_pct"] or Decimal(0),
            "conditions": clean_block(data["conditions"]),
            "reminders_on": data["reminders_on"],
            "reminder_days": data["reminder_days"],
            "discount_limits": {
                role: plain(data[f"limit_{role}"])
                for role, _label in self.roles
                if data[f"limit_{role}"] is not None
            },
        }
