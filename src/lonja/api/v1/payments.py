"""Money that comes in: receipts pay invoices, and what is left over is the client's credit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
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
from lonja.api.v1.invoices import one as invoice_of
from lonja.api.v1.lines import wrong
from lonja.billing import permissions
from lonja.billing.actions.settle import register_payment, register_receipt, undo_receipt
from lonja.billing.models import Entry, EntryKind, Invoice, Receipt
from lonja.kit.errors import Refused
from lonja.kit.money import to_cents
from lonja.parties.merging import family_of
from lonja.parties.models import Party

READ, WRITE = "cobros:leer", "cobros:escribir"
Method = Literal["transfer", "direct_debit", "card", "cash"]


class ReceiptFields(In):
    on: Annotated[Day | None, Field(description="Vacío, hoy.")] = None
    reference: Annotated[str, Line(80)] = ""
    note: Annotated[str, Line(200)] = ""
    keep_surplus: Annotated[
        bool, Field(description="Dejar lo que sobre como saldo a favor; si no, se rechaza.")
    ] = False


class PaymentNew(ReceiptFields):
    amount: Annotated[Money | None, Field(description="Vacío, todo lo pendiente.")] = None
    method: Annotated[Method | None, Field(description="Vacío, la de la factura.")] = None


class ShareIn(In):
    invoice_id: Id
    amount: Money


class ReceiptNew(ReceiptFields):
    client_id: Id
    company_id: Id | None = None
    amount: Money
    method: Method = "transfer"
    invoices: Annotated[
        list[ShareIn],
        Field(max_length=200, description="Cuánto paga de cada una; vacía, entrega a cuenta."),
    ] = []


class UndoIn(In):
    reason: Annotated[
        Literal["mistake", "returned"],
        Field(description="Se apuntó por error, o lo ha devuelto el banco."),
    ] = "mistake"
    on: Annotated[Day | None, Field(description="Si lo devuelve el banco: cuándo.")] = None


class ShareOut(Out):
    invoice_id: int
    invoice_number: str
    amount: MoneyOut


class PaymentOut(Out):
    id: int
    company_id: int
    client_id: int
    amount: MoneyOut
    on: DayOut
    method: str
    reference: str
    note: str
    invoices: list[ShareOut]
    kept_as_credit: Annotated[MoneyOut, Field(description="Lo que quedó de saldo a favor.")]
    undone: bool
    undone_reason: str
    registered_by: str
    registered_at: MomentOut


class PaymentQuery(Paged):
    client_id: Id | None = None
    invoice_id: Id | None = None
    on_from: Day | None = None
    on_to: Annotated[Day | None, Field(description="Incluido.")] = None
    method: Method | None = None


def receipts() -> Any:
    """Receipts with who noted them."""
    return Receipt.objects.select_related("by__user")


def shown(rows: Sequence[Receipt]) -> list[dict[str, Any]]:
    """Receipts as `PaymentOut`; one query tells what they paid."""
    parts: dict[int, list[Entry]] = defaultdict(list)
    entries = Entry.objects.filter(receipt__in=[row.pk for row in rows], undoes__isnull=True)
    for entry in entries.select_related("invoice").order_by("pk"):
        parts[entry.receipt_id or 0].append(entry)
    return [_shown(row, parts[row.pk]) for row in rows]


def _shown(row: Receipt, entries: Sequence[Entry]) -> dict[str, Any]:
    kept = sum(-one.amount_cents for one in entries if one.kind == EntryKind.ADVANCE)
    return {
        "id": row.pk,
        "company_id": row.company_id,
        "client_id": row.party_id,
        "amount": money(row.amount_cents),
        "on": day(row.on),
        "method": row.method,
        "reference": row.reference,
        "note": row.note,
        "invoices": [
            {
                "invoice_id": one.invoice_id,
                "invoice_number": one.invoice.number,
                "amount": money(-one.amount_cents),
            }
            for one in entries
            if one.invoice is not None and one.kind == EntryKind.PAYMENT
        ],
        "kept_as_credit": money(kept),
        "undone": row.is_undone,
        "undone_reason": row.undone_reason,
        "registered_by": row.by.name if row.by is not None else "Lonja",
        "registered_at": moment(row.at),
    }


def _made(receipt: Receipt) -> Answer:
    found = receipts().get(pk=receipt.pk)
    location = {"Location": f"/api/v1/cobros/{receipt.pk}"}
    return Answer(shown([found])[0], HTTPStatus.CREATED, location)


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
    """Por fecha, los últimos primero, deshechos incluidos."""
    rows = receipts().visible_to(call.member)
    if query.client_id is not None:
        rows = rows.filter(party_id__in=family_of(query.client_id))
    if query.invoice_id is not None:
        paid = Entry.objects.filter(invoice_id=query.invoice_id, receipt__isnull=False)
        rows = rows.filter(pk__in=paid.values("receipt_id"))
    if query.on_from is not None:
        rows = rows.filter(on__gte=query.on_from)
    if query.on_to is not None:
        rows = rows.filter(on__lte=query.on_to)
    if query.method is not None:
        rows = rows.filter(method=query.method)
    return page(rows, query, lambda row: row, many=shown, by="on")


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
    """Con las facturas que paga y lo que dejó de saldo a favor."""
    return shown([call.visible(receipts(), pk)])[0]


@route(
    "POST",
    "/facturas/{id}/cobros",
    tag="Cobros",
    title="Cobrar una factura",
    scope=WRITE,
    permissions=permissions.SETTLE,
    body=PaymentNew,
    body_required=False,
    answer=PaymentOut,
    status=201,
    example={"amount": "121.00", "on": "2026-11-21", "method": "transfer"},
)
def invoice_payment_create(call: Call, pk: int, body: PaymentNew) -> Answer:
    """Entera o en parte. Si dos programas cobran lo mismo a la vez, el segundo recibe 422."""
    invoice = invoice_of(call, pk)
    amount = to_cents(body.amount) if body.amount is not None else invoice.outstanding_cents
    if body.amount is None and amount <= 0 and not invoice.is_draft:
        text = _("La factura %(number)s no tiene nada pendiente.") % {"number": invoice.number}
        raise Refused("already_paid", text)
    entry = register_payment(
        invoice,
        amount=amount,
        on=body.on or invoice.company.today(),
        method=body.method or invoice.payment_method,
        note=body.note,
        reference=body.reference,
        keep_surplus=body.keep_surplus,
        by=call.member,
    )
    assert entry.receipt is not None  # noqa: S101 - a payment comes with its receipt
    return _made(entry.receipt)


@route(
    "POST",
    "/cobros",
    tag="Cobros",
    title="Registrar un cobro",
    scope=WRITE,
    permissions=permissions.SETTLE,
    body=ReceiptNew,
    answer=PaymentOut,
    status=201,
    example={
        "client_id": 1,
        "amount": "500.00",
        "method": "transfer",
        "invoices": [
            {"invoice_id": 1, "amount": "121.00"},
            {"invoice_id": 2, "amount": "300.00"},
        ],
        "keep_surplus": True,
    },
)
def payment_create(call: Call, body: ReceiptNew) -> Answer:
    """Una transferencia que paga varias facturas, o ninguna (entrega a cuenta)."""
    company = call.company_of(body.company_id)
    party = call.referred(Party, body.client_id, "client_id", _("No existe ese cliente."))
    asked = {share.invoice_id for share in body.invoices}
    rows = Invoice.objects.visible_to(call.member).filter(pk__in=asked)
    known = set(rows.values_list("pk", flat=True))
    shares: dict[int, int] = {}
    for place, share in enumerate(body.invoices):
        where = f"invoices.{place}"
        if share.invoice_id not in known:
            raise wrong(f"{where}.invoice_id", _("No existe esa factura."), "invoice_unknown")
        if share.invoice_id in shares:
            raise wrong(f"{where}.invoice_id", _("Esa factura está dos veces."), "repeated")
        shares[share.invoice_id] = to_cents(share.amount)
    receipt = register_receipt(
        company=company,
        party=party,
        amount=to_cents(body.amount),
        on=body.on or company.today(),
        method=body.method,
        shares=shares,
        reference=body.reference,
        note=body.note,
        keep_surplus=body.keep_surplus,
        by=call.member,
    )
    return _made(receipt)


@route(
    "POST",
    "/cobros/{id}/anulacion",
    tag="Cobros",
    title="Deshacer un cobro",
    scope=WRITE,
    permissions=permissions.SETTLE,
    body=UndoIn,
    body_required=False,
    answer=PaymentOut,
    example={"reason": "returned", "on": "2026-11-21"},
)
def payment_undo(call: Call, pk: int, body: UndoIn) -> dict[str, Any]:
    """Todo lo que pagó vuelve a estar pendiente. Solo una vez: después, 409."""
    found = call.visible(receipts(), pk)
    undo_receipt(found, by=call.member, reason=body.reason, on=body.on)
    return shown([receipts().get(pk=pk)])[0]
