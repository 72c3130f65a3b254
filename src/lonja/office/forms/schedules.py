"""Forms of hours, departments and absences."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Department, Membership, WorkCalendar
from lonja.accounts.models.schedule import Zone
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.kit.worktime import Intervals, Week, hours_text, parse_hours, regions
from lonja.ui.forms import SpanishDateField

DAYS = (
    ("mon", _("Lunes")),
    ("tue", _("Martes")),
    ("wed", _("Miércoles")),
    ("thu", _("Jueves")),
    ("fri", _("Viernes")),
    ("sat", _("Sábado")),
    ("sun", _("Domingo")),
)
LONGEST_STAY = 366


class HoursInput(forms.TextInput):
    """Empty means something: the browser must not ask to fill it in."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class HoursField(forms.CharField):
    """The hours of a day: «9-14, 16-19»; empty is closed. Its value is a tuple of intervals."""

    def __init__(self, *, may_close: bool = True, **kwargs: Any) -> None:
        attrs: dict[str, Any] = {"class": "tn", "autocomplete": "off"}
        if may_close:
            attrs["placeholder"] = _("Cerrado")
        super().__init__(max_length=120, widget=HoursInput(attrs=attrs), **kwargs)
        self.may_close = may_close

    def clean(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return value
        try:
            intervals = parse_hours(str(value or "")[:120])
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error
        if not self.may_close and not intervals:
            raise ValidationError(_("Escribe las horas, como 9-14."), code="required")
        return intervals

    def prepare_value(self, value: Any) -> Any:
        return hours_text(value) if isinstance(value, tuple) else value


class TimeField(forms.CharField):
    """A time of day typed as «9», «9:30» or «18.30»; its value is minutes since midnight."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"class": "tn", "inputmode": "numeric", "autocomplete": "off"}
        super().__init__(max_length=8, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace(".", ":").lower().removesuffix("h").strip()
        hour, _colon, minute = text.partition(":")
        try:
            total = int(hour) * 60 + int(minute or 0)
        except ValueError:
            total = -1
        if not 0 <= total < 24 * 60 or int(minute or 0) > 59:
            raise ValidationError(_("Escribe la hora como 9:30."), code="time")
        return total


class NameField(forms.CharField):
    def clean(self, value: Any) -> str:
        return clean_line(super().clean(value))


class _WeekForm(forms.Form):
    mon = HoursField(label=DAYS[0][1])
    tue = HoursField(label=DAYS[1][1])
    wed = HoursField(label=DAYS[2][1])
    thu = HoursField(label=DAYS[3][1])
    fri = HoursField(label=DAYS[4][1])
    sat = HoursField(label=DAYS[5][1])
    sun = HoursField(label=DAYS[6][1])

    def week(self) -> Week:
        """The hours of the week, Monday first."""
        days: list[Intervals] = [self.cleaned_data[name] for name, _label in DAYS]
        return (days[0], days[1], days[2], days[3], days[4], days[5], days[6])

    @property
    def days(self) -> list[Any]:
        """The seven fields of the week."""
        return [self[name] for name, _label in DAYS]


def week_initial(week: Week) -> dict[str, Intervals]:
    """What a week shows in the fields of a form."""
    return {name: hours for (name, _label), hours in zip(DAYS, week, strict=True)}


class CalendarForm(_WeekForm):
    """The name of a calendar, where it holds and its ordinary week."""

    company = forms.ModelChoiceField(queryset=None, label=_("Empresa"), empty_label=None)
    name = NameField(
        label=_("Nombre"), max_length=80, help_text=_("Por ejemplo, «Oficina» o «Taller».")
    )
    region = forms.ChoiceField(
        label=_("Festivos de"),
        required=False,
        choices=[("", _("Ninguno: solo los que añadas tú")), *regions()],
        help_text=_("Los nacionales y los de tu comunidad. Los dos locales los añades tú."),
    )
    zone = forms.ChoiceField(label=_("Hora de"), choices=Zone.choices)

    def __init__(self, *args: Any, companies: QuerySet, fixed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _companies_into(self, companies, fixed)


class PeriodForm(_WeekForm):
    """Other hours between two days."""

    name = NameField(
        label=_("Nombre"), max_length=80, help_text=_("Por ejemplo, «Jornada de verano».")
    )
    first = SpanishDateField(label=_("Desde el"))
    last = SpanishDateField(label=_("Hasta el"))

    def clean(self) -> dict[str, Any]:
        return _in_order(self, super().clean() or {})


class HolidayForm(forms.Form):
    """A day on which the company does not work."""

    day = SpanishDateField(label=_("Día"))
    name = NameField(label=_("Qué se celebra"), max_length=80)
    prefix = "festivo"


class OpenDayForm(forms.Form):
    """A day with hours of its own, whatever the rest says."""

    day = SpanishDateField(label=_("Día"))
    hours = HoursField(label=_("Horas"), may_close=False)
    prefix = "abierto"


class TrialForm(forms.Form):
    """Two moments, on the clock of the calendar."""

    desde = SpanishDateField(label=_("Desde el"))
    desde_hora = TimeField(label=_("Hora de inicio"))
    hasta = SpanishDateField(label=_("Hasta el"))
    hasta_hora = TimeField(label=_("Hora de fin"))

    def moments(self, zone: Any) -> tuple[datetime, datetime]:
        """Both moments with their zone."""
        data = self.cleaned_data
        start = _moment(data["desde"], data["desde_hora"], zone)
        return start, _moment(data["hasta"], data["hasta_hora"], zone)


class DepartmentForm(forms.Form):
    company = forms.ModelChoiceField(queryset=None, label=_("Empresa"), empty_label=None)
    name = NameField(label=_("Nombre"), max_length=80)
    calendar = forms.ModelChoiceField(
        queryset=None,
        label=_("Horario"),
        required=False,
        empty_label=_("El general de la empresa"),
        widget=forms.Select(attrs={"class": "in-m"}),
    )
    members = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("Quién lo forma"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        companies: QuerySet,
        department: Department | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _companies_into(self, companies, department is not None)
        calendars = WorkCalendar.objects.filter(deactivated_at=None, company__in=companies)
        people = Membership.objects.filter(deactivated_at=None)
        if department is not None:
            calendars = calendars.filter(company_id=department.company_id)
            if department.calendar_id is not None:
                calendars |= WorkCalendar.objects.filter(pk=department.calendar_id)
            people |= Membership.objects.filter(departments=department)
        _rows_of(self, "calendar").queryset = calendars
        named = people.distinct().select_related("user").order_by("user__full_name", "user__email")
        _rows_of(self, "members").queryset = named


class AbsenceForm(forms.Form):
    membership = forms.ModelChoiceField(queryset=None, label=_("Persona"), empty_label="")
    first = SpanishDateField(label=_("Primer día"))
    last = SpanishDateField(label=_("Último día"))
    reason = NameField(
        label=_("Motivo"), max_length=120, required=False, help_text=_("Vacaciones, baja, curso…")
    )

    def __init__(self, *args: Any, people: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _rows_of(self, "membership").queryset = people

    def clean(self) -> dict[str, Any]:
        return _in_order(self, super().clean() or {})


def _companies_into(form: forms.Form, companies: QuerySet[Company], fixed: bool) -> None:
    if fixed or companies.count() < 2:
        del form.fields["company"]
    else:
        _rows_of(form, "company").queryset = companies


def _rows_of(form: forms.Form, name: str) -> forms.ModelChoiceField:
    return cast(forms.ModelChoiceField, form.fields[name])


def _in_order(form: forms.Form, data: dict[str, Any]) -> dict[str, Any]:
    first, last = data.get("first"), data.get("last")
    if first and last and last < first:
        form.add_error("last", _("Acaba antes de empezar. Revisa las fechas."))
    elif first and last and (last - first).days > LONGEST_STAY:
        form.add_error("last", _("Dura más de un año. Revisa las fechas."))
    return data


def _moment(day: date, minutes: int, zone: Any) -> datetime:
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
