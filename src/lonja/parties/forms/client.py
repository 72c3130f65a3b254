"""What a person types about a client."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email, check_phone, check_postcode, format_phone
from lonja.kit.text import clean_block, clean_line
from lonja.parties.actions.clients import refuse_foreign_agent
from lonja.parties.actions.identify import identify
from lonja.parties.actions.sources import source_named
from lonja.parties.countries import countries
from lonja.parties.models import Contact, IdType, Kind, LeadSource, Party, PaymentMethod
from lonja.parties.sources import source_choices
from lonja.parties.terms import parse_terms
from lonja.tax.categories import categories
from lonja.ui.forms import (
    IbanField,
    MoneyField,
    PercentField,
    SearchSelect,
    SpanishDateField,
    Switch,
)

LANGUAGES = (
    ("es", _("Español")),
    ("ca", _("Catalán")),
    ("gl", _("Gallego")),
    ("eu", _("Euskera")),
    ("en", _("Inglés")),
)


def agents_for(member: Membership | None) -> Any:
    """Active members a client may be given to: for a hierarchical one, its own team."""
    people = Membership.objects.all() if member is None else member.branch()
    people = people.filter(deactivated_at=None).select_related("user")
    return people.order_by("user__full_name", "pk")


class CleanTextMixin:
    """Every text field is cleaned of control and invisible characters."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, value in self.cleaned_data.items():
            if isinstance(value, str) and value:
                block = isinstance(self.fields[name].widget, forms.Textarea)
                self.cleaned_data[name] = clean_block(value) if block else clean_line(value)


