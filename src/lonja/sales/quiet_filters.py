"""Filters by which other pages open a list at their rows: shown once they are asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company
from lonja.catalogue.models import Product
from lonja.kit.text import row_id
from lonja.parties.models import LeadSource
from lonja.sales.analysis import reached
from lonja.sales.models import OpportunityStatus, PipelineStage, QuoteLine
from lonja.ui.tables import DateFilter, Filter, RowFilter, Table

NOBODY, NOWHERE = "nadie", "sin-origen"


class QuietFilters(Table):
    """A list some of whose filters only show when the address asks for them."""

    quiet: tuple[str, ...] = ()

    @cached_property
    def shown_filters(self) -> list[Filter]:
        asked = set(self.params)
        return [
            one
            for one in self.filters
            if (not one.permission or self.member.can(one.permission))
            and (one.name not in self.quiet or asked & set(one.parameters))
        ]


class AgentFilter(RowFilter):
    """By agent, also those that have none."""

    def options(self, member: Any) -> list[tuple[str, Any]]:
        return [*super().options(member), (NOBODY, _t("Sin agente"))]

    def narrow_field(self, queryset: Any, value: list[str]) -> Any:
        chosen = [one for one in value if one != NOBODY]
        wanted = Q(agent_id__in=chosen)
        return queryset.filter(wanted | Q(agent=None) if NOBODY in value else wanted)


class SourceFilter(RowFilter):
    """By where the client came from, also when nobody knows."""

    def options(self, member: Any) -> list[tuple[str, Any]]:
        return [*super().options(member), (NOWHERE, _t("Sin indicar"))]

    def narrow_field(self, queryset: Any, value: list[str]) -> Any:
        chosen = [one for one in value if one != NOWHERE]
        wanted = Q(party__lead_source_id__in=chosen)
        return queryset.filter(wanted | Q(party__lead_source=None) if NOWHERE in value else wanted)


class ReachedFilter(RowFilter):
    """Ofertas that were in a stage or went further."""

    def narrow_field(self, queryset: Any, value: list[str]) -> Any:
        stages = PipelineStage.objects.filter(pk__in=value)
        for stage in stages:
            queryset = reached(queryset, stage)
        return queryset


class ProductFilter(Filter):
    """Presupuestos that offer a product of the catalogue."""

    def read(self, params: QueryDict, member: Any) -> int | None:
        return row_id(params.get(self.name, ""))

    def narrow_field(self, queryset: Any, value: int) -> Any:
        lines = QuoteLine.objects.filter(quote=OuterRef("pk"), product_id=value)
        return queryset.filter(Exists(lines))

    def describe(self, value: int, member: Any) -> str:
        product = Product.objects.filter(pk=value).first()
        return product.name if product is not None else ""

    def context(self, value: Any, params: QueryDict, member: Any) -> dict[str, Any]:
        if value is None:
            return {"options": [], "multiple": False}
        option = {"value": value, "label": self.describe(value, member), "on": True}
        return {"options": [option], "multiple": False}


def companies(member: Any) -> Any:
    rows = Company.objects.order_by("legal_name", "pk")
    granted = member.company_ids()
    return rows.filter(pk__in=granted) if granted else rows


def passed(member: Any) -> Any:
    rows = PipelineStage.objects.visible_to(member).exclude(kind=OpportunityStatus.LOST)
    return rows.order_by("company_id", "position", "pk")


def sources(member: Any) -> Any:
    """Where clients come from, in use or not: ofertas of before still count."""
    return LeadSource.objects.order_by("name", "pk")


COMPANY = RowFilter("empresa", _("Empresa"), companies, field="company")
OFFERS: list[Filter] = [
    COMPANY,
    ReachedFilter("paso", _("Pasó por"), passed, multiple=False),
]
QUOTES: list[Filter] = [
    COMPANY,
    SourceFilter("origen", _("Origen"), sources),
    ProductFilter("producto", _("Producto")),
    DateFilter("enviado", _("Enviado"), field="sent_at", instants=True),
    DateFilter("abierto", _("Abierto"), field="first_viewed_at", instants=True),
    DateFilter("firmado", _("Firmado"), field="accepted_at", instants=True),
]
QUIET_OFFERS = ("empresa", "paso", "cerrada", "motivo")
QUIET_QUOTES = ("empresa", "producto", "enviado", "abierto", "firmado", "origen")
