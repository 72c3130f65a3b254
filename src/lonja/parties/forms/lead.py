"""What a person types about a lead: a name and how to reach it are enough."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lonja.accounts.models import Membership
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_postcode
from lonja.kit.text import clean_line
from lonja.parties.actions.clients import refuse_foreign_agent
from lonja.parties.actions.identify import identify
from lonja.parties.actions.leads import written_phone
from lonja.parties.forms.client import CleanTextMixin, _asked, agents_for, check_email
from lonja.parties.models import Kind, LeadStatus, Party
from lonja.parties.sources import source_choices


class LeadForm(CleanTextMixin, forms.Form):
    """`quick` leaves what the drawer asks."""

    QUICK = ("name", "company", "phone", "email", "source", "agent", "notes")

    name = forms.CharField(label=_("Nombre"), max_length=120, required=False)
    company = forms.CharField(label=_("Empresa"), max_length=120, required=False)
    phone = forms.CharField(label=_("Teléfono"), max_length=30, required=False)
    email = forms.CharField(label=_("Correo"), max_length=254, required=False)
    source = forms.ChoiceField(label=_("Origen"), required=False)
    agent = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Agente"), required=False, empty_label=_("Sin agente")
    )
    notes = forms.CharField(
        label=_("Qué necesita"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    kind = forms.ChoiceField(
        label=_("Tipo"), required=False, choices=[("", _("Según lo que pongas")), *Kind.choices]
    )
    position = forms.CharField(
        label=pgettext_lazy("puesto", "Cargo"), max_length=80, required=False
    )
    nif = forms.CharField(
        label=_("NIF"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"class": "tn", "autocapitalize": "characters"}),
    )
    address = forms.CharField(label=_("Dirección"), max_length=200, required=False)
    postcode = forms.CharField(
        label=_("Código postal"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"class": "in-s tn", "inputmode": "numeric"}),
    )
    city = forms.CharField(label=_("Población"), max_length=80, required=False)
    province = forms.CharField(label=_("Provincia"), max_length=80, required=False)
    website = forms.CharField(label=_("Web"), max_length=120, required=False)

    def __init__(self, *args: Any, member: Membership, quick: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        fields: dict[str, Any] = self.fields
        fields["agent"].queryset = agents_for(member)
        fields["source"].choices = source_choices()
        if member.sees_only_own:
            fields["agent"].empty_label = None
            fields["agent"].initial = member.pk
        fields["phone"].widget.attrs["inputmode"] = "tel"
        fields["email"].widget.attrs["inputmode"] = "email"
        for name in ("nif", "email", "phone", "name", "company"):
            fields[name].widget.attrs.update(
                {
                    "hx-get": reverse("parties:client_lookalikes"),
                    "hx-trigger": "change",
                    "hx-target": "#parecidos",
                    "hx-include": "[name=nif],[name=name],[name=company],[name=email],[name=phone]",
                    "hx-sync": "closest form:replace",
                }
            )
        if quick:
            for name in list(fields):
                if name not in self.QUICK:
                    del fields[name]

    def clean_email(self) -> str:
        return _asked(check_email, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return written_phone(self.cleaned_data["phone"])

    def clean_nif(self) -> str:
        text = self.cleaned_data["nif"]
        return _asked(lambda value: identify(value).value, text)

    def clean_agent(self) -> Membership | None:
        agent = self.cleaned_data["agent"]
        if agent is None:
            return None  # the action gives it to a hierarchical member
        try:
            refuse_foreign_agent(agent, self.member)
        except Refused as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        return agent

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not clean_line(data.get("name", "")) and not clean_line(data.get("company", "")):
            self.add_error("name", ValidationError(_("Escribe el nombre."), code="name_missing"))
        reachable = data.get("phone") or data.get("email")
        if not reachable and not {"phone", "email"} & set(self.errors):
            self.add_error(
                "phone",
                ValidationError(
                    _("Escribe un teléfono o un correo para poder contactar."), code="unreachable"
                ),
            )
        return data


class MoveLeadForm(forms.Form):
    """The states one may simply pass a lead to; the others have a verb of their own."""

    status = forms.ChoiceField(
        label=_("Estado"),
        choices=[
            (one.value, one.label)
            for one in (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED)
        ],
    )


class SourceForm(CleanTextMixin, forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=80)


class DiscardForm(CleanTextMixin, forms.Form):
    reason = forms.CharField(
        label=_("Motivo"),
        max_length=200,
        help_text=_("Por qué no sigue: «no contesta», «ya tiene proveedor»… Se puede retomar."),
    )


class ConvertForm(CleanTextMixin, forms.ModelForm):
    """Only what a full invoice asks of its recipient and we do not have."""

    class Meta:
        model = Party
        fields = ("name", "nif", "address", "postcode", "city")
        labels = {
            "name": _("Nombre o razón social"),
            "postcode": _("Código postal"),
        }
        widgets = {
            "postcode": forms.TextInput(attrs={"class": "in-s tn", "inputmode": "numeric"}),
            "nif": forms.TextInput(attrs={"class": "tn", "autocapitalize": "characters"}),
        }

    def __init__(self, *args: Any, missing: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.fields):
            if name not in missing:
                del self.fields[name]
            else:
                self.fields[name].required = False

    def clean_nif(self) -> str:
        text = self.cleaned_data["nif"].strip()
        if not text:
            return ""
        country = self.instance.country
        try:
            found = identify(text, "" if country == "ES" else country)
        except Refused as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        self.instance.id_type = found.id_type
        return found.value

    def clean_postcode(self) -> str:
        text = self.cleaned_data["postcode"].strip()
        if not text or self.instance.country != "ES":
            return text
        try:
            found = check_postcode(text, typed=True)
        except Refused as refused:
            raise ValidationError(str(refused), code=refused.code) from refused
        self.instance.province = self.instance.province or found.province
        return found.value
