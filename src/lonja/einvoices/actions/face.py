"""Presenting invoices to FACe, following them, and asking for their annulment.

Exactly once: one live presentation an invoice (the database guards it); the message is always the
same signed file; before knocking the row says «sending», so that an attempt cut short is known as
such; and when an answer is lost, FACe's own refusal of duplicates tells that the first arrived.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Membership, Organisation
from lonja.activity import record
from lonja.billing.models import Invoice, Status
from lonja.einvoices.actions.copies import kept_copy, signing_key
from lonja.einvoices.actions.statuses import current_status, tell_status
from lonja.einvoices.face.port import (
    DENIED,
    FINAL,
    NOT_ASKED,
    PAID,
    REGISTERED,
    REJECTED,
    FaceLost,
    FacePort,
    FaceRefused,
    FaceUnreached,
    SoapFace,
    Standing,
)
from lonja.einvoices.models import (
    LIVE,
    EinvoiceProfile,
    FaceDelivery,
    FaceEvent,
    FaceState,
    Format,
    InvoiceStatus,
    Source,
)
from lonja.jobs import enqueue_once
from lonja.jobs.queue import task_at
from lonja.kit.errors import Refused

DELIVER, FOLLOW_ONE = "lonja.einvoices.jobs.deliver", "lonja.einvoices.jobs.follow_one"


def port_for(invoice: Invoice) -> FacePort:
    """The door, with the key of the company that issued. Raises Refused without certificate."""
    return SoapFace(signing_key(invoice))


def _event(delivery: FaceDelivery, what: str, code: str = "", text: str = "") -> None:
    FaceEvent.objects.create(delivery=delivery, what=what, code=code[:20], text=text[:500])


@transaction.atomic
def present(invoice: Invoice, *, by: Membership) -> FaceDelivery:
    """Sign the invoice and queue it for FACe. Presenting it again gives the same presentation.

    Raises Refused: a draft, a client without its three DIR3 codes, no certificate, invented data,
    a company without mail (FACe writes there).
    """
    invoice = Invoice.objects.select_related("company", "party").locked(invoice)
    if invoice.status != Status.ISSUED:
        raise Refused("not_issued", _("Solo se presentan facturas emitidas. Emítela primero."))
    alive = FaceDelivery.objects.filter(invoice=invoice, state__in=LIVE).first()
    if alive is not None:
        return alive
    if Organisation.objects.get(pk=invoice.organisation_id).is_demo:
        raise Refused("face_demo", _("Con datos de prueba no se presenta nada en FACe."))
    profile = EinvoiceProfile.objects.filter(party_id=invoice.party.root_id).first()
    if profile is None or not profile.is_public:
        raise Refused(
            "face_dir3",
            _(
                "Para presentarla en FACe escribe los códigos DIR3 de %(name)s en su ficha, "
                "pestaña «Facturación electrónica»."
            )
            % {"name": invoice.party.name},
        )
    if not invoice.company.email:
        raise Refused(
            "face_email",
            _("FACe avisa por correo: escribe el de tu empresa en Configuración › Empresa."),
        )
    copy = kept_copy(invoice, Format.FACTURAE)
    delivery = FaceDelivery.objects.create(invoice=invoice, copy=copy, by=by)
    _event(delivery, "queued")
    record(by, "einvoices.face_presented", invoice, number=invoice.number)
    enqueue(delivery.pk)
    return delivery


def enqueue(delivery_id: int) -> None:
    """Put the job of a presentation, unless one is alive."""
    enqueue_once(task_at(DELIVER), key=f"einvoices.face:{delivery_id}", delivery_id=delivery_id)


def enqueue_follow(delivery_id: int) -> None:
    """Put the job that asks FACe about one, unless it is alive."""
    key = f"einvoices.follow:{delivery_id}"
    enqueue_once(task_at(FOLLOW_ONE), key=key, delivery_id=delivery_id)


def deliver(delivery_id: int, port: FacePort | None = None) -> FaceDelivery:
    """Knock once with a waiting presentation and write down what happened.

    Raises FaceUnreached and FaceLost to be tried again; a refusal is an outcome, not an error.
    """
    with transaction.atomic():
        delivery = FaceDelivery.objects.locked(delivery_id)
        if delivery.state not in (FaceState.QUEUED, FaceState.SENDING, FaceState.UNKNOWN):
            return delivery
        # «sending» found here: an attempt was cut short, and nobody knows how it ended.
        maybe_arrived = delivery.state != FaceState.QUEUED
        delivery.state = FaceState.SENDING
        delivery.attempts += 1
        delivery.save(update_fields=["state", "attempts"])
    invoice = Invoice.objects.select_related("company").get(pk=delivery.invoice_id)
    file = delivery.copy.file
    try:
        door = port or port_for(invoice)
        entry = door.send(file.read(), file.name, invoice.company.email)
    except FaceRefused as refused:
        return _refused(delivery_id, refused, maybe_arrived)
    except FaceUnreached as error:
        _waits(
            delivery_id,
            FaceState.UNKNOWN if maybe_arrived else FaceState.QUEUED,
            "unreached",
            str(error),
        )
        raise
    except FaceLost as error:
        _waits(delivery_id, FaceState.UNKNOWN, "lost", str(error))
        raise
    except Refused as refused:  # the certificate expired meanwhile
        _waits(
            delivery_id,
            FaceState.UNKNOWN if maybe_arrived else FaceState.QUEUED,
            "refused",
            str(refused),
        )
        raise FaceUnreached(str(refused)) from refused
    return _registered(delivery_id, entry.number, entry.received_at)


@transaction.atomic
def _registered(delivery_id: int, number: str, told: str) -> FaceDelivery:
    delivery = FaceDelivery.objects.locked(delivery_id)
    if delivery.state in (FaceState.REGISTERED, FaceState.DONE):
        return delivery
    delivery.state, delivery.registry_number = FaceState.REGISTERED, number
    delivery.code, delivery.last_error = REGISTERED, ""
    delivery.checked_at = timezone.now()
    delivery.save()
    _event(delivery, "registered", number, told)
    return delivery


@transaction.atomic
def _refused(delivery_id: int, refused: FaceRefused, maybe_arrived: bool) -> FaceDelivery:
    delivery = FaceDelivery.objects.locked(delivery_id)
    if refused.is_duplicate and maybe_arrived:
        delivery.state = FaceState.ARRIVED
    else:
        delivery.state = FaceState.FAILED
    delivery.last_error = f"{refused.code}: {refused.text}"[:500]
    delivery.save(update_fields=["state", "last_error"])
    _event(delivery, "refused", refused.code, refused.text)
    return delivery


@transaction.atomic
def _waits(delivery_id: int, state: FaceState, what: str, error: str) -> None:
    delivery = FaceDelivery.objects.locked(delivery_id)
    delivery.state, delivery.last_error = state, error[:500]
    delivery.save(update_fields=["state", "last_error"])
    _event(delivery, what, "", error)


@transaction.atomic
def write_number(delivery: FaceDelivery, number: str, *, by: Membership) -> FaceDelivery:
    """The registry number that FACe sent by mail, when its answer was lost. Raises Refused."""
    delivery = FaceDelivery.objects.locked(delivery)
    if delivery.state != FaceState.ARRIVED:
        raise Refused("face_not_waiting", _("Esta factura ya tiene su número de registro."))
    number = "".join(number.split())
    if not (4 <= len(number) <= 60 and number.isalnum()):
        raise Refused(
            "face_number", _("Copia el número de registro tal como viene en el correo de FACe.")
        )
    try:
        with transaction.atomic(), house():
            found = _registered(delivery.pk, number, _("escrito a mano"))
    except IntegrityError:
        raise Refused(
            "face_number_taken", _("Ese número de registro ya es de otra factura.")
        ) from None
    record(by, "einvoices.face_number", delivery.invoice, number=number)
    return found


def follow(delivery: FaceDelivery, port: FacePort | None = None) -> FaceDelivery:
    """Ask FACe how an invoice is and write what changed. Raises the failures of the port."""
    invoice = Invoice.objects.select_related("company", "party").get(pk=delivery.invoice_id)
    door = port or port_for(invoice)
    problem = ""
    if delivery.cancel_asked and not delivery.cancel_code:
        problem = _ask_cancel(delivery, door)
    standing = door.query(delivery.registry_number)
    return _stands(delivery.pk, standing, problem)


def _ask_cancel(delivery: FaceDelivery, door: FacePort) -> str:
    """Ask for the annulment; what FACe refuses it for, or nothing. Asking twice is harmless: the
    second is refused, and the state that is read afterwards tells."""
    try:
        door.cancel(delivery.registry_number, delivery.cancel_asked)
    except FaceRefused as refused:
        _event(delivery, "refused", refused.code, refused.text)
        return refused.text
    return ""


@transaction.atomic
def _stands(delivery_id: int, standing: Standing, problem: str = "") -> FaceDelivery:
    delivery = FaceDelivery.objects.select_related("invoice__company").locked(delivery_id)
    before = (delivery.code, delivery.cancel_code)
    delivery.checked_at = timezone.now()
    delivery.code, delivery.text = standing.code, standing.text
    delivery.reason = standing.reason or standing.cancel_reason
    delivery.cancel_code, delivery.cancel_text = standing.cancel_code, standing.cancel_text
    if not delivery.cancel_asked:
        delivery.cancel_code = delivery.cancel_text = ""
    elif standing.cancel_code in (DENIED, NOT_ASKED):
        delivery.cancel_asked = ""  # denied, or never accepted: it may be asked again
    if standing.code in FINAL:
        delivery.state = FaceState.DONE
    delivery.last_error = problem[:500]
    delivery.save()
    if standing.code != before[0]:
        _event(delivery, "state", standing.code, standing.text)
        _tell(delivery, standing)
    if delivery.cancel_code and delivery.cancel_code != before[1]:
        _event(delivery, "cancel", standing.cancel_code, standing.cancel_text)
    return delivery


def _tell(delivery: FaceDelivery, standing: Standing) -> None:
    """The state of RD 238/2026 that follows from that of FACe."""
    status = {PAID: InvoiceStatus.PAID, REJECTED: InvoiceStatus.REJECTED}.get(standing.code)
    if status is None:
        return
    now = current_status(delivery.invoice)
    if now is not None and now.status == status:
        return
    tell_status(
        delivery.invoice,
        status,
        delivery.invoice.company.today(),
        by=None,
        reason=standing.reason or standing.text,
        source=Source.FACE,
    )


@transaction.atomic
def ask_cancel(delivery: FaceDelivery, reason: str, *, by: Membership) -> FaceDelivery:
    """Ask the administration to annul an invoice: it is told to FACe by a job. Raises Refused."""
    delivery = FaceDelivery.objects.select_related("invoice").locked(delivery)
    if not delivery.may_be_cancelled:
        raise Refused("face_no_cancel", _("Esta factura ya no admite pedir su anulación."))
    if not reason.strip():
        raise Refused("face_reason", _("Escribe por qué se anula."), field="reason")
    delivery.cancel_asked = reason.strip()[:300]
    delivery.cancel_code = delivery.cancel_text = ""
    delivery.save(update_fields=["cancel_asked", "cancel_code", "cancel_text"])
    _event(delivery, "cancel", "", delivery.cancel_asked)
    record(by, "einvoices.face_cancel_asked", delivery.invoice, reason=delivery.cancel_asked)
    enqueue_follow(delivery.pk)
    return delivery


def waiting() -> list[int]:
    """Presentations not settled yet: their job may have given up."""
    states = (FaceState.QUEUED, FaceState.SENDING, FaceState.UNKNOWN)
    return list(FaceDelivery.objects.filter(state__in=states).values_list("pk", flat=True)[:500])


def to_follow(limit: int = 100) -> list[Any]:
    """Registered invoices, those not asked about for longest first."""
    rows = FaceDelivery.objects.filter(state=FaceState.REGISTERED)
    return list(rows.select_related("copy").order_by("checked_at", "pk")[:limit])
