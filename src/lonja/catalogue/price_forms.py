"""What is typed about tarifas."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership
from lonja.catalogue.actions.price_lists import PriceRow
from lonja.catalogue.models import PriceList, PriceListItem, Product
from lonja.parties.models import Party
from lonja.ui.forms import (
    AmountField,
    PercentField,
    QuantityField,
    SearchSelectField,
    SpanishDateField,
    UnitPriceField,
)


class PriceListForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=60)
    valid_from = SpanishDateField(label=_("Desde"), required=False)
    valid_until = SpanishDateField(label=_("Hasta"), required=False)

    def __init__(
        self, *args: Any, member: Membership, price_list: PriceList, **kwargs: Any
    ) -> None:
        names = ("name", "valid_from", "valid_until")
        initial = {name: getattr(price_list, name) for name in names}
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        companies = Company.objects.order_by("pk")
        if granted := member.company_ids():
            companies = companies.filter(pk__in=granted)
        if companies.count() > 1:
            self.fields["company"] = forms.ModelChoiceField(
                companies,
                label=_("Empresa"),
                required=False,
                empty_label=_t("Todas"),
                initial=price_list.company_id,
            )
        if price_list.pk is None:
            others = PriceList.objects.visible_to(member).order_by("name")
            if others.exists():
                self.fields["source"] = forms.ModelChoiceField(
                    others,
                    label=_("Copiar los precios de"),
                    required=False,
                    empty_label=_t("Vacía"),
                )

    def apply(self, price_list: PriceList) -> PriceList:
        data = self.cleaned_data
        for name in ("name", "valid_from", "valid_until"):
            setattr(price_list, name, data[name])
        if "company" in data:
            price_list.company = data["company"]
        return price_list


class RaiseForm(forms.Form):
    pct = AmountField(label=_("Porcentaje"))
    on = SpanishDateField(label=_("Desde el día"))


class AssignForm(forms.Form):
    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Party.objects.visible_to(member).filter(archived_at=None).order_by("name", "pk")
        self.fields["party"] = SearchSelectField(
            rows, remote=lambda: reverse("parties:client_options"), label=_("Cliente")
        )


class ProductChoice(forms.Form):
    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Product.objects.visible_to(member).filter(is_active=True).order_by("name", "pk")
        self.fields["product"] = SearchSelectField(
            rows, remote=lambda: reverse("catalogue:product_options"), label=_("Producto")
        )


class TierForm(forms.Form):
    min_quantity = QuantityField(label=_("Desde cantidad"), required=False)
    unit_price = UnitPriceField(label=_("Precio"), required=False)
    discount_pct = PercentField(label=_("Descuento (%)"), required=False)
    valid_from = SpanishDateField(label=_("Desde"), required=False)
    valid_until = SpanishDateField(label=_("Hasta"), required=False)

    def row(self) -> PriceRow | None:
        data = self.cleaned_data
        if not any(value is not None for value in data.values()):
            return None
        return PriceRow(
            data["min_quantity"] or Decimal(0),
            data["unit_price"],
            data["discount_pct"] or Decimal(0),
            data["valid_from"],
            data["valid_until"],
        )


TierFormSet = forms.formset_factory(TierForm, extra=0, max_num=60, validate_max=True)


def tiers_formset(data: Any, price_list: PriceList, product: Product | None) -> Any:
    """The tramos of a product and three empty rows for more."""
    if data is not None:
        return TierFormSet(data, prefix="tramos")
    items = PriceListItem.objects.filter(price_list=price_list, product=product) if product else []
    rows = [
        {
            "min_quantity": item.min_quantity or None,
            "unit_price": item.unit_price,
            "discount_pct": item.discount_pct or None,
            "valid_from": item.valid_from,
            "valid_until": item.valid_until,
        }
        for item in items
    ]
    return TierFormSet(prefix="tramos", initial=[*rows, {}, {}, {}])


def lists_for(company: Company) -> Any:
    """The tarifas that may be given in a company."""
    rows = PriceList.objects.filter(Q(company=None) | Q(company=company), retired_at=None)
    return rows.order_by("name")
