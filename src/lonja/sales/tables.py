"""The list of quotes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.accounts.textsearch import filter_text
from lonja.kit.text import search_text
from lonja.parties.filters import agents
from lonja.sales import permissions, reports
from lonja.sales.actions.validity import extend_validity, resend
from lonja.sales.forms import ExtendForm
from lonja.sales.models import Quote, QuoteStatus
from lonja.sales.quiet_filters import QUIET_QUOTES, QUOTES, QuietFilters
from lonja.ui import cells, formats
from lonja.ui.kept import row_address
from lonja.ui.tables import (
    Action,
    AmountFilter,
    BulkAction,
    ChoiceFilter,
    Column,
    DateFilter,
    Empty,
    FlagFilter,
    RowFilter,
    Tab,
)

OPEN = [QuoteStatus.DRAFT, QuoteStatus.SENT]


def _state(quote: Quote) -> Any:
    badge = reports.state_badge(quote, timezone.localdate())
    return cells.badge(badge.label, badge.tone)


def seen_cell(quote: Quote) -> Any:
    if not quote.views:
        return format_html('<span class="z">{}</span>', "—")
    times = _t("%(n)s vez") if quote.views == 1 else _t("%(n)s veces")
    return format_html(
        '<span class="nowrap" title="{}">{}</span>',
        formats.near_date(quote.last_viewed_at),
        times % {"n": quote.views},
    )


def expires_cell(quote: Quote) -> Any:
    today = timezone.localdate()
    waiting = quote.status in OPEN
    soon = waiting and today <= quote.valid_until <= today + timedelta(days=7)
    late = waiting and quote.valid_until < today
    return cells.when(quote.valid_until, tone="bad" if late else "warn" if soon else "")


def _expiring(queryset: Any, _value: Any) -> Any:
    return reports.expiring(queryset)


class QuoteTable(QuietFilters):
    slug, title, permission = "sales.quotes", _("Presupuestos"), permissions.VIEW
    search_hint, default_order = _("Número, título o cliente"), "-created_on"
    columns = [
        Column("number", _("Número"), key=True, card="title"),
        Column("party.display_name", _("Cliente"), cut=True, card="sub"),
        Column("title", _("Título"), cut=True),
        Column("status", _("Estado"), cell=_state, card="sub2"),
        Column(
            "total_cents",
            _("Importe"),
            kind="money",
            cell=reports.amount_cell,
            sort="total_cents",
            card="end",
        ),
        Column("sent_at", _("Enviado"), kind="near"),
        Column("views", _("Visto"), kind="number", cell=seen_cell),
        Column("valid_until", _("Caduca"), cell=expires_cell),
        Column("agent.name", _("Agente"), kind="person"),
        Column("created_on", _("Fecha"), kind="date", sort="created_on", default=False),
        Column("probability_pct", _("Probabilidad"), kind="pct", default=False),
    ]
    tabs = [
        Tab("", _("Todos")),
        Tab("borradores", _("Borradores"), lambda q, m: q.filter(status=QuoteStatus.DRAFT)),
        Tab("enviados", _("Enviados"), lambda q, m: q.filter(status=QuoteStatus.SENT)),
        Tab("firmados", _("Firmados"), lambda q, m: q.filter(status=QuoteStatus.ACCEPTED)),
        Tab(
            "sin-alta",
            _("Pendientes de alta"),
            lambda q, m: q.filter(status=QuoteStatus.ACCEPTED, service_started_at=None),
        ),
        Tab("rechazados", _("Rechazados"), lambda q, m: q.filter(status=QuoteStatus.REJECTED)),
    ]
    filters = [
        ChoiceFilter("estado", _("Estado"), QuoteStatus, field="status"),
        RowFilter("agente", _("Agente"), agents, field="agent"),
        FlagFilter("caducan", _("Caducan en 7 días"), apply=_expiring),
        FlagFilter(
            "vistos",
            _("Vistos sin firmar"),
            apply=lambda q, v: q.filter(status=QuoteStatus.SENT, views__gt=0),
        ),
        DateFilter("fecha", _("Fecha"), field="created_on"),
        AmountFilter("importe", _("Importe"), field="total_cents"),
        *QUOTES,
    ]
    quiet = QUIET_QUOTES
    bulk = (
        BulkAction(
            "reenviar",
            _("Reenviar"),
            "send",
            permissions.EDIT,
            each=lambda quote, by, data: resend(quote, by=by),
            done=lambda n: (
                ngettext(
                    "%(n)s presupuesto en camino otra vez",
                    "%(n)s presupuestos en camino otra vez",
                    n,
                )
                % {"n": n}
            ),
        ),
        BulkAction(
            "ampliar",
            _("Ampliar validez"),
            "calendar-plus",
            permissions.EDIT,
            form=ExtendForm,
            each=lambda quote, by, data: extend_validity(quote, until=data["until"], by=by),
            done=lambda n: (
                ngettext("%(n)s presupuesto ampliado", "%(n)s presupuestos ampliados", n) % {"n": n}
            ),
        ),
    )
    one, many = _("% seleccionado"), _("% seleccionados")
    switch = [
        Action(_("Todos"), "sales:quote_list"),
        Action(_("Seguimiento"), "sales:follow_list"),
    ]
    primary = Action(
        _("Nuevo presupuesto"), "sales:quote_new", permission=permissions.EDIT, drawer=True
    )
    empty = Empty(
        "file-text", _("Envía un presupuesto que tu cliente firma desde el móvil en un minuto.")
    )

    def rows(self) -> Any:
        return Quote.objects.visible_to(self.member).select_related(
            "party", "company", "agent__user"
        )

    def search(self, queryset: Any, text: str) -> Any:
        return filter_text(queryset, search_text(text)[:100])

    def row_url(self, row: Quote) -> str:
        if row.status == QuoteStatus.DRAFT and self.member.can(permissions.EDIT):
            return row_address("sales:quote_edit", row.pk)
        return row_address("sales:quote", row.pk)
