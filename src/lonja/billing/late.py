"""Late invoices: which reminder is next, what interest they bear. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.billing.models import (
    BillingSettings,
    Entry,
    EntryKind,
    Invoice,
    LateRate,
    Reminder,
    ReminderStep,
)
from lonja.billing.reminder_texts import in_language
from lonja.billing.sending import language_of
from lonja.billing.terms_due import overdue_cents
from lonja.documents.figures import figures_of
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import from_cents, to_cents
from lonja.parties.models import Kind
from lonja.tax.late_payment import (
    COLLECTION_COSTS,
    Rate,
    RateUnknown,
    Segment,
    half_year,
    late_interest,
)


def settings_of(company: Company) -> BillingSettings:
    """The settings of a company; the defaults, not saved, when it has none."""
    found = BillingSettings.objects.filter(company=company).first()
    return found or BillingSettings(company=company)


def steps_of(company: Company) -> list[ReminderStep]:
    """Active steps of a company, the earliest first."""
    return list(ReminderStep.objects.filter(company=company, is_active=True))


@dataclass(frozen=True)
class Plan:
    """Where an invoice is in the steps: the last sent, and the next with its day."""

    last: Reminder | None
    next: ReminderStep | None
    next_on: date | None


def plan_of(
    invoice: Invoice, steps: Sequence[ReminderStep], sent: Sequence[Reminder], today: date
) -> Plan:
    """Of an overdue invoice, the furthest step whose day has come; else the first to come. A step
    earlier than one already sent is never sent. Nothing is next under dispute or once settled."""
    last = max(sent, key=lambda row: row.at, default=None)
    if invoice.outstanding_cents <= 0 or invoice.disputed_on or invoice.next_due_on is None:
        return Plan(last, None, None)
    days = {step.pk: step.days_after for step in steps}
    done = max((days.get(row.step_id, 0) for row in sent), default=-1)
    left = [step for step in steps if step.days_after > done]
    late = (today - invoice.next_due_on).days
    due = [step for step in left if step.days_after <= late]
    chosen = due[-1] if due else (left[0] if left else None)
    if chosen is None:
        return Plan(last, None, None)
    return Plan(last, chosen, invoice.next_due_on + timedelta(days=chosen.days_after))


def plans_of(invoices: Iterable[Invoice], today: date) -> dict[int, Plan]:
    """The plan of each invoice, in two queries."""
    rows = list(invoices)
    if not rows:
        return {}
    steps: dict[int, list[ReminderStep]] = {}
    for step in ReminderStep.objects.filter(
        company_id__in={row.company_id for row in rows}, is_active=True
    ):
        steps.setdefault(step.company_id, []).append(step)
    sent: dict[int, list[Reminder]] = {}
    for reminder in Reminder.objects.filter(invoice_id__in=[row.pk for row in rows]):
        sent.setdefault(reminder.invoice_id, []).append(reminder)
    return {
        row.pk: plan_of(row, steps.get(row.company_id, []), sent.get(row.pk, []), today)
        for row in rows
    }


def words_of(step: ReminderStep, invoice: Invoice, today: date) -> tuple[str, str]:
    """(subject, text) of a step for the customer of an invoice, ready to be sent."""
    subject, text = in_language(step.subject, step.text, language_of(invoice))
    return fill_text(subject, invoice, today), fill_text(text, invoice, today)


VARIABLES = ("cliente", "numero", "importe", "total", "vencimiento", "dias", "empresa", "iban")


def fill_text(text: str, invoice: Invoice, today: date) -> str:
    """A text of a step with its variables («{importe}») replaced, as the customer writes figures;
    unknown ones stay."""
    from lonja.kit.identifiers import format_iban

    write = figures_of(language_of(invoice))
    due = invoice.next_due_on or invoice.due_on
    owed = max(0, invoice.outstanding_cents)
    facts = {
        "cliente": invoice.party.display_name,
        "numero": invoice.number,
        "importe": write.money(from_cents(overdue_cents(invoice, today) or owed)),
        "total": write.money(from_cents(invoice.payable_cents)),
        "vencimiento": write.day(due) if due else "",
        "dias": str(max(0, (today - due).days)) if due else "",
        "empresa": invoice.company.display_name,
        "iban": format_iban(invoice.company.iban) if invoice.company.iban else "",
    }
    for name, value in facts.items():
        text = text.replace("{" + name + "}", value)
    return text


@dataclass(frozen=True)
class Claim:
    """What Ley 3/2004 lets ask for a late invoice on a day, in cents."""

    segments: list[Segment]
    interest: int
    costs: int

    @property
    def total(self) -> int:
        return self.interest + self.costs

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "since": segment.since.isoformat(),
                "until": segment.until.isoformat(),
                "owed": str(segment.owed),
                "pct": str(segment.pct),
                "interest": str(segment.interest),
                "source": segment.source,
            }
            for segment in self.segments
        ]


def claim_on(invoice: Invoice, until: date) -> Claim:
    """Interest from the day after the due date, and 40 euros. Paying the principal does not
    erase it: what was owed each day is read from the ledger.

    Raises Refused for a consumer, for an invoice that was never late, and when the rate of a
    half-year is not known (`late_rate_unknown`): it says which.
    """
    if invoice.party.kind == Kind.CONSUMER:
        raise Refused(
            "late_consumer",
            _(
                "La Ley 3/2004 solo vale entre empresas y profesionales (art. 3): a un particular "
                "no se le reclaman estos intereses ni los 40 €."
            ),
        )
    debts = _debts(invoice, until)
    if not debts:
        raise Refused(
            "not_late", _("Esta factura no se ha pagado tarde: no hay nada que reclamar.")
        )
    try:
        segments = late_interest(debts, until, typed_rates())
    except RateUnknown as unknown:
        start = half_year(unknown.day)
        raise Refused(
            "late_rate_unknown",
            _(
                "Falta el tipo de interés de demora del semestre que empieza el %(day)s. Míralo en "
                "el BOE y anótalo en Configuración › Cobros y recordatorios."
            )
            % {"day": format_date(start)},
        ) from None
    interest = to_cents(sum((s.interest for s in segments), Decimal(0)))
    return Claim(segments, interest, to_cents(COLLECTION_COSTS))


def typed_rates() -> list[Rate]:
    return [Rate(row.since, row.pct, row.source) for row in LateRate.objects.all()]


def _debts(invoice: Invoice, until: date) -> list[tuple[date, Decimal]]:
    """What was owed from each day on, once late: terms fall due one by one, payments cut it."""
    terms = list(invoice.instalments.values_list("due_on", "amount_cents"))
    if not terms and invoice.due_on is not None:
        terms = [(invoice.due_on, invoice.charged_cents)]
    moves = Entry.objects.filter(invoice=invoice, on__lte=until).exclude(kind=EntryKind.CHARGE)
    by_day = dict(moves.order_by().values_list("on").annotate(cents=Sum("amount_cents")))
    due = {day + timedelta(days=1): cents for day, cents in terms}
    # A payment counts from its own day: that day is no longer owed.
    days = sorted({day for day in (*due, *by_day) if day <= until})
    debts: list[tuple[date, Decimal]] = []
    fallen = paid = 0
    for day in days:
        fallen += due.get(day, 0)
        paid -= by_day.get(day, 0)
        debts.append((day, from_cents(max(0, fallen - paid))))
    while debts and not debts[0][1]:
        debts.pop(0)
    return debts
