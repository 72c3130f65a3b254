"""What billing hangs on the shell: the side bar, the palette, the client's page, home, settings."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lonja.billing import permissions
from lonja.kit.dates import format_date
from lonja.ui import formats, registry


def register() -> None:
    from lonja.billing import client_facts

    view = permissions.VIEW
    registry.nav(
        "Facturación", _("Facturas"), "billing:invoice_list", "file-invoice", view, order=10
    )
    registry.nav(
        "Facturación",
        _("Cobros"),
        "billing:collections",
        "coin-euro",
        permissions.PAYMENTS,
        order=30,
    )
    registry.nav(
        "Facturación",
        _("Libros y exportaciones"),
        "billing:books",
        "book-2",
        permissions.BOOKS,
        order=60,
    )
    registry.nav(
        "Facturación", _("Albaranes"), "billing:note_list", "truck-delivery", view, order=14
    )
    registry.nav(
        "Facturación", _("Proformas"), "billing:proforma_list", "file-description", view, order=16
    )
    registry.new_menu(
        _("Albarán"), "billing:note_new", "truck-delivery", permissions.EDIT, order=14, key="a"
    )
    registry.home_card(
        "albaranes",
        "billing:home_notes",
        view,
        order=85,
        width=4,
        label=_("Albaranes por facturar"),
    )
    registry.new_menu(
        _("Factura"), "billing:invoice_new", "file-invoice", permissions.EDIT, order=10, key="f"
    )
    registry.new_menu(_("Cobro"), "billing:receipt_new", "coin-euro", permissions.SETTLE, order=15)
    registry.search_provider(_("Facturas"), "f", view, _find, order=30)
    registry.client_tab("ventas", _("Ventas"), "billing:client_tab", view, order=20)
    client_facts.register()
    registry.home_card(
        "ventas-mes", "billing:home_sales", view, order=20, width=3, label=_("Ventas del mes")
    )
    payments, owed = permissions.PAYMENTS, _("Cobros pendientes")
    registry.home_card("pendiente", "billing:home_debt", payments, order=30, width=3, label=owed)
    registry.home_card("cobros", "billing:home_overdue", payments, order=80, width=4, label=owed)
    registry.settings_section(
        _("Facturación"),
        "series",
        _("Series"),
        "billing:series_list",
        "list-numbers",
        permissions.SERIES,
        order=30,
    )
    registry.settings_section(
        _("Facturación"),
        "cobros-y-recordatorios",
        _("Cobros y recordatorios"),
        "billing:collection_settings",
        "bell-ringing",
        permissions.COLLECTION,
        order=35,
    )
    registry.settings_section(
        _("Facturación"),
        "envio",
        _("Envío de facturas"),
        "billing:sending",
        "send",
        permissions.SENDING,
        order=31,
    )
    registry.settings_section(
        _("Facturación"),
        "documentos",
        _("Documentos"),
        "billing:documents",
        "file-description",
        permissions.DOCUMENTS,
        order=32,
    )
    from lonja.billing.reports import rule_asked, told_rule
    from lonja.parties.registry import Condition, client_condition

    label = _("Envío de facturas")
    where = "billing:client_sending"
    client_condition(Condition(label, told_rule, where, permissions.SENDING, rule_asked))


def overdue_phrase(member: Any) -> str:
    """«3 facturas vencidas», or nothing: under the greeting of «Inicio»."""
    from lonja.billing import reports

    late = reports.overdue_count(member, timezone.localdate())
    if not late:
        return ""
    return ngettext("%(n)s factura vencida", "%(n)s facturas vencidas", late) % {
        "n": formats.integer(late)
    }


def recap_phrase(member: Any) -> str:
    """«2 recapitulativas por hacer antes del 16», or nothing: five days before the deadline."""
    from lonja.billing import reports

    soon = [g for g in reports.pending_recaps(member, timezone.localdate()) if g.days_left <= 5]
    if not soon:
        return ""
    text = ngettext(
        "albaranes de %(n)s cliente por facturar, hasta el %(day)s",
        "albaranes de %(n)s clientes por facturar, el primero hasta el %(day)s",
        len(soon),
    )
    return text % {"n": formats.integer(len(soon)), "day": format_date(soon[0].last_day)}


def bounced_phrase(member: Any) -> str:
    """«2 facturas rebotadas», or nothing."""
    from lonja.billing import reports

    count = reports.bounced_count(member)
    if not count:
        return ""
    return ngettext("%(n)s factura rebotada", "%(n)s facturas rebotadas", count) % {
        "n": formats.integer(count)
    }


def held_phrase(member: Any) -> str:
    """«3 envíos por aprobar», or nothing."""
    from lonja.billing.follow_up import held_count

    count = held_count()
    if not count:
        return ""
    return ngettext("%(n)s envío por aprobar", "%(n)s envíos por aprobar", count) % {
        "n": formats.integer(count)
    }


def has_issued(member: Any, company: Any) -> bool:
    from lonja.billing.models import Invoice

    return Invoice.objects.exclude(status="draft").exists()


def _find(member: Any, text: str, limit: int) -> list[registry.Hit]:
    from lonja.billing.search import find

    return find(member, text, limit)
