"""The lines of a draft as they are typed. Rows may be missing, moved or marked as removed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lonja.billing.models import InvoiceLine, chained_discounts
from lonja.catalogue.models import Product
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_quantity, parse_percent, parse_quantity
from lonja.kit.text import clean_block, clean_line
from lonja.tax.categories import categories
from lonja.ui.forms import SpanishDateField, UnitPriceField

PREFIX = "lineas"
MOST_LINES = 300
# Twelve digits fit in ImporteTotal; with this limit three hundred lines do too.
_LARGEST = Decimal("999999999")

# A unit glued to the number has no digits («3,5h»): «1e5» is a mistake, not «1 e5».
_QUANTITY = re.compile(
    r"(?P<number>[-+−\d.,*\s]*\d)(?:\s+(?P<unit>[^\s\d].{0,19})|(?P<glued>[^\W\d_]{1,6}\.?))?"
)


class QuantityWithUnitField(forms.Field):
    """«3,5 h» as (Decimal, unit); the unit may be left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"class": "num", "inputmode": "text", "autocomplete": "off"}

    def to_python(self, value: Any) -> tuple[Decimal, str]:
        text = str(value or "").strip()
        if not text:
            return Decimal(1), ""
        found = _QUANTITY.fullmatch(text[:64])
        if found is None:
            raise ValidationError(
                _("No se entiende la cantidad «%(text)s». Escríbela como 3,5 o 3,5 h."),
                code="quantity",
                params={"text": text[:40]},
            )
        try:
            number = parse_quantity(found["number"])
        except Refused as error:
            raise ValidationError(str(error), code=error.code) from error
        if abs(number) > _LARGEST:
            raise ValidationError(_("La cantidad es demasiado grande."), code="most")
        return number, clean_line(found["unit"] or found["glued"] or "")[:20]

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        number, unit = value
        return f"{format_quantity(number)} {unit}".strip()