class ClientForm(CleanTextMixin, forms.ModelForm):
    """All the data of a client. `quick` leaves only what the drawer asks."""

    QUICK = ("name", "nif", "email", "phone", "address", "postcode", "city", "agent")

    tags = forms.CharField(
        label=_("Etiquetas"), required=False, help_text=_("Separadas por comas.")
    )
    email = forms.CharField(label=_("Correo"), required=False, max_length=254)
    invoice_emails = forms.CharField(
        label=_("Correos para facturas"),
        required=False,
        help_text=_("Separados por comas. Si no hay ninguno, van al correo general."),
    )
    quote_emails = forms.CharField(
        label=_("Correos para presupuestos"),
        required=False,
        help_text=_("Si no hay ninguno, van al correo general."),
    )
    reminder_emails = forms.CharField(
        label=_("Correos para recordatorios de cobro"),
        required=False,
        help_text=_("Si no hay ninguno, van adonde van las facturas."),
    )
    iban = IbanField(label=_("IBAN"), required=False)
    risk_limit_cents = MoneyField(label=_("Límite de riesgo"), required=False, least=0)
    withholding_pct = PercentField(label=_("Retención de IRPF"), required=False)
    einvoice_consent_on = SpanishDateField(
        label=_("Acepta facturas por correo desde"),
        required=False,
        help_text=_(
            "Solo para particulares: la ley pide que lo acepten antes (art. 63.3 LGDCU). Vacío, no "
            "consta; pueden pedirlas en papel sin coste."
        ),
    )
    client_since = SpanishDateField(label=_("Cliente desde"), required=False)
    surcharge = forms.BooleanField(
        label=_("Recargo de equivalencia"),
        required=False,
        widget=Switch,
        help_text=_("Comercio minorista al que se factura con recargo."),
    )
    country = forms.ChoiceField(label=_("País"), widget=SearchSelect())
    lead_source = forms.ChoiceField(label=_("Origen"), required=False)
    tax_category = forms.ChoiceField(label=_("Tratamiento fiscal"), required=False)
    language = forms.ChoiceField(label=_("Idioma de sus documentos"), choices=LANGUAGES)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Party
        fields = (
            "kind", "name", "trade_name", "id_type", "nif", "country", "address", "postcode",
            "city", "province", "email", "phone", "website", "invoice_emails", "quote_emails",
            "reminder_emails", "agent", "payment_method", "payment_terms_days",
            "instalment_terms", "iban", "tariff", "risk_limit_cents", "surcharge",
            "withholding_pct", "einvoice_consent_on", "tax_category", "language", "client_since",
            "lead_source", "notes",
        )  # fmt: skip
        labels = {
            "name": _("Nombre o razón social"),
            "phone": _("Teléfono"),
            "postcode": _("Código postal"),
            "payment_terms_days": _("Días de vencimiento"),
        }
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 3}),
            "postcode": forms.TextInput(attrs={"class": "in-s tn", "inputmode": "numeric"}),
            "nif": forms.TextInput(attrs={"class": "tn", "autocapitalize": "characters"}),
        }

    def __init__(self, *args: Any, member: Membership, quick: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        fields: dict[str, Any] = self.fields
        fields["agent"].queryset = agents_for(member)
        fields["agent"].empty_label = _("Sin agente")
        if member.sees_only_own:
            fields["agent"].empty_label = None
            fields["agent"].initial = member.pk
        fields["country"].choices = list(countries().items())
        fields["tax_category"].choices = [("", _("El de cada producto")), *_categories(self)]
        for name in ("id_type", "kind", "payment_method", "language", "country"):
            fields[name].required = False
        self._lookups(fields)
        own = self.instance.lead_source
        fields["lead_source"].choices = source_choices(own)
        self.initial["lead_source"] = (
            own.name if own is not None else self.initial.get("source", "")
        )
        for name in ("invoice_emails", "quote_emails", "reminder_emails"):
            self.initial[name] = ", ".join(getattr(self.instance, name))
        if self.instance.pk:
            self.initial["tags"] = ", ".join(
                self.instance.party_tags.order_by("tag__name").values_list("tag__name", flat=True)
            )
            self.initial["seen"] = self.instance.updated_at.isoformat()
            self.initial["phone"] = format_phone(self.instance.phone)
        if quick:
            for name in list(fields):
                if name not in self.QUICK:
                    del fields[name]

    def _lookups(self, fields: dict[str, Any]) -> None:
        """Ask about duplicates when leaving the fields that tell them."""
        for name in ("nif", "email", "phone", "name"):
            fields[name].widget.attrs.update(
                {
                    "hx-get": reverse("parties:client_lookalikes"),
                    "hx-trigger": "change",
                    "hx-target": "#parecidos",
                    "hx-include": "[name=nif],[name=name],[name=email],[name=phone],[name=id]",
                    "hx-sync": "closest form:replace",
                }
            )

    def clean_lead_source(self) -> LeadSource | None:
        return source_named(self.cleaned_data["lead_source"], by=self.member)

    def clean_instalment_terms(self) -> str:
        text = clean_line(self.cleaned_data["instalment_terms"])
        try:
            parse_terms(text)
        except Refused as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        return text

    def clean_einvoice_consent_on(self) -> date | None:
        day = self.cleaned_data["einvoice_consent_on"]
        if day is not None and day > timezone.localdate():
            raise ValidationError(
                _("Escribe el día en que lo aceptó: no puede ser futuro."), code="consent_future"
            )
        return day

    def clean_name(self) -> str:
        name = clean_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("Escribe el nombre o la razón social."), code="name_missing")
        return name

    def clean_email(self) -> str:
        return _asked(check_email, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        try:
            return check_phone(text) if text.strip() else ""
        except Refused:
            return text  # an extension, two numbers: kept as written

    def clean_invoice_emails(self) -> list[str]:
        return self._addresses("invoice_emails")

    def clean_quote_emails(self) -> list[str]:
        return self._addresses("quote_emails")

    def clean_reminder_emails(self) -> list[str]:
        return self._addresses("reminder_emails")

    def _addresses(self, name: str) -> list[str]:
        parts = re.split(r"[;,\s]+", self.cleaned_data[name])
        return [_asked(check_email, part) for part in parts if part]

    def clean_tags(self) -> list[str]:
        return [tag for tag in re.split(r"[;,]", self.cleaned_data["tags"]) if tag.strip()]

    def clean_agent(self) -> Membership | None:
        agent = self.cleaned_data["agent"]
        if agent is None and not self.instance.pk:
            return None  # the action gives it to a hierarchical member
        try:
            refuse_foreign_agent(agent, self.member)
        except Refused as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        return agent

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name, usual in (
            ("id_type", IdType.NIF),
            ("kind", ""),
            ("country", "ES"),
            ("payment_method", PaymentMethod.TRANSFER),
            ("language", "es"),
        ):
            if name in data and not data[name]:
                data[name] = usual
        self._identify(data)
        if data.get("postcode") and data.get("country", "ES") == "ES":
            try:
                found = check_postcode(data["postcode"], typed=True)
            except Refused as refused:
                self.add_error("postcode", str(refused))
            else:
                data["postcode"] = found.value
                if "province" not in data:
                    self.instance.province = self.instance.province or found.province
                elif not data["province"]:
                    data["province"] = found.province
        return data

    def _identify(self, data: dict[str, Any]) -> None:
        """The NIF normalised; it says whether it is a company or a person when nobody does."""
        found = None
        if data.get("nif"):
            country = data.get("country", "" if "country" not in self.fields else "ES")
            asked = data.get("id_type", "")
            # The usual choice is «NIF español»: a German number still finds its kind.
            if asked == IdType.NIF and country != "ES":
                asked = ""
            try:
                found = identify(data["nif"], country, id_type=asked)
            except Refused as refused:
                self.add_error("nif", str(refused))
        if found is not None:
            data["nif"] = found.value
            self.instance.id_type = found.id_type
            if "id_type" in self.fields:
                data["id_type"] = found.id_type
            if "country" not in self.fields:
                self.instance.country = found.country
        if "kind" not in self.fields:
            self.instance.kind = found.kind if found else Kind.COMPANY
        elif not data.get("kind"):
            data["kind"] = found.kind if found else Kind.COMPANY

    def changed_fields(self) -> list[str]:
        """Names of the model's fields whose stored value differs."""
        stored = Party.objects.get(pk=self.instance.pk)
        return [
            field.name
            for field in Party._meta.concrete_fields
            if field.editable
            and getattr(stored, field.attname) != getattr(self.instance, field.attname)
            and field.name not in ("updated_at", "organisation")
        ]


class ContactForm(CleanTextMixin, forms.ModelForm):
    email = forms.CharField(label=_("Correo"), required=False, max_length=254)

    class Meta:
        model = Contact
        fields = ("name", "position", "email", "phone", "is_main")
        widgets = {"is_main": Switch}

    def clean_email(self) -> str:
        return _asked(check_email, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        try:
            return check_phone(text) if text.strip() else ""
        except Refused:
            return text


class BlockForm(CleanTextMixin, forms.Form):
    reason = forms.CharField(
        label=_("Motivo"),
        max_length=200,
        help_text=_("Se verá en rojo en su ficha y al hacerle un documento."),
    )


def _asked(check: Any, text: str) -> str:
    if not text.strip():
        return ""
    try:
        return str(check(text))
    except Refused as refused:
        raise ValidationError(str(refused), code=refused.code) from refused


def _categories(form: ClientForm) -> list[tuple[str, str]]:
    from lonja.accounts.models import Company

    company = Company.objects.order_by("pk").first()
    territory = company.territory if company is not None else "peninsula"
    return [(one.code, one.label) for one in categories(territory) if not one.is_taxed]
