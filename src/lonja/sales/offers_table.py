"""The list of ofertas; the embudo narrows with the same filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.accounts.textsearch import filter_text
from lonja.kit.text import search_text
from lonja.parties.filters import agents
from lonja.sales import next_step, permissions
from lonja.sales.actions.offer_moves import lose_opportunity, move_opportunity
from lonja.sales.actions.opportunities import assign_opportunity
from lonja.sales.forms_offers import BulkAgentForm, BulkLoseForm, BulkStageForm
from lonja.sales.models import (
    LossReason,
    Opportunity,
    OpportunityStatus,
    PipelineStage,
    Quote,
)
from lonja.sales.quiet_filters import (
    OFFERS,
    QUIET_OFFERS,
    AgentFilter,
    QuietFilters,
    SourceFilter,
    sources,
)
from lonja.ui import cells, formats
from lonja.ui.tables import (
    Action,
    AmountFilter,
    BulkAction,
    Column,
    DateFilter,
    Empty,
    FlagFilter,
    RowFilter,
    Tab,
)
from lonja.ui.tables.table import Page

TONES = {"open": "info", "won": "ok", "lost": "bad"}


def stage_badge(row: Opportunity) -> Any:
    return cells.badge(row.stage.name, TONES[row.status])


def _step(row: Opportunity) -> Any:
    """Said short: the head of the column says what it is."""
    found = next_step.of(row, timezone.now())
    if found is None or not row.is_open:
        return cells.NOTHING
    if found.tone == "late":
        late = _t("Vencida: %(when)s") % {"when": formats.near_date(found.due)}
        return format_html('<span class="nowrap tone-bad strong">{}</span>', late)
    text = formats.near_date(found.due) if found.due is not None else found.text
    return format_html('<span class="nowrap{}">{}</span>', _TONES.get(found.tone, ""), text)


_TONES = {"none": " tone-warn", "today": " tone-ok strong"}


def _step_text(row: Opportunity) -> str:
    found = next_step.of(row, timezone.now())
    return found.text if found is not None and row.is_open else ""


def stages(member: Membership) -> Any:
    rows = PipelineStage.objects.visible_to(member).filter(kind=OpportunityStatus.OPEN)
    return rows.order_by("company_id", "position", "pk")


def reasons(member: Membership) -> Any:
    return LossReason.objects.visible_to(member).order_by("company_id", "position", "pk")


def _quoted() -> Any:
    return Quote.objects.filter(opportunity__isnull=False).values("opportunity_id")


def batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Rows in lists of so many."""
    going = iter(rows)
    while some := list(islice(going, size)):
        yield some


def _of_state(status: str) -> Callable[[Any, Membership], Any]:
    return lambda queryset, _member: queryset.filter(status=status)


