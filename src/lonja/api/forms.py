"""Keys and webhooks as they are typed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership
from lonja.api.events import EVENTS
from lonja.api.scopes import RESOURCES
from lonja.kit.text import clean_line
from lonja.ui.forms import SpanishDateField


class TokenForm(forms.Form):
    """`scopes` is a list of codes, grouped by resource on the screen."""

    name = forms.CharField(
        label=_("Nombre"),
        max_length=80,
        help_text=_("El programa o la persona que la usará: «Tienda», «Almacén»…"),
    )
    membership = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Actúa en nombre de"),
        empty_label=None,
        help_text=_("La clave no puede más que esta persona, ni ve lo que ella no ve."),
    )
    expires_on = SpanishDateField(
        label=_("Caduca"), required=False, help_text=_("Último día que sirve; vacío, no caduca.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Qué puede hacer"),
        choices=[(str(r.label), [(s.code, s.label) for s in r.scopes]) for r in RESOURCES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, company: Company | None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        people = Membership.objects.filter(deactivated_at=None).select_related("user")
        self.fields["membership"].queryset = people.order_by("user__full_name", "pk")  # type: ignore[attr-defined]
        self.fields["expires_on"].today = today  # type: ignore[attr-defined]

    def scope_groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Resource → its scopes, ticked or not, as the screen shows them."""
        on = set(self["scopes"].value() or ())
        return [
            (
                str(resource.label),
                [
                    {"code": one.code, "label": one.label, "on": one.code in on}
                    for one in resource.scopes
                ],
            )
            for resource in RESOURCES
        ]

    def clean_name(self) -> str:
        return clean_line(self.cleaned_data["name"])

    def expires_at(self) -> datetime | None:
        """The end of the last day, where the company is."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        zone = self.company.zone if self.company is not None else timezone.get_current_timezone()
        return datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone)


class WebhookForm(forms.Form):
    """`events` is a list of codes of the catalogue."""

    url = forms.CharField(
        label=_("Dirección"),
        max_length=500,
        help_text=_(
            "Empieza por https:// y contesta a un POST con un 200 en menos de 10 segundos."
        ),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "class": "tn"}),
    )
    description = forms.CharField(
        label=_("Para qué"), max_length=120, required=False, help_text=_("Solo para ti.")
    )
    events = forms.MultipleChoiceField(
        label=_("Avisos"),
        choices=[(event.code, event.label) for event in EVENTS.values()],
        required=False,
    )

    def event_choices(self) -> list[dict[str, Any]]:
        """Each event, ticked or not, as the screen shows it."""
        on = set(self["events"].value() or ())
        return [
            {"code": one.code, "label": one.label, "on": one.code in on} for one in EVENTS.values()
        ]

    def clean_url(self) -> str:
        return clean_line(self.cleaned_data["url"])

    def clean_description(self) -> str:
        return clean_line(self.cleaned_data["description"])
