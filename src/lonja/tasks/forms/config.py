"""What is typed in «Motivos y estados» and in the rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Department, Membership, Role
from lonja.kit.text import clean_line
from lonja.tasks import people
from lonja.tasks.actions import automation
from lonja.tasks.models import (
    AutomationRule,
    Priority,
    Reason,
    ReasonState,
    SlaFrom,
    State,
    Tone,
    Transition,
)
from lonja.tasks.triggers import triggers
from lonja.ui.forms import SearchSelect, Switch

UNITS = {"minutes": 60, "hours": 3600, "days": 86_400}
LONGEST_SLA = 366 * 86_400


class ReasonForm(forms.ModelForm):
    qualified = forms.ModelMultipleChoiceField(
        Membership.objects.none(),
        label=_("Personas cualificadas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Quienes saben hacerlo: se les propone por turno cuando nadie está fijado."),
    )

    class Meta:
        model = Reason
        fields = ("name", "department")

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        departments = Department.objects.visible_to(member).filter(deactivated_at=None)
        fields["department"].queryset = departments
        fields["department"].empty_label = _("El de la empresa")
        fields["qualified"].queryset = people.candidates()
        if self.instance.pk:
            self.initial["qualified"] = list(people.qualified_ids(self.instance))

    def clean_name(self) -> str:
        return clean_line(self.cleaned_data["name"])

    def validate_constraints(self) -> None:
        """The action says it in better words."""


class StateForm(forms.ModelForm):
    class Meta:
        model = State
        fields = ("name", "kind", "tone")

    def clean_name(self) -> str:
        return clean_line(self.cleaned_data["name"])

    def validate_constraints(self) -> None:
        """The action says it in better words."""


class CopyForm(forms.Form):
    name = forms.CharField(label=_("Nombre del motivo nuevo"), max_length=60)


class SlaFields(forms.Form):
    """An SLA: an amount, working or natural, and from when. Empty amount: none."""

    sla_amount = forms.IntegerField(label=_("SLA"), required=False, min_value=1, max_value=100_000)
    sla_unit = forms.ChoiceField(
        label=_("Unidad"),
        choices=[("hours", _("horas")), ("minutes", _("minutos")), ("days", _("días"))],
        required=False,
    )
    sla_working = forms.TypedChoiceField(
        label=_("Tiempo"),
        choices=[("1", _("Laborable")), ("0", _("Natural"))],
        coerce=lambda value: value == "1",
        empty_value=True,
        required=False,
    )
    sla_from = forms.ChoiceField(label=_("Se cuenta"), choices=SlaFrom.choices, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        amount, unit = data.get("sla_amount"), data.get("sla_unit") or "hours"
        data["sla_from"] = data.get("sla_from") or SlaFrom.ENTERING
        data["sla_seconds"] = None
        if amount:
            if unit == "days" and data.get("sla_working"):
                self.add_error(
                    "sla_unit",
                    _t("En tiempo laborable escribe horas: un día tiene las de tu horario."),
                )
            elif amount * UNITS[unit] > LONGEST_SLA:
                self.add_error("sla_amount", _t("El SLA más largo es de un año."))
            else:
                data["sla_seconds"] = amount * UNITS[unit]
        return data


def sla_initial(cell: ReasonState) -> dict[str, Any]:
    """«4 horas» from seconds, in the largest unit that says it whole."""
    if cell.sla_seconds is None:
        return {"sla_unit": "hours", "sla_working": "1", "sla_from": SlaFrom.ENTERING}
    sizes = [("hours", 3600), ("minutes", 60)]
    if not cell.sla_working:
        sizes.insert(0, ("days", 86_400))
    unit, size = next((u, s) for u, s in sizes if cell.sla_seconds % s == 0 or s == 60)
    return {
        "sla_amount": cell.sla_seconds // size,
        "sla_unit": unit,
        "sla_working": "1" if cell.sla_working else "0",
        "sla_from": cell.sla_from,
    }


class CellForm(SlaFields):
    """A cell: the manager is a user, or a role, or nobody, by a radio: never two."""

    manager_kind = forms.ChoiceField(
        label=_("Quién la gestiona"),
        choices=[
            ("user", _("Un usuario")),
            ("role", _("Un rol")),
            ("nobody", _("Nadie fijo: se elige en cada tarea")),
        ],
        widget=forms.RadioSelect,
    )
    manager = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Usuario"), required=False, widget=SearchSelect()
    )
    manager_role = forms.ChoiceField(
        label=_("Rol"), choices=[("", _("Elige un rol")), *Role.choices], required=False
    )
    tone = forms.ChoiceField(
        label=_("Color"), choices=[("", _("El del estado")), *Tone.choices], required=False
    )
    to = forms.ModelMultipleChoiceField(
        State.objects.none(),
        label=_("Desde aquí se puede pasar a"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Si no marcas ninguno, a cualquiera de los estados del motivo."),
    )

    def __init__(self, *args: Any, cell: ReasonState, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cell = cell
        fields: dict[str, Any] = self.fields
        able = people.candidates()
        if cell.manager_id:
            able = able | Membership.objects.filter(pk=cell.manager_id).select_related("user")
        fields["manager"].queryset = able
        fields["manager"].empty_label = _("Elige una persona")
        others = State.objects.active().exclude(pk=cell.state_id)
        fields["to"].queryset = others.filter(
            pk__in=ReasonState.objects.active().filter(reason=cell.reason).values("state_id")
        )
        if not self.is_bound:
            kind = "user" if cell.manager_id else "role" if cell.manager_role else "nobody"
            steps = Transition.objects.filter(cell=cell) if cell.pk else Transition.objects.none()
            self.initial = {
                "manager_kind": kind,
                "manager": cell.manager_id,
                "manager_role": cell.manager_role,
                "tone": cell.tone,
                "to": list(steps.values_list("to_id", flat=True)),
                **sla_initial(cell),
            }

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = data.get("manager_kind")
        if kind == "user" and not data.get("manager") and "manager" not in self.errors:
            self.add_error("manager", _t("Elige qué usuario la gestiona."))
        if kind == "role" and not data.get("manager_role"):
            self.add_error("manager_role", _t("Elige qué rol la gestiona."))
        return data

    def filled(self) -> ReasonState:
        """The cell with what was typed."""
        data, cell = self.cleaned_data, self.cell
        kind = data["manager_kind"]
        cell.manager = data["manager"] if kind == "user" else None
        cell.manager_role = data["manager_role"] if kind == "role" else ""
        cell.tone = data["tone"]
        cell.sla_seconds = data["sla_seconds"]
        cell.sla_working = data["sla_working"]
        cell.sla_from = data["sla_from"]
        return cell


class RuleForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=80)
    trigger = forms.ChoiceField(label=_("Cuando"), choices=())
    days = forms.IntegerField(label=_("N (días)"), min_value=1, max_value=365, initial=3)
    action = forms.ChoiceField(label=_("Entonces"), choices=())
    reason = forms.ModelChoiceField(
        Reason.objects.none(), label=_("Motivo de la tarea"), required=False
    )
    subject = forms.CharField(
        label=_("Asunto"),
        max_length=160,
        required=False,
        help_text=_("{origen} y {cliente} se sustituyen por los de cada caso."),
    )
    due_days = forms.IntegerField(
        label=_("Vence a los (días)"), min_value=0, max_value=365, initial=2, required=False
    )
    priority = forms.TypedChoiceField(
        label=_("Prioridad"),
        choices=Priority.choices,
        coerce=int,
        empty_value=Priority.NORMAL,
        required=False,
        initial=Priority.NORMAL,
    )
    state = forms.ModelChoiceField(
        State.objects.none(), label=_("Estado al que pasa"), required=False
    )
    past = forms.BooleanField(
        label=_("También con lo que ya está así"),
        required=False,
        widget=Switch,
        help_text=_("Si no, solo con lo que pase desde ahora."),
    )

    def __init__(self, *args: Any, rule: AutomationRule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        fields: dict[str, Any] = self.fields
        fields["trigger"].choices = [(t.slug, t.label) for t in triggers()]
        fields["action"].choices = automation.actions()
        fields["reason"].queryset = Reason.objects.active()
        fields["state"].queryset = State.objects.active()
        if not self.is_bound and rule.pk:
            self.initial = {
                "name": rule.name,
                "trigger": rule.trigger,
                "days": rule.days,
                "action": rule.action,
                **rule.data,
                "past": rule.since.year == 2000,
            }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        action = data.get("action")
        if action == automation.CREATE:
            if not data.get("reason"):
                self.add_error("reason", _t("Elige el motivo de la tarea que se creará."))
            if not data.get("subject"):
                self.add_error("subject", _t("Escribe el asunto de la tarea que se creará."))
        if action == automation.MOVE and not data.get("state"):
            self.add_error("state", _t("Elige a qué estado pasa la tarea."))
        return data

    def filled(self) -> AutomationRule:
        """The rule with what was typed."""
        data, rule = self.cleaned_data, self.rule
        rule.name = clean_line(data["name"])
        rule.trigger, rule.days, rule.action = data["trigger"], data["days"], data["action"]
        rule.data = {
            "reason": data["reason"].pk if data["reason"] else None,
            "subject": clean_line(data["subject"]),
            "due_days": data["due_days"] or 0,
            "priority": data["priority"],
            "state": data["state"].pk if data["state"] else None,
        }
        return rule
