"""Taking in invoices of suppliers, and answering them."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import house, kept
from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.einvoices.inbound import Inbound, read_invoices
from lonja.einvoices.law import answer_deadline
from lonja.einvoices.models import ReceivedInvoice, ReceivedState, ReceivedStatus
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused
from lonja.kit.money import to_cents

# State → those it may become. Going the other way is taking an answer back.
NEXT: dict[str, frozenset[str]] = {
    ReceivedState.PENDING: frozenset(
        {ReceivedState.ACCEPTED, ReceivedState.REJECTED, ReceivedState.PAID}
    ),
    ReceivedState.ACCEPTED: frozenset({ReceivedState.PAID, ReceivedState.REJECTED}),
    ReceivedState.REJECTED: frozenset(),
    ReceivedState.PAID: frozenset(),
}


@transaction.atomic
def take_in(
    company: Company, name: str, content: bytes, *, received_on: date, by: Membership | None
) -> list[ReceivedInvoice]:
    """Keep the invoices of a file, XML or PDF with one inside, and start their clocks.

    All or none. Raises Refused: see `read_invoices`; not for this company; one that is here
    already; a day of reception before its date or in the future.
    """
    found = read_invoices(content)
    if received_on > company.today():
        raise Refused(
            "received_future", _("La fecha de recepción no puede ser futura."), field="received_on"
        )
    for inbound in found:
        _check(inbound, company, received_on)
    is_pdf = content[:1024].lstrip().startswith(b"%PDF")
    kind = "application/pdf" if is_pdf else "application/xml"
    with house():
        file = store(name or _("factura"), content, kind)
    return [_keep(inbound, company, file, received_on, by) for inbound in found]


def _check(inbound: Inbound, company: Company, received_on: date) -> None:
    for value, what in (
        (inbound.number, _("número")),
        (inbound.supplier, _("nombre del proveedor")),
        (inbound.supplier_nif, _("NIF del proveedor")),
    ):
        if not value:
            raise Refused(
                "inbound_broken",
                _("La factura no se entiende: falta o está mal «%(what)s».") % {"what": what},
            )
    if inbound.buyer_nif and inbound.buyer_nif != company.nif:
        raise Refused(
            "received_not_ours",
            _("La factura es para el NIF %(theirs)s y tu empresa tiene el %(ours)s.")
            % {"theirs": inbound.buyer_nif, "ours": company.nif},
        )
    if inbound.supplier_nif == company.nif:
        raise Refused("received_own", _("Esta factura la has emitido tú: no es de un proveedor."))
    if received_on < inbound.issued_on:
        raise Refused(
            "received_before",
            _("No pudo llegar antes de su fecha de expedición."),
            field="received_on",
        )


def _keep(
    inbound: Inbound,
    company: Company,
    file: StoredFile,
    received_on: date,
    by: Membership | None,
) -> ReceivedInvoice:
    invoice = ReceivedInvoice(
        company=company,
        supplier_name=inbound.supplier,
        supplier_nif=inbound.supplier_nif,
        number=inbound.number,
        issued_on=inbound.issued_on,
        received_on=received_on,
        due_on=inbound.due_on,
        answer_by=answer_deadline(received_on),
        currency=inbound.currency,
        base_cents=to_cents(inbound.base),
        tax_cents=to_cents(inbound.tax),
        withholding_cents=to_cents(inbound.withholding),
        total_cents=to_cents(inbound.total),
        payable_cents=to_cents(inbound.payable),
        iban=inbound.iban,
        format=inbound.format,
        is_copy=inbound.is_copy,
        lines=[[line.concept, str(line.quantity), str(line.net)] for line in inbound.lines],
        file=file,
        by=by,
    )
    try:
        with transaction.atomic():
            invoice.save(force_insert=True)
    except IntegrityError:
        raise Refused(
            "received_twice",
            _("La factura %(number)s de %(supplier)s, del %(day)s, ya estaba guardada.")
            % {
                "number": inbound.number,
                "supplier": inbound.supplier,
                "day": f"{inbound.issued_on:%d/%m/%Y}",
            },
        ) from None
    record(by, "einvoices.received", invoice, number=invoice.number, supplier=inbound.supplier)
    return invoice


@transaction.atomic
def answer(
    invoice: ReceivedInvoice, state: str, on: date, *, by: Membership, reason: str = ""
) -> ReceivedInvoice:
    """Accept, reject or pay a received invoice on a day. Raises Refused when it cannot be."""
    invoice = ReceivedInvoice.objects.select_related("company").locked(invoice)
    if state not in NEXT[invoice.state]:
        raise Refused(
            "received_state",
            _("Está como «%(state)s»: deshaz eso primero.")
            % {"state": invoice.get_state_display()},
        )
    if not invoice.received_on <= on <= invoice.company.today():
        raise Refused(
            "status_day", _("La fecha tiene que estar entre la de recepción y hoy."), field="on"
        )
    reason = reason.strip()[:300]
    if state == ReceivedState.REJECTED and not reason:
        raise Refused("status_reason", _("Escribe por qué la rechazas."), field="reason")
    _move(invoice, state, on, reason, by)
    return invoice


@transaction.atomic
def take_back(invoice: ReceivedInvoice, *, by: Membership) -> ReceivedInvoice:
    """Undo the last answer: the state before it holds again. Raises Refused without any."""
    invoice = ReceivedInvoice.objects.select_related("company").locked(invoice)
    if invoice.state == ReceivedState.PENDING:
        raise Refused("received_nothing", _("Todavía no se ha contestado nada."))
    rows = ReceivedStatus.objects.filter(invoice=invoice, state=invoice.state).order_by("-id")
    answers = (row.before for row in rows if row.state in NEXT[row.before])
    before = next(answers, ReceivedState.PENDING)
    _move(invoice, before, invoice.company.today(), "", by)
    return invoice


def _move(invoice: ReceivedInvoice, state: str, on: date, reason: str, by: Membership) -> None:
    before = invoice.state
    since = invoice.received_on if before == ReceivedState.PENDING else on
    if state == ReceivedState.PAID:
        since = on
    ReceivedStatus.objects.create(
        invoice=invoice,
        state=state,
        before=before,
        on=on,
        report_by=answer_deadline(since),
        reason=reason,
        by=by,
    )
    invoice.state = state
    ReceivedInvoice.objects.filter(pk=invoice.pk).update(state=state)
    record(by, "einvoices.answered", invoice, state=kept(ReceivedState(state).label))
