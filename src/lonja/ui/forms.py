"""Form fields for what Spanish people type. They understand `lonja.kit` and answer its errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lonja.kit import dates, identifiers, money
from lonja.kit.errors import Refused
from lonja.kit.text import row_id
from lonja.ui.shortcuts import invalid, refuse_into, refused_form

__all__ = [
    "AmountField",
    "ColorField",
    "IbanField",
    "MoneyField",
    "NifField",
    "NumberInput",
    "PercentField",
    "QuantityField",
    "SearchSelect",
    "SearchSelectField",
    "SpanishDateField",
    "Switch",
    "UnitPriceField",
    "invalid",
    "refuse_into",
    "refused_form",
]


def _asking(parse: Callable[..., Any], *args: Any) -> Any:
    try:
        return parse(*args)
    except Refused as error:
        raise ValidationError(str(error), code=error.code) from error


class NumberInput(forms.TextInput):
    """Text with a decimal keyboard, tabular figures and, at its right, a unit."""

    ui_kind = "unit"

    def __init__(self, unit: str = "", attrs: dict[str, str] | None = None) -> None:
        base = {"inputmode": "decimal", "autocomplete": "off", "class": "num", "data-amount": unit}
        super().__init__({**base, **(attrs or {})})
        self.ui_unit = unit


class DateInput(forms.TextInput):
    """Text with a calendar button."""

    ui_kind = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__({"autocomplete": "off", "class": "tn", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return dates.format_date(value) if isinstance(value, date) else super().format_value(value)


class ColorInput(forms.TextInput):
    ui_kind = "color"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__({"class": "in-s tn", "maxlength": "7", **(attrs or {})})


class Switch(forms.CheckboxInput):
    """A check box drawn as a switch."""

    ui_switch = True


class SearchSelect(forms.Select):
    """A select that searches: `remote` is a URL answering JSON [{"value","text","sub"}] to ?q=.

    Without JavaScript it is a select with the first options. `remote` may be a callable, so that
    the address is computed inside the organisation.
    """

    def __init__(
        self,
        remote: str | Callable[[], str] = "",
        attrs: dict[str, str] | None = None,
        *,
        create: bool = False,
    ) -> None:
        super().__init__(attrs)
        self.remote, self.create = remote, create

    def build_attrs(self, base: dict, extra: dict | None = None) -> dict:
        attrs = super().build_attrs(base, extra)
        address = self.remote() if callable(self.remote) else self.remote
        attrs["data-remote" if address else "data-search"] = address or "1"
        attrs["data-words"] = str(_("Nada coincide"))
        if self.create:
            attrs["data-create"] = "1"
        return attrs


class AmountField(forms.Field):
    """An amount in euros as `Decimal` with two decimals."""

    widget = NumberInput("€")
    parse: Callable[[str], Decimal] = staticmethod(money.parse_amount)
    write: Callable[[Decimal | int], str] = staticmethod(money.format_amount)

    def __init__(
        self,
        *,
        least: Decimal | int | None = None,
        most: Decimal | int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        return value if isinstance(value, Decimal) else _asking(self.parse, str(value))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.least is not None and value < self.least:
            raise ValidationError(
                _("Escribe %(least)s o más.") % {"least": self.write(Decimal(self.least))},
                code="least",
            )
        if self.most is not None and value > self.most:
            raise ValidationError(
                _("Escribe %(most)s o menos.") % {"most": self.write(Decimal(self.most))},
                code="most",
            )

    def prepare_value(self, value: Any) -> Any:
        return self.write(value) if isinstance(value, Decimal | int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.clean(data)
        except ValidationError:
            return True


class MoneyField(AmountField):
    """An amount in euros kept as integer cents: for the `…_cents` columns."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, int):
            return value
        amount = super().to_python(value)
        return None if amount is None else money.to_cents(amount)

    def validate(self, value: Any) -> None:
        super().validate(None if value is None else money.from_cents(value))
        forms.Field.validate(self, value)

    def prepare_value(self, value: Any) -> Any:
        return self.write(money.from_cents(value)) if isinstance(value, int) else value


class QuantityField(AmountField):
    """A quantity with up to six decimals."""

    widget = NumberInput()
    parse = staticmethod(money.parse_quantity)
    write = staticmethod(money.format_quantity)


class UnitPriceField(AmountField):
    """A unit price with up to six decimals."""

    parse = staticmethod(money.parse_unit_price)
    write = staticmethod(money.format_unit_price)


class PercentField(AmountField):
    """A percentage from 0 to 100: 21 % is `Decimal("21")`."""

    widget = NumberInput("%")
    parse = staticmethod(money.parse_percent)
    write = staticmethod(money.format_quantity)


class SpanishDateField(forms.Field):
    """A day typed as «21/11», «21-11-26», «hoy» or «+30».

    `today` may be set on the field by the form (the company's day); else the active zone's.
    """

    widget = DateInput
    today: date | None = None

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        return _asking(dates.parse_date, str(value), self.today or timezone.localdate())

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class NifField(forms.CharField):
    """A Spanish NIF, normalised and with its check digit verified."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("class", "in-s tn")
        self.widget.attrs.setdefault("autocapitalize", "characters")

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return _asking(identifiers.check_nif, text).value if text else ""


class IbanField(forms.CharField):
    """An IBAN, kept without spaces and shown in groups of four."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 42)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("class", "in-m tn")

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return _asking(identifiers.check_iban, text) if text else ""

    def prepare_value(self, value: Any) -> Any:
        return identifiers.format_iban(value) if value and " " not in str(value) else value


class ColorField(forms.CharField):
    """A colour as «#0e7c86»."""

    widget = ColorInput

    def clean(self, value: Any) -> str:
        text = super().clean(value).strip().lower()
        if text and not re.fullmatch(r"#[0-9a-f]{6}", text):
            raise ValidationError(
                _("Escribe el color como #0e7c86: una almohadilla y seis cifras o letras."),
                code="color",
            )
        return text


class _FirstOptions(forms.models.ModelChoiceIterator):
    """The first fifty rows and the chosen one: never a whole table in a page."""

    def __iter__(self) -> Any:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        rows = list(self.queryset[:50])
        chosen = getattr(self.field, "chosen", None)
        if chosen is not None and chosen not in rows:
            rows.insert(0, chosen)
        for row in rows:
            yield self.choice(row)


class SearchSelectField(forms.ModelChoiceField):
    """A row chosen by searching. `remote`: URL (or callable giving it) of the JSON search.

    Any row of the queryset is valid; only the first fifty are written in the page. Set
    `chosen` on the field to show the current row.
    """

    iterator = _FirstOptions

    def __init__(
        self, queryset: Any, *, remote: str | Callable[[], str] = "", **kwargs: Any
    ) -> None:
        kwargs.setdefault("widget", SearchSelect(remote))
        kwargs.setdefault("empty_label", "")
        super().__init__(queryset, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if value and getattr(self, "chosen", None) is None:
            if hasattr(value, "pk"):
                self.chosen = value
            elif (pk := row_id(value)) is not None:
                rows = cast(QuerySet, self.queryset)
                self.chosen = rows.filter(pk=pk).first()
        return super().prepare_value(value)
