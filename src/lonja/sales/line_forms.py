"""The rows of the editor: lines and the headings of their sections."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company
from lonja.catalogue.models import Product
from lonja.kit.text import clean_block, clean_line, row_id
from lonja.sales.choices import plain
from lonja.sales.models import Quote, QuoteLine
from lonja.sales.policy import MOST_LINES, too_many_lines
from lonja.tax.categories import categories
from lonja.ui.forms import PercentField, QuantityField, UnitPriceField

PREFIX = "lineas"
_units = cast(list[tuple[str, Any]], QuoteLine._meta.get_field("unit_of_time").choices)
PACES = [("", _("Una sola vez")), *_units[1:]]
FREE = "*"  # as `suggested`: whatever the price, take that of the tarifa


class LineForm(forms.Form):
    """A line, or with `is_section` the heading of the lines below it (concept and detail).

    `suggested` is the price and discount the tarifa gave («650;0»): while they are the same nobody
    typed another, and a change of quantity or of tarifa changes them.
    """

    is_section = forms.BooleanField(required=False, widget=forms.HiddenInput)
    suggested = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
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

    group = forms.CharField(label=_("Grupo de alternativas"), max_length=60, required=False)
    min_quantity = QuantityField(label=_("Cantidad mínima"), required=False)
    max_quantity = QuantityField(label=_("Cantidad máxima"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_heading:
            # Without title, the lines below it are in no section.
            for name in ("concept", "quantity", "tax_category"):
                self.fields[name].required = False
        today = company.today()
        taxes = cast(forms.ChoiceField, self.fields["tax_category"])
        taxes.choices = [
            (kind.code, kind.label_on(today)) for kind in categories(company.territory)
        ]

    @property
    def is_heading(self) -> bool:
        """Whether the row is the heading of a section."""
        if self.is_bound:
            return bool(self.data.get(self.add_prefix("is_section")))
        return bool(self.initial.get("is_section"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        low, high, quantity = (
            data.get(name) for name in ("min_quantity", "max_quantity", "quantity")
        )
        if quantity is not None and (
            (low is not None and not 0 <= low <= quantity) or (high is not None and high < quantity)
        ):
            message = _t("La cantidad tiene que estar entre la mínima y la máxima.")
            self.add_error("quantity", ValidationError(message))
        return data

    @property
    def untouched(self) -> bool:
        """Whether the price is still the one the tarifa gave."""
        given = self.cleaned_data["suggested"]
        price = self.cleaned_data["unit_price"] or Decimal(0)
        discount = self.cleaned_data["discount_pct"] or Decimal(0)
        return bool(self.cleaned_data["product"]) and given in (FREE, suggestion(price, discount))

    def values(self, products: Mapping[int, Product]) -> dict[str, Any]:
        """What `save_quote` wants; `products` holds those of all the rows, by id."""
        data = dict(self.cleaned_data)
        group = clean_line(data["group"])
        optional = data["optional"] or bool(group)
        return {
            "product": products.get(data["product"]),
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
            "group": group,
            "min_quantity": data["min_quantity"],
            "max_quantity": data["max_quantity"],
            "untouched": self.untouched,
        }

    @property
    def is_blank(self) -> bool:
        """A row nobody wrote in: it is left out without a word."""
        if self.is_heading:
            return False
        names = ("concept", "detail", "unit_price", "product")
        return not any((self.data.get(self.add_prefix(name)) or "").strip() for name in names)


LineFormSet = forms.formset_factory(
    LineForm,
    extra=0,
    can_order=True,
    can_delete=True,
    max_num=MOST_LINES,
    validate_max=True,
    absolute_max=MOST_LINES,
)


def refuse_too_many(formset: Any) -> None:
    """Raise Refused("too_many_lines") for more rows than are read: none is left out in silence."""
    errors = formset.non_form_errors().as_data()
    if any(error.code == "too_many_forms" for error in errors):
        raise too_many_lines()


def suggestion(price: Decimal, discount: Decimal) -> str:
    """How a row remembers the price that the tarifa gave."""
    return f"{plain(price)};{plain(discount)}"


def lines_formset(company: Company, *, data: Any = None, quote: Quote | None = None) -> Any:
    """The rows of the editor, bound to a POST or filled from a quote (one empty row if none)."""
    if data is not None:
        return LineFormSet(data, prefix=PREFIX, form_kwargs={"company": company})
    rows: list[dict[str, Any]] = []
    section = ""
    for line in quote.lines.all() if quote else []:
        if line.section != section:
            section = line.section
            rows.append({"is_section": True, "concept": section, "detail": line.section_detail})
        rows.append(row_of(line))
    return LineFormSet(
        prefix=PREFIX, initial=rows or [{"quantity": Decimal(1)}], form_kwargs={"company": company}
    )


def row_of(line: QuoteLine) -> dict[str, Any]:
    """The initial values of the row of a line."""
    own = {"product", "is_section", "suggested"}
    return {
        **{name: getattr(line, name) for name in LineForm.base_fields if name not in own},
        "product": line.product_id,
        "discount_pct": line.discount_pct or None,
        "suggested": ""
        if line.price_by_hand or line.product_id is None
        else suggestion(line.unit_price, line.discount_pct),
    }


def lines_in_order(formset: Any) -> list[LineForm]:
    """The rows to keep, in the order of the screen, headings too."""
    kept = [
        form
        for form in formset.forms
        # asking for the errors cleans the form: its ORDER and DELETE are known even with errors
        if form.errors is not None and not form.is_blank and not formset._should_delete_form(form)
    ]
    return sorted(kept, key=lambda form: form.cleaned_data.get("ORDER") or 10_000)


def with_sections(rows: list[LineForm]) -> list[tuple[LineForm, dict[str, Any]]]:
    """(row, values for `save_quote`) of each line, headings turned into the section of theirs."""
    told, title, detail = [], "", ""
    asked = {row_id(row.cleaned_data.get("product")) for row in rows}
    products = Product.objects.in_bulk([pk for pk in asked if pk is not None])
    for row in rows:
        if row.is_heading:
            title = clean_line(row.cleaned_data["concept"])[:120]
            detail = clean_line(row.cleaned_data["detail"])[:300]
        else:
            told.append((row, {**row.values(products), "section": title, "section_detail": detail}))
    return told
