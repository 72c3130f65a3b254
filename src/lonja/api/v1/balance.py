"""What a client owes, today or on any past day, and how it came to be."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Answer, Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import Day, DayOut, In, Money, MoneyOut, Out, Paged, Query, day, money
from lonja.api.v1.clients import READ
from lonja.api.v1.invoice_shapes import InvoiceOut
from lonja.api.v1.invoices import answer, one
from lonja.api.v1.payments import WRITE as WRITE_PAYMENTS
from lonja.billing import permissions
from lonja.billing.actions.credits import apply_credits
from lonja.billing.models import Credit, Entry, EntryKind
from lonja.billing.reports import overdue_by_party
from lonja.kit.errors import Refused
from lonja.kit.money import to_cents
from lonja.parties.merging import family_of
from lonja.parties.models import Party
from lonja.parties.permissions import VIEW


class BalanceQuery(Query):
    on: Annotated[Day | None, Field(description="Al cierre de ese día; vacío, ahora.")] = None


class BalanceOut(Out):
    client_id: int
    on: DayOut
    balance: Annotated[MoneyOut, Field(description="Positivo, nos debe; negativo, a su favor.")]
    overdue: Annotated[
        MoneyOut | None, Field(description="De ello, vencido; null en una fecha pasada.")
    ]
    credit: Annotated[
        MoneyOut | None,
        Field(description="Saldo a favor que puede gastar; null en una fecha pasada."),
    ]


class StatementQuery(Paged):
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Annotated[Day | None, Field(description="Incluido.")] = None


class MovementOut(Out):
    id: int
    on: DayOut
    kind: str
    invoice_id: int | None
    invoice_number: str
    payment_id: int | None
    amount: Annotated[MoneyOut, Field(description="Positivo, carga; negativo, salda.")]
    method: str
    note: str


class StatementOut(Out):
    client_id: int
    opening: Annotated[MoneyOut, Field(description="Saldo antes de «from».")]
    closing: Annotated[MoneyOut, Field(description="Saldo al cierre de «to».")]
    items: list[MovementOut]
    next: str | None


def ledger(call: Call, party: Party) -> Any:
    """The movements of a client that the member sees."""
    rows = Entry.objects.visible_to(call.member).filter(party__in=family_of(party))
    if call.member.sees_only_own:
        rows = rows.filter(party__agent_id__in=call.member.subordinate_ids())
    return rows


def total(rows: Any) -> int:
    return rows.order_by().aggregate(cents=Sum("amount_cents"))["cents"] or 0


@route(
    "GET",
    "/clientes/{id}/saldo",
    tag="Clientes",
    title="Saldo de un cliente",
    scope=READ,
    permissions=(VIEW, permissions.PAYMENTS),
    query=BalanceQuery,
    answer=BalanceOut,
)
def client_balance(call: Call, pk: int, query: BalanceQuery) -> dict[str, Any]:
    """La suma de su libro: lo facturado menos lo cobrado."""
    party = call.visible(Party, pk)
    rows = ledger(call, party)
    overdue = credit = None
    if query.on is not None:
        rows = rows.filter(on__lte=query.on)
    else:
        late = overdue_by_party(call.member, [party.pk], call.today)
        overdue = money(late.get(party.pk, 0))
        open_credits = Credit.objects.visible_to(call.member).filter(party__in=family_of(party))
        left = open_credits.aggregate(cents=Sum("remaining_cents"))["cents"] or 0
        credit = money(left)
    return {
        "client_id": party.pk,
        "on": day(query.on or call.today),
        "balance": money(total(rows)),
        "overdue": overdue,
        "credit": credit,
    }


@route(
    "GET",
    "/clientes/{id}/extracto",
    tag="Clientes",
    title="Extracto de un cliente",
    scope=READ,
    permissions=(VIEW, permissions.PAYMENTS),
    query=StatementQuery,
    answer=StatementOut,
)
def client_statement(call: Call, pk: int, query: StatementQuery) -> dict[str, Any]:
    """Facturas y cobros entre dos fechas, los últimos primero, con el saldo de antes y después."""
    party = call.visible(Party, pk)
    rows = ledger(call, party)
    opening = total(rows.filter(on__lt=query.from_)) if query.from_ is not None else 0
    inside = rows
    if query.from_ is not None:
        inside = inside.filter(on__gte=query.from_)
    if query.to is not None:
        inside = inside.filter(on__lte=query.to)
    # Applying credit moves nothing between us and the client: its two entries cancel out.
    told_rows = inside.exclude(kind=EntryKind.APPLIED).select_related("invoice")
    told = page(told_rows, query, _movement, by="on")
    closing = opening + total(inside)
    return {"client_id": party.pk, "opening": money(opening), "closing": money(closing), **told}


def _movement(row: Entry) -> dict[str, Any]:
    return {
        "id": row.pk,
        "on": day(row.on),
        "kind": row.kind,
        "invoice_id": row.invoice_id,
        "invoice_number": row.invoice.number if row.invoice is not None else "",
        "payment_id": row.receipt_id,
        "amount": money(row.amount_cents),
        "method": row.method,
        "note": row.note,
    }


class ApplyIn(In):
    amount: Annotated[
        Money | None, Field(description="Vacío, todo lo que se pueda de lo pendiente.")
    ] = None


@route(
    "POST",
    "/facturas/{id}/saldo",
    tag="Cobros",
    title="Aplicar saldo a favor",
    scope=WRITE_PAYMENTS,
    permissions=permissions.SETTLE,
    body=ApplyIn,
    body_required=False,
    answer=InvoiceOut,
    example={"amount": "50.00"},
)
def invoice_credit_apply(call: Call, pk: int, body: ApplyIn) -> Answer:
    """Gasta en la factura el saldo a favor de su cliente, el más antiguo primero."""
    invoice = one(call, pk)
    rows = Credit.objects.visible_to(call.member).filter(
        party_id__in=family_of(invoice.party.root_id),
        company_id=invoice.company_id,
        remaining_cents__gt=0,
    )
    wanted = to_cents(body.amount) if body.amount is not None else invoice.outstanding_cents
    pairs, left = [], wanted
    for credit in rows.order_by("on", "pk")[:200]:
        if left <= 0:
            break
        part = min(left, credit.remaining_cents)
        pairs.append((credit, invoice, part))
        left -= part
    if not pairs or (left > 0 and body.amount is not None):
        text = _("El cliente no tiene tanto saldo a favor.")
        raise Refused("credit_spent", text, field="amount")
    apply_credits(pairs, by=call.member)
    return answer(call, invoice)
