"""What tasks hang on the shell, on the pages below, and how their history is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.activity.labels import describe, locate
from lonja.tasks import leads, origins, own_triggers, permissions, reports
from lonja.ui import registry


def register() -> None:
    view, edit = permissions.VIEW, permissions.EDIT
    registry.nav(
        "Ventas", _("Tareas"), "tasks:search", "checkbox", view, order=50, count=reports.waiting
    )
    registry.new_menu(_("Tarea"), "tasks:task_new", "checkbox", edit, order=30, key="t")
    registry.search_provider(_("Tareas"), "t", view, reports.find_tasks, order=50)
    registry.client_tab(
        "tareas", _("Tareas"), "tasks:client_tab", view, order=50, count=reports.open_count
    )
    registry.object_panel("tareas", _("Tareas"), "tasks:document", view, order=50)
    registry.home_card(
        "mis-tareas", "tasks:home_card", view, order=60, width=4, label=_("Mis tareas")
    )
    group, configure = _("Tareas"), permissions.CONFIGURE
    registry.settings_section(
        group, "tareas", _("Motivos y estados"), "tasks:reasons", "table", configure, order=50
    )
    registry.settings_section(
        group, "reglas", _("Reglas automáticas"), "tasks:rules", "bolt", configure, order=51
    )
    origins.register("parties.party", _("Cliente"), "user", view, _client)
    leads.register()
    own_triggers.declare()
    _history()


def _client(member: Any, pk: int) -> origins.Born | None:
    """A client or a lead."""
    from django.urls import reverse

    from lonja.parties.models import Party

    rows = Party.objects.visible_to(member).select_related("agent__user")
    party = rows.filter(pk=pk).first()
    if party is None:
        return None
    url = reverse("parties:client", args=[party.pk])
    return origins.Born(party.display_name, url, party, party.agent)


def _history() -> None:
    locate("tasks.task", "tasks:task")
    for verb, sentence, icon in (
        ("tasks.created", _created, "plus"),
        ("tasks.edited", _("cambió los datos"), "edit"),
        ("tasks.state_changed", _("la pasó de «%(old)s» a «%(new)s»"), "arrow-right"),
        ("tasks.reason_changed", _("cambió el motivo de «%(old)s» a «%(new)s»"), "edit"),
        ("tasks.reassigned", _reassigned, "user-share"),
        (
            "tasks.manager_ignored",
            _("pidió que la gestionara %(asked)s; la configuración manda y la lleva %(kept)s"),
            "lock",
        ),
        ("tasks.step_done", _("hizo «%(step)s»"), "square-check"),
        ("tasks.step_undone", _("volvió a dejar pendiente «%(step)s»"), "square"),
        ("tasks.commented", _("comentó: %(text)s"), "message"),
        ("tasks.attached", _("adjuntó %(name)s"), "paperclip"),
        ("tasks.detached", _("quitó %(name)s"), "paperclip"),
        ("tasks.related", _("la relacionó con %(other)s"), "link"),
        ("tasks.unrelated", _("quitó la relación con %(other)s"), "unlink"),
        ("tasks.reason_created", _("añadió el motivo «%(name)s»"), "plus"),
        ("tasks.reason_saved", _("cambió el motivo «%(name)s»"), "edit"),
        ("tasks.state_saved", _("guardó el estado «%(name)s»"), "edit"),
        ("tasks.cell_saved", _cell, "table"),
        ("tasks.cell_dropped", _("quitó el estado «%(state)s»"), "x"),
        ("tasks.config_on", _("volvió a usar «%(name)s»"), "player-play"),
        ("tasks.config_off", _("dejó de usar «%(name)s»"), "player-stop"),
        ("tasks.rule_saved", _("guardó la regla «%(name)s»"), "bolt"),
        ("tasks.rule_on", _("puso en marcha la regla «%(name)s»"), "player-play"),
        ("tasks.rule_off", _("paró la regla «%(name)s»"), "player-pause"),
    ):
        describe(verb, sentence, icon, permissions.VIEW)


def _created(data: dict[str, Any]) -> str:
    if data.get("manager"):
        return gettext("creó la tarea %(number)s para %(manager)s") % {
            "number": data.get("number", ""),
            "manager": data["manager"],
        }
    return gettext("creó la tarea %(number)s") % {"number": data.get("number", "")}


def _reassigned(data: dict[str, Any]) -> str:
    if data.get("old"):
        return gettext("la pasó de %(old)s a %(new)s") % {
            "old": data["old"],
            "new": data.get("new") or gettext("nadie"),
        }
    return gettext("se la dio a %(new)s") % {"new": data.get("new") or gettext("nadie")}


def _cell(data: dict[str, Any]) -> str:
    state, new, old = data.get("state", ""), data.get("new", ""), data.get("old", "")
    if old and old != new:
        return gettext("cambió «%(state)s»: antes %(old)s, ahora %(new)s") % {
            "state": state,
            "old": old,
            "new": new,
        }
    return gettext("guardó «%(state)s»: %(new)s") % {"state": state, "new": new}
