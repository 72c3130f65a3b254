"""Forms that make users, and the ones that say what they may do."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Language, Membership, Profile, Role, User
from lonja.kit import identifiers
from lonja.kit.errors import Refused
from lonja.kit.text import clean_line
from lonja.office.forms.account import PASSWORD_HINT


class EmailField(forms.CharField):
    """An e-mail address, checked and in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"class": "in-l", "autocomplete": "email"})
        super().__init__(max_length=254, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return identifiers.check_email(text).lower()
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error


class NameField(forms.CharField):
    def clean(self, value: Any) -> str:
        return clean_line(super().clean(value))


class NewPasswordField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "in-l"})
        super().__init__(
            label=_("Contraseña"), help_text=PASSWORD_HINT, strip=False, widget=widget, **kwargs
        )


class PersonForm(forms.Form):
    """Name and password of a new user."""

    full_name = NameField(
        label=_("Nombre y apellidos"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "class": "in-l", "autofocus": True}),
    )
    password = NewPasswordField()
    address = ""  # of somebody invited, who does not type it

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password"):
            person = User(
                email=data.get("email") or self.address, full_name=data.get("full_name", "")
            )
            try:
                validate_password(data["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class FirstAdministratorForm(PersonForm):
    organisation_name = NameField(
        label=_("Nombre de tu empresa"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "class": "in-l"}),
    )
    email = EmailField(label=_("Correo"))
    field_order = ["full_name", "email", "password", "organisation_name"]


class OrganisationForm(forms.Form):
    name = NameField(
        label=_("Nombre de la empresa"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )


def _rows_of(form: forms.Form, name: str) -> forms.ModelChoiceField:
    return cast(forms.ModelChoiceField, form.fields[name])


class _RightsForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Rol"), choices=Role.choices, widget=forms.Select(attrs={"class": "in-m"})
    )
    profile = forms.ChoiceField(
        label=_("Qué ve"), choices=Profile.choices, widget=forms.RadioSelect, initial="structural"
    )
    reports_to = forms.ModelChoiceField(
        queryset=None,
        label=_("Depende de"),
        required=False,
        empty_label=_("Nadie"),
        widget=forms.Select(attrs={"class": "in-m"}),
        help_text=_("Quien está por encima ve también los clientes y documentos de esta persona."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Membership.objects.filter(deactivated_at=None).select_related("user")
        _rows_of(self, "reports_to").queryset = rows


class InvitationForm(_RightsForm):
    email = EmailField(label=_("Correo"))
    field_order = ["email", "role", "profile", "reports_to"]


class MemberForm(_RightsForm):
    companies = forms.ModelMultipleChoiceField(
        queryset=None,
        label=_("Empresas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Sin marcar ninguna, trabaja con todas."),
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        superiors = _rows_of(self, "reports_to")
        superiors.queryset = cast(QuerySet, superiors.queryset).exclude(pk=member.pk)
        companies = Company.objects.order_by("pk")
        if len(companies) > 1:
            _rows_of(self, "companies").queryset = companies
        else:
            del self.fields["companies"]


class AccessPolicyForm(forms.Form):
    grace_days = forms.IntegerField(
        label=_("Días de margen para activar el segundo factor"),
        min_value=0,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "in-xs"}),
        help_text=_("Cuentan desde la primera entrada de cada persona."),
    )


class ProfileForm(forms.Form):
    full_name = NameField(
        label=_("Nombre y apellidos"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "class": "in-l"}),
    )
    language = forms.ChoiceField(
        label=_("Idioma de las pantallas"),
        choices=Language.choices,
        required=False,
        help_text=_("También el de los correos que te manda Lonja. Los documentos no cambian."),
    )
