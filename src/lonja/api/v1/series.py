"""Series: read only, they are made in settings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from lonja.api.door.call import Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import Out, Page, Paged
from lonja.billing import permissions
from lonja.billing.models import Series, SeriesYear


class SeriesOut(Out):
    id: int
    company_id: int
    code: str
    name: str
    use: Annotated[str, Field(description="«ordinary», «simplified» o «corrective».")]
    is_default: bool
    is_active: bool
    next_number: Annotated[str, Field(description="El que tomaría ahora la próxima factura.")]


@route(
    "GET",
    "/series",
    tag="Series",
    title="Lista de series",
    scope="facturas:leer",
    permissions=permissions.VIEW,
    query=Paged,
    answer=Page[SeriesOut],
)
def series_list(call: Call, query: Paged) -> dict[str, Any]:
    """De todas las empresas que ve la clave."""
    return page(Series.objects.visible_to(call.member), query, lambda row: row, many=_shown(call))


def _shown(call: Call) -> Any:
    year = call.today.year

    def many(rows: list[Series]) -> list[dict[str, Any]]:
        counters = SeriesYear.objects.filter(series__in=rows, year=year)
        following = dict(counters.values_list("series_id", "next_number"))
        return [
            {
                "id": row.pk,
                "company_id": row.company_id,
                "code": row.code,
                "name": row.name,
                "use": row.use,
                "is_default": row.is_default,
                "is_active": row.is_active,
                "next_number": row.number_for(year, following.get(row.pk, 1)),
            }
            for row in rows
        ]

    return many
