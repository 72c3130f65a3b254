"""Papers around invoices: proformas, and albaranes with the invoices they become."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import Field

from lonja.api.door.call import Answer, Call
from lonja.api.door.paging import page
from lonja.api.door.routes import route
from lonja.api.door.shapes import (
    Block,
    Day,
    DayOut,
    Id,
    In,
    Line,
    MomentOut,
    MoneyOut,
    NumberOut,
    Out,
    Page,
    Paged,
    Percent,
    day,
    moment,
    money,
    number,
)
from lonja.api.v1.invoice_shapes import InvoiceOut
from lonja.api.v1.invoices import READ, WRITE, answer
from lonja.api.v1.invoices import one as invoice_of
from lonja.api.v1.lines import PricedIn, priced, wrong
from lonja.billing import permissions
from lonja.billing.actions.notes import invoice_notes, save_note
from lonja.billing.actions.papers import invoice_of_proforma, make_proforma
from lonja.billing.models import DeliveryNote, DeliveryNoteLine, Proforma
from lonja.billing.paper_document import note_pdf, proforma_pdf
from lonja.parties.models import Party


class PaperQuery(Paged):
    client_id: Id | None = None
    on_from: Day | None = None
    on_to: Annotated[Day | None, Field(description="Incluido.")] = None
    pending: Annotated[bool, Field(description="Solo los que no están en ninguna factura.")] = False


def _chosen(rows: Any, query: PaperQuery, column: str) -> Any:
    if query.client_id is not None:
        rows = rows.filter(party_id=query.client_id)
    if query.on_from is not None:
        rows = rows.filter(**{f"{column}__gte": query.on_from})
    if query.on_to is not None:
        rows = rows.filter(**{f"{column}__lte": query.on_to})
    return rows.filter(invoice__isnull=True) if query.pending else rows


def _pdf(name: str, content: bytes) -> Answer:
    return Answer(
        content,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        content_type="application/pdf",
    )


# --- proformas ------------------------------------------------------------------------------------
class ProformaOut(Out):
    """No es una factura: no tiene número fiscal ni registro."""

    id: int
    number: str
    company_id: int
    client_id: int
    on: DayOut
    total: MoneyOut
    invoice_id: Annotated[int | None, Field(description="El borrador o la factura que es hoy.")]
    created_at: MomentOut


def _proforma(row: Proforma) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "company_id": row.company_id,
        "client_id": row.party_id,
        "on": day(row.on),
        "total": money(row.total_cents),
        "invoice_id": row.invoice_id,
        "created_at": moment(row.created_at),
    }


@route(
    "GET",
    "/proformas",
    tag="Proformas y albaranes",
    title="Lista de proformas",
    scope=READ,
    permissions=permissions.VIEW,
    query=PaperQuery,
    answer=Page[ProformaOut],
)
def proforma_list(call: Call, query: PaperQuery) -> dict[str, Any]:
    """Por fecha, las últimas primero."""
    rows = _chosen(Proforma.objects.visible_to(call.member), query, "on")
    return page(rows, query, _proforma, by="on")


@route(
    "GET",
    "/proformas/{id}",
    tag="Proformas y albaranes",
    title="Ver una proforma",
    scope=READ,
    permissions=permissions.VIEW,
    answer=ProformaOut,
)
def proforma(call: Call, pk: int) -> dict[str, Any]:
    """Su importe y en qué factura está."""
    return _proforma(call.visible(Proforma, pk))


@route(
    "GET",
    "/proformas/{id}/pdf",
    tag="Proformas y albaranes",
    title="Descargar una proforma",
    scope=READ,
    permissions=permissions.VIEW,
    answer="application/pdf",
)
def proforma_file(call: Call, pk: int) -> Answer:
    """El PDF, que dice «PROFORMA»."""
    file = proforma_pdf(call.visible(_proformas(), pk))
    return _pdf(file.name, file.read())


def _proformas() -> Any:
    return Proforma.objects.select_related("company", "party", "invoice", "pdf")


@route(
    "POST",
    "/facturas/{id}/proforma",
    tag="Proformas y albaranes",
    title="Hacer la proforma de un borrador",
    scope=WRITE,
    permissions=permissions.EDIT,
    answer=ProformaOut,
    status=201,
)
def proforma_create(call: Call, pk: int) -> Answer:
    """Con número propio. Solo de borradores con líneas que no nombren otras facturas."""
    draft = invoice_of(call, pk)
    made = make_proforma(draft, list(draft.lines.all()), by=call.member)
    return Answer(_proforma(made), HTTPStatus.CREATED, {"Location": f"/api/v1/proformas/{made.pk}"})


@route(
    "POST",
    "/proformas/{id}/factura",
    tag="Proformas y albaranes",
    title="Convertir una proforma en factura",
    scope=WRITE,
    permissions=permissions.EDIT,
    answer=InvoiceOut,
)
def proforma_invoice(call: Call, pk: int) -> Answer:
    """El borrador con lo que dice la proforma; la segunda vez, el mismo."""
    found = call.visible(_proformas(), pk)
    return answer(call, invoice_of_proforma(found, by=call.member))


# --- albaranes ------------------------------------------------------------------------------------
class NoteLineIn(PricedIn):
    discounts: Annotated[
        list[Percent], Field(max_length=4, description="En cadena: primero el primero.")
    ] = []


class NoteNew(In):
    client_id: Id
    company_id: Id | None = None
    delivered_on: Annotated[Day | None, Field(description="Vacía, hoy. No puede ser futura.")] = (
        None
    )
    reference: Annotated[str, Line(80)] = ""
    notes: Annotated[str, Block(300)] = ""
    lines: Annotated[list[NoteLineIn], Field(min_length=1, max_length=300)]


class NoteIn(In):
    delivery_note_id: Id


class NotesToInvoice(In):
    notes: Annotated[list[NoteIn], Field(min_length=1, max_length=200)]
    gather: Annotated[
        bool,
        Field(description="Una factura por cliente y mes; si no, una por cada albarán."),
    ] = True


class NoteLineOut(Out):
    product_id: int | None
    concept: str
    detail: str
    quantity: NumberOut
    unit: str
    unit_price: NumberOut
    discounts: list[NumberOut]
    tax_category: str
    net: MoneyOut


class NoteOut(Out):
    id: int
    number: str
    company_id: int
    client_id: int
    delivered_on: DayOut
    reference: str
    notes: str
    base: MoneyOut
    invoice_id: Annotated[int | None, Field(description="La factura en la que está.")]
    lines: list[NoteLineOut]


class NotesInvoicedOut(Out):
    invoices: list[InvoiceOut]


def _note_line(line: DeliveryNoteLine) -> dict[str, Any]:
    rest = line.extra_discounts.split("+") if line.extra_discounts else []
    discounts = [number(line.discount_pct), *rest] if line.discount_pct or rest else []
    return {
        "product_id": line.product_id,
        "concept": line.concept,
        "detail": line.detail,
        "quantity": number(line.quantity),
        "unit": line.unit,
        "unit_price": number(line.unit_price),
        "discounts": discounts,
        "tax_category": line.tax_category,
        "net": money(line.net_cents),
    }


def _note(row: DeliveryNote) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "company_id": row.company_id,
        "client_id": row.party_id,
        "delivered_on": day(row.delivered_on),
        "reference": row.reference,
        "notes": row.notes,
        "base": money(row.base_cents),
        "invoice_id": row.invoice_id,
        "lines": [_note_line(line) for line in row.lines.all()],
    }


def _notes() -> Any:
    rows = DeliveryNote.objects.select_related("company", "party", "invoice")
    return rows.prefetch_related("lines")


@route(
    "GET",
    "/albaranes",
    tag="Proformas y albaranes",
    title="Lista de albaranes",
    scope=READ,
    permissions=permissions.VIEW,
    query=PaperQuery,
    answer=Page[NoteOut],
)
def note_list(call: Call, query: PaperQuery) -> dict[str, Any]:
    """Por fecha de entrega, los últimos primero."""
    rows = _chosen(_notes().visible_to(call.member), query, "delivered_on")
    return page(rows, query, _note, by="delivered_on")


@route(
    "GET",
    "/albaranes/{id}",
    tag="Proformas y albaranes",
    title="Ver un albarán",
    scope=READ,
    permissions=permissions.VIEW,
    answer=NoteOut,
)
def note(call: Call, pk: int) -> dict[str, Any]:
    """Con sus líneas y la factura en la que está."""
    return _note(call.visible(_notes(), pk))


@route(
    "GET",
    "/albaranes/{id}/pdf",
    tag="Proformas y albaranes",
    title="Descargar un albarán",
    scope=READ,
    permissions=permissions.VIEW,
    answer="application/pdf",
)
def note_file(call: Call, pk: int) -> Answer:
    """El PDF, para entregarlo o que lo firmen."""
    return _pdf(*note_pdf(call.visible(_notes(), pk)))


@route(
    "POST",
    "/albaranes",
    tag="Proformas y albaranes",
    title="Crear un albarán",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=NoteNew,
    answer=NoteOut,
    status=201,
    example={
        "client_id": 1,
        "delivered_on": "2026-11-20",
        "lines": [{"concept": "Filtro de aire", "quantity": "4", "unit_price": "12.50"}],
    },
)
def note_create(call: Call, body: NoteNew) -> Answer:
    """Lo entregado y aún sin facturar. Toma número de albarán, que no es fiscal."""
    company = call.company_of(body.company_id)
    rows = Party.objects.filter(archived_at__isnull=True)
    party = call.referred(rows, body.client_id, "client_id", _("No existe ese cliente."))
    made = DeliveryNote(
        company=company,
        party=party,
        delivered_on=body.delivered_on or company.today(),
        reference=body.reference,
        notes=body.notes,
    )
    values = priced(company.territory, party, body.lines)
    lines = [_line(sent, one) for sent, one in zip(body.lines, values, strict=True)]
    save_note(made, lines, by=call.member)
    found = _notes().get(pk=made.pk)
    return Answer(_note(found), HTTPStatus.CREATED, {"Location": f"/api/v1/albaranes/{made.pk}"})


def _line(sent: NoteLineIn, values: dict[str, Any]) -> DeliveryNoteLine:
    first, *rest = sent.discounts or [Decimal(0)]
    extra = "+".join(f"{one.normalize():f}" for one in rest)
    return DeliveryNoteLine(**values, discount_pct=first, extra_discounts=extra)


@route(
    "POST",
    "/albaranes/facturacion",
    tag="Proformas y albaranes",
    title="Facturar albaranes",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=NotesToInvoice,
    answer=NotesInvoicedOut,
    status=201,
    example={"notes": [{"delivery_note_id": 1}, {"delivery_note_id": 2}]},
)
def note_invoice(call: Call, body: NotesToInvoice) -> Answer:
    """Los borradores que los facturan: varios de un cliente y un mes hacen una recapitulativa.
    Un albarán se factura una sola vez: la segunda, 409."""
    asked = {one.delivery_note_id for one in body.notes}
    known = {row.pk: row for row in _notes().visible_to(call.member).filter(pk__in=asked)}
    for place, one in enumerate(body.notes):
        if one.delivery_note_id not in known:
            where = f"notes.{place}.delivery_note_id"
            raise wrong(where, _("No existe ese albarán."), "delivery_note_unknown")
    drafts = invoice_notes(known.values(), by=call.member, gather=body.gather)
    told: Sequence[Any] = [answer(call, draft).body for draft in drafts]
    return Answer({"invoices": told}, HTTPStatus.CREATED)
