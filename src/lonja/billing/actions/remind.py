"""Asking for what is late: reminders, disputes, claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from lonja.accounts.language import house, kept
from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.billing import late
from lonja.billing.models import (
    BillingSettings,
    ClaimState,
    Credit,
    Invoice,
    LateClaim,
    Reminder,
    ReminderStep,
    Status,
)
from lonja.billing.reminder_texts import FIRST_STEPS
from lonja.billing.sending import PDF_KIND, language_of, pdf_name
from lonja.billing.terms_due import overdue_cents
from lonja.documents.figures import writing_to
from lonja.kit.errors import Refused
from lonja.kit.money import format_eur, from_cents
from lonja.mail import Attach, queue_mail
from lonja.mail.models import MailStatus, OutgoingMail
from lonja.parties.merging import family_of


def first_steps(company: Company) -> list[ReminderStep]:
    """The steps a company begins with, not saved."""
    return [
        ReminderStep(company=company, days_after=days, tone=tone, subject=subject, text=text)
        for days, tone, subject, text in FIRST_STEPS
    ]


def ensure_steps(company: Company) -> None:
    """Give a company its first steps, once. None is sent until reminders are switched on."""
    if not ReminderStep.objects.filter(company=company).exists():
        ReminderStep.objects.bulk_create(first_steps(company), ignore_conflicts=True)


@transaction.atomic
def send_reminder(
    invoice: Invoice,
    step: ReminderStep,
    *,
    by: Membership | None,
    to: Sequence[str] = (),
    subject: str = "",
    text: str = "",
) -> Reminder:
    """Put the reminder of a step in the outbox, with the balance read in this transaction.

    Once for each invoice and step. Raises Refused when it was sent before, nothing is owed, the
    invoice is not late or is under dispute, the customer's credit covers it, or there is nobody to
    send it to.
    """
    found = Invoice.objects.select_related("company", "party").locked(invoice)
    today = found.company.today()
    _refuse_unless_owed(found, today)
    addresses = list(to) or found.party.addresses_for("reminder")
    if not addresses:
        raise Refused(
            "no_address",
            _("%(name)s no tiene correo. Escribe a qué dirección se envía.")
            % {"name": found.party.name},
            field="to",
        )
    if Reminder.objects.filter(invoice=found, step=step).exists():
        raise _already(found)
    usual = late.words_of(step, found, today)
    mail = queue_mail(
        to=addresses,
        subject=subject or usual[0],
        text=text or usual[1],
        about=found,
        company=found.company,
        attachments=[Attach.later(PDF_KIND, found.pk, pdf_name(found))],
        key=f"reminder:{found.pk}:{step.pk}",
        kind="reminder",
        language=language_of(found),
    )
    try:
        with transaction.atomic():
            reminder = Reminder.objects.create(
                invoice=found,
                step=step,
                mail=mail,
                owed_cents=overdue_cents(found, today) or found.outstanding_cents,
                by=by,
            )
    except IntegrityError:
        raise _already(found) from None
    with house():
        tone = str(step.get_tone_display())
    record(by, "billing.reminded", found, step=tone, number=found.number)
    return reminder


def _already(invoice: Invoice) -> Refused:
    return Refused(
        "already_reminded",
        _("Ese recordatorio de la factura %(number)s ya se había enviado.")
        % {"number": invoice.number},
    )


def _refuse_unless_owed(invoice: Invoice, today: date) -> None:
    if invoice.status != Status.ISSUED or invoice.outstanding_cents <= 0:
        raise Refused(
            "nothing_owed",
            _("La factura %(number)s ya no debe nada: no se recuerda.")
            % {"number": invoice.number},
        )
    if not invoice.is_overdue(today):
        raise Refused(
            "not_late",
            _("La factura %(number)s todavía no ha vencido.") % {"number": invoice.number},
        )
    if invoice.disputed_on is not None:
        raise Refused(
            "disputed",
            _("La factura %(number)s está en disputa (%(why)s): no se recuerda hasta cerrarla.")
            % {"number": invoice.number, "why": invoice.dispute_reason},
        )
    credit = Credit.objects.filter(
        party_id__in=family_of(invoice.party.root_id),
        company_id=invoice.company_id,
        remaining_cents__gt=0,
    ).aggregate(cents=Sum("remaining_cents"))["cents"]
    if credit and credit >= invoice.outstanding_cents:
        raise Refused(
            "covered_by_credit",
            _("%(name)s tiene %(credit)s de saldo a favor, que cubre la factura. Aplícalo antes.")
            % {"name": invoice.party.name, "credit": format_eur(from_cents(credit))},
        )


def remind_next(invoice: Invoice, *, by: Membership | None) -> Reminder:
    """Send the step that comes now, whoever asks. Raises Refused when there is none left."""
    ensure_steps(invoice.company)
    today = invoice.company.today()
    sent = list(Reminder.objects.filter(invoice=invoice))
    plan = late.plan_of(invoice, late.steps_of(invoice.company), sent, today)
    if plan.next is None:
        _refuse_unless_owed(invoice, today)
        raise Refused(
            "no_step_left",
            _("Ya se enviaron todos los recordatorios de la factura %(number)s.")
            % {"number": invoice.number},
        )
    return send_reminder(invoice, plan.next, by=by)


def remind_due(company: Company, today: date) -> tuple[int, int]:
    """Send what is due today in a company that wants it: (sent, left out).

    Each in its own transaction: one that cannot be sent does not stop the rest. Doing it again
    sends nothing twice.
    """
    if not BillingSettings.objects.filter(company=company, reminders_on=True).exists():
        return 0, 0
    rows = Invoice.objects.overdue(today).filter(company=company, disputed_on__isnull=True)
    ids = list(rows.order_by("next_due_on", "pk").values_list("pk", flat=True))
    sent = left = 0
    for start in range(0, len(ids), 200):
        chunk = Invoice.objects.filter(pk__in=ids[start : start + 200])
        invoices = list(chunk.select_related("company", "party"))
        plans = late.plans_of(invoices, today)
        for invoice in invoices:
            plan = plans[invoice.pk]
            if plan.next is None or plan.next_on is None or plan.next_on > today:
                continue
            try:
                send_reminder(invoice, plan.next, by=None)
            except Refused:
                left += 1
            else:
                sent += 1
    return sent, left


@transaction.atomic
def open_dispute(invoice: Invoice, *, reason: str, by: Membership | None) -> None:
    """The customer does not accept the invoice: nobody reminds it, and what waits is cancelled."""
    found = Invoice.objects.select_related("company").locked(invoice)
    if found.status != Status.ISSUED:
        raise Refused("not_issued", _("Solo se disputan facturas emitidas."))
    day = found.company.today()
    Invoice.objects.filter(pk=found.pk).update(dispute_reason=reason, disputed_on=day)
    waiting = Reminder.objects.filter(invoice=found, mail__isnull=False).values("mail_id")
    OutgoingMail.objects.filter(pk__in=waiting, status=MailStatus.QUEUED).update(
        status=MailStatus.CANCELLED
    )
    record(by, "billing.disputed", found, reason=reason, number=found.number)


@transaction.atomic
def close_dispute(invoice: Invoice, *, by: Membership | None) -> None:
    found = Invoice.objects.locked(invoice)
    if found.disputed_on is None:
        raise Refused("no_dispute", _("Esta factura no está en disputa."))
    Invoice.objects.filter(pk=found.pk).update(dispute_reason="", disputed_on=None)
    record(by, "billing.dispute_closed", found, number=found.number)


@transaction.atomic
def claim_late(
    invoice: Invoice,
    *,
    by: Membership | None,
    on: date,
    to: Sequence[str] = (),
    text: str = "",
) -> LateClaim:
    """Claim the interest and costs of a late invoice up to a day; with `to`, tell the customer.

    One open claim at a time. Raises Refused (`late.claim_on`).
    """
    found = Invoice.objects.select_related("company", "party").locked(invoice)
    if LateClaim.objects.filter(invoice=found, state=ClaimState.OPEN).exists():
        raise Refused(
            "claim_open", _("Ya hay una reclamación abierta de esta factura. Ciérrala antes.")
        )
    due = late.claim_on(found, on)
    claim = LateClaim.objects.create(
        invoice=found,
        on=on,
        interest_cents=due.interest,
        costs_cents=due.costs,
        detail=due.as_json(),
        by=by,
    )
    amount = format_eur(from_cents(due.total))
    if to:
        language = language_of(found)
        with writing_to(language):
            subject = _("Intereses de demora de la factura %(number)s") % {"number": found.number}
        queue_mail(
            to=list(to),
            subject=subject,
            text=text,
            about=found,
            company=found.company,
            attachments=[Attach.later(PDF_KIND, found.pk, pdf_name(found))],
            key=f"claim:{claim.pk}",
            kind="claim",
            language=language,
        )
    record(by, "billing.claimed", found, amount=amount, number=found.number)
    return claim


@transaction.atomic
def close_claim(claim: LateClaim, *, state: str, by: Membership | None) -> None:
    """Note that a claim was collected or waived. Once."""
    if state not in (ClaimState.PAID, ClaimState.WAIVED):
        raise Refused("claim_state", _("Di si se ha cobrado o se perdona."))
    found = Invoice.objects.select_related("company").get(pk=claim.invoice_id)
    rows = LateClaim.objects.filter(pk=claim.pk, state=ClaimState.OPEN)
    if not rows.update(state=state, closed_on=found.company.today()):
        raise Refused("claim_closed", _("Esa reclamación ya estaba cerrada."))
    record(
        by, "billing.claim_closed", found, state=kept(ClaimState(state).label), number=found.number
    )
