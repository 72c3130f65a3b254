"""The head of a draft as it is typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.billing.kinds import blank_kinds, kind_of
from lonja.billing.models import Invoice, IssuedBy, Series
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_percent
from lonja.kit.text import clean_block, clean_line
from lonja.parties.models import Party, PaymentMethod
from lonja.parties.terms import parse_terms
from lonja.tax.withholding import withholding_percentages
from lonja.ui.forms import (
    MoneyField,
    PercentField,
    SearchSelectField,
    SpanishDateField,
    Switch,
    UnitPriceField,
)

_NONE = "0"
# Fields that are columns with the same name.
_AS_TYPED = (
    *("issued_on", "due_on", "operation_on", "payment_method", "series", "surcharge"),
    *("reference", "message", "internal_notes", "withholding_pct", "currency", "exchange_rate"),
)
_OF_KINDS = (
    "instalment_terms",
    *("prices_include_tax", "correction_reason", "corrected_period"),
    *("art80_circumstance", "art80_on"),
)
# Currencies of the usual foreign customers; others are written with their three letters.
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "MXN", "PLN", "SEK", "NOK", "DKK", "RON", "CZK", "JPY")


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
    global_discount_cents = MoneyField(
        label=_("Descuento global en importe"), required=False, least=0
    )
    advance_cents = MoneyField(
        label=_("Provisiones ya cobradas"),
        required=False,
        least=0,
        help_text=_("Se restan de lo que queda por pagar, no de la base ni del IVA."),
    )
    currency = forms.ChoiceField(
        label=_("Moneda"), required=False, choices=[(code, code) for code in CURRENCIES]
    )
    exchange_rate = UnitPriceField(
        label=_("Tipo de cambio"),
        required=False,
        help_text=_("Euros por cada unidad, el día de la operación (art. 79.Once LIVA)."),
    )
    prices_include_tax = forms.BooleanField(
        label=_("Los precios llevan el impuesto incluido"), required=False, widget=Switch
    )
    correction_reason = forms.CharField(
        label=_("Motivo de la rectificación"), required=False, max_length=300
    )
    corrected_period = forms.CharField(
        label=_("Periodo que se rectifica"), required=False, max_length=80
    )
    art80_circumstance = forms.CharField(
        label=_("Circunstancia del art. 80 LIVA"),
        required=False,
        max_length=80,
        help_text=_("Solo si han pasado cuatro años desde la operación."),
    )
    art80_on = SpanishDateField(label=_("Fecha de esa circunstancia"), required=False)
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
        self.changed_kind = data is not None and _take_kind(data, invoice)
        kind = kind_of(invoice.kind)
        if data is not None:
            data = _with_series_of_kind(data, invoice)
        super().__init__(data, initial=initial_of(invoice))
        self.invoice = invoice
        if kind.starts_blank:
            self.fields["kind"] = forms.ChoiceField(
                label=_("Tipo"),
                required=False,
                choices=[(one.code, one.label) for one in blank_kinds()],
                help_text=str(kind.hint),
            )
        for name, wanted in (
            ("prices_include_tax", kind.gross_prices),
            ("correction_reason", kind.corrects),
            ("corrected_period", kind.corrects and not _names_others(invoice)),
            ("art80_circumstance", kind.corrects),
            ("art80_on", kind.corrects),
            ("withholding_pct", kind.needs_identity),
            # In a rectificativa they are lines: art. 80 says what changes, not by how much each.
            ("global_discount_pct", not kind.corrects),
            ("global_discount_cents", not kind.corrects),
            ("advance_cents", not kind.corrects),
        ):
            if not wanted:
                del self.fields[name]
        self.fields["party"] = SearchSelectField(
            # Who already has the draft stays, archived or merged: what it corrects was theirs.
            Party.objects.visible_to(member).filter(
                Q(archived_at__isnull=True) | Q(pk=invoice.party_id)
            ),
            label=_("Cliente"),
            required=kind.names_recipient,
            remote=lambda: reverse("parties:client_options"),
            error_messages={
                "required": _("Elige el cliente al que facturas."),
                "invalid_choice": _("Ese cliente ya no está. Elige otro."),
            },
        )
        rows = series_of(invoice)
        any_series = own_series_of(invoice).exists()
        # The first invoice of a kind makes its series when it is issued.
        self.fields["series"] = forms.ModelChoiceField(
            rows,
            label=_("Serie"),
            required=any_series,
            empty_label=None if any_series else _("Se crea al emitir"),
        )
        for field in self.fields.values():
            if isinstance(field, SpanishDateField):
                field.today = today
        if "withholding_pct" in self.fields:
            self.fields["withholding_pct"].choices = _withholdings(invoice)  # type: ignore[attr-defined]
        self.may_change_client = not kind.keeps_recipient

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

    def clean_correction_reason(self) -> str:
        return clean_line(self.cleaned_data["correction_reason"])

    def clean_currency(self) -> str:
        return self.cleaned_data["currency"] or "EUR"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        currency, rate = data.get("currency"), data.get("exchange_rate")
        if currency and currency != "EUR" and "exchange_rate" in data and not (rate and rate > 0):
            self.add_error(
                "exchange_rate",
                _(
                    "Escribe cuántos euros vale la moneda: la cuota del impuesto va en euros "
                    "(art. 12 del RD 1619/2012)."
                ),
            )
        return data

    def fill(self) -> Invoice:
        """Put on the draft what is understood; the rest stays as it was. Call `is_valid` first."""
        data, invoice = self.cleaned_data, self.invoice
        for name in (*_AS_TYPED, *_OF_KINDS):
            if name in data:
                setattr(invoice, name, data[name])
        if invoice.currency == "EUR":
            invoice.exchange_rate = None
        if "prices_include_tax" not in self.fields and not _names_others(invoice):
            invoice.prices_include_tax = False
        if "withholding_pct" not in self.fields:
            invoice.withholding_pct = None
        if "global_discount_pct" in data:
            invoice.global_discount_pct = data["global_discount_pct"] or Decimal(0)
        for name in ("global_discount_cents", "advance_cents"):
            if name in data:
                setattr(invoice, name, data[name] or 0)
        if data.get("party") is not None and (self.may_change_client or not invoice.party_id):
            invoice.party = data["party"]
            invoice.agent_id = invoice.party.agent_id
        return invoice


def initial_of(invoice: Invoice) -> dict[str, Any]:
    names = (*_AS_TYPED, *_OF_KINDS, "kind")
    initial = {name: getattr(invoice, name) for name in names}
    pct = invoice.withholding_pct
    return {
        **initial,
        "party": invoice.party_id,
        "series": invoice.series_id,
        "version": invoice.version,
        "global_discount_pct": invoice.global_discount_pct or None,
        "global_discount_cents": invoice.global_discount_cents or None,
        "advance_cents": invoice.advance_cents or None,
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
    """Active series of the company for this kind of invoice, the default first and those that
    others issue last."""
    rows = Series.objects.filter(
        company_id=invoice.company_id, use=kind_of(invoice.kind).series_use, is_active=True
    )
    return rows.order_by("issued_by", "-is_default", "code")


def own_series_of(invoice: Invoice) -> Any:
    """Those of `series_of` that may be proposed: whoever issues for the company is chosen."""
    return series_of(invoice).filter(issued_by=IssuedBy.OWN)


def _names_others(invoice: Invoice) -> bool:
    """Whether it corrects or replaces invoices: they decided how its prices are written."""
    if not kind_of(invoice.kind).has_references or invoice.pk is None:
        return False
    return any(row.target_id is not None for row in invoice.references.all())


def _take_kind(data: Any, invoice: Invoice) -> bool:
    """Put the kind that was chosen on the draft; whether it is another than the page had."""
    asked = data.get("kind", "")
    if not kind_of(invoice.kind).starts_blank or asked not in {one.code for one in blank_kinds()}:
        return False
    invoice.kind = asked
    return data.get("kind_before", asked) != asked


def _with_series_of_kind(data: Any, invoice: Invoice) -> Any:
    """What was typed, with the first series of the kind when the one typed is of another use."""
    asked = data.get("series", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return data
    use = kind_of(invoice.kind).series_use
    if not Series.objects.filter(company_id=invoice.company_id, pk=asked).exclude(use=use).exists():
        return data
    typed = data.copy()
    if "accion" not in data and kind_of(invoice.kind).gross_prices:
        typed["prices_include_tax"] = "on"  # proposed while it is seen, never when it is issued
    first = own_series_of(invoice).first()
    typed["series"] = str(first.pk) if first is not None else ""
    return typed


def _spelled(pct: Decimal) -> str:
    return f"{Decimal(pct).normalize():f}"


def _withholdings(invoice: Invoice) -> list[tuple[str, str]]:
    known = set(withholding_percentages(invoice.issued_on))
    if invoice.withholding_pct:
        known.add(Decimal(invoice.withholding_pct))
    # Ordered by use: professionals first.
    ordered = sorted(known, key=lambda pct: (pct != 15, pct != 7, pct != 19, pct))
    return [(_NONE, str(_("Sin retención"))), *((_spelled(p), format_percent(p)) for p in ordered)]
