"""What is typed in the editor and in the small forms around it."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership
from lonja.catalogue.models import PriceList
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email
from lonja.kit.text import clean_block, clean_line
from lonja.parties.models import Kind, Party
from lonja.sales.line_forms import PACES
from lonja.sales.models import Quote, QuoteTemplate
from lonja.subscriptions.models import WhenDue
from lonja.ui.forms import (
    NifField,
    PercentField,
    SearchSelectField,
    SpanishDateField,
)


def party_field(member: Membership, **kwargs: Any) -> SearchSelectField:
    rows = Party.objects.visible_to(member).filter(archived_at=None).order_by("name", "pk")
    return SearchSelectField(
        rows, remote=lambda: reverse("sales:party_options"), label=_("Cliente"), **kwargs
    )


def agents_for(member: Membership, kept: int | None = None) -> Any:
    """Those who may be chosen, and `kept`: whoever has it already, also when they left."""
    allowed = Q(deactivated_at=None)
    if member.sees_only_own:
        allowed &= Q(pk__in=member.subordinate_ids())
    rows = Membership.objects.filter(allowed | Q(pk=kept)).select_related("user")
    return rows.order_by("user__full_name", "pk")


class EmailsField(forms.CharField):
    """Several addresses separated by commas, spaces or lines; gives a list."""

    def clean(self, value: Any) -> list[str]:
        parts = [part for part in re.split(r"[,;\s]+", super().clean(value)) if part]
        try:
            return [check_email(part) for part in parts[:20]]
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


def _time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


class NewQuoteForm(forms.Form):
    """For whom: a client there is, or a new one with a name and how to reach them."""

    name = forms.CharField(label=_("Nombre o razón social"), max_length=120, required=False)
    kind = forms.ChoiceField(
        label=_("Tipo"), choices=Kind.choices, initial=Kind.COMPANY, required=False
    )
    nif = NifField(label=_("NIF"), required=False)
    contact = forms.CharField(label=_("Persona de contacto"), max_length=120, required=False)
    email = forms.EmailField(label=_("Correo"), required=False)
    phone = forms.CharField(label=_("Teléfono"), max_length=30, required=False)
    title = forms.CharField(label=_("Título del presupuesto"), max_length=160, required=False)

    def __init__(
        self, *args: Any, member: Membership, company: Company | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        templates = QuoteTemplate.objects.filter(company=company, retired_at=None).order_by("name")
        if company is not None and templates.exists():
            self.fields["template"] = forms.ModelChoiceField(
                templates, label=_("Plantilla"), required=False, empty_label=_t("Desde cero")
            )
        self.fields["party"] = party_field(
            member, required=False, empty_label=_("Ninguno: es un cliente nuevo")
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["name"] = clean_line(data.get("name") or "")
        if not data.get("party") and not data["name"] and "party" not in self.errors:
            self.add_error("party", _t("Elige un cliente, o escribe el nombre de uno nuevo."))
        return data


class QuoteForm(forms.Form):
    title = forms.CharField(label=_("Título"), max_length=160, required=False)
    valid_until = SpanishDateField(label=_("Válido hasta"))
    contact_name = forms.CharField(label=_("A la atención de"), max_length=120, required=False)
    email = forms.EmailField(label=_("Correo"), required=False)
    greeting = forms.CharField(label=_("Saludo"), max_length=300, required=False)
    conditions = forms.CharField(
        label=_("Condiciones"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 4}),
    )
    global_discount_pct = PercentField(label=_("Descuento en todo"), required=False)
    deposit_pct = PercentField(label=_("Anticipo"), required=False)
    probability_pct = forms.IntegerField(
        label=_("Probabilidad (%)"), min_value=0, max_value=100, required=False
    )
    expected_on = SpanishDateField(label=_("Cierre previsto"), required=False)
    service_starts_on = SpanishDateField(label=_("Inicio del servicio"), required=False)
    service_time = _time_field(_("Hora"))
    version = forms.IntegerField(widget=forms.HiddenInput)  # Quote.edited when it was opened
    # What the screen showed when it was opened: what nobody touched follows the client.
    seen_party = forms.CharField(required=False, widget=forms.HiddenInput)
    seen_contact_name = forms.CharField(required=False, widget=forms.HiddenInput)
    seen_email = forms.CharField(required=False, widget=forms.HiddenInput)
    seen_price_list = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, member: Membership, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"] = party_field(member)
        self.fields["agent"] = forms.ModelChoiceField(
            agents_for(member, self.initial.get("agent")),
            label=_("Agente"),
            required=not _free(member),
            empty_label="—",
        )
        kept = self.initial.get("price_list")
        self.fields["price_list"] = forms.ModelChoiceField(
            PriceList.objects.filter(Q(retired_at=None) | Q(pk=kept.pk if kept else None))
            .filter(Q(company=None) | Q(company=company))
            .order_by("name"),
            label=_("Tarifa"),
            required=False,
            empty_label=_("Catálogo"),
        )
        for name in ("valid_until", "expected_on", "service_starts_on"):
            cast(SpanishDateField, self.fields[name]).today = company.today()

    @classmethod
    def initial_of(cls, quote: Quote) -> dict[str, Any]:
        names = [name for name in cls.base_fields if name != "version" and name[:5] != "seen_"]
        values = {name: getattr(quote, name) for name in names}
        return {
            **values,
            "party": quote.party,
            "agent": quote.agent_id,
            "version": quote.edited,
            "seen_party": quote.party_id,
            "seen_contact_name": quote.contact_name,
            "seen_email": quote.email,
            "seen_price_list": quote.price_list_id or "",
            "price_list": quote.price_list,
            "global_discount_pct": quote.global_discount_pct or None,
            "deposit_pct": quote.deposit_pct or None,
        }

    def values(self) -> dict[str, Any]:
        """What goes to `save_quote`, cleaned; without what follows the client and nobody touched,
        when it is another client than the screen was opened with."""
        data = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "version" and name[:5] != "seen_"
        }
        for name in ("title", "contact_name", "greeting"):
            data[name] = clean_line(data[name])
        data["conditions"] = clean_block(data["conditions"])
        for name in ("global_discount_pct", "deposit_pct"):
            data[name] = data[name] or Decimal(0)
        if data["probability_pct"] is None:
            del data["probability_pct"]
        data["service_time"] = data["service_time"] or time(8, 0)
        for name in self.follows_client:
            del data[name]
        return data

    @property
    def follows_client(self) -> list[str]:
        """The fields still as they were for the client that the screen was opened with."""
        data = self.cleaned_data
        party, tarifa = data.get("party"), data.get("price_list")
        if party is None or data.get("seen_party") in ("", None, str(party.pk)):
            return []
        given = {
            "contact_name": data.get("contact_name") or "",
            "email": data.get("email") or "",
            "price_list": str(tarifa.pk) if tarifa else "",
        }
        return [name for name, value in given.items() if data.get(f"seen_{name}") == value]


def _free(member: Membership) -> bool:
    """Whoever sees everything may leave a quote without agent."""
    return not member.sees_only_own


class SendForm(forms.Form):
    to = EmailsField(label=_("Para"), widget=forms.TextInput({"autocomplete": "off"}))
    message = forms.CharField(
        label=_("Mensaje"), required=False, max_length=4000, widget=forms.Textarea({"rows": 5})
    )


class LostForm(forms.Form):
    reason = forms.CharField(label=_("Motivo"), max_length=300)


class StartForm(forms.Form):
    """When the service begins and how its invoices go out."""

    starts_on = SpanishDateField(label=_("Fecha de inicio"))
    send_time = _time_field(_("Hora"))
    when_due = forms.ChoiceField(
        label=_("Cada factura"), choices=WhenDue.choices, initial=WhenDue.SEND
    )
    until = SpanishDateField(label=_("Hasta"), required=False)
    emails = EmailsField(label=_("Correos de las facturas"), required=False)

    def __init__(
        self, *args: Any, company: Company, lines: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_on", "until"):
            cast(SpanishDateField, self.fields[name]).today = company.today()
        self.lines = lines
        for line in lines:
            key = line["key"]
            self.fields[f"unit_{key}"] = forms.ChoiceField(
                label=_("Periodicidad"),
                choices=PACES,
                required=False,
                initial=line["unit_of_time"],
            )
            self.fields[f"every_{key}"] = forms.IntegerField(
                label=_("Cada"), min_value=1, max_value=120, required=False, initial=line["every"]
            )

    def rows(self) -> list[tuple[dict[str, Any], Any, Any]]:
        """(line, periodicity, every) for the template."""
        return [
            (line, self[f"unit_{line['key']}"], self[f"every_{line['key']}"]) for line in self.lines
        ]

    def paces(self) -> dict[int, tuple[str, int]]:
        return {
            line["key"]: (
                self.cleaned_data[f"unit_{line['key']}"],
                self.cleaned_data[f"every_{line['key']}"] or 1,
            )
            for line in self.lines
        }


class ApprovalForm(forms.Form):
    reason = forms.CharField(label=_("Motivo"), max_length=300, required=False)


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Respuesta"), max_length=300, required=False)


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("Nombre de la plantilla"), max_length=120)


class ExtendForm(forms.Form):
    """For one quote, and for the list: the day until which they can be signed."""

    until = SpanishDateField(label=_("Válido hasta"))
