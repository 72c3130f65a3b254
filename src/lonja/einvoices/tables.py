"""The list «Facturas recibidas»."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lonja.einvoices import permissions
from lonja.einvoices.law import working_days_left
from lonja.einvoices.models import RECEIVED_TONES, ReceivedInvoice, ReceivedState
from lonja.kit.money import format_money, from_cents
from lonja.kit.text import search_text
from lonja.ui import cells
from lonja.ui.kept import row_address
from lonja.ui.tables import Action, Column, DateFilter, Empty, Tab, Table


def state_badge(invoice: ReceivedInvoice) -> Any:
    return cells.badge(invoice.get_state_display(), RECEIVED_TONES[ReceivedState(invoice.state)])


def time_left(invoice: ReceivedInvoice) -> tuple[str, str]:
    """(text, tone): how long there is to answer; empty once answered."""
    if invoice.state != ReceivedState.PENDING:
        return "", ""
    days = working_days_left(invoice.answer_by, timezone.localdate())
    if days < 0:
        late = ngettext("Fuera de plazo: %(n)s día", "Fuera de plazo: %(n)s días", -days)
        return late % {"n": -days}, "bad"
    if days == 0:
        return gettext("Hoy es el último día"), "bad"
    left = ngettext("Queda %(n)s día hábil", "Quedan %(n)s días hábiles", days) % {"n": days}
    return left, "warn" if days == 1 else "mut"


def _left(invoice: ReceivedInvoice) -> Any:
    text, tone = time_left(invoice)
    return cells.badge(text, tone) if text else ""


def money(invoice: ReceivedInvoice, cents: int) -> str:
    """An amount in the currency of the invoice."""
    return format_money(from_cents(cents), invoice.currency)


class ReceivedTable(Table):
    slug, title, permission = (
        "einvoices.received",
        _("Facturas recibidas"),
        permissions.RECEIVED,
    )
    search_hint = _("Número, proveedor o NIF")
    default_order = "-issued_on"
    columns = (
        Column("number", _("Número"), key=True, card="title"),
        Column("issued_on", _("Fecha"), kind="date", sort="issued_on"),
        Column("supplier_name", _("Proveedor"), cut=True, card="sub"),
        Column("supplier_nif", _("NIF"), default=False),
        Column("received_on", _("Recibida"), kind="date"),
        Column(
            "state",
            _("Estado"),
            cell=state_badge,
            export=lambda i: i.get_state_display(),
            card="sub2",
        ),
        Column("answer_by", _("Plazo"), cell=_left, export=lambda i: time_left(i)[0]),
        Column("due_on", _("Vencimiento"), kind="date", default=False),
        Column(
            "total_cents", _("Total"), read=lambda i: money(i, i.total_cents), kind="number",
            card="end",
        ),
    )  # fmt: skip
    filters = (DateFilter("fecha", _("Fecha"), field="issued_on"),)
    tabs = (
        Tab("", _("Todas"), count=False),
        Tab("por-contestar", _("Por contestar"), lambda q, m: q.pending()),
        Tab("aceptadas", _("Aceptadas"), lambda q, m: q.filter(state=ReceivedState.ACCEPTED)),
        Tab("rechazadas", _("Rechazadas"), lambda q, m: q.filter(state=ReceivedState.REJECTED)),
        Tab("pagadas", _("Pagadas"), lambda q, m: q.filter(state=ReceivedState.PAID)),
    )
    primary = Action(_("Guardar factura"), "einvoices:received_new", permission=permissions.ANSWER)
    empty = Empty(
        "inbox", _("Guarda aquí las facturas electrónicas de tus proveedores y contesta a tiempo.")
    )
    nothing = _("Ninguna factura coincide.")

    def rows(self) -> Any:
        return ReceivedInvoice.objects.visible_to(self.member).defer("lines")

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(search_text__contains=search_text(text))

    def row_url(self, row: ReceivedInvoice) -> str:
        return row_address("einvoices:received", row.pk)
