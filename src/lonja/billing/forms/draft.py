"""The head of a draft as it is typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, Series
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_percent
from lonja.kit.text import clean_block, clean_line
from lonja.parties.models import Party, PaymentMethod
from lonja.parties.terms import parse_terms
from lonja.tax.withholding import withholding_percentages
from lonja.ui.forms import PercentField, SearchSelectField, SpanishDateField, Switch

_NONE = "0"
_AS_TYPED = (
    *("issued_on", "due_on", "operation_on", "payment_method", "series", "surcharge"),
    *("reference", "message", "internal_notes", "withholding_pct"),
)


class DraftForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    issued_on = SpanishDateField(label=_("Fecha de expedición"))
    due_on = SpanishDateField(label=_("Vencimiento"), required=False)
    payment_method = forms.ChoiceField(label=_("Forma de pago"), choices=PaymentMethod.choices)
    instalment_terms = forms.CharField(label=_("Plazos"), required=False, max_length=60)
    operation_on = SpanishDateField(label=_("Fecha de operación"), required=False)
    reference = forms.CharField(label=_("Referencia del cliente"), required=False, max_length=80)
    withholding_pct = forms.TypedChoiceField(
        label=_("Retención de IRPF"),
        required=False,
        coerce=lambda text: Decimal(text) or None,
        empty_value=None,
    )
    global_discount_pct = PercentField(label=_("Descuento global"), required=False)
    surcharge = forms.BooleanField(
        label=_("Recargo de equivalencia"), required=False, widget=Switch
    )
    message = forms.CharField(
        label=_("Mensaje en la factura"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": "2"}),
    )
    internal_notes = forms.CharField(
        label=_("Notas internas"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": "2"}),
    )

    def __init__(
        self, data: Any = None, *, invoice: Invoice, member: Membership, today: date
    ) -> None:
        super().__init__(data, initial=initial_of(invoice))
        self.invoice = invoice
        self.fields["party"] = SearchSelectField(
            Party.objects.visible_to(member).filter(archived_at__isnull=True),
            label=_("Cliente"),
            remote=lambda: reverse("parties:client_options"),
            error_messages={
                "required": _("Elige el cliente al que facturas."),
                "invalid_choice": _("Ese cliente ya no está. Elige otro."),
            },
        )
        self.fields["series"] = forms.ModelChoiceField(
            series_of(invoice), label=_("Serie"), empty_label=None
        )
        for field in self.fields.values():
            if isinstance(field, SpanishDateField):
                field.today = today
        self.fields["withholding_pct"].choices = _withholdings(invoice)  # type: ignore[attr-defined]

    def clean_instalment_terms(self) -> str:
        text = clean_line(self.cleaned_data["instalment_terms"])
        try:
            parse_terms(text)
        except Refused as refused:
            raise ValidationError(str(refused)) from refused
        return text

    def clean_reference(self) -> str:
        return clean_line(self.cleaned_data["reference"])

    def clean_message(self) -> str:
        return clean_line(self.cleaned_data["message"])

    def clean_internal_notes(self) -> str:
        return clean_block(self.cleaned_data["internal_notes"])

    def fill(self) -> Invoice:
        """Put on the draft what is understood; the rest stays as it was. Call `is_valid` first."""
        data, invoice = self.cleaned_data, self.invoice
        for name in (
            "issued_on",
            "due_on",
            "operation_on",
            "payment_method",
            "series",
            "surcharge",
        ):
            if name in data:
                setattr(invoice, name, data[name])
        for name in (
            *("reference", "message", "internal_notes", "withholding_pct"),
            "instalment_terms",
        ):
            if name in data:
                setattr(invoice, name, data[name])
        if "global_discount_pct" in data:
            invoice.global_discount_pct = data["global_discount_pct"] or Decimal(0)
        if data.get("party") is not None:
            invoice.party = data["party"]
            invoice.agent_id = invoice.party.agent_id
        return invoice


def initial_of(invoice: Invoice) -> dict[str, Any]:
    names = ("issued_on", "due_on", "operation_on", "payment_method", "reference", "message")
    more = ("surcharge", "internal_notes", "instalment_terms")
    initial = {name: getattr(invoice, name) for name in (*names, *more)}
    pct = invoice.withholding_pct
    return {
        **initial,
        "party": invoice.party_id,
        "series": invoice.series_id,
        "version": invoice.version,
        "global_discount_pct": invoice.global_discount_pct or None,
        "withholding_pct": _spelled(pct) if pct else _NONE,
    }


def shown_conditions(invoice: Invoice) -> dict[str, str]:
    """What follows from the client, as its fields post it."""
    pct = invoice.withholding_pct
    return {
        "due_on": format_date(invoice.due_on) if invoice.due_on else "",
        "payment_method": invoice.payment_method,
        "withholding_pct": _spelled(pct) if pct else _NONE,
        "surcharge": "on" if invoice.surcharge else "",
        "instalment_terms": invoice.instalment_terms,
    }


def series_of(invoice: Invoice) -> Any:
    """Active series of the company for this kind of invoice, the default first."""
    rows = Series.objects.filter(
        company_id=invoice.company_id, use=kind_of(invoice.kind).series_use, is_active=True
    )
    return rows.order_by("-is_default", "code")


def _spelled(pct: Decimal) -> str:
    return f"{Decimal(pct).normalize():f}"


def _withholdings(invoice: Invoice) -> list[tuple[str, str]]:
    known = set(withholding_percentages(invoice.issued_on))
    if invoice.withholding_pct:
        known.add(Decimal(invoice.withholding_pct))
    # Ordered by use: professionals first.
    ordered = sorted(known, key=lambda pct: (pct != 15, pct != 7, pct != 19, pct))
    return [(_NONE, str(_("Sin retención"))), *((_spelled(p), format_percent(p)) for p in ordered)]
