"""The page of a task (also in the drawer) and everything that is done from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from lonja.accounts.access import get_visible, member_required
from lonja.activity.labels import hidden_verbs, told
from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.tasks import clocks, managing, origins, permissions, reports, richtext
from lonja.tasks.actions import edit, extras
from lonja.tasks.actions import tasks as acts
from lonja.tasks.forms.task import (
    CommentForm,
    DueForm,
    FileForm,
    FollowForm,
    ReassignForm,
    RelationForm,
    StateForm,
    StepForm,
)
from lonja.tasks.models import ChecklistItem, Task, TaskAttachment, TaskRelation
from lonja.tasks.told import SLA_TONES, sla_title
from lonja.ui.once import once
from lonja.ui.requests import is_drawer
from lonja.ui.shortcuts import toast

ROWS = (
    "company", "reason__department", "state", "party", "agent__user", "manager__user",
    "created_by__user", "sla_department", "previous",
)  # fmt: skip


def shown(request: HttpRequest, pk: int) -> Task:
    """The task with what its page needs. 404 when the member may not see it."""
    return get_visible(request, Task.objects.select_related(*ROWS), pk)


def context_of(request: HttpRequest, task: Task) -> dict[str, Any]:
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    cell = managing.cell_for(task.reason, task.state)
    may_edit = member.can(permissions.EDIT)
    case = managing.Case(
        member, clocks.local(task.company, now).date(), task.company_id, task.agent, task.manager
    )
    decision = managing.decide(task.reason, cell, case)
    born = origins.born(member, task.origin_type, task.origin_id) if task.origin_type else None
    checklist = list(task.checklist.all())
    next_states = reports.next_states(task) if may_edit else []
    return {
        "task": task,
        "cell": cell,
        "state_tone": cell.badge_tone if cell is not None else task.state.tone,
        "description": richtext.render(task.description),
        "sla": task.sla_value(now),
        "sla_tone": SLA_TONES[task.sla_value(now)],
        "sla_title": sla_title(task, now),
        "decision": decision,
        "may_edit": may_edit,
        "next_states": next_states,
        "may_complete": task.is_open and any(s.is_done for s in next_states),
        "origin": born,
        "origin_kind": origins.origin(task.origin_type),
        "periods": reports.history(task, now),
        "checklist": checklist,
        "steps_done": sum(item.done_at is not None for item in checklist),
        "comments": reports.comments(task),
        "attachments": list(task.attachments.select_related("file", "by__user").order_by("pk")),
        "relations": reports.relations(task, member),
        "followers": list(task.followers.select_related("member__user").order_by("pk")),
        "i_follow": task.followers.filter(member=member).exists(),
        "following": reports.following(task, member),
        "tags": [t.tag for t in task.task_tags.select_related("tag").order_by("tag__name")],
        "events": _events(member, task),
        "late": task.is_late(now),
        "now": now,
        "comment_form": CommentForm(prefix=""),
        "step_form": StepForm(),
    }


def _events(member: Any, task: Task) -> list[Any]:
    rows = Event.objects.filter(target_type="tasks.task", target_id=task.pk)
    rows = rows.exclude(verb__in=[*hidden_verbs(member), "tasks.commented"])
    return [told(event) for event in rows.order_by("-id")[:40]]


def page(request: HttpRequest, task: Task, status: int = 200, **more: Any) -> HttpResponse:
    template = "tasks/task_drawer.html" if is_drawer(request) else "tasks/task.html"
    return render(request, template, {**context_of(request, task), **more}, status=status)


@member_required(permissions.VIEW)
@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, shown(request, pk))


def acting(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """A POST about a task: do it and show the task again, in the drawer or on its page."""

    @member_required(permissions.EDIT)
    @require_POST
    @once
    @wraps(view)
    def inner(request: HttpRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
        found = shown(request, pk)
        answer = view(request, found, *args, **kwargs)
        if isinstance(answer, HttpResponse):
            return answer
        if is_drawer(request):
            response = page(request, shown(request, pk))
            response.headers["HX-Trigger"] = "lonja:listChanged"
            return response
        return HttpResponseRedirect(reverse("tasks:task", args=[pk]), status=303)

    return inner


def _first_error(form: Any) -> Refused:
    """The refusal that a small form deserves: its first error, in words."""
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    text = (
        errors[0]
        if errors.as_data()[0].code != "required"
        else _("Falta «%(label)s».") % {"label": label}
    )
    return Refused("form_invalid", str(text), field=name)


def _valid(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise _first_error(form)
    return form.cleaned_data


@acting
def state(request: HttpRequest, task: Task) -> HttpResponse | None:
    """Move it to another state; completing offers the next one."""
    posted = request.POST.get("visto", "")
    seen = int(posted) if posted.isascii() and posted.isdigit() and len(posted) < 18 else 0
    if seen and request.POST.get("state") == str(task.state_id):
        return _moved(request, task)
    acts.refuse_if_moved(task, seen)
    form = StateForm(request.POST, task=task)
    form.is_valid()
    form.errors.pop("manager", None)
    if "state" in form.errors:
        raise Refused(
            "transition", _("Ese paso no está permitido desde «%(state)s».") % {"state": task.state}
        )
    asked = form.cleaned_data.get("manager")
    target = form.cleaned_data["state"]
    by, now = request.member, timezone.now()  # type: ignore[attr-defined]
    return _moved(request, acts.change_state(task, target, by=by, at=now, asked=asked, seen=seen))


def _moved(request: HttpRequest, task: Task) -> HttpResponse | None:
    if not task.is_open:
        return _completed(request, task)
    toast(request, _("Ahora está «%(state)s»") % {"state": task.state})
    return None


@acting
def complete(request: HttpRequest, task: Task) -> HttpResponse | None:
    done, _next = acts.complete(task, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    return _completed(request, done)


def _completed(request: HttpRequest, task: Task) -> HttpResponse | None:
    """Say that it is done; on its page, what comes next is offered beside."""
    say_completed(request, task)
    return None


def say_completed(request: HttpRequest, task: Task) -> None:
    """Say that the task is done, and by whom when somebody else was first."""
    who = reports.who_moved(task)
    if who is not None and who.pk != request.member.pk:  # type: ignore[attr-defined]
        text = _("%(name)s ya había completado %(code)s") % {"name": who, "code": task.code}
    else:
        text = _("Tarea %(code)s completada") % {"code": task.code}
    toast(request, text)


@acting
def reassign(request: HttpRequest, task: Task) -> None:
    # A posted value that the configuration does not let in is written down, not validated.
    data = ReassignForm(request.POST)
    data.is_valid()
    asked = data.cleaned_data.get("manager") or reports.member(request.POST.get("manager", ""))
    if asked is None:
        raise _first_error(data)
    edit.reassign(task, asked, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    toast(request, _("Ahora la gestiona %(name)s") % {"name": asked.name})


@acting
def due(request: HttpRequest, task: Task) -> None:
    form = DueForm(request.POST)
    form.fields["due_on"].today = task.company.today()  # type: ignore[attr-defined]
    data = _valid(form)
    moment = clocks.due_moment(data["due_on"], data["due_time"], task.company.zone)
    edit.change_due(task, moment, has_time=bool(data["due_time"]), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Vencimiento cambiado"))


@acting
def comment(request: HttpRequest, task: Task) -> None:
    data = _valid(CommentForm(request.POST))
    said = extras.comment(task, data["text"], by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    if said.not_told:
        names = ", ".join(said.not_told)
        text = _("Comentario guardado. No se ha avisado a %(names)s: no tiene acceso a la tarea.")
        toast(request, text % {"names": names}, tone="bad")


@acting
def step_new(request: HttpRequest, task: Task) -> None:
    extras.add_step(task, _valid(StepForm(request.POST))["text"], by=request.member)  # type: ignore[attr-defined]


@acting
def step(request: HttpRequest, task: Task, step_pk: int) -> None:
    """Tick, untick or drop a step."""
    item = get_object_or_404(ChecklistItem.objects.filter(task=task), pk=step_pk)
    if request.POST.get("quitar") == "1":
        extras.drop_step(item)
    else:
        done = request.POST.get("hecho") == "1"
        extras.tick(item, done, by=request.member, at=timezone.now())  # type: ignore[attr-defined]


@acting
def attach(request: HttpRequest, task: Task) -> None:
    form = FileForm(request.POST, request.FILES)
    file = _valid(form)["file"]
    if file.size > extras.LARGEST_FILE:
        raise Refused("file_large", _("El fichero pasa de 20 MB. Compártelo por un enlace."))
    extras.attach(task, file.name, file.read(), file.content_type or "", by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Fichero adjuntado"))


@acting
def detach(request: HttpRequest, task: Task, attachment_pk: int) -> None:
    rows = TaskAttachment.objects.filter(task=task).select_related("task", "file")
    extras.detach(get_object_or_404(rows, pk=attachment_pk), by=request.member)  # type: ignore[attr-defined]
    toast(request, _("Adjunto quitado"))


@member_required(permissions.VIEW)
@require_GET
def attachment(request: HttpRequest, pk: int, attachment_pk: int) -> HttpResponse:
    """The file, always as a download: nothing of it opens inside the program."""
    found = shown(request, pk)
    rows = TaskAttachment.objects.filter(task=found).select_related("file")
    one = get_object_or_404(rows, pk=attachment_pk)
    try:
        content = one.file.read()
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type="application/octet-stream")
    name = one.file.name.replace('"', "'").replace("\r", " ").replace("\n", " ")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@acting
def follow(request: HttpRequest, task: Task) -> None:
    """Follow it oneself, stop following, or have somebody else follow it."""
    member = request.member  # type: ignore[attr-defined]
    if request.POST.get("dejar") == "1":
        extras.unfollow(task, member)
        toast(request, _("Ya no sigues la tarea"))
        return
    if request.POST.get("member"):
        extras.follow(task, _valid(FollowForm(request.POST))["member"])
        return
    extras.follow(task, member)
    toast(request, _("Sigues la tarea"))


@acting
def relate(request: HttpRequest, task: Task) -> None:
    member = request.member  # type: ignore[attr-defined]
    data = _valid(RelationForm(request.POST, member=member, task=task))
    extras.relate(task, data["other"], data["kind"], by=member)


@acting
def unrelate(request: HttpRequest, task: Task, relation_pk: int) -> None:
    rows = TaskRelation.objects.select_related("task", "other")
    mine = rows.filter(task=task) | rows.filter(other=task)
    extras.unrelate(get_object_or_404(mine, pk=relation_pk), by=request.member)  # type: ignore[attr-defined]


def _dialog(
    request: HttpRequest, pk: int, form_of: Callable[[Task], Any], title: Any, action: str
) -> HttpResponse:
    found = shown(request, pk)
    context = {
        "task": found,
        "form": form_of(found),
        "title": title,
        "action": reverse(action, args=[pk]),
    }
    return render(request, "tasks/task_dialog.html", context)


@member_required(permissions.EDIT)
@require_GET
def reassign_ask(request: HttpRequest, pk: int) -> HttpResponse:
    return _dialog(
        request,
        pk,
        lambda t: ReassignForm(initial={"manager": t.manager_id}),
        _("Reasignar"),
        "tasks:reassign",
    )


@member_required(permissions.EDIT)
@require_GET
def due_ask(request: HttpRequest, pk: int) -> HttpResponse:
    def form(found: Task) -> DueForm:
        day, clock = clocks.due_parts(found)
        return DueForm(initial={"due_on": day, "due_time": clock})

    return _dialog(request, pk, form, _("Cambiar vencimiento"), "tasks:due")


@member_required(permissions.EDIT)
@require_GET
def relate_ask(request: HttpRequest, pk: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    return _dialog(
        request,
        pk,
        lambda t: RelationForm(member=member, task=t),
        _("Relacionar con otra tarea"),
        "tasks:relate",
    )


@member_required(permissions.EDIT)
@require_GET
def follow_ask(request: HttpRequest, pk: int) -> HttpResponse:
    return _dialog(request, pk, lambda t: FollowForm(), _("Añadir a quien la siga"), "tasks:follow")
