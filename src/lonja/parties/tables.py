"""The list of clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import islice
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.accounts.ahead import Question, asked_ahead
from lonja.accounts.models import Membership
from lonja.accounts.seen import Seen
from lonja.imports.links import import_action
from lonja.kit.errors import Refused
from lonja.kit.money import parse_amount
from lonja.kit.text import slug
from lonja.parties import permissions, reports
from lonja.parties.actions.clients import add_tag, give_agent
from lonja.parties.filters import agents
from lonja.parties.forms import agents_for
from lonja.parties.merging import one_family
from lonja.parties.models import Party, Tag
from lonja.parties.registry import client_filters
from lonja.ui import cells
from lonja.ui.kept import row_address
from lonja.ui.registry import client_facts_for
from lonja.ui.tables import (
    Action,
    BulkAction,
    ChoiceFilter,
    Column,
    Empty,
    Filter,
    FlagFilter,
    RowFilter,
    Tab,
    Table,
)
from lonja.ui.tables.table import Page

INACTIVE_DAYS = 90
# Facts of other rooms that are columns from the start (ux §3.2); the rest can be chosen.
SHOWN_FACTS = ("Pendiente", "Vencido", "Saldo a favor", "MRR")
EXPORT_BATCH = 500


class AgentForm(forms.Form):
    agent = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Agente"), required=False, empty_label=_("Sin agente")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = agents_for(None)  # type: ignore[attr-defined]


class TagForm(forms.Form):
    tag = forms.CharField(label=_("Etiqueta"), max_length=40)


_tags = Seen(Tag, lambda rows: rows.order_by("name")[:200])


class AskedOnce:
    """Options that a chip reads several times in a page, asked once (filters are per request)."""

    def __init__(self, rows: Callable[[Any], Any]) -> None:
        self._rows = rows
        self._found: list[Any] | None = None

    def __call__(self, member: Any) -> list[Any]:
        if self._found is None:
            self._found = list(self._rows(member)[:200])
        return self._found

    def asked(self, member: Any) -> Sequence[Question]:
        asked = getattr(self._rows, "asked", None)
        return asked(member) if asked is not None else ()


class PartyTable(Table):
    """A list of parties with figures that other rooms tell, asked once for each page or batch."""

    export_permission = permissions.EXPORT

    @cached_property
    def page(self) -> Page:
        page = super().page
        self._load(page.rows)
        return page

    def export_rows(self) -> Iterator[Party]:
        rows = cast(Iterator[Party], super().export_rows())
        while batch := list(islice(rows, EXPORT_BATCH)):
            self._load(batch)
            yield from batch

    def _load(self, rows: list[Any]) -> None:
        """Put on each row the figures its columns show (`figures`)."""
        raise NotImplementedError


class ClientTable(PartyTable):
    slug = "parties.clients"
    title = _("Clientes")
    permission = permissions.VIEW
    search_hint = _("Nombre, NIF, correo o teléfono")
    default_order = "name"
    columns = (
        Column(
            "name",
            _("Nombre"),
            key=True,
            sort="name",
            card="title",
            cut=True,
            read=lambda party: party.display_name,
        ),
        Column("nif", _("NIF"), sort="nif", card="sub"),
        Column("city", _("Población"), cut=True, card="sub2"),
        Column(
            "agent",
            _("Agente"),
            kind="person",
            read=lambda party: party.agent.name if party.agent else "",
        ),
        Column("province", _("Provincia"), default=False),
        Column("email", _("Correo"), default=False),
        Column("phone", _("Teléfono"), default=False, read=lambda party: party.phone_text),
        Column("tariff", _("Tarifa"), default=False),
        Column("client_since", _("Cliente desde"), kind="date", default=False),
        Column("created_at", _("Alta"), kind="date", sort="id", default=False),
    )
    tabs = (
        Tab("", _("Todos"), lambda q, member: q.filter(archived_at=None)),
        Tab("mios", _("Míos"), lambda q, member: q.filter(archived_at=None, agent=member)),
        Tab(
            "bloqueados",
            _("Bloqueados"),
            lambda q, member: q.filter(archived_at=None).exclude(blocked_reason=""),
        ),
        Tab(
            "archivados",
            _("Archivados"),
            lambda q, member: q.filter(archived_at__isnull=False),
            count=False,
        ),
    )
    bulk = (
        BulkAction(
            "etiqueta",
            _("Poner etiqueta"),
            "tag",
            permissions.EDIT,
            form=TagForm,
            each=lambda party, by, data: add_tag(party, data["tag"]),
            done=lambda n: (
                ngettext("%(n)s cliente etiquetado", "%(n)s clientes etiquetados", n) % {"n": n}
            ),
        ),
        BulkAction(
            "agente",
            _("Cambiar agente"),
            "user-share",
            permissions.EDIT,
            form=AgentForm,
            each=lambda party, by, data: give_agent(party, data["agent"], by=by),
            done=lambda n: (
                ngettext("%(n)s cliente reasignado", "%(n)s clientes reasignados", n) % {"n": n}
            ),
        ),
    )
    primary = Action(
        _("Nuevo cliente"), "parties:client_new", permission=permissions.EDIT, key="c", drawer=True
    )
    secondary = (import_action("clients", permissions.IMPORT),)
    empty = Empty("users", _("Aquí estarán tus clientes, con lo que deben y lo que han comprado."))
    nothing = _("Ningún cliente coincide.")
    one, many = _("% seleccionado"), _("% seleccionados")

    def rows(self) -> Any:
        return (
            Party.objects.visible_to(self.member)
            .filter(stage="client")
            .select_related("agent__user")
        )

    def search(self, queryset: Any, text: str) -> Any:
        return reports.find(queryset, text)

    def row_url(self, row: Party) -> str:
        return row_address("parties:client", row.pk)

    @cached_property
    def shown_filters(self) -> list[Filter]:
        own: list[Filter] = [
            RowFilter("agente", _("Agente"), AskedOnce(agents), field="agent_id"),
            RowFilter("etiqueta", _("Etiqueta"), AskedOnce(_tags), apply=_tagged),
            ChoiceFilter(
                "provincia", _("Provincia"), AskedOnce(reports.provinces), field="province"
            ),
            ChoiceFilter("tarifa", _("Tarifa"), AskedOnce(reports.tariffs), field="tariff"),
            *client_filters(),
            FlagFilter("sin-actividad", _("Sin actividad en 90 días"), apply=_inactive),
        ]
        return [f for f in own if not f.permission or self.member.can(f.permission)]

    # Figures of other rooms -----------------------------------------------------------------
    @cached_property
    def facts(self) -> dict[str, Any]:
        """Column name → registered fact the member may see."""
        return {f"dato-{slug(str(f.label))}": f for f in client_facts_for(self.member)}

    @cached_property
    def allowed_columns(self) -> list[Column]:
        facts = [
            Column(
                name,
                fact.label,
                kind="money",
                cell=_fact_cell(name),
                export=_fact_export(name),
                default=str(fact.label) in SHOWN_FACTS,
                card="end" if index == 0 else "",
            )
            for index, (name, fact) in enumerate(self.facts.items())
        ]
        activity = Column(
            "activity",
            _("Última actividad"),
            cell=_fact_cell("activity"),
            export=_fact_export("activity"),
        )
        own = super().allowed_columns
        return [*own[:4], *facts, activity, *own[4:]]

    def _load(self, rows: list[Party]) -> None:
        """Ask each shown figure once for all these rows."""
        ids = [row.pk for row in rows]
        shown = {column.name for column in self.shown_columns}
        told = {name: fact for name, fact in self.facts.items() if name in shown}
        with one_family(ids):
            questions = [one for fact in told.values() for one in fact.asks(self.member, ids)]
            with asked_ahead(*questions):
                read = {name: fact.read(self.member, ids) for name, fact in told.items()}
            if "activity" in shown:
                read["activity"] = reports.last_activity(self.member, ids)
        for row in rows:
            row.figures = {  # type: ignore[attr-defined]
                name: values[row.pk] for name, values in read.items() if row.pk in values
            }


def _tagged(queryset: Any, value: list[str]) -> Any:
    from lonja.parties.models import PartyTag

    return queryset.filter(pk__in=PartyTag.objects.filter(tag_id__in=value).values("party_id"))


def _inactive(queryset: Any, value: bool) -> Any:
    return reports.inactive_since(queryset, timezone.now() - timedelta(days=INACTIVE_DAYS))


def _fact_cell(name: str) -> Callable[[Any], Any]:
    def cell(party: Any) -> Any:
        text, tone = party.figures.get(name, ("", ""))
        if not text:
            return cells.NOTHING
        return format_html('<span class="tn{}">{}</span>', f" tone-{tone}" if tone else "", text)

    return cell


def _fact_export(name: str) -> Callable[[Any], Any]:
    def export(party: Any) -> Any:
        text = party.figures.get(name, ("", ""))[0]
        try:
            return parse_amount(text) if text else None
        except Refused:
            return text

    return export
