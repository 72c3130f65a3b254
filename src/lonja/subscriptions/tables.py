"""Lists of the room."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.accounts.textsearch import filter_text
from lonja.kit.text import search_text
from lonja.subscriptions.models import BillingRun, Plan, PlanStatus, Unit, WhenDue
from lonja.ui.cells import badge
from lonja.ui.kept import row_address
from lonja.ui.tables import Action, ChoiceFilter, Column, DateFilter, Empty, Tab, Table

TONES = {PlanStatus.ACTIVE: "ok", PlanStatus.PAUSED: "warn", PlanStatus.ENDED: "mut"}


def _refused(count: int) -> str:
    """Says what is counted: the cards of the phone have no headings."""
    words = ngettext("%(n)s rechazada", "%(n)s rechazadas", count)
    return words % {"n": count}


def status_badge(plan: Plan) -> Any:
    """The state of a plan; a period that could not be invoiced shows first."""
    if plan.last_refusal and plan.status == PlanStatus.ACTIVE:
        return badge(_("Con fallo"), "bad", "alert-triangle")
    return badge(plan.get_status_display(), TONES[plan.status])  # type: ignore[index]


class PlanTable(Table):
    slug = "subscriptions.plans"
    title = _("Recurrentes")
    permission = "subscriptions.view"
    search_hint = _("Cliente, concepto o referencia")
    default_order = "next_on"
    columns = [
        Column("name", _("Concepto"), key=True, card="title"),
        Column("party.name", _("Cliente"), cut=True, card="sub"),
        Column("frequency_label", _("Periodicidad")),
        Column("next_on", _("Próxima emisión"), kind="date", sort="next_on", nullable=True),
        Column("when_due", _("Emisión"), cell=lambda plan: plan.get_when_due_display()),
        Column("status", _("Estado"), cell=status_badge, card="sub2"),
        Column("net_cents", _("Importe"), kind="money", card="end"),
        Column("monthly_cents", _("MRR"), kind="money"),
    ]
    filters = [
        ChoiceFilter("periodicidad", _("Periodicidad"), Unit, field="unit"),
        ChoiceFilter("emision", _("Emisión"), WhenDue, field="when_due"),
        DateFilter("proxima", _("Próxima emisión"), field="next_on"),
    ]
    tabs = [
        Tab("", _("Activas"), lambda q, member: q.filter(status=PlanStatus.ACTIVE)),
        Tab("pausa", _("En pausa"), lambda q, member: q.filter(status=PlanStatus.PAUSED)),
        Tab(
            "fallo",
            _("Con fallo"),
            lambda q, member: q.filter(status=PlanStatus.ACTIVE).exclude(last_refusal=""),
        ),
        Tab("baja", _("De baja"), lambda q, member: q.filter(status=PlanStatus.ENDED)),
        Tab("todas", _("Todas")),
    ]
    totals = {"monthly_cents": Sum("monthly_cents", filter=Q(status=PlanStatus.ACTIVE))}
    primary = Action(
        _("Nueva plantilla"), "subscriptions:plan_new", permission="subscriptions.edit"
    )
    empty = Empty(
        "repeat",
        _("Crea la primera plantilla: se facturará y se enviará sola el día que toque."),
    )
    template = "subscriptions/plan_list.html"

    @property
    def can_run(self) -> bool:
        return self.member.can("subscriptions.run")

    def rows(self) -> Any:
        return Plan.objects.visible_to(self.member).select_related("party")

    def search(self, queryset: Any, text: str) -> Any:
        return filter_text(queryset, search_text(text))

    def row_url(self, row: Plan) -> str:
        return row_address("subscriptions:plan", row.pk)


class RunTable(Table):
    slug = "subscriptions.runs"
    title = _("Ejecuciones")
    permission = "subscriptions.view"
    default_order = "-pk"
    columns = [
        Column("started_at", _("Inicio"), kind="date", key=True, card="title"),
        Column(
            "trigger",
            _("Origen"),
            cell=lambda run: run.by.name if run.by else _("Automática"),
            card="sub",
        ),
        Column("issued", _("Emitidas"), kind="number"),
        Column("drafted", _("Borradores"), kind="number"),
        Column(
            "refused",
            _("Rechazadas"),
            kind="number",
            cell=lambda run: badge(_refused(run.refused), "bad") if run.refused else "",
            card="sub2",
        ),
        Column("total_cents", _("Total"), kind="money", card="end"),
    ]
    empty = Empty("player-play", _("Aquí verás cada noche qué se emitió, qué no y por qué."))

    def rows(self) -> Any:
        return BillingRun.objects.select_related("by__user")

    def row_url(self, row: BillingRun) -> str:
        return row_address("subscriptions:run", row.pk)
