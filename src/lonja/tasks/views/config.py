"""«Motivos y estados»."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lonja.accounts.access import member_required
from lonja.activity.labels import told
from lonja.activity.models import Event
from lonja.kit.errors import Refused
from lonja.tasks import permissions, reports
from lonja.tasks.actions import config
from lonja.tasks.forms.config import CellForm, CopyForm, ReasonForm, SlaFields, StateForm
from lonja.tasks.models import Reason, ReasonState, State
from lonja.ui.once import once
from lonja.ui.shortcuts import done, invalid, refused_form, toast

HOME = "tasks:reasons"
DIALOG = "tasks/config_dialog.html"


def home() -> str:
    return reverse(HOME)


@member_required(permissions.CONFIGURE)
@require_GET
def reasons(request: HttpRequest) -> HttpResponse:
    """The matrix Motivo × Estado."""
    everything = request.GET.get("todos") == "1"
    states, rows = reports.matrix(inactive=everything)
    events = Event.objects.filter(target_type__in=["tasks.reason", "tasks.state"])
    context = {
        "states": states,
        "rows": rows,
        "everything": everything,
        "events": [told(event) for event in events.order_by("-id")[:12]],
    }
    return render(request, "tasks/reasons.html", context)


@member_required(permissions.CONFIGURE)
@require_POST
@once
def starters(request: HttpRequest) -> HttpResponse:
    """«Empezar con lo habitual», when there is nothing yet."""
    config.first_configuration(request.company, request.member)  # type: ignore[attr-defined]
    toast(request, _("Ya puedes crear tareas"))
    return HttpResponseRedirect(home(), status=303)


def _dialog(
    request: HttpRequest, form: Any, title: Any, keep: Any, message: Any, **context: Any
) -> HttpResponse:
    """A form in the drawer: show it, and keep it when it is right."""
    shown = {"form": form, "title": title, **context}
    template = context.get("template", DIALOG)
    if not form.is_bound:
        return render(request, template, shown)
    if not form.is_valid():
        return invalid(request, template, shown)
    try:
        keep()
    except Refused as error:
        return refused_form(request, template, shown, form, error)
    toast(request, message)
    return done(request, home())


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def reason_new(request: HttpRequest) -> HttpResponse:
    form = ReasonForm(request.POST or None, instance=Reason(), member=request.member)  # type: ignore[attr-defined]

    def keep() -> None:
        made = config.save_reason(
            form.save(commit=False),
            qualified=form.cleaned_data["qualified"],
            by=request.member,  # type: ignore[attr-defined]
        )
        # A motivo without states is of no use: it begins with all of them.
        for state in State.objects.active():
            config.save_cell(ReasonState(reason=made, state=state), by=request.member)  # type: ignore[attr-defined]

    return _dialog(request, form, _("Añadir motivo"), keep, _("Motivo añadido"))


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def reason_edit(request: HttpRequest, pk: int) -> HttpResponse:
    reason = get_object_or_404(Reason.objects.all(), pk=pk)
    title = reason.name
    form = ReasonForm(request.POST or None, instance=reason, member=request.member)  # type: ignore[attr-defined]

    def keep() -> None:
        config.save_reason(
            form.save(commit=False),
            qualified=form.cleaned_data["qualified"],
            by=request.member,  # type: ignore[attr-defined]
        )

    events = Event.objects.filter(target_type="tasks.reason", target_id=pk).order_by("-id")
    return _dialog(
        request,
        form,
        title,
        keep,
        _("Motivo guardado"),
        reason=reason,
        events=[told(event) for event in events[:30]],
    )


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def reason_copy(request: HttpRequest, pk: int) -> HttpResponse:
    reason = get_object_or_404(Reason.objects.all(), pk=pk)
    form = CopyForm(
        request.POST or None,
        initial={"name": _("%(name)s (copia)") % {"name": reason.name[:50]}},
    )

    def keep() -> None:
        config.copy_reason(reason, form.cleaned_data["name"], by=request.member)  # type: ignore[attr-defined]

    title = _("Copiar «%(name)s»") % {"name": reason.name}
    return _dialog(request, form, title, keep, _("Motivo copiado"))


@member_required(permissions.CONFIGURE)
@require_POST
@once
def reason_switch(request: HttpRequest, pk: int) -> HttpResponse:
    return _switch(request, get_object_or_404(Reason.objects.all(), pk=pk))


@member_required(permissions.CONFIGURE)
@require_POST
@once
def state_switch(request: HttpRequest, pk: int) -> HttpResponse:
    return _switch(request, get_object_or_404(State.objects.all(), pk=pk))


def _switch(request: HttpRequest, thing: Reason | State) -> HttpResponse:
    on = request.POST.get("activo") == "1"
    config.switch(thing, on, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    toast(
        request,
        (_("«%(name)s» vuelve a usarse") if on else _("«%(name)s» deja de usarse"))
        % {"name": thing.name},
    )
    return done(request, home())


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def state_new(request: HttpRequest) -> HttpResponse:
    form = StateForm(request.POST or None, instance=State())
    return _dialog(
        request,
        form,
        _("Añadir estado"),
        lambda: config.save_state(form.save(commit=False), by=request.member),  # type: ignore[attr-defined]
        _("Estado añadido: entra en las casillas de los motivos que lo usen"),
    )


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def state_edit(request: HttpRequest, pk: int) -> HttpResponse:
    state = get_object_or_404(State.objects.all(), pk=pk)
    title = state.name
    form = StateForm(request.POST or None, instance=state)
    return _dialog(
        request,
        form,
        title,
        lambda: config.save_state(form.save(commit=False), by=request.member),  # type: ignore[attr-defined]
        _("Estado guardado"),
        state=state,
    )


def _cell(reason_pk: int, state_pk: int) -> ReasonState:
    reason = get_object_or_404(Reason.objects.select_related("department"), pk=reason_pk)
    state = get_object_or_404(State.objects.all(), pk=state_pk)
    rows = ReasonState.objects.select_related("manager__user", "reason", "state")
    found = rows.filter(reason=reason, state=state).first()
    return found or ReasonState(reason=reason, state=state)


@member_required(permissions.CONFIGURE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def cell(request: HttpRequest, reason_pk: int, state_pk: int) -> HttpResponse:
    """How the tasks of a motivo are managed in a state."""
    one = _cell(reason_pk, state_pk)
    form = CellForm(request.POST or None, cell=one)
    return _dialog(
        request,
        form,
        f"{one.reason} · {one.state}",
        lambda: config.save_cell(
            form.filled(),
            to=form.cleaned_data["to"],
            by=request.member,  # type: ignore[attr-defined]
        ),
        _("Casilla guardada: vale para lo que entre desde ahora"),
        template="tasks/cell.html",
        cell=one,
        in_use=one.pk is not None and one.deactivated_at is None,
    )


@member_required(permissions.CONFIGURE)
@require_POST
@once
def cell_drop(request: HttpRequest, reason_pk: int, state_pk: int) -> HttpResponse:
    rows = ReasonState.objects.active().select_related("reason", "state")
    one = get_object_or_404(rows, reason_id=reason_pk, state_id=state_pk)
    config.drop_cell(one, by=request.member, at=timezone.now())  # type: ignore[attr-defined]
    toast(
        request,
        _("«%(reason)s» ya no usa «%(state)s»") % {"reason": one.reason, "state": one.state},
    )
    return done(request, home())


@member_required(permissions.CONFIGURE)
@require_GET
def simulate(request: HttpRequest, reason_pk: int, state_pk: int) -> HttpResponse:
    """«Habrían incumplido 37 de 412»: the last 90 days with the SLA being typed."""
    one = _cell(reason_pk, state_pk)
    form = SlaFields(request.GET)
    context: dict[str, Any] = {"form": form, "cell": one}
    if form.is_valid():
        data = form.cleaned_data
        context["replay"] = reports.replay(
            one.reason,
            one.state,
            seconds=data["sla_seconds"],
            working=data["sla_working"],
            since_creation=data["sla_from"] == "creation",
            at=timezone.now(),
        )
        context["has_sla"] = data["sla_seconds"] is not None
    return render(request, "tasks/_replay.html", context)
