"""An albarán as it is typed, and who gets recapitulativas by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.billing.models import DeliveryNote
from lonja.kit.text import clean_line
from lonja.parties.models import Party
from lonja.ui.forms import SearchSelectField, SpanishDateField


def client_field(member: Membership) -> SearchSelectField:
    return SearchSelectField(
        Party.objects.visible_to(member).filter(archived_at__isnull=True),
        label=_("Cliente"),
        remote=lambda: reverse("parties:client_options"),
        error_messages={
            "required": _("Elige el cliente."),
            "invalid_choice": _("Ese cliente ya no está. Elige otro."),
        },
    )


class NoteForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    delivered_on = SpanishDateField(label=_("Fecha de entrega"))
    reference = forms.CharField(label=_("Referencia del cliente"), required=False, max_length=80)
    notes = forms.CharField(label=_("Observaciones"), required=False, max_length=300)

    def __init__(
        self, data: Any = None, *, note: DeliveryNote, member: Membership, today: date
    ) -> None:
        initial = {
            "party": note.party_id,
            "delivered_on": note.delivered_on,
            "reference": note.reference,
            "notes": note.notes,
            "version": note.version,
        }
        super().__init__(data, initial=initial)
        self.fields["party"] = client_field(member)
        self.fields["delivered_on"].today = today  # type: ignore[attr-defined]
        self.order_fields(["party"])

    def clean_reference(self) -> str:
        return clean_line(self.cleaned_data["reference"])

    def clean_notes(self) -> str:
        return clean_line(self.cleaned_data["notes"])


class MonthlyRecapForm(forms.Form):
    def __init__(self, data: Any = None, *, member: Membership) -> None:
        super().__init__(data)
        self.fields["party"] = client_field(member)
