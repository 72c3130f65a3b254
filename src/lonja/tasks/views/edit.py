"""Creating and changing tasks, and the field «Gestionado por usuario»."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lonja.accounts.access import get_visible, member_required
from lonja.accounts.models import Company
from lonja.kit.errors import Refused
from lonja.parties.models import Party
from lonja.tasks import managing, origins, permissions, reports
from lonja.tasks.actions import tasks as acts
from lonja.tasks.actions.edit import update_task
from lonja.tasks.forms.task import TaskForm, edited, initial_of
from lonja.tasks.models import Reason, Task
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

NEW, EDIT = "tasks/task_new.html", "tasks/task_edit.html"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


class Start:
    """Where a new task comes from: a document, a client, or the task before it."""

    def __init__(self, request: HttpRequest) -> None:
        asked: Any = request.POST if request.method == "POST" else request.GET
        self.member = request.member  # type: ignore[attr-defined]
        self.company: Company = request.company  # type: ignore[attr-defined]
        self.type, self.id = asked.get("origen", "")[:40], _number(asked.get("id", ""))
        self.born: origins.Born | None = None
        self.kind = origins.origin(self.type) if self.type else None
        self.previous: Task | None = None
        if self.type:
            self.born = origins.born(self.member, self.type, self.id)
            if self.born is None:
                raise Http404
            self.company = self.born.company or self.company
        if before := _number(asked.get("siguiente", "")):
            rows = Task.objects.select_related("party__agent__user", "agent__user", "company")
            self.previous = get_visible(request, rows, before)
            self.company = self.previous.company
        self.client = _number(asked.get("cliente", ""))

    @property
    def party(self) -> Party | None:
        """Fixed by the origin."""
        return self.born.party if self.born is not None else None

    def initial(self) -> dict[str, Any]:
        first: dict[str, Any] = {}
        if self.previous is not None:
            before = initial_of(self.previous)
            first = {k: before[k] for k in ("reason", "subject", "priority", "tags", "party")}
            if (due := reports.next_due(self.previous, timezone.now())) is not None:
                first["due_on"] = due.astimezone(self.company.zone).date()
        elif self.born is not None and self.born.subject:
            first["subject"] = self.born.subject[:160]
        if self.client and "party" not in first:
            first["party"] = self.client
        reasons = list(Reason.objects.active()[:2])
        if "reason" not in first and len(reasons) == 1:
            first["reason"] = reasons[0].pk
        if "reason" in first:
            reason = Reason.objects.active().filter(pk=first["reason"]).first()
            state = reports.first_state(reason) if reason is not None else None
            first["state"] = state.pk if state is not None else None
        return first

    def form(self, request: HttpRequest) -> TaskForm:
        data = request.POST if request.method == "POST" else None
        agent = self.born.agent if self.born is not None else None
        fixed = self.born is not None and self.born.party is not None
        return TaskForm(
            data,
            initial=self.initial() if data is None else None,
            member=self.member,
            company=self.company,
            party=self.party,
            agent=agent,
            with_party=not fixed,
        )


def propose(form: TaskForm, decision: managing.Decision | None) -> managing.Decision | None:
    """Leave in the field the manager that rule 3 proposes, unless somebody chose one."""
    if (
        not form.is_bound
        and decision is not None
        and decision.editable
        and decision.member is not None
        and not form.initial.get("manager")
    ):
        form.initial["manager"] = decision.member.pk
    return decision


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def task_new(request: HttpRequest) -> HttpResponse:
    """From nothing, from a client, from a document, or following a completed one."""
    start = Start(request)
    form = start.form(request)
    context = {
        "form": form,
        "start": start,
        "decision": propose(form, form.decide()),
        "has_reasons": _reasons(),
    }
    if not form.is_bound:
        return render(request, NEW, context)
    if not form.is_valid():
        return invalid(request, NEW, context)
    data = form.cleaned_data
    party = start.party or data.get("party")
    due_at, has_time = form.due()
    try:
        task = acts.create_task(
            acts.NewTask(
                reason=data["reason"],
                state=data["state"],
                subject=data["subject"],
                company=start.company,
                description=data["description"],
                party=party,
                agent=start.born.agent if start.born is not None else None,
                origin_type=start.type or _same(start.previous, "origin_type"),
                origin_id=start.id or _same(start.previous, "origin_id") or 0,
                origin_label=start.born.label
                if start.born
                else _same(start.previous, "origin_label"),
                due_at=due_at,
                due_has_time=has_time,
                priority=data["priority"],
                tags=data["tags"],
                repeat_every=data["repeat_every"] or 0,
                repeat_unit=data["repeat_unit"],
                asked=data.get("manager"),
                previous=_free(start.previous),
            ),
            by=start.member,
            at=timezone.now(),
        )
    except Refused as error:
        return refused_form(request, NEW, context, form, error)
    toast(request, _("Tarea %(code)s creada") % {"code": task.code})
    back = start.born.url if start.born is not None else reverse("tasks:task", args=[task.pk])
    return done(request, back)


def _same(task: Task | None, name: str) -> Any:
    return getattr(task, name) if task is not None else ""


def _free(previous: Task | None) -> Task | None:
    """The task before, unless another already follows it."""
    if previous is None or Task.objects.filter(previous=previous).exists():
        return None
    return previous


def _reasons() -> bool:
    return Reason.objects.active().exists()


@member_required(permissions.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a task says; a new motivo or estado decides its manager again."""
    rows = Task.objects.select_related(
        "company", "reason", "state", "manager__user", "party", "agent__user"
    )
    task = get_visible(request, rows, pk)
    member = request.member  # type: ignore[attr-defined]
    form = TaskForm(
        request.POST if request.method == "POST" else None,
        initial=initial_of(task),
        member=member,
        company=task.company,
        task=task,
        party=task.party if task.origin_type else None,
        with_party=not task.origin_type,
    )
    context = {"form": form, "task": task, "decision": propose(form, form.decide())}
    if not form.is_bound:
        return render(request, EDIT, context)
    if not form.is_valid():
        return invalid(request, EDIT, context)
    try:
        data = form.cleaned_data
        update_task(
            task,
            edited(form),
            by=member,
            at=timezone.now(),
            reason=data["reason"],
            state=data["state"],
            asked=data.get("manager"),
            seen=data["seen"],
        )
    except Refused as error:
        if error.code == "task_changed":
            task.refresh_from_db(fields=["updated_at"])
            typed = cast(QueryDict, form.data).copy()
            typed["seen"] = task.updated_at.isoformat()
            form.data = typed
        return refused_form(request, EDIT, context, form, error)
    toast(request, _("Cambios guardados"))
    return done(request, reverse("tasks:task", args=[task.pk]))


