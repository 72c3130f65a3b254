"""What ofertas hang on the shell, and how their history is told."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.language import house
from lonja.activity.labels import describe, locate
from lonja.sales import offer_reports, offers_table, permissions
from lonja.sales.models import Opportunity
from lonja.tasks import origins
from lonja.ui import registry


def register() -> None:
    view, edit = permissions.OFFERS_VIEW, permissions.OFFERS_EDIT
    registry.nav("Ventas", _("Embudo"), "sales:pipeline", "layout-kanban", view, order=30)
    registry.new_menu(_("Oferta"), "sales:opportunity_new", "target-arrow", edit, order=15, key="")
    registry.search_provider(_("Ofertas"), "e", view, offers_table.find_opportunities, order=35)
    registry.client_tab(
        "presupuestos",
        _("Ofertas y presupuestos"),
        "sales:client_tab",
        view,
        order=40,
        count=offer_reports.open_count,
    )
    registry.object_panel("oferta", _("Oferta"), "sales:quote_offer", view, order=40)
    registry.settings_section(
        _("Ventas"),
        "embudo",
        _("Embudo"),
        "sales:pipeline_settings",
        "layout-kanban",
        permissions.PIPELINE,
        order=45,
    )
    origins.register("sales.opportunity", _("Oferta"), "target-arrow", view, born)
    _history()


@house()
def born(member: Any, pk: int) -> origins.Born | None:
    """An oferta the member may see, as the origin of a task."""
    rows = Opportunity.objects.visible_to(member).select_related(
        "party__agent__user", "agent__user", "company"
    )
    offer = rows.filter(pk=pk).first()
    if offer is None:
        return None
    return origins.Born(
        offer.number,
        reverse("sales:opportunity", args=[offer.pk]),
        offer.party,
        offer.agent or offer.party.agent,
        offer.company,
        gettext("Seguir la oferta %(number)s") % {"number": offer.number},
    )


def _history() -> None:
    locate("sales.opportunity", "sales:opportunity")
    for verb, sentence, icon in (
        ("created", _("creó la oferta %(number)s"), "target-arrow"),
        ("edited", _("cambió los datos de la oferta"), "edit"),
        ("moved", _("movió la oferta de «%(old)s» a «%(new)s»"), "arrow-right"),
        ("won", _won, "trophy"),
        ("lost", _("perdió la oferta: %(reason)s"), "x"),
        ("reopened", _("abrió otra vez la oferta en «%(new)s»"), "refresh"),
        ("assigned", _assigned, "user"),
        ("duplicated", _("la copió de %(source)s"), "copy"),
        ("quoted", _quoted, "file-plus"),
    ):
        describe(f"sales.opportunity_{verb}", sentence, icon, permissions.OFFERS_VIEW)
    for verb, sentence, icon in (
        ("stage_saved", _("guardó la etapa «%(name)s»"), "layout-kanban"),
        ("loss_reason_saved", _("guardó el motivo de pérdida «%(name)s»"), "layout-kanban"),
        ("pipeline_reordered", _("cambió el orden del embudo"), "arrows-sort"),
        ("pipeline_retired", _("retiró «%(name)s» del embudo"), "archive"),
        ("pipeline_deleted", _("quitó «%(name)s» del embudo"), "trash"),
        ("pipeline_restored", _("volvió a usar «%(name)s» en el embudo"), "refresh"),
    ):
        describe(f"sales.{verb}", sentence, icon, permissions.PIPELINE)


def _won(data: dict[str, Any]) -> str:
    if data.get("quote"):
        return gettext("ganó la oferta con %(quote)s") % {"quote": data["quote"]}
    return gettext("ganó la oferta")


def _assigned(data: dict[str, Any]) -> str:
    return gettext("asignó la oferta a %(agent)s") % {
        "agent": data.get("agent") or gettext("nadie")
    }


def _quoted(data: dict[str, Any]) -> str:
    if data.get("alternative"):
        return gettext("añadió el presupuesto %(number)s, alternativa «%(alternative)s»") % {
            "number": data.get("number", ""),
            "alternative": data["alternative"],
        }
    return gettext("añadió el presupuesto %(number)s") % {"number": data.get("number", "")}
