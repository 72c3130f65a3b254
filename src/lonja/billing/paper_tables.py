"""The lists of albaranes and of proformas."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Membership
from lonja.accounts.textsearch import filter_text
from lonja.billing import permissions
from lonja.billing.actions.notes import invoice_notes
from lonja.billing.models import DeliveryNote, Proforma
from lonja.kit.errors import Refused
from lonja.kit.text import search_text
from lonja.parties.filters import ClientFilter
from lonja.ui import cells
from lonja.ui.tables import (
    Action,
    AmountFilter,
    BulkAction,
    Column,
    DateFilter,
    Empty,
    Tab,
    Table,
)

MOST = 500


def _state(note: DeliveryNote) -> Any:
    if note.is_pending:
        return cells.badge(gettext("Pendiente"), "warn")
    return cells.badge(gettext("Facturado"), "ok")


def _state_text(note: DeliveryNote) -> str:
    return gettext("Pendiente") if note.is_pending else gettext("Facturado")


def _invoice(row: Any) -> str:
    return str(row.invoice) if row.invoice_id else ""


def _invoiced(gather: bool) -> Any:
    def run(rows: Any, by: Membership, data: dict[str, Any]) -> str:
        notes = list(rows[: MOST + 1])
        if len(notes) > MOST:
            raise Refused("notes_too_many", gettext("Son más de 500 albaranes. Filtra por meses."))
        drafts = invoice_notes(notes, by=by, gather=gather)
        place = reverse("billing:invoice_edit", args=[drafts[0].pk])
        by.go_to = (  # type: ignore[attr-defined]
            place if len(drafts) == 1 else f"{reverse('billing:invoice_list')}?vista=borradores"
        )
        return ngettext("%(n)s borrador preparado", "%(n)s borradores preparados", len(drafts)) % {
            "n": len(drafts)
        }

    return run


class DeliveryNoteTable(Table):
    slug, title, permission = "billing.notes", _("Albaranes"), permissions.VIEW
    search_hint, default_order = _("Número, cliente o referencia"), "-delivered_on"
    template = "billing/note_list.html"
    columns = (
        Column("number", _("Número"), key=True, card="title"),
        Column("delivered_on", _("Entrega"), kind="date", sort="delivered_on"),
        Column("party.name", _("Cliente"), cut=True, card="sub"),
        Column("reference", _("Referencia"), cut=True),
        Column("state", _("Estado"), cell=_state, export=_state_text, card="sub2"),
        Column("invoice", _("Factura"), read=_invoice),
        Column("base_cents", _("Base"), kind="money", sort="base_cents", card="end"),
    )
    filters = (
        ClientFilter("cliente", _("Cliente")),
        DateFilter("fecha", _("Fecha"), field="delivered_on"),
        AmountFilter("importe", _("Importe"), field="base_cents"),
    )
    tabs = (
        Tab("", _("Todos")),
        Tab("pendientes", _("Pendientes"), lambda q, m: q.filter(invoice__isnull=True)),
        Tab("facturados", _("Facturados"), lambda q, m: q.filter(invoice__isnull=False)),
    )
    primary = Action(_("Nuevo albarán"), "billing:note_new", permission=permissions.EDIT)
    bulk = (
        BulkAction(
            "facturar", _("Facturar"), "file-invoice", permissions.EDIT, many=_invoiced(True)
        ),
        BulkAction(
            "por-separado",
            _("Facturar por separado"),
            "files",
            permissions.EDIT,
            many=_invoiced(False),
        ),
    )
    empty = Empty(
        "truck-delivery", _("Anota lo que entregas y factúralo junto cuando acabe el mes.")
    )
    nothing = _("Ningún albarán coincide.")

    def rows(self) -> Any:
        rows = DeliveryNote.objects.visible_to(self.member)
        return rows.select_related("party", "invoice", "invoice__party")

    def search(self, queryset: Any, text: str) -> Any:
        return filter_text(queryset, search_text(text)[:100])

    def row_url(self, row: DeliveryNote) -> str:
        return reverse("billing:note", args=[row.pk])

    @property
    def may_issue(self) -> bool:
        return self.member.can(permissions.ISSUE)


class ProformaTable(Table):
    slug, title, permission = "billing.proformas", _("Proformas"), permissions.VIEW
    search_hint, default_order = _("Número o cliente"), "-on"
    columns = (
        Column("number", _("Número"), key=True, card="title"),
        Column("on", _("Fecha"), kind="date", sort="on"),
        Column("party.name", _("Cliente"), cut=True, card="sub"),
        Column("invoice", _("Factura"), read=_invoice, card="sub2"),
        Column("total_cents", _("Total"), kind="money", sort="total_cents", card="end"),
    )
    filters = (
        ClientFilter("cliente", _("Cliente")),
        DateFilter("fecha", _("Fecha"), field="on"),
        AmountFilter("importe", _("Importe"), field="total_cents"),
    )
    empty = Empty(
        "file-description",
        _("Haz una proforma desde el menú de un borrador de factura o de un presupuesto."),
    )
    nothing = _("Ninguna proforma coincide.")

    def rows(self) -> Any:
        rows = Proforma.objects.visible_to(self.member)
        return rows.select_related("party", "invoice", "invoice__party")

    def search(self, queryset: Any, text: str) -> Any:
        return filter_text(queryset, search_text(text)[:100])

    def row_url(self, row: Proforma) -> str:
        return reverse("billing:proforma", args=[row.pk])
