"""What is typed about ofertas: new, data, why lost; and the stages and reasons of the company."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership
from lonja.kit.text import clean_block, clean_line
from lonja.parties.models import Kind
from lonja.sales.forms import agents_for, party_field
from lonja.sales.models import LossReason, Opportunity, OpportunityStatus, PipelineStage
from lonja.ui.forms import MoneyField, NifField, SpanishDateField


def _stages() -> Any:
    return PipelineStage.objects.active().filter(kind=OpportunityStatus.OPEN)


class OfferForm(forms.Form):
    """The data of an oferta; the amount empty follows its presupuestos."""

    title = forms.CharField(label=_("Qué le ofreces"), max_length=160)
    amount_cents = MoneyField(label=_("Importe sin impuestos"), required=False)
    expected_on = SpanishDateField(label=_("Cierre previsto"), required=False)
    probability_pct = forms.IntegerField(
        label=_("Probabilidad (%)"), min_value=0, max_value=100, required=False
    )
    notes = forms.CharField(
        label=_("Notas"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, member: Membership, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"] = forms.ModelChoiceField(
            agents_for(member, self.initial.get("agent")),
            label=_("Agente"),
            required=member.sees_only_own,
            empty_label=_("Nadie"),
        )
        cast(SpanishDateField, self.fields["expected_on"]).today = company.today()
        for field in self.fields.values():
            field.show_hidden_initial = True

    def seen(self) -> list[Any]:
        """What the screen showed, to send along: only what differs from it is written."""
        return [bound.as_hidden(only_initial=True) for bound in self]

    @property
    def untouched(self) -> set[str]:
        """The fields left as they were on the screen; what it did not tell counts as changed."""
        told = {name for name in self.fields if self.add_initial_prefix(name) in self.data}
        return told - set(self.changed_data)

    @classmethod
    def initial_of(cls, offer: Opportunity) -> dict[str, Any]:
        return {
            "title": offer.title,
            "amount_cents": offer.amount_cents if offer.amount_by_hand else None,
            "expected_on": offer.expected_on,
            "probability_pct": offer.probability_pct,
            "notes": offer.notes,
            "agent": offer.agent_id,
        }

    def values(self) -> dict[str, Any]:
        """What goes to `create_opportunity` and `save_opportunity`, without what nobody changed."""
        data, untouched = self.cleaned_data, self.untouched
        amount = data["amount_cents"]
        values = {
            "title": clean_line(data["title"]),
            "notes": clean_block(data["notes"]),
            "expected_on": data["expected_on"],
            "agent": data["agent"],
            "amount_by_hand": amount is not None,
        }
        if amount is not None:
            values["amount_cents"] = amount
        if data["probability_pct"] is not None:
            values["probability_pct"] = data["probability_pct"]
        if "amount_cents" in untouched:
            untouched.add("amount_by_hand")
        return {name: value for name, value in values.items() if name not in untouched}

    def clean_amount_cents(self) -> int | None:
        amount = self.cleaned_data["amount_cents"]
        if amount is not None and amount < 0:
            raise forms.ValidationError(_("El importe no puede ser negativo."))
        return amount


class NewOfferForm(OfferForm):
    """For whom, too: somebody we know, or a name and how to reach them."""

    name = forms.CharField(label=_("Nombre o razón social"), max_length=120, required=False)
    kind = forms.ChoiceField(
        label=_("Tipo"), choices=Kind.choices, initial=Kind.COMPANY, required=False
    )
    nif = NifField(label=_("NIF"), required=False)
    contact = forms.CharField(label=_("Persona de contacto"), max_length=120, required=False)
    email = forms.EmailField(label=_("Correo"), required=False)
    phone = forms.CharField(label=_("Teléfono"), max_length=30, required=False)

    def __init__(self, *args: Any, member: Membership, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, member=member, company=company, **kwargs)
        self.fields["party"] = party_field(
            member, required=False, empty_label=_("Ninguno: es un cliente nuevo")
        )
        self.fields["stage"] = forms.ModelChoiceField(
            _stages().filter(company=company), label=_("Etapa"), required=False, empty_label=None
        )
        del self.fields["probability_pct"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["probability_pct"] = None
        data["name"] = clean_line(data.get("name") or "")
        if not data.get("party") and not data["name"] and "party" not in self.errors:
            self.add_error("party", _t("Elige un cliente, o escribe el nombre de uno nuevo."))
        return data

    def values(self) -> dict[str, Any]:
        return {**super().values(), "stage": self.cleaned_data["stage"]}


class LoseForm(forms.Form):
    """Why it is lost."""

    note = forms.CharField(label=_("Detalle"), max_length=300, required=False)

    def __init__(self, *args: Any, company: Company, open_quotes: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = LossReason.objects.active().filter(company=company)
        reason = forms.ModelChoiceField(
            reasons, label=_("Motivo de pérdida"), empty_label=_("Elige un motivo")
        )
        self.fields = {"reason": reason, **self.fields}
        if open_quotes:
            self.fields["close_quotes"] = forms.BooleanField(
                label=_("Marcar también como rechazados sus presupuestos abiertos"),
                required=False,
                initial=True,
            )


class AlternativeForm(forms.Form):
    alternative = forms.CharField(
        label=_("Nombre de la alternativa"), max_length=40, required=False
    )


class StageForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=40)
    probability_pct = forms.IntegerField(label=_("Probabilidad (%)"), min_value=0, max_value=100)

    def clean_name(self) -> str:
        name = clean_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Escribe un nombre."))
        return name


class EndStageForm(StageForm):
    """«Ganada» and «Perdida»: only their name is the company's to choose."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["probability_pct"]


class ReasonForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=60)

    def clean_name(self) -> str:
        name = clean_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Escribe un nombre."))
        return name


class BulkAgentForm(forms.Form):
    agent = forms.ModelChoiceField(
        Membership.objects.filter(deactivated_at=None)
        .select_related("user")
        .order_by("user__full_name", "pk"),
        label=_("Agente"),
    )


class BulkStageForm(forms.Form):
    stage = forms.ModelChoiceField(
        PipelineStage.objects.active().filter(kind=OpportunityStatus.OPEN), label=_("Etapa")
    )


class BulkLoseForm(forms.Form):
    reason = forms.ModelChoiceField(LossReason.objects.active(), label=_("Motivo de pérdida"))
    note = forms.CharField(label=_("Detalle"), max_length=300, required=False)
