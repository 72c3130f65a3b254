"""The list of invoices."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any, cast

from django.db.models import Aggregate, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.ahead import asked_ahead
from lonja.accounts.models import Company, Membership
from lonja.accounts.prepared import Among, Prepared, attach
from lonja.accounts.seen import Seen
from lonja.accounts.textsearch import filter_text
from lonja.billing import bulk as jobs_of
from lonja.billing import follow_up, hooks, permissions
from lonja.billing.forms.payment import BulkPaymentForm
from lonja.billing.kinds import Kind, blank_kinds, choices, kind_of
from lonja.billing.list_filters import (
    StageFilter,
    TotalFilter,
    agents,
    failed_mail,
    series,
    with_totals,
)
from lonja.billing.models import Invoice, Status
from lonja.billing.regimes import states, states_asked
from lonja.billing.search import amount_of
from lonja.kit.text import search_text
from lonja.parties.filters import ClientFilter
from lonja.parties.models import Party
from lonja.ui import cells, formats
from lonja.ui.kept import row_address
from lonja.ui.tables import (
    Action,
    BulkAction,
    ChoiceFilter,
    Column,
    DateFilter,
    Empty,
    FlagFilter,
    RowFilter,
    Tab,
    Table,
)
from lonja.ui.tables.table import COUNT_CAP

_SHOWN: tuple[str, ...] = (
    *("organisation_id", "company_id", "number", "status", "kind", "issued_on", "due_on"),
    *("base_cents", "total_cents", "payable_cents", "outstanding_cents", "party_id"),
    *("charged_cents", "credit_used_cents", "next_due_on", "returned_on"),
    "replaced_cents",
)
_shown = Seen(Invoice, lambda rows: rows.filter(Among("pk", "ids")).only(*_SHOWN))
_companies = Prepared(lambda: Company.objects.order_by("pk"))
_parties = Prepared(lambda: Party.objects.filter(Among("pk", "ids")).only("name"))
_members = Prepared(lambda: Membership.objects.select_related("user").filter(Among("pk", "ids")))
_OPEN = ("pendientes", "vencidas")
_SUM = "suma"


def _number(invoice: Invoice) -> Any:
    if invoice.number:
        return cells.figure(invoice.number)
    return gettext("Borrador")


def _day(invoice: Invoice) -> date:
    """Today, as the list already knows."""
    return getattr(invoice, "read_on", None) or timezone.localdate()


def _state(invoice: Invoice) -> Any:
    return cells.badge(*invoice.state(_day(invoice)))


def _due(invoice: Invoice) -> Any:
    late = invoice.is_overdue(_day(invoice))
    return cells.when(invoice.due_shown, tone="bad" if late else "")


def _used(invoice: Invoice) -> Any:
    """«Saldo utilizado»: what is above zero leads to where it came from or went."""
    if not invoice.credit_used_cents:
        return cells.money(0)
    return format_html(
        '<a class="tn" href="{}" data-drawer="saldo">{}</a>',
        row_address("billing:balance_used", invoice.pk),
        formats.money(invoice.credit_used_cents),
    )


def _stage(invoice: Invoice) -> Any:
    stage: follow_up.Stage | None = getattr(invoice, "stage", None)
    if stage is None:
        return cells.NOTHING
    pill = cells.badge(stage.label, stage.tone)
    if stage.at is None:
        return pill
    local = timezone.localtime(stage.at)
    return format_html(
        '{} <time class="z small tn" datetime="{}" title="{}">{}</time>',
        pill,
        local.isoformat(),
        f"{local:%d/%m/%Y %H:%M}",
        f"{local:%d/%m}",
    )


def _stage_text(invoice: Invoice) -> str:
    stage: follow_up.Stage | None = getattr(invoice, "stage", None)
    return stage.label if stage is not None else ""


def _record(invoice: Invoice) -> Any:
    state = getattr(invoice, "record_state", None)
    return cells.badge(*state) if state else cells.NOTHING


def _record_text(invoice: Invoice) -> str:
    state = getattr(invoice, "record_state", None)
    return str(state[0]) if state else ""


class InvoiceTable(Table):
    slug, title, permission = "billing.invoices", _("Facturas"), permissions.VIEW
    search_hint = _("Número, cliente o importe")
    template = "billing/invoice_list.html"
    columns = (
        Column(
            "number",
            _("Número"),
            key=True,
            cell=_number,
            export=lambda i: i.number or gettext("Borrador"),
            card="title",
        ),
        Column("issued_on", _("Fecha"), kind="date", sort="issued_on"),
        Column("party.name", _("Cliente"), cut=True, card="sub"),
        Column("kind", _("Tipo"), read=lambda i: str(kind_of(i.kind).label), default=False),
        Column("due_on", _("Vencimiento"), kind="date", cell=_due, export=lambda i: i.due_shown),
        Column(
            "status",
            _("Estado"),
            cell=_state,
            export=lambda i: str(i.state(timezone.localdate())[0]),
            card="sub2",
        ),
        Column("base_cents", _("Base"), kind="money"),
        Column("total_cents", _("Total"), kind="money", sort="total_cents", card="end"),
        Column(
            "credit_used_cents",
            _("Saldo utilizado"),
            kind="money",
            cell=_used,
            permission=permissions.PAYMENTS,
        ),
        Column("outstanding_cents", _("Pendiente"), kind="money"),
        Column("stage", _("Envío"), cell=_stage, export=_stage_text),
        Column("record", _("AEAT"), cell=_record, export=_record_text),
        Column("agent", _("Agente"), read=lambda i: i.agent and i.agent.name, default=False),
    )
    filters = (
        RowFilter(
            "serie",
            _("Serie"),
            series,
            field="series_id",
        ),
        ChoiceFilter("tipo", _("Tipo"), choices(), field="kind"),
        ClientFilter("cliente", _("Cliente")),
        DateFilter("fecha", _("Fecha"), field="issued_on"),
        TotalFilter("importe", _("Importe"), field="total_cents"),
        RowFilter("agente", _("Agente"), agents, field="agent_id"),
        StageFilter("envio", _("Envío"), follow_up.CHOICES),
        FlagFilter("envio-fallido", _("Envío fallido"), apply=failed_mail),
    )
    tabs = (
        Tab("", _("Todas")),
        Tab("borradores", _("Borradores"), lambda q, m: q.drafts()),
        Tab("pendientes", _("Pendientes"), lambda q, m: q.unpaid()),
        Tab("vencidas", _("Vencidas"), lambda q, m: q.overdue(timezone.localdate())),
        Tab("no-enviadas", _("No enviadas"), lambda q, m: q.unsent()),
        Tab(
            "rectificativas",
            _("Rectificativas"),
            lambda q, m: q.corrections(),
        ),
    )
    primary = Action(
        _("Nueva factura"), "billing:invoice_new", permission=permissions.EDIT, key="f"
    )
    bulk = (
        BulkAction(
            "emitir", _("Emitir"), "file-check", permissions.ISSUE, many=jobs_of.start("issue")
        ),
        BulkAction("enviar", _("Enviar"), "send", permissions.SEND, many=jobs_of.start("send")),
        BulkAction(
            "cobrar",
            _("Registrar cobro"),
            "coin-euro",
            permissions.SETTLE,
            many=jobs_of.start("settle"),
            form=BulkPaymentForm,
        ),
        BulkAction(
            "cambiar",
            _("Cambiar por factura completa"),
            "replace",
            permissions.EDIT,
            many=jobs_of.exchange,
        ),
        BulkAction("pdf", _("PDF en zip"), "file-zip", permissions.VIEW, many=jobs_of.start("pdf")),
        *(
            BulkAction(
                one.code,
                one.label,
                one.icon,
                one.permission,
                many=jobs_of.start(one.code),
                form=one.form,
            )
            for one in hooks.archives().values()
        ),
    )
    empty = Empty("file-invoice", _("Crea tu primera factura y envíala en un minuto."))
    nothing = _("Ninguna factura coincide.")

    def rows(self) -> Any:
        """Only what the cells show: fifty whole invoices cost more than the query itself.

        Clients come in a query of their own (`_tell`): with a join, PostgreSQL may start from them
        and sort a million invoices.
        """
        names = _SHOWN
        if any(column.name == "agent" for column in self.shown_columns):
            names = (*names, "agent_id")
        return Invoice.objects.visible_to(self.member).only(*names)

    def rows_of(self, ids: Sequence[int]) -> list[Any]:
        if any(column.name == "agent" for column in self.shown_columns):
            return super().rows_of(ids)
        return _shown.all(self.member, ids=list(ids))

    def search(self, queryset: Any, text: str) -> Any:
        cents = amount_of(text)
        if cents is not None:
            return with_totals(queryset, cents, cents)
        return filter_text(queryset, search_text(text))

    def row_url(self, row: Invoice) -> str:
        if row.status == Status.DRAFT and self.member.can(permissions.EDIT):
            return row_address("billing:invoice_edit", row.pk)
        return row_address("billing:invoice", row.pk)

    @property
    def default_order(self) -> str:  # type: ignore[override]
        """What is owed, the oldest first; the rest, the newest first."""
        return "next_due_on" if self.tab is not None and self.tab.slug in _OPEN else "-issued_on"

    def counts_depend_on(self, tab: Tab) -> Hashable | None:
        """Who sees all invoices counts the same; «vencidas» changes with the day."""
        if self.member.sees_only_own or self.member.company_ids():
            return None
        return timezone.localdate()

    @property
    def may_edit(self) -> bool:
        return self.member.can(permissions.EDIT)

    @property
    def kinds(self) -> list[tuple[Kind, str]]:
        """The kinds that a new invoice may be of, and where each begins."""
        new = reverse("billing:invoice_new")
        return [(kind, f"{new}?tipo={kind.code}") for kind in blank_kinds()]

    @cached_property
    def allowed_columns(self) -> list[Column]:
        """Only open invoices are sorted by due date: they have an index for it."""
        columns = super().allowed_columns
        if self.tab is None or self.tab.slug not in _OPEN:
            return columns
        return [replace(c, sort="next_due_on") if c.name == "due_on" else c for c in columns]

    @property
    def wants_sum(self) -> bool:
        return self.params.get(_SUM) == "1"

    @property
    def totals(self) -> Mapping[str, Aggregate]:  # type: ignore[override]
        """Sums follow the filter; above a thousand rows only when asked for."""
        if self.count > COUNT_CAP and not self.wants_sum:
            return {}
        names = ("base_cents", "total_cents", "credit_used_cents", "outstanding_cents")
        return {name: Sum(name) for name in names}

    @property
    def sum_url(self) -> str:
        """Where the sum of a long list is asked for, or empty."""
        if self.count <= COUNT_CAP or self.wants_sum:
            return ""
        params = self.params.copy()
        params[_SUM] = "1"
        return f"?{params.urlencode()}"

    @cached_property
    def page(self) -> Any:
        page = super().page
        self._tell(page.rows)
        return page

    def export_rows(self) -> Iterator[Invoice]:
        rows = cast(Iterator[Invoice], super().export_rows())
        while chunk := list(islice(rows, 500)):
            self._tell(chunk)
            yield from chunk

    def _tell(self, rows: Sequence[Invoice]) -> None:
        """Put the client, the stage and the state of the fiscal record on each row: a few queries
        for all."""
        if not rows:
            return
        ids = [row.pk for row in rows]
        party_ids = sorted({row.party_id for row in rows})
        mails, follows = follow_up.asked(rows)
        with asked_ahead(
            (_parties, {"ids": party_ids}), (_companies, {}), mails, follows, *states_asked(ids)
        ):
            self._tell_what_was_asked(rows, party_ids)

    def _tell_what_was_asked(self, rows: Sequence[Invoice], party_ids: list[int]) -> None:
        companies = _companies.all()
        attach(rows, "party", _parties.all(ids=party_ids))
        if any(column.name == "agent" for column in self.shown_columns):
            ids = {row.agent_id for row in rows if row.agent_id is not None}
            attach(rows, "agent", _members.all(ids=sorted(ids)))
        found = follow_up.stages(rows)
        records: dict[int, tuple[str, str]] = {}
        issuers = {row.company_id for row in rows if row.status != Status.DRAFT}
        for company in companies:
            if company.pk not in issuers:
                continue
            own = [row.pk for row in rows if row.company_id == company.pk]
            records |= states(company, own)
        today = timezone.localdate()
        for row in rows:
            row.read_on = today  # type: ignore[attr-defined]
            row.stage = found.get(row.pk)  # type: ignore[attr-defined]
            row.record_state = records.get(row.pk)  # type: ignore[attr-defined]
