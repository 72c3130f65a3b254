"""Rectificativas: from a cause to a draft with its lines ready (RD 1619/2012 art. 15)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Answer, Call
from lonja.api.door.problems import Problem
from lonja.api.door.routes import route
from lonja.api.door.shapes import Day, In, Line
from lonja.api.v1.drafts import put_references
from lonja.api.v1.invoice_shapes import InvoiceOut
from lonja.api.v1.invoices import ISSUE, answer, one
from lonja.billing import permissions
from lonja.billing.actions.drafts import LINE_FIELDS, save_draft
from lonja.billing.kinds import R1, R2, R3, R4, R5, kind_of
from lonja.billing.models import Correction, Invoice, InvoiceLine, InvoiceReference, ReferenceRole
from lonja.kit.errors import Refused

# Why → the kind it leads to, and how it is usually done.
CAUSES: dict[str, tuple[str, str, str]] = {
    "return": (R1, Correction.DIFFERENCES, "Devolución"),
    "packaging": (R1, Correction.DIFFERENCES, "Devolución de envases"),
    "discount": (R1, Correction.DIFFERENCES, "Descuento posterior a la operación"),
    "price": (R1, Correction.DIFFERENCES, "Cambio de precio"),
    "tax": (R1, Correction.SUBSTITUTION, "Impuesto determinado incorrectamente"),
    "insolvency": (R2, Correction.DIFFERENCES, "Concurso de acreedores del destinatario"),
    "unpaid": (R3, Correction.DIFFERENCES, "Crédito incobrable"),
    "data": (R4, Correction.SUBSTITUTION, "Datos incorrectos en la factura"),
}
_KEPT = (
    *("company_id", "party_id", "payment_method", "currency", "exchange_rate", "surcharge"),
    *("prices_include_tax", "withholding_pct", "global_discount_pct", "agent_id", "language"),
)


class CorrectIn(In):
    cause: Annotated[
        Literal["return", "packaging", "discount", "price", "tax", "insolvency", "unpaid", "data"],
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
    """Prepara el borrador de la rectificativa con todas las líneas: por diferencias, con el signo
    contrario; por sustitución, tal como están. Cámbialas si es en parte y emítelo después."""
    original = one(call, pk)
    if original.is_draft:
        text = _("Solo se rectifican facturas emitidas: un borrador se cambia.")
        raise Refused("not_issued", text)
    if not original.number or original.status != "issued":
        text = _("Esa factura no se puede rectificar.")
        raise Problem(HTTPStatus.CONFLICT, "not_issued", text)
    draft = save_draft(*_prepared(original, body), by=call.member)
    put_references(draft, [_reference(original)])
    return answer(call, draft, HTTPStatus.CREATED)


def _prepared(original: Invoice, body: CorrectIn) -> tuple[Invoice, list[InvoiceLine]]:
    kind, usual, reason = CAUSES[body.cause]
    correction = body.correction or usual
    by_substitution = correction == Correction.SUBSTITUTION
    more: dict[str, Any] = {}
    if by_substitution:
        more["corrected_base_cents"] = original.base_cents
        more["corrected_tax_cents"] = original.tax_cents
        more["corrected_surcharge_cents"] = original.surcharge_cents or None
    today = original.company.today()
    invoice = Invoice(
        **{name: getattr(original, name) for name in _KEPT},
        **more,
        kind=R5 if kind_of(original.kind).legal in ("F2", "R5") else kind,
        issued_on=today,
        operation_on=original.operation_on or original.issued_on,
        due_on=original.party.due_on(today, original.company.payment_terms_days),
        global_discount_cents=original.global_discount_cents * (1 if by_substitution else -1),
        correction=correction,
        correction_reason=body.reason or reason,
        art80_circumstance=body.art80_circumstance,
        art80_on=body.art80_on,
    )
    lines = []
    for row in original.lines.all():
        line = InvoiceLine(**{name: getattr(row, name) for name in LINE_FIELDS})
        line.quantity = row.quantity if by_substitution else -row.quantity
        lines.append(line)
    return invoice, lines


def _reference(original: Invoice) -> InvoiceReference:
    return InvoiceReference(
        role=ReferenceRole.CORRECTS,
        target=original,
        number=original.number,
        issued_on=original.issued_on,
        operation_on=original.operation_on,
        legal=kind_of(original.kind).legal,
    )
