"""Payments received: rows that are only added; undoing adds the opposite."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Answer, Call
from lonja.api.door.paging import page
from lonja.api.door.problems import not_found
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Day,
    DayOut,
    Id,
    In,
    Line,
    MomentOut,
    Money,
    MoneyOut,
    Out,
    Page,
    Paged,
    day,
    moment,
    money,
)
from lonja.api.v1.invoices import one as invoice_of
from lonja.billing import permissions
from lonja.billing.actions.settle import register_payment, undo_payment
from lonja.billing.models import Entry, EntryKind, Invoice
from lonja.kit.errors import Refused
from lonja.kit.money import to_cents

READ, WRITE = "cobros:leer", "cobros:escribir"
Method = Literal["transfer", "direct_debit", "card", "cash"]


class PaymentNew(In):
    amount: Annotated[Money | None, Field(description="Vacío, todo lo pendiente.")] = None
    on: Annotated[Day | None, Field(description="Vacío, hoy.")] = None
    method: Annotated[Method | None, Field(description="Vacío, la de la factura.")] = None
    note: Annotated[str, Line(200)] = ""


class PaymentOut(Out):
    id: int
    invoice_id: int
    invoice_number: str
    client_id: int
    amount: MoneyOut
    on: DayOut
    method: str
    note: str
    undone: bool
    registered_by: str
    registered_at: MomentOut


class PaymentQuery(Paged):
    client_id: Id | None = None
    invoice_id: Id | None = None
    on_from: Day | None = None
    on_to: Annotated[Day | None, Field(description="Incluido.")] = None
    method: Method | None = None


def visible_payments(call: Call) -> Any:
    """Payments of the invoices that the member sees."""
    rows = Entry.objects.visible_to(call.member).filter(kind=EntryKind.PAYMENT)
    if call.member.sees_only_own:
        rows = rows.filter(invoice__agent_id__in=call.member.subordinate_ids())
    return rows.select_related("invoice", "by__user")


def shown(rows: list[Entry]) -> list[dict[str, Any]]:
    """Payments as `PaymentOut`; one query tells which were undone."""
    undoing = Entry.objects.filter(undoes__in=[row.pk for row in rows])
    undone = set(undoing.values_list("undoes_id", flat=True))
    return [
        {
            "id": row.pk,
            "invoice_id": row.invoice_id,
            "invoice_number": row.invoice.number,
            "client_id": row.party_id,
            "amount": money(-row.amount_cents),
            "on": day(row.on),
            "method": row.method,
            "note": row.note,
            "undone": row.pk in undone,
            "registered_by": row.by.name if row.by is not None else "Lonja",
            "registered_at": moment(row.at),
        }
        for row in rows
    ]


@route(
    "GET",
    "/cobros",
    tag="Cobros",
    title="Lista de cobros",
    scope=READ,
    permissions=permissions.PAYMENTS,
    query=PaymentQuery,
    answer=Page[PaymentOut],
)
def payment_list(call: Call, query: PaymentQuery) -> dict[str, Any]:
    """Los últimos registrados primero, deshechos incluidos."""
    rows = visible_payments(call)
    if query.client_id is not None:
        rows = rows.filter(party_id=query.client_id)
    if query.invoice_id is not None:
        rows = rows.filter(invoice_id=query.invoice_id)
    if query.on_from is not None:
        rows = rows.filter(on__gte=query.on_from)
    if query.on_to is not None:
        rows = rows.filter(on__lte=query.on_to)
    if query.method is not None:
        rows = rows.filter(method=query.method)
    return page(rows, query, lambda row: row, many=shown)


@route(
    "GET",
    "/cobros/{id}",
    tag="Cobros",
    title="Ver un cobro",
    scope=READ,
    permissions=permissions.PAYMENTS,
    answer=PaymentOut,
)
def payment(call: Call, pk: int) -> dict[str, Any]:
    """Con la factura que cobra."""
    found = visible_payments(call).filter(pk=pk).first()
    if found is None:
        raise not_found()
    return shown([found])[0]


@route(
    "POST",
    "/facturas/{id}/cobros",
    tag="Cobros",
    title="Registrar un cobro",
    scope=WRITE,
    permissions=permissions.SETTLE,
    body=PaymentNew,
    body_required=False,
    answer=PaymentOut,
    status=201,
    example={"amount": "121.00", "on": "2026-11-21", "method": "transfer"},
)
def payment_create(call: Call, pk: int, body: PaymentNew) -> Answer:
    """Entero o en parte. Si dos programas cobran lo mismo a la vez, el segundo recibe 422."""
    invoice = invoice_of(call, pk)
    amount = to_cents(body.amount) if body.amount is not None else invoice.outstanding_cents
    if body.amount is None and amount <= 0:
        text = _("La factura %(number)s no tiene nada pendiente.") % {"number": invoice.number}
        raise Refused("already_paid", text)
    entry = register_payment(
        invoice,
        amount=amount,
        on=body.on or invoice.company.today(),
        method=body.method or invoice.payment_method,
        note=body.note,
        by=call.member,
    )
    found = visible_payments(call).get(pk=entry.pk)
    location = {"Location": f"/api/v1/cobros/{entry.pk}"}
    return Answer(shown([found])[0], HTTPStatus.CREATED, location)


@route(
    "POST",
    "/cobros/{id}/anulacion",
    tag="Cobros",
    title="Deshacer un cobro",
    scope=WRITE,
    permissions=permissions.SETTLE,
    answer=PaymentOut,
)
def payment_undo(call: Call, pk: int) -> dict[str, Any]:
    """La factura vuelve a estar pendiente. Solo una vez: después, 409."""
    found = visible_payments(call).filter(pk=pk).first()
    if found is None or not Invoice.objects.visible_to(call.member).filter(pk=found.invoice_id):
        raise not_found()
    undo_payment(found, by=call.member)
    return shown([found])[0]
