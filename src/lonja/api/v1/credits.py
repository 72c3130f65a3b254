"""What is in favour of clients: what was spent of it, what was given back, and undoing both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field

from lonja.api.door.call import Answer, Call
from lonja.api.door.paging import page
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
from lonja.api.v1.payments import READ, WRITE, Method
from lonja.billing import permissions
from lonja.billing.actions.credits import refund_credit, undo_application, undo_refund
from lonja.billing.models import Application, Credit, Refund
from lonja.kit.money import to_cents
from lonja.parties.merging import family_of


class SpentOut(Out):
    """Lo aplicado a una factura, o devuelto. Deshacerlo es otra fila, con el importe contrario."""

    id: int
    invoice_id: int | None
    invoice_number: str
    amount: MoneyOut
    on: DayOut
    method: str
    note: str
    undoes: Annotated[int | None, Field(description="Id de la que deshace.")]
    registered_by: str
    registered_at: MomentOut


class CreditOut(Out):
    id: int
    company_id: int
    client_id: int
    source: Annotated[str, Field(description="corrective, overpayment o advance.")]
    invoice_id: Annotated[int | None, Field(description="La rectificativa que lo dejó.")]
    payment_id: Annotated[int | None, Field(description="El cobro del que sobró.")]
    on: DayOut
    amount: MoneyOut
    remaining: Annotated[MoneyOut, Field(description="Lo que queda por gastar.")]
    void: Annotated[bool, Field(description="El cobro del que salió se deshizo.")]
    applications: list[SpentOut]
    refunds: list[SpentOut]


class CreditQuery(Paged):
    client_id: Id | None = None
    open: Annotated[bool, Field(description="Solo los que tienen algo por gastar.")] = False


class RefundIn(In):
    amount: Annotated[Money | None, Field(description="Vacío, todo lo que queda.")] = None
    on: Annotated[Day | None, Field(description="Vacío, hoy.")] = None
    method: Annotated[Method | None, Field(description="Vacío, la del cliente.")] = None
    note: Annotated[str, Line(200)] = ""


def _told(row: Any, number: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "invoice_id": getattr(row, "invoice_id", None),
        "invoice_number": number,
        "amount": money(row.amount_cents),
        "on": day(row.on),
        "method": getattr(row, "method", ""),
        "note": getattr(row, "note", ""),
        "undoes": row.undoes_id,
        "registered_by": row.by.name if row.by is not None else "Lonja",
        "registered_at": moment(row.at),
    }


def shown(rows: Sequence[Credit]) -> list[dict[str, Any]]:
    """Credits as `CreditOut`, in two queries more."""
    ids = [row.pk for row in rows]
    spent: dict[int, list[dict[str, Any]]] = defaultdict(list)
    given: dict[int, list[dict[str, Any]]] = defaultdict(list)
    used = Application.objects.filter(credit_id__in=ids).select_related("invoice", "by__user")
    for one in used.order_by("pk"):
        spent[one.credit_id].append(_told(one, one.invoice.number))
    for back in Refund.objects.filter(credit_id__in=ids).select_related("by__user").order_by("pk"):
        given[back.credit_id].append(_told(back, ""))
    return [
        {
            "id": row.pk,
            "company_id": row.company_id,
            "client_id": row.party_id,
            "source": row.source,
            "invoice_id": row.invoice_id,
            "payment_id": row.receipt_id,
            "on": day(row.on),
            "amount": money(row.amount_cents),
            "remaining": money(row.remaining_cents),
            "void": row.voided_at is not None,
            "applications": spent[row.pk],
            "refunds": given[row.pk],
        }
        for row in rows
    ]


def _answer(pk: int, status: int = HTTPStatus.OK) -> Answer:
    return Answer(shown([Credit.objects.get(pk=pk)])[0], status)


@route(
    "GET",
    "/saldos",
    tag="Cobros",
    title="Saldos a favor",
    scope=READ,
    permissions=permissions.PAYMENTS,
    query=CreditQuery,
    answer=Page[CreditOut],
)
def credit_list(call: Call, query: CreditQuery) -> dict[str, Any]:
    """De rectificativas, cobros de más y entregas a cuenta, con lo que se hizo de cada uno."""
    rows = Credit.objects.visible_to(call.member)
    if query.client_id is not None:
        rows = rows.filter(party_id__in=family_of(query.client_id))
    if query.open:
        rows = rows.filter(remaining_cents__gt=0, voided_at__isnull=True)
    return page(rows, query, lambda row: row, many=shown, by="on")


@route(
    "GET",
    "/saldos/{id}",
    tag="Cobros",
    title="Ver un saldo a favor",
    scope=READ,
    permissions=permissions.PAYMENTS,
    answer=CreditOut,
)
def credit(call: Call, pk: int) -> dict[str, Any]:
    """De dónde salió y a dónde fue cada céntimo."""
    return shown([call.visible(Credit, pk)])[0]


@route(
    "POST",
    "/saldos/{id}/devolucion",
    tag="Cobros",
    title="Devolver saldo",
    scope=WRITE,
    permissions=permissions.SETTLE,
    body=RefundIn,
    body_required=False,
    answer=CreditOut,
    status=201,
    example={"amount": "50.00", "method": "transfer"},
)
def credit_refund(call: Call, pk: int, body: RefundIn) -> Answer:
    """Apunta que se ha devuelto dinero al cliente. No más de lo que queda del saldo."""
    found = call.visible(Credit.objects.select_related("company", "party"), pk)
    refund_credit(
        found,
        amount=to_cents(body.amount) if body.amount is not None else found.remaining_cents,
        method=body.method or found.party.payment_method,
        on=body.on or found.company.today(),
        note=body.note,
        by=call.member,
    )
    return _answer(pk, HTTPStatus.CREATED)


@route(
    "POST",
    "/aplicaciones/{id}/anulacion",
    tag="Cobros",
    title="Deshacer una aplicación de saldo",
    scope=WRITE,
    permissions=permissions.SETTLE,
    answer=CreditOut,
)
def credit_application_undo(call: Call, pk: int) -> Answer:
    """La factura vuelve a deberlo y el saldo vuelve a estar. Solo una vez: después, 409."""
    mine = Credit.objects.visible_to(call.member)
    found = call.visible(Application.objects.filter(credit__in=mine), pk)
    undo_application(found, by=call.member)
    return _answer(found.credit_id)


@route(
    "POST",
    "/devoluciones/{id}/anulacion",
    tag="Cobros",
    title="Deshacer una devolución de saldo",
    scope=WRITE,
    permissions=permissions.SETTLE,
    answer=CreditOut,
)
def credit_refund_undo(call: Call, pk: int) -> Answer:
    """El saldo vuelve a estar. Solo una vez: después, 409."""
    mine = Credit.objects.visible_to(call.member)
    found = call.visible(Refund.objects.filter(credit__in=mine), pk)
    undo_refund(found, by=call.member)
    return _answer(found.credit_id)