class OpportunityTable(QuietFilters):
    slug, title, permission = "sales.opportunities", _("Ofertas"), permissions.OFFERS_VIEW
    search_hint, default_order = _("Número, título o cliente"), "-created_on"
    columns = [
        Column("number", _("Número"), key=True, card="title"),
        Column("title", _("Título"), cut=True),
        Column("party.display_name", _("Cliente"), cut=True, card="sub"),
        Column("stage.name", _("Etapa"), cell=stage_badge, card="sub2"),
        Column("amount_cents", _("Importe"), kind="money", sort="amount_cents", card="end"),
        Column("probability_pct", _("Probabilidad"), kind="pct", default=False),
        Column("expected_on", _("Cierre previsto"), kind="date", sort="expected_on", nullable=True),
        Column("next", _("Siguiente paso"), read=_step_text, cell=_step),
        Column("agent.name", _("Agente"), kind="person"),
        Column("weighted_cents", _("Ponderado"), kind="money", default=False),
        Column("lost_reason.name", _("Motivo de pérdida"), default=False),
        Column("party.lead_source.name", _("Origen"), default=False),
        Column("created_on", _("Fecha"), kind="date", sort="created_on", default=False),
        Column("closed_at", _("Cerrada"), kind="near", default=False),
    ]
    tabs = [
        Tab("", _("Abiertas"), _of_state("open")),
        Tab("sin-tarea", _("Sin tarea"), next_step.without),
        Tab("ganadas", _("Ganadas"), _of_state("won")),
        Tab("perdidas", _("Perdidas"), _of_state("lost")),
        Tab("todas", _("Todas")),
    ]
    filters = [
        RowFilter("etapa", _("Etapa"), stages, field="stage"),
        AgentFilter("agente", _("Agente"), agents, field="agent"),
        DateFilter("cierre", _("Cierre previsto"), field="expected_on"),
        AmountFilter("importe", _("Importe"), field="amount_cents"),
        SourceFilter("origen", _("Origen"), sources),
        DateFilter("fecha", _("Creada"), field="created_on"),
        DateFilter("cerrada", _("Cerrada"), field="closed_at", instants=True),
        RowFilter("motivo", _("Motivo de pérdida"), reasons, field="lost_reason"),
        FlagFilter(
            "con-presupuesto",
            _("Con presupuesto"),
            apply=lambda q, v: q.filter(pk__in=_quoted()),
        ),
        *OFFERS,
    ]
    quiet = QUIET_OFFERS
    totals = {"amount_cents": Sum("amount_cents")}
    bulk = [
        BulkAction(
            "agente",
            _("Asignar agente"),
            "user-share",
            permissions.OFFERS_EDIT,
            each=lambda row, by, data: assign_opportunity(row, data["agent"], by=by),
            form=BulkAgentForm,
        ),
        BulkAction(
            "etapa",
            _("Mover a…"),
            "arrow-right",
            permissions.OFFERS_EDIT,
            each=lambda row, by, data: move_opportunity(row, data["stage"], by=by),
            form=BulkStageForm,
        ),
        BulkAction(
            "perdida",
            _("Perdidas"),
            "x",
            permissions.OFFERS_EDIT,
            each=lambda row, by, data: lose_opportunity(
                row, by=by, reason=data["reason"], note=data["note"]
            ),
            form=BulkLoseForm,
        ),
    ]
    primary = Action(
        _("Nueva oferta"),
        "sales:opportunity_new",
        permission=permissions.OFFERS_EDIT,
        drawer=True,
    )
    switch = [
        Action(_("Embudo"), "sales:pipeline"),
        Action(_("Lista"), "sales:opportunity_list"),
        Action(_("Análisis"), "sales:analysis", permission=permissions.ANALYSIS),
    ]
    empty = Empty("target-arrow", _("Apunta lo que esperas vender y ninguna venta se te olvidará."))

    def rows(self) -> Any:
        return Opportunity.objects.visible_to(self.member).select_related(
            "party__lead_source", "stage", "agent__user", "lost_reason"
        )

    @cached_property
    def page(self) -> Page:
        page = super().page
        next_step.attach(page.rows, self.member)
        return page

    def export_rows(self) -> Iterator[Any]:
        for some in batched(super().export_rows(), 500):
            yield from next_step.attach(some, self.member)

    def search(self, queryset: Any, text: str) -> Any:
        return filter_text(queryset, search_text(text)[:100])

    def row_url(self, row: Opportunity) -> str:
        return reverse("sales:opportunity", args=[row.pk])


def find_opportunities(member: Membership, text: str, limit: int) -> list[Any]:
    """For the palette: by number, title, client or NIF."""
    from lonja.ui.formats import money
    from lonja.ui.registry import Hit

    rows = Opportunity.objects.visible_to(member).select_related("party", "stage")
    found = filter_text(rows, search_text(text)[:100]) if text else rows.open()
    return [
        Hit(
            f"{one.number} · {one.title}",
            f"{one.party.display_name} · {one.stage.name} · {money(one.amount_cents)}",
            reverse("sales:opportunity", args=[one.pk]),
            "target-arrow",
        )
        for one in found.order_by("-created_on", "-pk")[:limit]
    ]
