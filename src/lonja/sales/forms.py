"""What is typed in the editor and in the small forms around it."""

from __future__ import annotations

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership
from lonja.catalogue.models import Product
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email
from lonja.kit.text import clean_block, clean_line
from lonja.parties.models import Kind, Party
from lonja.sales.models import Quote, QuoteLine
from lonja.subscriptions.models import WhenDue
from lonja.tasks.models import CallResult, InteractionKind
from lonja.tax.categories import categories
from lonja.ui.forms import (
    NifField,
    PercentField,
    QuantityField,
    SearchSelectField,
    SpanishDateField,
    UnitPriceField,
)

PREFIX = "lineas"
_units = cast(list[tuple[str, Any]], QuoteLine._meta.get_field("unit_of_time").choices)
PACES = [("", _("Una sola vez")), *_units[1:]]


def party_field(member: Membership, **kwargs: Any) -> SearchSelectField:
    rows = Party.objects.visible_to(member).filter(archived_at=None).order_by("name", "pk")
    return SearchSelectField(
        rows, remote=lambda: reverse("sales:party_options"), label=_("Cliente"), **kwargs
    )


def agents_for(member: Membership) -> Any:
    rows = Membership.objects.filter(deactivated_at=None).select_related("user")
    if member.sees_only_own:
        rows = rows.filter(pk__in=member.subordinate_ids())
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

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
    probability_pct = forms.IntegerField(
        label=_("Probabilidad (%)"), min_value=0, max_value=100, required=False
    )
    expected_on = SpanishDateField(label=_("Cierre previsto"), required=False)
    service_starts_on = SpanishDateField(label=_("Inicio del servicio"), required=False)
    service_time = _time_field(_("Hora"))
    version = forms.IntegerField(widget=forms.HiddenInput)  # Quote.edited when it was opened

    def __init__(self, *args: Any, member: Membership, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"] = party_field(member)
        self.fields["agent"] = forms.ModelChoiceField(
            agents_for(member), label=_("Agente"), required=not _free(member), empty_label="—"
        )
        for name in ("valid_until", "expected_on", "service_starts_on"):
            cast(SpanishDateField, self.fields[name]).today = company.today()

    @classmethod
    def initial_of(cls, quote: Quote) -> dict[str, Any]:
        names = [name for name in cls.base_fields if name != "version"]
        values = {name: getattr(quote, name) for name in names}
        return {
            **values,
            "party": quote.party,
            "agent": quote.agent_id,
            "version": quote.edited,
            "global_discount_pct": quote.global_discount_pct or None,
        }

    def values(self) -> dict[str, Any]:
        """What goes to `save_quote`, cleaned."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        for name in ("title", "contact_name", "greeting"):
            data[name] = clean_line(data[name])
        data["conditions"] = clean_block(data["conditions"])
        data["global_discount_pct"] = data["global_discount_pct"] or Decimal(0)
        if data["probability_pct"] is None:
            del data["probability_pct"]
        data["service_time"] = data["service_time"] or time(8, 0)
        return data


def _free(member: Membership) -> bool:
    """Whoever sees everything may leave a quote without agent."""
    return not member.sees_only_own


class LineForm(forms.Form):
    product = forms.IntegerField(required=False, widget=forms.HiddenInput)
    concept = forms.CharField(
        label=_("Concepto"),
        max_length=300,
        error_messages={"required": _("Escribe el concepto de la línea o quítala.")},
        widget=forms.TextInput(
            {
                "data-concept": "1",
                "autocomplete": "off",
                "role": "combobox",
                "aria-expanded": "false",
                "class": "in-title",
            }
        ),
    )
    detail = forms.CharField(
        label=_("Detalle"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 1, "placeholder": _("Detalle")}),
    )
    quantity = QuantityField(label=_("Cantidad"), initial=Decimal(1))
    unit = forms.CharField(label=_("Unidad"), required=False, max_length=20)
    unit_price = UnitPriceField(label=_("Precio"), required=False)
    discount_pct = PercentField(label=_("Descuento (%)"), required=False)
    tax_category = forms.ChoiceField(label=_("Impuesto"))
    unit_of_time = forms.ChoiceField(label=_("Periodicidad"), choices=PACES, required=False)
    every = forms.IntegerField(
        label=_("Cada"),
        min_value=1,
        max_value=120,
        required=False,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    optional = forms.BooleanField(label=_("Opcional"), required=False)
    chosen = forms.BooleanField(label=_("Ya elegida"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = company.today()
        taxes = cast(forms.ChoiceField, self.fields["tax_category"])
        taxes.choices = [
            (kind.code, kind.label_on(today)) for kind in categories(company.territory)
        ]

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        optional = data["optional"]
        return {
            "product": Product.objects.filter(pk=data["product"]).first()
            if data["product"]
            else None,
            "concept": clean_line(data["concept"]),
            "detail": clean_block(data["detail"]),
            "quantity": data["quantity"],
            "unit": clean_line(data["unit"]),
            "unit_price": data["unit_price"] or Decimal(0),
            "discount_pct": data["discount_pct"] or Decimal(0),
            "tax_category": data["tax_category"],
            "unit_of_time": data["unit_of_time"],
            "every": (data["every"] or 1) if data["unit_of_time"] else 1,
            "optional": optional,
            "chosen": not optional or data["chosen"],
        }

    @property
    def is_blank(self) -> bool:
        """A row nobody wrote in: it is left out without a word."""
        names = ("concept", "detail", "unit_price", "product")
        return not any((self.data.get(self.add_prefix(name)) or "").strip() for name in names)


LineFormSet = forms.formset_factory(LineForm, extra=0, can_order=True, can_delete=True, max_num=300)


def lines_formset(company: Company, *, data: Any = None, quote: Quote | None = None) -> Any:
    """The rows of the editor, bound to a POST or filled from a quote (one empty row if none)."""
    if data is not None:
        return LineFormSet(data, prefix=PREFIX, form_kwargs={"company": company})
    rows = [
        {
            **{name: getattr(line, name) for name in LineForm.base_fields if name != "product"},
            "product": line.product_id,
            "discount_pct": line.discount_pct or None,
        }
        for line in (quote.lines.all() if quote else [])
    ]
    return LineFormSet(
        prefix=PREFIX, initial=rows or [{"quantity": Decimal(1)}], form_kwargs={"company": company}
    )


def lines_in_order(formset: Any) -> list[LineForm]:
    """The rows to keep, in the order of the screen."""
    kept = [
        form
        for form in formset.forms
        # asking for the errors cleans the form: its ORDER and DELETE are known even with errors
        if form.errors is not None and not form.is_blank and not formset._should_delete_form(form)
    ]
    return sorted(kept, key=lambda form: form.cleaned_data.get("ORDER") or 10_000)


class SendForm(forms.Form):
    to = EmailsField(label=_("Para"), widget=forms.TextInput({"autocomplete": "off"}))
    message = forms.CharField(
        label=_("Mensaje"), required=False, max_length=4000, widget=forms.Textarea({"rows": 5})
    )


class LostForm(forms.Form):
    reason = forms.CharField(label=_("Motivo"), max_length=300)


class ExtendForm(forms.Form):
    until = SpanishDateField(label=_("Válido hasta"))


class DaysForm(forms.Form):
    days = forms.IntegerField(label=_("Días más"), min_value=1, max_value=365, initial=15)


class ContactForm(forms.Form):
    """A call, visit, note or mail about a quote. Left alone, it happened now."""

    result = forms.ChoiceField(
        label=_("Resultado"), choices=CallResult.choices, initial=CallResult.TALKED
    )
    minutes = forms.IntegerField(
        label=_("Minutos"),
        required=False,
        min_value=0,
        max_value=1440,
        widget=forms.NumberInput({"class": "tn"}),
    )
    text = forms.CharField(
        label=_("Qué se dijo"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    day = SpanishDateField(label=_("Día"), required=False)
    hour = _time_field(_("Hora"))

    def __init__(self, *args: Any, kind: str, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        cast(SpanishDateField, self.fields["day"]).today = company.today()
        if kind != InteractionKind.CALL:
            del self.fields["result"]
        if kind not in (InteractionKind.CALL, InteractionKind.VISIT):
            del self.fields["minutes"]
        if kind in (InteractionKind.NOTE, InteractionKind.MAIL):
            self.fields["text"].required = True

    def moment(self) -> datetime:
        """When it happened: now, unless a day or an hour was typed."""
        day, hour = self.cleaned_data.get("day"), self.cleaned_data.get("hour")
        now = timezone.now().astimezone(self.company.zone)
        if day is None and hour is None:
            return now
        when = day or now.date()
        clock = hour or (now.time() if when == now.date() else time(12, 0))
        return datetime.combine(when, clock, tzinfo=self.company.zone)


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
