"""«Seguimiento»: the quotes that wait for an answer, and what to do with each today."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.accounts.textsearch import filter_text
from lonja.kit.text import search_text
from lonja.parties.filters import agents
from lonja.sales import permissions, reports, suggestions
from lonja.sales.actions.track import WANTS_MAIL
from lonja.sales.actions.validity import extend_validity
from lonja.sales.follow_forms import DaysForm
from lonja.sales.models import Quote, QuoteStatus
from lonja.sales.rhythm import Rhythm, rhythm_of
from lonja.sales.tables import expires_cell, seen_cell
from lonja.sales.tracking import phone_of
from lonja.tasks.permissions import EDIT as TASKS
from lonja.ui import cells, formats
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
    Table,
)


def _days(quote: Quote) -> int | None:
    if quote.sent_at is None:
        return None
    return (timezone.localdate() - timezone.localdate(quote.sent_at)).days


def _age(quote: Quote) -> Any:
    if quote.sent_at is None:
        return cells.NOTHING
    return format_html('<span class="tn nowrap">{}</span>', formats.ago(quote.sent_at))


def _spoken(quote: Any) -> Any:
    """Calls, and mails: those of the program and those written down."""
    mails = quote.mailed + quote.written
    calls = ngettext("%(n)s llamada", "%(n)s llamadas", quote.calls) % {"n": quote.calls}
    sent = ngettext("%(n)s correo", "%(n)s correos", mails) % {"n": mails}
    return format_html(
        '<span class="spoken tn" title="{} · {}">{}<span class="sr">{}</span>{} '
        '{}<span class="sr">{}</span>{}</span>',
        calls,
        sent,
        cells.icon("phone", "s"),
        _t("Llamadas:"),
        quote.calls,
        cells.icon("mail", "s"),
        _t("Correos:"),
        mails,
    )


def _words(quote: Any) -> str:
    rule = suggestions.BY_CODE.get(quote.suggestion)
    return rule.words(quote, timezone.now()) if rule is not None else ""


def _suggestion(quote: Any) -> Any:
    rule = suggestions.BY_CODE.get(quote.suggestion)
    if rule is None:
        return cells.NOTHING
    return format_html('<span class="todo todo-{}">{}</span>', rule.tone, _words(quote))


def act_of(quote: Any, member: Any) -> tuple[str, str, str, bool] | None:
    """(label, address, icon, drawer) of the one-click action of its suggestion."""
    rule = suggestions.BY_CODE.get(quote.suggestion)
    if rule is None or not rule.act or not member.can(permissions.EDIT):
        return None
    if rule.act == "call" and (phone := phone_of(quote)):
        return _t("Llamar"), f"tel:{phone}", "phone", False
    names = {
        "call": (_t("Apuntar llamada"), "sales:quote_contact", "phone", [quote.pk, "call"]),
        "mend": (_t("Corregir"), "sales:quote_send", "mail-forward", [quote.pk]),
        "share": (_t("Reenviar"), "sales:quote_link", "brand-whatsapp", [quote.pk]),
        "extend": (_t("Ampliar"), "sales:quote_extend", "calendar-plus", [quote.pk]),
    }
    label, name, icon, args = names[rule.act]
    return label, reverse(name, args=args), icon, True


def _act(quote: Any) -> Any:
    found = act_of(quote, quote.asked_by)
    if found is None:
        return cells.NOTHING
    label, url, icon, drawer = found
    opens = format_html(' data-drawer="{}"', quote.pk) if drawer else ""
    return format_html(
        '<a class="btn btn-s btn-icon" href="{}"{} title="{}" aria-label="{} {}">{}</a>',
        url,
        opens,
        label,
        label,
        quote.number,
        cells.icon(icon, "s"),
    )


def later_than(quote: Quote, days: int = 15) -> date:
    """So many days from today, or from the day it is valid until if that is later."""
    return max(quote.valid_until, quote.company.today()) + timedelta(days=days)


def _extend(quote: Quote, by: Any, data: dict[str, Any]) -> None:
    extend_validity(quote, until=later_than(quote, data["days"]), by=by)


class FollowTable(Table):
    slug, title, permission = "sales.follow", _("Seguimiento"), permissions.VIEW
    search_hint, default_order = _("Número, título o cliente"), "-last_move_at"
    template = "sales/follow_list.html"
    columns = [
        Column("number", _("Número"), key=True, card="sub2"),
        Column("party.display_name", _("Cliente"), cut=True, card="title"),
        Column("suggestion", _("Qué hacer"), cell=_suggestion, export=_words, card="sub"),
        Column("act", _("Acción"), cell=_act, export=lambda _q: ""),
        Column(
            "total_cents",
            _("Importe"),
            kind="money",
            cell=lambda q: reports.amount_cell(q),
            sort="total_cents",
            card="end",
        ),
        Column("age", _("Enviado"), cell=_age, read=_days, sort="sent_at", nullable=True),
        Column("last_move_at", _("Movimiento"), kind="near", sort="last_move_at"),
        Column("views", _("Visto"), kind="number", cell=seen_cell, sort="views"),
        Column("valid_until", _("Caduca"), cell=expires_cell, sort="valid_until"),
        Column(
            "contacts",
            _("Contactos"),
            cell=_spoken,
            export=lambda q: f"{q.calls} / {q.mailed + q.written}",
        ),
        Column("title", _("Título"), cut=True, default=False),
        Column("agent.name", _("Agente"), kind="person", default=False),
        Column("first_viewed_at", _("Visto por primera vez"), kind="near", default=False),
        Column("probability_pct", _("Probabilidad"), kind="pct", default=False),
    ]
    tabs = [
        Tab("", _("Abiertos")),
        Tab(
            "piden-algo",
            _("Piden algo"),
            lambda q, m: q.filter(suggestion__in=suggestions.WAITING),
        ),
        Tab("sin-abrir", _("Sin abrir"), lambda q, m: q.filter(views=0)),
        Tab("vistos", _("Vistos"), lambda q, m: q.filter(views__gt=0)),
    ]
    filters = [
        ChoiceFilter("sugerencia", _("Qué hacer"), suggestions.CHOICES, field="suggestion"),
        RowFilter("agente", _("Agente"), agents, field="agent"),
        FlagFilter(
            "caducan",
            _("Caducan en 7 días"),
            apply=lambda q, v: reports.expiring(q),
        ),
        DateFilter("enviado", _("Enviado"), field="sent_at"),
        AmountFilter("importe", _("Importe"), field="total_cents"),
    ]
    switch = [
        Action(_("Todos"), "sales:quote_list"),
        Action(_("Seguimiento"), "sales:follow_list"),
    ]
    bulk = [
        BulkAction(
            "ampliar",
            _("Ampliar validez"),
            "calendar-plus",
            permissions.EDIT,
            each=_extend,
            form=DaysForm,
            done=lambda n: (
                ngettext("%(n)s presupuesto ampliado", "%(n)s presupuestos ampliados", n) % {"n": n}
            ),
        )
    ]
    one, many = _("% elegido"), _("% elegidos")
    empty = Empty("eye", _("Aquí verás quién ha abierto tus presupuestos y a quién llamar."))
    nothing = _("Ningún presupuesto abierto coincide.")

    def rows(self) -> Any:
        rows = Quote.objects.visible_to(self.member).filter(status=QuoteStatus.SENT)
        return suggestions.suggested(rows, timezone.now())

    @cached_property
    def page(self) -> Any:
        """The page with what the cells need of each client, and who asks."""
        found = super().page
        for row in found.rows:
            row.asked_by = self.member
        return found

    @cached_property
    def base(self) -> Any:
        return (
            self.rows()
            .select_related("party", "agent__user", "company")
            .prefetch_related("party__contacts")
        )

    def search(self, queryset: Any, text: str) -> Any:
        return filter_text(queryset, search_text(text)[:100])

    def row_url(self, row: Quote) -> str:
        return reverse("sales:quote", args=[row.pk])

    def row_actions(self, row: Quote) -> list[dict[str, Any]]:
        if not self.member.can(permissions.EDIT):
            return []
        call = {"icon": "phone", "drawer": True}
        found: list[dict[str, Any]] = []
        if phone := phone_of(row):
            found.append({"label": _t("Llamar"), "url": f"tel:{phone}", "icon": "phone-call"})
        url = reverse("sales:quote_contact", args=[row.pk, "call"])
        found.append({"label": _t("Apuntar llamada"), "url": url, **call})
        if self.member.can(TASKS):
            url = f"{reverse('tasks:task_new')}?origen=sales.quote&id={row.pk}"
            found.append(
                {"label": _t("Crear tarea"), "url": url, "icon": "checkbox", "drawer": True}
            )
        url = reverse("sales:quote_send", args=[row.pk])
        found.append({"label": _t("Reenviar"), "url": url, "icon": "send", "drawer": True})
        url = reverse("sales:quote_extend_now", args=[row.pk])
        found.append(
            {"label": _t("Ampliar 15 días"), "url": url, "icon": "calendar-plus", "post": True}
        )
        return found

    @cached_property
    def rhythm(self) -> Rhythm:
        """The frequency of the last weeks, for the head of the page."""
        return rhythm_of(self.member, timezone.now())

    @property
    def wants_mail(self) -> bool:
        return bool(self.member.preferences.get(WANTS_MAIL))
