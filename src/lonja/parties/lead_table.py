"""The list of leads."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.accounts.seen import Seen
from lonja.imports.links import import_action
from lonja.parties import permissions, reports
from lonja.parties.actions.clients import give_agent
from lonja.parties.actions.leads import discard_lead, move_lead
from lonja.parties.filters import agents
from lonja.parties.forms import MoveLeadForm
from lonja.parties.models import Contact, LeadSource, LeadStatus, Party, Stage
from lonja.parties.registry import lead_columns
from lonja.parties.tables import AgentForm, AskedOnce, PartyTable
from lonja.ui import cells
from lonja.ui.tables import (
    Action,
    BulkAction,
    ChoiceFilter,
    Column,
    DateFilter,
    Empty,
    Filter,
    RowFilter,
    Tab,
)

_sources = Seen(LeadSource, lambda rows: rows.order_by("name")[:200])
STATUS_TONES = {
    LeadStatus.NEW: "info",
    LeadStatus.CONTACTED: "acc",
    LeadStatus.QUALIFIED: "ok",
    LeadStatus.DISCARDED: "mut",
}


def status_badge(party: Party) -> Any:
    """The state of a lead as a pill."""
    status = party.lead_status or LeadStatus.NEW
    return cells.badge(LeadStatus(status).label, STATUS_TONES[LeadStatus(status)])


def score_tone(score: int) -> str:
    return "ok" if score >= 70 else "warn" if score >= 40 else "mut"


def score_cell(party: Party) -> Any:
    """The points with a bar of their own."""
    return format_html(
        '<span class="row gap-2 nowrap"><progress class="score prog-{}" max="100" value="{}" '
        'aria-hidden="true"></progress><span class="tn">{}</span></span>',
        score_tone(party.score),
        party.score,
        party.score,
    )


class DiscardManyForm(forms.Form):
    reason = forms.CharField(label=_("Motivo"), max_length=200)


def _open(queryset: Any) -> Any:
    return queryset.filter(archived_at=None).exclude(lead_status=LeadStatus.DISCARDED)


class LeadTable(PartyTable):
    slug = "parties.leads"
    title = _("Potenciales")
    permission = permissions.VIEW
    search_hint = _("Nombre, NIF, correo o teléfono")
    default_order = "-id"
    columns = (
        Column("person", _("Nombre"), key=True, sort="person", card="title", cut=True),
        Column("firm", _("Empresa"), read=lambda party: party.firm, card="sub", cut=True),
        Column(
            "lead_source",
            _("Origen"),
            cut=True,
            read=lambda party: party.lead_source.name if party.lead_source else "",
        ),
        Column(
            "lead_status",
            _("Estado"),
            sort="lead_status",
            cell=status_badge,
            card="sub2",
            export=lambda party: str(LeadStatus(party.lead_status or "new").label),
        ),
        Column(
            "score",
            _("Puntuación"),
            kind="number",
            sort="score",
            cell=score_cell,
            card="end",
        ),
        Column(
            "agent",
            _("Agente"),
            kind="person",
            read=lambda party: party.agent.name if party.agent else "",
        ),
        Column("created_at", _("Creado"), kind="near", sort="id"),
        Column("nif", _("NIF"), default=False),
        Column("email", _("Correo"), default=False),
        Column("phone", _("Teléfono"), default=False, read=lambda party: party.phone_text),
        Column("city", _("Población"), default=False),
        Column("discard_reason", _("Motivo del descarte"), default=False, cut=True),
        Column("notes", _("Qué necesita"), default=False, cut=True),
    )
    tabs = (
        Tab("", _("Abiertos"), lambda q, member: _open(q)),
        Tab("mios", _("Míos"), lambda q, member: _open(q).filter(agent=member)),
        Tab(
            "cualificados",
            _("Cualificados"),
            lambda q, member: q.filter(archived_at=None, lead_status=LeadStatus.QUALIFIED),
        ),
        Tab(
            "descartados",
            _("Descartados"),
            lambda q, member: q.filter(archived_at=None, lead_status=LeadStatus.DISCARDED),
        ),
        Tab("todos", _("Todos"), lambda q, member: q.filter(archived_at=None), count=False),
    )
    bulk = (
        BulkAction(
            "agente",
            _("Cambiar agente"),
            "user-share",
            permissions.EDIT,
            form=AgentForm,
            each=lambda party, by, data: give_agent(party, data["agent"], by=by),
            done=lambda n: (
                ngettext("%(n)s potencial reasignado", "%(n)s potenciales reasignados", n)
                % {"n": n}
            ),
        ),
        BulkAction(
            "estado",
            _("Cambiar estado"),
            "arrow-right",
            permissions.EDIT,
            form=MoveLeadForm,
            each=lambda party, by, data: move_lead(party, data["status"], by=by),
            done=lambda n: (
                ngettext("%(n)s potencial cambiado", "%(n)s potenciales cambiados", n) % {"n": n}
            ),
        ),
        BulkAction(
            "descartar",
            _("Descartar"),
            "user-x",
            permissions.EDIT,
            form=DiscardManyForm,
            each=lambda party, by, data: discard_lead(party, data["reason"], by=by),
            done=lambda n: (
                ngettext("%(n)s potencial descartado", "%(n)s potenciales descartados", n)
                % {"n": n}
            ),
        ),
    )
    primary = Action(
        _("Nuevo potencial"), "parties:lead_new", permission=permissions.EDIT, key="l", drawer=True
    )
    secondary = (
        import_action("leads", permissions.IMPORT),
        Action(
            _("Posibles duplicados"),
            "parties:duplicates",
            icon="users",
            permission=permissions.MERGE,
        ),
        Action(_("Origen"), "sales:by_source", icon="chart-bar", permission=permissions.VIEW),
    )
    empty = Empty(
        "target-arrow",
        _("Apunta aquí a quien pregunta: con un nombre y un teléfono basta para no perderlo."),
    )
    nothing = _("Ningún potencial coincide.")
    one, many = _("% seleccionado"), _("% seleccionados")

    def rows(self) -> Any:
        main = Contact.objects.filter(party=OuterRef("pk"), is_main=True).order_by("pk")
        return (
            Party.objects.visible_to(self.member)
            .filter(stage=Stage.LEAD)
            .select_related("agent__user", "lead_source")
            .annotate(contact_name=Subquery(main.values("name")[:1]))
            .annotate(person=Coalesce("contact_name", F("name")))
        )

    def search(self, queryset: Any, text: str) -> Any:
        return reports.find_leads_in(queryset, text)

    def row_url(self, row: Party) -> str:
        return reverse("parties:lead", args=[row.pk])

    @cached_property
    def shown_filters(self) -> list[Filter]:
        own: list[Filter] = [
            RowFilter("origen", _("Origen"), AskedOnce(_sources), field="lead_source_id"),
            ChoiceFilter("estado", _("Estado"), LeadStatus.choices, field="lead_status"),
            RowFilter("agente", _("Agente"), AskedOnce(agents), field="agent_id"),
            DateFilter("creado", _("Creado"), field="created_at", instants=True),
            *(one.filter for one in lead_columns(self.member) if one.filter is not None),
        ]
        return [f for f in own if not f.permission or self.member.can(f.permission)]

    # Columns of other rooms -----------------------------------------------------------------
    @cached_property
    def allowed_columns(self) -> list[Column]:
        more = [
            Column(
                one.name,
                one.label,
                cell=_told_cell(one.name),
                export=_told_text(one.name),
                cut=True,
            )
            for one in lead_columns(self.member)
        ]
        own = super().allowed_columns
        return [*own[:6], *more, *own[6:]]

    def _load(self, rows: list[Any]) -> None:
        """Ask each column of other rooms once for all these rows."""
        ids = [row.pk for row in rows]
        shown = {column.name for column in self.shown_columns}
        read = {
            one.name: one.read(self.member, ids)
            for one in lead_columns(self.member)
            if one.name in shown and ids
        }
        for row in rows:
            row.firm = row.name if row.contact_name or row.kind == "company" else ""
            row.figures = {
                name: values[row.pk] for name, values in read.items() if row.pk in values
            }


def _told_cell(name: str) -> Callable[[Any], Any]:
    def cell(party: Any) -> Any:
        text, tone = party.figures.get(name, ("", ""))
        if not text:
            return cells.NOTHING
        tone = f"tone-{tone}" if tone else ""
        return format_html('<span class="{}" title="{}">{}</span>', tone, text, text)

    return cell


def _told_text(name: str) -> Callable[[Any], Any]:
    return lambda party: party.figures.get(name, ("", ""))[0]
