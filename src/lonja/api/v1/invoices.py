"""Invoices: drafts, issuing, PDF and mail, with the same actions as the screens."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from django.db.models import F
from django.utils.translation import gettext as _
from pydantic import Field

from lonja.accounts.textsearch import filter_text
from lonja.api.door.call import Answer, Call, etag
from lonja.api.door.paging import page
from lonja.api.door.problems import Problem
from lonja.api.door.routes import route
from lonja.api.door.shapes import Day, Id, Moment, Page, Paged, Words
from lonja.api.door.shapes import money as told
from lonja.api.v1 import drafts
from lonja.api.v1.invoice_shapes import (
    InvoiceChange,
    InvoiceNew,
    InvoiceOut,
    InvoiceSummary,
    IssueIn,
    KindCode,
    SendIn,
    SentOut,
    State,
    TotalsOut,
    amounts,
    shown,
    summary,
    tax_shown,
    taxes_of,
)
from lonja.billing import permissions
from lonja.billing.actions.drafts import delete_draft, save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.send import send_invoice
from lonja.billing.calculation import apply_totals, invoice_totals
from lonja.billing.legal import legal_document, refuse_unless_lawful
from lonja.billing.models import Invoice, Status
from lonja.billing.pdf import invoice_pdf
from lonja.billing.ready import refuse_unless_ready
from lonja.kit.errors import Refused
from lonja.kit.text import search_text
from lonja.parties.merging import family_of

READ, WRITE, ISSUE = "facturas:leer", "facturas:escribir", "facturas:emitir"

DRAFT = {
    "client_id": 1,
    "lines": [
        {"concept": "Mantenimiento preventivo", "quantity": "2", "unit_price": "420.00"},
        {"concept": "Desplazamiento", "unit_price": "35.00", "discounts": ["10"]},
    ],
}


class InvoiceQuery(Paged):
    q: Annotated[Words, Field(description="Palabras del número, cliente, NIF o referencia.")] = ""
    number: Words = ""
    kind: KindCode | None = None
    state: Annotated[
        State | None, Field(description="«issued» son todas las emitidas, cobradas o no.")
    ] = None
    client_id: Id | None = None
    company_id: Id | None = None
    series_id: Id | None = None
    issued_from: Day | None = None
    issued_to: Annotated[Day | None, Field(description="Incluido.")] = None
    changed_since: Moment | None = None


def rows_for(call: Call) -> Any:
    """Invoices the member sees, with what telling one needs."""
    return Invoice.objects.visible_to(call.member).select_related("company", "party", "pdf")


def one(call: Call, pk: int) -> Invoice:
    found: Invoice = call.visible(
        Invoice.objects.select_related("company", "party", "series", "pdf"), pk
    )
    for company in call.companies:
        if company.pk == found.company_id:
            found.company = company
    return found


def answer(call: Call, invoice: Invoice, status: int = HTTPStatus.OK) -> Answer:
    fresh = one(call, invoice.pk)
    headers = {"ETag": etag(fresh.version)}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"/api/v1/facturas/{fresh.pk}"
    return Answer(shown(fresh, call.today), status, headers)


@route(
    "GET",
    "/facturas",
    tag="Facturas",
    title="Lista de facturas",
    scope=READ,
    permissions=permissions.VIEW,
    query=InvoiceQuery,
    answer=Page[InvoiceSummary],
)
def invoice_list(call: Call, query: InvoiceQuery) -> dict[str, Any]:
    """Por fecha, las últimas primero. Los borradores van con la fecha en que se guardaron."""
    # Clients in a query of their own: a join makes PostgreSQL sort a million invoices.
    rows = Invoice.objects.visible_to(call.member).prefetch_related("party")
    if query.q:
        rows = filter_text(rows, search_text(query.q))
    if query.client_id:
        rows = rows.filter(party_id__in=family_of(query.client_id))
    for name in ("number", "kind", "company_id", "series_id"):
        value = getattr(query, name)
        if value:
            rows = rows.filter(**{_COLUMNS[name]: value})
    if query.state is not None:
        rows = _in_state(rows, query.state, call)
    if query.issued_from is not None:
        rows = rows.filter(issued_on__gte=query.issued_from)
    if query.issued_to is not None:
        rows = rows.filter(issued_on__lte=query.issued_to)
    if query.changed_since is not None:
        rows = rows.filter(updated_at__gte=query.changed_since)
    return page(rows, query, lambda invoice: summary(invoice, call.today), by="issued_on")


_COLUMNS = {
    "number": "number",
    "kind": "kind",
    "company_id": "company_id",
    "series_id": "series_id",
}


def _in_state(rows: Any, state: str, call: Call) -> Any:
    if state in (Status.DRAFT, Status.ISSUED, Status.VOID):
        return rows.filter(status=state)
    if state == "paid":
        return rows.issued().filter(outstanding_cents=0)
    if state == "overdue":
        return rows.overdue(call.today)

    if state == "returned":
        return rows.unpaid().filter(returned_on__isnull=False)
    return rows.unpaid().exclude(outstanding_cents=F("charged_cents"))


@route(
    "POST",
    "/facturas",
    tag="Facturas",
    title="Crear un borrador",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=InvoiceNew,
    answer=InvoiceOut,
    status=201,
    versioned=True,
    example=DRAFT,
)
def invoice_create(call: Call, body: InvoiceNew) -> Answer:
    """No toma número: eso ocurre al emitir. Lo que no se envía sale del cliente."""
    invoice = _built(call, body)
    references = drafts.references_of(call, invoice, body.references)
    lines = drafts.lines_of(invoice, body.lines)
    save_draft(invoice, lines, references=references, by=call.member)
    return answer(call, invoice, HTTPStatus.CREATED)


def _built(call: Call, body: InvoiceNew) -> Invoice:
    company = call.company_of(body.company_id)
    invoice = Invoice(
        company=company,
        issued_on=company.today(),
        message=company.invoice_message,
        created_by=call.member,
    )
    drafts.fill(call, invoice, body, body.client_id)
    return invoice


@route(
    "POST",
    "/facturas/totales",
    tag="Facturas",
    title="Calcular sin guardar",
    scope=READ,
    permissions=permissions.VIEW,
    body=InvoiceNew,
    answer=TotalsOut,
    has_effect=False,
    example=DRAFT,
)
def invoice_totals_preview(call: Call, body: InvoiceNew) -> dict[str, Any]:
    """Lo que sumaría ese borrador y, en «problems», lo que impediría emitirlo hoy."""
    invoice = _built(call, body)
    lines = drafts.lines_of(invoice, body.lines)
    references = drafts.references_of(call, invoice, body.references)
    taxed, totals = invoice_totals(invoice, lines, invoice.issued_on)
    apply_totals(invoice, lines, totals)
    problems = []
    try:
        refuse_unless_ready(invoice, lines, taxed, invoice.issued_on)
        document = legal_document(invoice, taxed, invoice.issued_on, references)
        refuse_unless_lawful(document, totals, today=invoice.company.today())
    except Refused as refused:
        fields = refused.fields or ({refused.field: str(refused)} if refused.field else {})
        problems.append({"code": refused.code, "title": str(refused), "fields": fields})
    return {
        "amounts": amounts(invoice),
        "taxes": [tax_shown(row) for row in taxes_of(totals)],
        "nets": [told(line.net_cents) for line in lines],
        "problems": problems,
    }


@route(
    "GET",
    "/facturas/{id}",
    tag="Facturas",
    title="Ver una factura",
    scope=READ,
    permissions=permissions.VIEW,
    answer=InvoiceOut,
    versioned=True,
)
def invoice(call: Call, pk: int) -> Answer:
    """Con sus líneas, impuestos y las facturas que nombra."""
    found = one(call, pk)
    return Answer(shown(found, call.today), headers={"ETag": etag(found.version)})


@route(
    "PATCH",
    "/facturas/{id}",
    tag="Facturas",
    title="Cambiar un borrador",
    scope=WRITE,
    permissions=permissions.EDIT,
    body=InvoiceChange,
    answer=InvoiceOut,
    versioned=True,
    example={"reference": "Pedido 4471", "lines": DRAFT["lines"]},
)
def invoice_update(call: Call, pk: int, body: InvoiceChange) -> Answer:
    """Solo cambia lo que se envía; «lines» y «references» se sustituyen enteras."""
    found = one(call, pk)
    _refuse_issued(found)
    version = found.version if call.if_match(etag(found.version)) else None
    drafts.fill(call, found, body, body.client_id)
    sent = body.model_fields_set
    lines = drafts.lines_of(found, body.lines) if "lines" in sent else list(found.lines.all())
    references = None
    if "references" in sent:
        references = drafts.references_of(call, found, body.references)
    save_draft(found, lines, references=references, by=call.member, version=version)
    return answer(call, found)


def _refuse_issued(invoice: Invoice) -> None:
    if not invoice.is_draft:
        raise Refused(
            "already_issued",
            _("La factura %(number)s ya está emitida y no se puede cambiar.")
            % {"number": invoice.number},
        )


@route(
    "DELETE",
    "/facturas/{id}",
    tag="Facturas",
    title="Borrar un borrador",
    scope=WRITE,
    permissions=permissions.EDIT,
    status=204,
    versioned=True,
)
def invoice_delete(call: Call, pk: int) -> Answer:
    """Una factura emitida no se borra: 409."""
    found = one(call, pk)
    call.if_match(etag(found.version))
    _refuse_issued(found)
    delete_draft(found, by=call.member)
    return Answer(status=HTTPStatus.NO_CONTENT)


@route(
    "POST",
    "/facturas/{id}/emision",
    tag="Facturas",
    title="Emitir",
    scope=ISSUE,
    permissions=permissions.ISSUE,
    body=IssueIn,
    body_required=False,
    answer=InvoiceOut,
    versioned=True,
    example={"send": True},
)
def invoice_issue(call: Call, pk: int, body: IssueIn) -> Answer:
    """La numera, la congela y registra su registro fiscal; con «send», la pone en el correo
    saliente. No hay vuelta atrás: solo rectificarla."""
    found = one(call, pk)
    call.if_match(etag(found.version))
    sends = body.send or bool(body.emails) or body.send_at is not None
    if sends and not call.may(permissions.SEND):
        text = _("El rol en cuyo nombre actúa la clave no envía facturas.")
        raise Problem(HTTPStatus.FORBIDDEN, "permission_missing", text, fields={"send": text})
    issued = issue_invoice(
        found,
        by=call.member,
        on=found.issue_day(),
        send=sends,
        emails=[address for address in body.emails if address],
        send_at=body.send_at,
        base_url=call.base_url(),
    )
    return answer(call, issued)


@route(
    "POST",
    "/facturas/{id}/envio",
    tag="Facturas",
    title="Enviar por correo",
    scope=ISSUE,
    permissions=(permissions.VIEW, permissions.SEND),
    body=SendIn,
    body_required=False,
    answer=SentOut,
    status=202,
    example={"to": ["compras@mirador.example"]},
)
def invoice_send(call: Call, pk: int, body: SendIn) -> dict[str, Any]:
    """Una factura emitida, ahora u otra vez: siempre el mismo PDF."""
    mail = send_invoice(
        one(call, pk),
        by=call.member,
        to=[address for address in body.to if address],
        cc=[address for address in body.cc if address],
        subject=body.subject,
        text=body.text,
        at=body.at,
        base_url=call.base_url(),
    )
    return {"mail_id": mail.pk, "to": list(mail.to), "status": str(mail.status)}


@route(
    "GET",
    "/facturas/{id}/pdf",
    tag="Facturas",
    title="Descargar el PDF",
    scope=READ,
    permissions=permissions.VIEW,
    answer="application/pdf",
)
def invoice_file(call: Call, pk: int) -> Answer:
    """El original: los mismos bytes cada vez. Un borrador no tiene PDF: 409."""
    file = invoice_pdf(one(call, pk))
    return Answer(
        file.read(),
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
        content_type="application/pdf",
    )
