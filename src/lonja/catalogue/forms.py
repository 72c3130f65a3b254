"""What a person types about a product."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership
from lonja.catalogue import permissions
from lonja.catalogue.models import Product, ProductKind
from lonja.kit.errors import Refused
from lonja.kit.text import clean_block, clean_line
from lonja.tax.categories import categories
from lonja.ui.forms import UnitPriceField


class ProductForm(forms.ModelForm):
    """The cost is only for whoever may see it."""

    price = UnitPriceField(label=_("Precio sin impuestos"))
    cost = UnitPriceField(label=_("Coste"), required=False, least=0)
    kind = forms.ChoiceField(label=_("Tipo"), choices=ProductKind.choices)
    tax_category = forms.ChoiceField(label=_("Impuesto"))

    class Meta:
        model = Product
        fields = ("code", "name", "kind", "price", "tax_category", "unit", "family", "cost",
                  "description")  # fmt: skip
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "code": forms.TextInput(attrs={"class": "tn"}),
        }
        help_texts = {"description": _("Saldrá debajo del concepto en los documentos.")}

    def __init__(
        self, *args: Any, member: Membership, company: Company | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["tax_category"].choices = _choices(company, self.instance)
        if not member.can(permissions.COST):
            del fields["cost"]

    def clean_code(self) -> str:
        code = clean_line(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_("Escribe un código."))
        return code

    def clean_name(self) -> str:
        name = clean_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("Escribe el nombre."))
        return name

    def clean_unit(self) -> str:
        return clean_line(self.cleaned_data["unit"])

    def clean_family(self) -> str:
        return clean_line(self.cleaned_data["family"])

    def clean_description(self) -> str:
        return clean_block(self.cleaned_data["description"])

    def validate_unique(self) -> None:
        """Left to the action, which names the product that has the code."""


def _choices(company: Company | None, product: Product) -> list[tuple[str, str]]:
    """Taxes of the company's territory as they are today: «IVA 21 %», «Exenta…»."""
    territory = company.territory if company is not None else "peninsula"
    found = []
    for one in categories(territory):
        try:
            label = one.label_on(company.today()) if company is not None else one.label
        except Refused:  # a rate that is no longer in force
            continue
        rated = one.is_taxed and one.label not in label
        found.append((one.code, f"{label} · {one.label}" if rated else label))
    known = {code for code, _label in found}
    if product.pk and product.tax_category not in known:
        found.append((product.tax_category, product.tax_category))
    return found
