"""Money received and how it is shared out; credit to apply or give back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lonja.billing.models import UndoReason
from lonja.kit.text import clean_line
from lonja.parties.models import PaymentMethod
from lonja.ui.forms import MoneyField, NumberInput, SpanishDateField, Switch


class _Dated(forms.Form):
    """A form whose dates are read with the company's day."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, SpanishDateField):
                field.today = today


class _Shares(_Dated):
    """Amounts for several rows: fields `r<id>`, in cents."""

    def __init__(self, *args: Any, rows: Sequence[Any], said: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = list(rows)
        for row in self.rows:
            self.fields[f"r{row.pk}"] = MoneyField(
                label=f"{said} {row}", required=False, least=0, widget=NumberInput("€")
            )

    def shares(self) -> dict[int, int]:
        """Cents of each row that has some. Rows not understood have none."""
        found = {row.pk: self.cleaned_data.get(f"r{row.pk}") or 0 for row in self.rows}
        return {pk: cents for pk, cents in found.items() if cents}

    def bound_rows(self) -> Iterator[tuple[Any, Any]]:
        for row in self.rows:
            yield row, self[f"r{row.pk}"]


class ReceiptForm(_Shares):
    amount = MoneyField(label=_("Importe cobrado"))
    on = SpanishDateField(label=_("Fecha del cobro"))
    method = forms.ChoiceField(label=_("Cómo se ha cobrado"), choices=PaymentMethod.choices)
    reference = forms.CharField(label=_("Referencia"), required=False, max_length=80)
    note = forms.CharField(label=_("Nota"), required=False, max_length=200)
    keep_surplus = forms.BooleanField(
        label=_("Dejar lo que sobra como saldo a favor"), required=False, widget=Switch
    )

    def __init__(self, *args: Any, split_url: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if split_url:
            self.fields["amount"].widget.attrs |= {
                "hx-post": f"{split_url}&auto=1",
                "hx-trigger": "change",
                "hx-target": "#reparto",
                "hx-swap": "outerHTML",
            }
            for row in self.rows:
                self.fields[f"r{row.pk}"].widget.attrs |= {
                    "hx-post": split_url,
                    "hx-trigger": "change",
                    "hx-target": "#resto",
                    "hx-select": "#resto",
                    "hx-swap": "outerHTML",
                }

    def clean_reference(self) -> str:
        return clean_line(self.cleaned_data["reference"])

    def clean_note(self) -> str:
        return clean_line(self.cleaned_data["note"])

    def left(self) -> int:
        """Cents of the amount not shared out yet; negative: too much was shared."""
        return (self.cleaned_data.get("amount") or 0) - sum(self.shares().values())


class UndoForm(_Dated):
    reason = forms.ChoiceField(
        label=_("Por qué"), choices=UndoReason.choices, widget=forms.RadioSelect
    )
    on = SpanishDateField(label=_("Día de la devolución"), required=False)


class ApplyForm(_Shares):
    on = SpanishDateField(label=_("Fecha"))


class RefundForm(_Dated):
    amount = MoneyField(label=_("Importe"))
    on = SpanishDateField(label=_("Fecha"))
    method = forms.ChoiceField(label=_("Cómo se devuelve"), choices=PaymentMethod.choices)
    note = forms.CharField(label=_("Nota"), required=False, max_length=200)

    def clean_note(self) -> str:
        return clean_line(self.cleaned_data["note"])


class PeriodForm(_Dated):
    """From one day to another, as a query of the address."""

    desde = SpanishDateField(label=_("Desde"))
    hasta = SpanishDateField(label=_("Hasta"))