@member_required(permissions.EDIT)
@require_GET
def manager(request: HttpRequest) -> HttpResponse:
    """The field «Gestionado por usuario» (and the states of the motivo) for what is typed."""
    member, company = request.member, request.company  # type: ignore[attr-defined]
    task = None
    if pk := _number(request.GET.get("task", "")):
        rows = Task.objects.select_related("company", "reason", "state", "manager__user", "party")
        task = get_visible(request, rows, pk)
        company = task.company
    start = Start(request) if task is None else None
    names = ("reason", "state", "party", "manager")
    initial = {name: request.GET.get(name, "") for name in names}
    party = task.party if task is not None and task.origin_type else start.party if start else None
    form = TaskForm(
        initial=initial,
        member=member,
        company=start.company if start else company,
        task=task,
        party=party,
        agent=start.born.agent if start and start.born else None,
        with_party=party is None,
    )
    if form.motive is not None:
        known = {str(state.pk) for state in form.fields["state"].queryset}  # type: ignore[attr-defined]
        if initial["state"] not in known:
            first = reports.first_state(form.motive)
            form.initial["state"] = first.pk if first is not None else ""
    decision = form.decide()
    # Chosen by hand before: it stays while the choice is open.
    asked = reports.member(request.GET.get("manager", ""))
    by_hand = asked is not None and request.GET.get("manager_default", "") not in (
        "",
        str(asked.pk),
    )
    form.initial["manager"] = asked.pk if by_hand and asked is not None else ""
    context = {
        "form": form,
        "decision": propose(form, decision),
        "states": request.headers.get("HX-Trigger-Name") == "reason",
        "by_hand": by_hand,
    }
    return render(request, "tasks/_manager_answer.html", context)
