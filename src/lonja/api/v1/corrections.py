"""Rectificativas: from a cause to a draft with its lines ready (RD 1619/2012 art. 15)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Answer, Call
from lonja.api.door.routes import route
from lonja.api.door.shapes import Day, Id, In, Line, OneOf
from lonja.api.v1.invoice_shapes import InvoiceOut
from lonja.api.v1.invoices import ISSUE, answer, one
from lonja.api.v1.lines import wrong
from lonja.billing import permissions
from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.models import Invoice


class CorrectIn(In):
    cause: Annotated[
        str,
        OneOf(tuple(CAUSES)),
        Field(
            description="Devolución, envases, descuento, precio, impuesto, concurso, incobrable o "
            "datos: lleva a R1, R2, R3 o R4 (R5 si es simplificada)."
        ),
    ]
    correction: Annotated[
        Literal["", "I", "S"],
        Field(description="I, por diferencias; S, por sustitución; vacía, la usual de la causa."),
    ] = ""
    reason: Annotated[str, Line(300)] = ""
    with_invoices: Annotated[
        list[Id],
        Field(max_length=100, description="Otras del mismo cliente que rectifica a la vez."),
    ] = []
    art80_circumstance: Annotated[
        str, Line(80), Field(description="Para rectificar pasados cuatro años (art. 80 LIVA).")
    ] = ""
    art80_on: Day | None = None


@route(
    "POST",
    "/facturas/{id}/rectificacion",
    tag="Facturas",
    title="Rectificar",
    scope=ISSUE,
    permissions=(permissions.EDIT, permissions.ISSUE),
    body=CorrectIn,
    answer=InvoiceOut,
    status=201,
    versioned=True,
    example={"cause": "return", "reason": "Devuelve un equipo"},
)
def invoice_correct(call: Call, pk: int, body: CorrectIn) -> Answer:
    """Prepara el borrador de la rectificativa con lo que queda por rectificar: por diferencias,
    con el signo contrario; por sustitución, tal como está. Cámbialo si es en parte y emítelo."""
    original = one(call, pk)
    cause = CAUSES[body.cause]
    draft = start_correction(
        [original, *_others(call, pk, body.with_invoices)],
        cause,
        correction=body.correction or cause.correction,
        reason=body.reason,
        on=original.company.today(),
        art80_circumstance=body.art80_circumstance,
        art80_on=body.art80_on,
        by=call.member,
    )
    return answer(call, draft, HTTPStatus.CREATED)


def _others(call: Call, pk: int, asked: list[int]) -> list[Invoice]:
    wanted = [one_pk for one_pk in dict.fromkeys(asked) if one_pk != pk]
    rows = Invoice.objects.visible_to(call.member).select_related("company", "party")
    known = {row.pk: row for row in rows.filter(pk__in=wanted)}
    for place, one_pk in enumerate(asked):
        if one_pk not in known and one_pk != pk:
            text = _("No existe esa factura.")
            raise wrong(f"with_invoices.{place}", text, "invoice_unknown")
    return [known[one_pk] for one_pk in wanted]