class DiscountsField(forms.Field):
    """«10» or «10+5»: discounts one on top of the other, as (first, the rest as text)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"class": "num", "inputmode": "text", "autocomplete": "off"}

    def to_python(self, value: Any) -> tuple[Decimal, str]:
        text = str(value or "").strip().rstrip("%").strip()
        if not text:
            return Decimal(0), ""
        found = []
        for part in text[:60].split("+"):
            try:
                found.append(parse_percent(part))
            except Refused as error:
                raise ValidationError(
                    _("No se entiende el descuento «%(text)s». Escríbelo como 10 o 10+5."),
                    code="discount",
                    params={"text": text[:40]},
                ) from error
        if len(found) > 4:
            raise ValidationError(_("Como mucho, cuatro descuentos seguidos."), code="most")
        rest = "+".join(f"{pct.normalize():f}" for pct in found[1:])
        if len(rest) > 40:
            raise ValidationError(_("Los descuentos llevan demasiadas cifras."), code="most")
        return found[0], rest

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        return discounts_text(*value)


def discounts_text(first: Decimal, rest: str) -> str:
    """«10+2,5», as it is typed; empty without discount."""
    found = [f"{pct.normalize():f}".replace(".", ",") for pct in chained_discounts(first, rest)]
    return "+".join(found)


def tax_choices(territory: str, day: date) -> list[tuple[str, str]]:
    """Codes and short labels of what may be charged on a day: «21 %», «10 %», «Exenta…»."""
    choices: list[tuple[str, str]] = []
    rates: set[str] = set()
    for category in categories(territory):
        try:
            label = category.label_on(day)
        except Refused:  # no rate in force that day
            continue
        if category.is_taxed:
            if label in rates:
                label = f"{category.label} · {label.split(' ', 1)[1]}"
            else:
                rates.add(label)
                label = label.split(" ", 1)[1]
        choices.append((category.code, label))
    return choices


class LineForm(forms.Form):
    product = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    concept = forms.CharField(
        label=_("Concepto"), required=False, max_length=300, widget=forms.TextInput
    )
    detail = forms.CharField(
        label=_("Detalle"), required=False, max_length=2000, widget=forms.Textarea
    )
    quantity = QuantityWithUnitField(label=_("Cantidad"), required=False)
    unit_price = UnitPriceField(label=_("Precio"), required=False, least=-_LARGEST, most=_LARGEST)
    discount_pct = DiscountsField(label=_("Descuento"), required=False)
    tax_category = forms.ChoiceField(label=_("Impuesto"), required=False)
    operation_on = SpanishDateField(label=_("Fecha de la operación"), required=False)
    not_withheld = forms.BooleanField(label=_("Sin retención"), required=False)
    is_disbursement = forms.BooleanField(label=_("Suplido"), required=False)

    def __init__(
        self, *args: Any, taxes: Sequence[tuple[str, str]], default_tax: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # A rate that is no longer offered stays on the line that has it, to be seen and changed.
        current = self.initial.get("tax_category")
        known = dict(taxes)
        if current and current not in known:
            taxes = [*taxes, (current, current)]
        self.fields["tax_category"].choices = list(taxes)  # type: ignore[attr-defined]
        self.initial.setdefault("tax_category", default_tax)
        self.default_tax = default_tax
        title = self.fields["concept"].widget.attrs
        title |= {"class": "in-title", "data-concept": "1", "autocomplete": "off"}
        title |= {"role": "combobox", "aria-expanded": "false", "aria-autocomplete": "list"}
        title["placeholder"] = str(_("Escribe o busca en el catálogo"))
        detail = self.fields["detail"].widget.attrs
        detail |= {"rows": "1", "placeholder": str(_("Detalle"))}
        self.fields["unit_price"].widget.attrs.pop("data-amount", None)

    def clean_concept(self) -> str:
        return clean_line(self.cleaned_data["concept"])[:300]

    def clean_detail(self) -> str:
        return clean_block(self.cleaned_data["detail"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        quantity, price = data.get("quantity"), data.get("unit_price")
        if quantity is not None and price is not None and abs(quantity[0] * price) > _LARGEST:
            self.add_error("unit_price", _("El importe de la línea es demasiado grande."))
        return data

    @property
    def told(self) -> list[str]:
        """What the menu of the line holds, for the row: «19/11/2026», «Suplido»."""
        said = str(self["operation_on"].value() or "")
        day = self["operation_on"].value()
        found = [format_date(day) if isinstance(day, date) else said] if said else []
        for name in ("not_withheld", "is_disbursement"):
            if self[name].value() in (True, "on", "1", "True"):
                found.append(str(self.fields[name].label))
        return found

    @property
    def is_blank(self) -> bool:
        """Nothing typed: the row that waits at the end."""
        raw = [self[name].value() for name in ("concept", "detail", "unit_price", "product")]
        return not any(str(value or "").strip() for value in raw)

    def line(self) -> InvoiceLine:
        """The line as far as it is understood."""
        data = self.cleaned_data
        number, unit = data.get("quantity") or (Decimal(0), "")
        first, rest = data.get("discount_pct") or (Decimal(0), "")
        return InvoiceLine(
            product_id=data.get("product"),
            concept=data.get("concept", ""),
            detail=data.get("detail", ""),
            quantity=number,
            unit=unit,
            unit_price=data.get("unit_price") or Decimal(0),
            discount_pct=first,
            extra_discounts=rest,
            tax_category=data.get("tax_category") or self.default_tax,
            operation_on=data.get("operation_on"),
            withheld=not data.get("not_withheld"),
            is_disbursement=bool(data.get("is_disbursement")),
        )


class Lines:
    """The rows of the editor, in the order they are on screen. Reads as a formset for errors."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: Sequence[InvoiceLine] = (),
        taxes: Sequence[tuple[str, str]],
        default_tax: str,
        today: date | None = None,
    ) -> None:
        self.taxes, self.default_tax, self.today = taxes, default_tax, today
        self.errors_above: list[str] = []
        self._more = 0
        self.forms = self._read(data) if data is not None else self._written(lines)

    def _make(self, *args: Any, number: int | str, **kwargs: Any) -> LineForm:
        form = LineForm(
            *args,
            prefix=f"{PREFIX}-{number}",
            taxes=self.taxes,
            default_tax=self.default_tax,
            **kwargs,
        )
        form.number = number  # type: ignore[attr-defined]
        form.fields["operation_on"].today = self.today  # type: ignore[attr-defined]
        return form

    def _read(self, data: Mapping[str, Any]) -> list[LineForm]:
        total = str(data.get(f"{PREFIX}-TOTAL_FORMS", "0"))
        count = int(total) if total.isascii() and total.isdigit() and len(total) < 6 else 0
        found: list[tuple[int, int, LineForm]] = []
        for number in range(min(count, 5000)):
            if f"{PREFIX}-{number}-concept" not in data or data.get(f"{PREFIX}-{number}-DELETE"):
                continue
            order = str(data.get(f"{PREFIX}-{number}-ORDER", ""))
            place = int(order) if order.isascii() and order.isdigit() and len(order) < 6 else number
            found.append((place, number, self._make(data, number=number)))
        if len(found) > MOST_LINES:
            text = _("Una factura admite hasta %(n)s líneas. Reparte el resto en otra.")
            self.errors_above.append(str(text) % {"n": MOST_LINES})
            found = found[:MOST_LINES]
        found.sort(key=lambda row: row[:2])
        return [form for _place, _number, form in found]

    def _written(self, lines: Sequence[InvoiceLine]) -> list[LineForm]:
        forms_ = [self._row(number, line) for number, line in enumerate(lines)]
        return forms_ or [self._make(number=0, initial={"quantity": "1"})]

    def _row(self, number: int, line: Any) -> LineForm:
        initial = {
            "product": line.product_id,
            "concept": line.concept,
            "detail": line.detail,
            "quantity": (line.quantity, line.unit),
            "unit_price": line.unit_price,
            "discount_pct": (line.discount_pct, getattr(line, "extra_discounts", "")),
            "tax_category": line.tax_category,
            "operation_on": getattr(line, "operation_on", None),
            "not_withheld": not getattr(line, "withheld", True),
            "is_disbursement": getattr(line, "is_disbursement", False),
        }
        return self._make(number=number, initial=initial)

    def written(self, line: Any) -> LineForm:
        """A row more with a line that nobody typed."""
        self._more += 1
        return self._row(self.total + self._more, line)

    def blank(self) -> LineForm:
        """An empty row."""
        self._more += 1
        return self._make(number=self.total + self._more, initial={"quantity": "1"})

    def extra(self) -> LineForm:
        """A row to copy for a new line."""
        return self._make(number="__prefix__", initial={"quantity": "1"})

    def add_blank(self) -> None:
        """An empty row at the end, for whoever has no JavaScript."""
        self.forms.append(self._make(number=self.total, initial={"quantity": "1"}))

    @property
    def total(self) -> int:
        numbers = [form.number for form in self.forms]  # type: ignore[attr-defined]
        return max((n for n in numbers if isinstance(n, int)), default=-1) + 1

    def non_form_errors(self) -> list[str]:
        return self.errors_above

    @property
    def filled(self) -> list[LineForm]:
        return [form for form in self.forms if not form.is_blank]

    def is_valid(self) -> bool:
        checked = [form.is_valid() for form in self.filled]  # every row shows its own errors
        return all(checked) and not self.errors_above

    def built(self) -> list[InvoiceLine]:
        """The lines that were typed, products that are not ours left out. Call `is_valid` first."""
        lines = [form.line() for form in self.filled]
        asked = {line.product_id for line in lines if line.product_id}
        if asked:
            known = set(Product.objects.filter(pk__in=asked).values_list("pk", flat=True))
            for line in lines:
                if line.product_id not in known:
                    line.product_id = None
        return lines
