"""A payment, and the mail of an invoice, as they are typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from lonja.kit.text import clean_block, clean_line
from lonja.parties.models import PaymentMethod
from lonja.ui.forms import MoneyField, SpanishDateField, Switch


class PaymentForm(forms.Form):
    amount = MoneyField(label=_("Importe"))
    on = SpanishDateField(label=_("Fecha del cobro"))
    method = forms.ChoiceField(label=_("Cómo se ha cobrado"), choices=PaymentMethod.choices)
    reference = forms.CharField(label=_("Referencia"), required=False, max_length=80)
    note = forms.CharField(label=_("Nota"), required=False, max_length=200)
    keep_surplus = forms.BooleanField(
        label=_("Dejar lo que sobra como saldo a favor"), required=False, widget=Switch
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].today = today  # type: ignore[attr-defined]

    def clean_reference(self) -> str:
        return clean_line(self.cleaned_data["reference"])

    def clean_note(self) -> str:
        return clean_line(self.cleaned_data["note"])


class BulkPaymentForm(forms.Form):
    """The same day and way of paying for several invoices, each of what it owes."""

    on = SpanishDateField(label=_("Fecha del cobro"), initial="hoy")
    method = forms.ChoiceField(label=_("Cómo se ha cobrado"), choices=PaymentMethod.choices)


class AddressesField(forms.CharField):
    """E-mail addresses separated by commas, semicolons or spaces, as a list."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        text = clean_line(super().to_python(value) or "").replace(";", " ").replace(",", " ")
        return list(dict.fromkeys(text.split()))

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        for address in value[:20]:
            try:
                EmailValidator()(address)
            except ValidationError:
                raise ValidationError(
                    _("«%(address)s» no es una dirección de correo. Revísala."),
                    code="email",
                    params={"address": address[:80]},
                ) from None
        if len(value) > 20:
            raise ValidationError(_("Son demasiadas direcciones: veinte como mucho."))

    def run_validators(self, value: Any) -> None:
        """Each address is checked above."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class MailForm(forms.Form):
    to = AddressesField(
        label=_("Para"), error_messages={"required": _("Escribe a quién se la envías.")}
    )
    cc = AddressesField(label=_("CC"), required=False)
    subject = forms.CharField(label=_("Asunto"), max_length=300)
    text = forms.CharField(
        label=_("Mensaje"), max_length=20000, widget=forms.Textarea(attrs={"rows": "10"})
    )

    def clean_subject(self) -> str:
        return clean_line(self.cleaned_data["subject"])

    def clean_text(self) -> str:
        return clean_block(self.cleaned_data["text"])
