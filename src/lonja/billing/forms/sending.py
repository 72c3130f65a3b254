"""When invoices leave, as people say it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company
from lonja.accounts.schedule import calendar_for
from lonja.billing.forms.payment import AddressesField
from lonja.billing.models import SendWhen
from lonja.billing.working_days import next_working_day
from lonja.kit.dates import format_date
from lonja.ui.forms import SearchSelect, SpanishDateField, Switch

EXACT, WORKDAY = "exact", "workday"
NINE = time(9)


def zones(*first: str) -> list[tuple[str, str]]:
    """Every time zone, those of Spain before the others."""
    usual = [*first, "Europe/Madrid", "Atlantic/Canary"]
    names = list(dict.fromkeys([*usual, *sorted(available_timezones())]))
    return [(name, name.replace("_", " ")) for name in names if "/" in name or name == "UTC"]


class HourField(forms.TimeField):
    """«9», «9:30», «09:30»."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%H:%M", "%H.%M", "%H:%M:%S", "%H"],
            widget=forms.TimeInput(
                format="%H:%M",
                attrs={"class": "in-xs tn", "inputmode": "numeric", "autocomplete": "off"},
            ),
            error_messages={"invalid": _("Escribe la hora así: 9:30.")},
            **kwargs,
        )


class ScheduleForm(forms.Form):
    """An exact day and hour in a zone, or the next working day at nine."""

    how = forms.ChoiceField(label=_("Cuándo"), widget=forms.RadioSelect)
    day = SpanishDateField(label=_("Día"), required=False)
    hour = HourField(label=_("Hora"), required=False)
    zone = forms.ChoiceField(label=_("Zona horaria"), widget=SearchSelect())
    to = AddressesField(label=_("Para"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        now = company.now_local()
        self.working = next_working_day(now.date(), calendar_for(company))
        kwargs["initial"] = {
            "how": WORKDAY,
            "day": self.working,
            "hour": NINE,
            "zone": str(company.zone),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        self.fields["day"].today = now.date()  # type: ignore[attr-defined]
        working = _("El siguiente día laborable a las 9:00 (%(day)s)")
        self.fields["how"].choices = [  # type: ignore[attr-defined]
            (WORKDAY, working % {"day": format_date(self.working)}),
            (EXACT, _("El día y la hora que diga")),
        ]
        self.fields["zone"].choices = zones(str(company.zone))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        zone = ZoneInfo(data["zone"])
        day: date | None = self.working
        hour: time | None = NINE
        if data["how"] == EXACT:
            day, hour = data["day"], data["hour"]
            if day is None:
                self.add_error("day", ValidationError(_("Escribe qué día."), code="required"))
            if hour is None:
                self.add_error("hour", ValidationError(_("Escribe a qué hora."), code="required"))
        if day is not None and hour is not None:
            data["at"] = datetime.combine(day, hour, tzinfo=zone)
            if data["at"] <= timezone.now():
                self.add_error(
                    "day" if data["how"] == EXACT else None,
                    ValidationError(_("Ese momento ya ha pasado. Elige otro."), code="past"),
                )
        return data


class RuleForm(forms.Form):
    """When the invoices of a client leave; the empty choice: as those of the company."""

    send_when = forms.ChoiceField(
        label=_("Envío automático"), widget=forms.RadioSelect, required=False
    )
    hour = HourField(label=_("Hora del día laborable"), initial=NINE)

    def __init__(self, *args: Any, company_rule: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = list(SendWhen.choices)
        if company_rule is not None:
            usual = _("Como la empresa: %(rule)s")
            choices.insert(0, ("", usual % {"rule": company_rule.get_send_when_display()}))
        self.fields["send_when"].choices = choices  # type: ignore[attr-defined]
        self.fields["send_when"].required = company_rule is None


class CompanySendingForm(RuleForm):
    zone = forms.ChoiceField(label=_("Zona horaria"), widget=SearchSelect())
    needs_approval = forms.BooleanField(
        label=_("Un responsable aprueba los envíos"),
        required=False,
        widget=Switch,
        help_text=_(
            "Lo que envíe quien no puede aprobar, y lo que sale solo, espera en «Correo saliente › "
            "Por aprobar»."
        ),
    )
    link_days = forms.IntegerField(
        label=_("Días que vale el enlace del cliente"),
        min_value=1,
        max_value=3650,
        widget=forms.NumberInput(attrs={"class": "in-xs"}),
    )
    with_account = forms.BooleanField(
        label=_("El enlace enseña también sus otras facturas pendientes"),
        required=False,
        widget=Switch,
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = zones(str(company.zone))  # type: ignore[attr-defined]


class LinkForm(forms.Form):
    """For how long the link of a customer opens, from now."""

    days = forms.IntegerField(
        label=_("Vale durante (días, desde hoy)"),
        min_value=1,
        max_value=3650,
        widget=forms.NumberInput(attrs={"class": "in-xs"}),
    )
