"""What is typed about a task."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company, Membership
from lonja.kit.text import clean_line, row_id
from lonja.parties.models import Party
from lonja.tasks import clocks, managing, people, reports
from lonja.tasks.models import NO_DUE, Priority, Reason, State, Task
from lonja.ui.forms import SearchSelect, SearchSelectField, SpanishDateField

REPEATS = (
    ("", _("No se repite")),
    ("day", _("días")),
    ("week", _("semanas")),
    ("month", _("meses")),
    ("year", _("años")),
)


def time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S", "%H"],
        widget=forms.TimeInput(attrs={"type": "time", "class": "in-s tn"}, format="%H:%M"),
    )


class ManagerField(SearchSelectField):
    """Somebody to manage tasks, found by name or mail without accents."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Membership.objects.select_related("user"),
            remote=lambda: reverse("tasks:manager_options"),
            **kwargs,
        )


class TaskForm(forms.Form):
    """A new task, or one being changed.

    `manager` only counts where the configuration names nobody; `decision` (after validating) says
    who manages it and by which rule.
    """

    reason = forms.ModelChoiceField(
        Reason.objects.none(), label=_("Motivo"), empty_label=_("Elige un motivo")
    )
    state = forms.ModelChoiceField(
        State.objects.none(), label=_("Estado"), empty_label=_("Elige un estado")
    )
    subject = forms.CharField(label=_("Asunto"), max_length=160)
    due_on = SpanishDateField(label=_("Vencimiento"), required=False)
    due_time = time_field(_("Hora"))
    priority = forms.TypedChoiceField(
        label=_("Prioridad"),
        choices=Priority.choices,
        coerce=int,
        initial=Priority.NORMAL,
        required=False,
        empty_value=Priority.NORMAL,  # type: ignore[arg-type]
    )
    description = forms.CharField(
        label=_("Descripción"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 5}),
    )
    tags = forms.CharField(
        label=_("Etiquetas"), required=False, max_length=200, help_text=_("Separadas por comas.")
    )
    repeat_every = forms.IntegerField(
        label=_("Se repite cada"), required=False, min_value=1, max_value=365
    )
    repeat_unit = forms.ChoiceField(label=_("Unidad"), choices=REPEATS, required=False)
    manager = ManagerField(label=_("Gestionado por usuario"), required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        member: Membership,
        company: Company,
        task: Task | None = None,
        party: Party | None = None,
        agent: Membership | None = None,
        with_party: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.company, self.task = member, company, task
        self.fixed_party, self.fixed_agent = party, agent
        self.decision: managing.Decision | None = None
        fields: dict[str, Any] = self.fields
        fields["due_on"].today = company.today()
        reasons = Reason.objects.active()
        if task is not None:
            reasons = Reason.objects.filter(pk=task.reason_id) | reasons
        fields["reason"].queryset = reasons
        self.motive: Reason | None = self._chosen("reason", reasons)
        fields["state"].queryset = self._states()
        if self.motive is not None:
            fields["state"].empty_label = None
        if with_party:
            rows = Party.objects.visible_to(member).filter(archived_at=None)
            if task is not None and task.party_id is not None:
                # The one it has stays, also archived or of somebody else: saving loses nothing.
                rows = Party.objects.filter(Q(pk__in=rows.values("pk")) | Q(pk=task.party_id))
            fields["party"] = SearchSelectField(
                rows.select_related("agent__user").order_by("name", "pk"),
                remote=lambda: reverse("tasks:party_options"),
                label=_("Cliente"),
                required=False,
                empty_label=_("Sin cliente"),
            )
        fields["description"].widget.attrs["data-richtext"] = json.dumps(
            {
                "bar": gettext("Formato"),
                "bold": gettext("Negrita"),
                "italic": gettext("Cursiva"),
                "list": gettext("Lista"),
                "numbers": gettext("Lista numerada"),
                "link": gettext("Enlace"),
                "address": gettext("Dirección del enlace"),
            }
        )
        if self.motive is not None:
            pk = self.motive.pk
            manager = cast(Any, fields["manager"].widget)
            manager.remote = lambda: f"{reverse('tasks:manager_options')}?motivo={pk}"
        self._ask_again_on_change()

    def _ask_again_on_change(self) -> None:
        """Motivo, Estado and Cliente decide who manages it: ask the server at once."""
        for name in ("reason", "state", "party"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "hx-get": reverse("tasks:manager"),
                    "hx-trigger": "change",
                    "hx-include": "closest form",
                    "hx-target": "#campo-gestor",
                    "hx-swap": "outerHTML",
                    "hx-sync": "closest form:replace",
                    "hx-params": "not csrfmiddlewaretoken,_key,description",
                }

    def _chosen(self, name: str, rows: Any) -> Any:
        value = self[name].value()
        pk = getattr(value, "pk", value)
        asked = row_id(pk or "")
        return rows.filter(pk=asked).first() if asked is not None else None

    def _states(self) -> Any:
        if self.motive is None:
            return State.objects.active()
        states = [state.pk for state in reports.states_of(self.motive)]
        if self.task is not None and self.motive.pk == self.task.reason_id:
            reachable = [state.pk for state in reports.next_states(self.task)]
            states = [pk for pk in states if pk in reachable] + [self.task.state_id]
        return State.objects.filter(pk__in=states)

    @property
    def asked_party(self) -> Party | None:
        """The client of the task being typed: that of its origin, or the chosen one."""
        if self.fixed_party is not None or "party" not in self.fields:
            return self.fixed_party
        field = cast(forms.ModelChoiceField, self.fields["party"])
        return cast("Party | None", self._chosen("party", field.queryset))

    def decide(self) -> managing.Decision | None:
        """Who would manage it with what is typed so far; None until motivo and estado are known."""
        state = self._chosen("state", cast(Any, self.fields["state"]).queryset)
        if self.motive is not None and state is None and not self["state"].value():
            state = reports.first_state(self.motive)
        if self.motive is None or state is None:
            return None
        party = self.asked_party
        agent = self.fixed_agent or (party.agent if party is not None else None)
        current = self.task.manager if self.task is not None else None
        case = managing.Case(self.member, self.company.today(), self.company.pk, agent, current)
        return managing.decide(self.motive, managing.cell_for(self.motive, state), case)

    def clean_tags(self) -> tuple[str, ...]:
        words = (clean_line(word)[:40] for word in self.cleaned_data["tags"].split(","))
        return tuple(dict.fromkeys(word for word in words if word))[:12]

    def clean_subject(self) -> str:
        subject = clean_line(self.cleaned_data["subject"])
        if not subject:
            raise ValidationError(gettext("Escribe de qué va la tarea."), code="required")
        return subject

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("due_time") and not data.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", gettext("Has puesto una hora: falta el día."))
        if bool(data.get("repeat_every")) != bool(data.get("repeat_unit")):
            self.add_error(
                "repeat_every", gettext("Para repetirla hacen falta el número y la unidad.")
            )
        self.decision = self.decide()
        # Where the configuration decides, what was posted is not even an error.
        if self.decision is not None and not self.decision.editable:
            self.errors.pop("manager", None)
            data["manager"] = self._posted_manager()
        return data

    def _posted_manager(self) -> Membership | None:
        return cast("Membership | None", self._chosen("manager", Membership.objects.all()))

    def due(self) -> tuple[datetime | None, bool]:
        """(when it is due, whether it has a time)."""
        data = self.cleaned_data
        return (
            clocks.due_moment(data.get("due_on"), data.get("due_time"), self.company.zone),
            bool(data.get("due_on") and data.get("due_time")),
        )


def initial_of(task: Task) -> dict[str, Any]:
    """What the form shows of a task."""
    day, clock = clocks.due_parts(task)
    return {
        "reason": task.reason_id,
        "state": task.state_id,
        "subject": task.subject,
        "due_on": day,
        "due_time": clock,
        "priority": task.priority,
        "description": task.description,
        "tags": ", ".join(t.tag.name for t in task.task_tags.select_related("tag")),
        "repeat_every": task.repeat_every or None,
        "repeat_unit": task.repeat_unit,
        "manager": task.manager_id,
        "party": task.party_id,
        "seen": task.updated_at.isoformat(),
    }


def edited(form: TaskForm) -> dict[str, Any]:
    """The fields for `edit_task`."""
    data = form.cleaned_data
    due_at, has_time = form.due()
    fields = {
        "subject": data["subject"],
        "description": data["description"],
        "due_at": due_at or NO_DUE,
        "due_has_time": has_time,
        "priority": data["priority"],
        "tags": data["tags"],
        "repeat_every": data["repeat_every"] or 0,
        "repeat_unit": data["repeat_unit"] if data["repeat_every"] else "",
    }
    if "party" in form.fields:
        party = data["party"]
        fields["party"] = party
        if form.task is not None and party != form.task.party:
            fields["agent"] = party.agent if party is not None else None
    return fields


class StateForm(forms.Form):
    """A change of state from the page of the task."""

    state = forms.ModelChoiceField(State.objects.none(), label=_("Estado"))
    manager = ManagerField(label=_("Gestionado por usuario"), required=False)

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [state.pk for state in reports.next_states(task)]
        cast(Any, self.fields["state"]).queryset = State.objects.filter(pk__in=allowed)


class ReassignForm(forms.Form):
    manager = ManagerField(label=_("Gestionado por usuario"))

    def clean_manager(self) -> Membership:
        chosen = cast(Membership, self.cleaned_data["manager"])
        if not people.candidates().filter(pk=chosen.pk).exists():
            raise ValidationError(
                gettext(
                    "%(name)s no puede gestionar tareas: no tiene acceso, o su rol no lo permite."
                )
                % {"name": chosen.name},
                code="unfit",
            )
        return chosen


class DueForm(forms.Form):
    due_on = SpanishDateField(label=_("Vence el día"))
    due_time = time_field(_("Hora"))


class MoveForm(forms.Form):
    """For many tasks at once: each goes there if its motivo allows it."""

    state = forms.ModelChoiceField(State.objects.none(), label=_("Estado"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(Any, self.fields["state"]).queryset = State.objects.active()


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Comentario"),
        max_length=20_000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Escribe @ y un nombre para avisar a alguien."),
    )


class StepForm(forms.Form):
    text = forms.CharField(label=_("Paso"), max_length=200)


class FileForm(forms.Form):
    file = forms.FileField(label=_("Fichero"))


class RelationForm(forms.Form):
    other = SearchSelectField(
        Task.objects.none(), remote=lambda: reverse("tasks:task_options"), label=_("Tarea")
    )
    kind = forms.ChoiceField(label=_("Relación"), choices=())

    def __init__(self, *args: Any, member: Membership, task: Task, **kwargs: Any) -> None:
        from lonja.tasks.models import RelationKind

        super().__init__(*args, **kwargs)
        rows = Task.objects.visible_to(member).exclude(pk=task.pk).order_by("-pk")
        cast(Any, self.fields["other"]).queryset = rows
        cast(Any, self.fields["kind"]).choices = RelationKind.choices


class FollowForm(forms.Form):
    member = SearchSelectField(Membership.objects.none(), label=_("Persona"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Membership.objects.filter(deactivated_at=None, user__is_active=True)
        cast(Any, self.fields["member"]).queryset = rows.select_related("user").order_by(
            "user__full_name", "pk"
        )
        self.fields["member"].widget = SearchSelect()
        cast(Any, self.fields["member"]).widget.choices = self.fields["member"].choices  # type: ignore[attr-defined]
