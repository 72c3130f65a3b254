"""Albaranes: kept while pending, invoiced one by one or gathered in a recapitulativa (art. 13)."""

from __future__ import annotations

import calendar
import logging
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.billing.actions.drafts import save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.papers import take_paper_number
from lonja.billing.calculation import totals_of
from lonja.billing.kinds import ORDINARY, RECAP
from lonja.billing.models import (
    DeliveryNote,
    DeliveryNoteLine,
    Invoice,
    InvoiceLine,
    InvoiceReference,
    MonthlyRecap,
    PaperUse,
    RecapRun,
    ReferenceRole,
)
from lonja.kit.dates import format_date, month_label
from lonja.kit.errors import Refused
from lonja.kit.money import to_cents
from lonja.parties.models import Kind as PartyKind
from lonja.parties.models import Party
from lonja.tax.invoicing import recap_deadline

log = logging.getLogger("lonja.billing")

_LINE = (
    *("product_id", "concept", "detail", "quantity", "unit", "unit_price", "discount_pct"),
    *("extra_discounts", "tax_category"),
)


@transaction.atomic
def save_note(
    note: DeliveryNote,
    lines: Sequence[DeliveryNoteLine],
    *,
    by: Membership | None,
    version: int | None = None,
) -> DeliveryNote:
    """Keep an albarán with exactly these lines; a new one gets its number. Raises Refused: without
    lines, already invoiced, changed by somebody else since `version`, or what the engine says."""
    if not lines:
        raise Refused("note_empty", _("El albarán no tiene ninguna línea. Añade al menos una."))
    if note.delivered_on > note.company.today():
        raise Refused("note_future", _("La entrega no puede ser futura."), field="delivered_on")
    if note.pk is None:
        note.number = take_paper_number(note.company, PaperUse.DELIVERY, note.delivered_on.year)
        note.created_by = by
    else:
        current = DeliveryNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
        _refuse_unless_pending([current])
        if version is not None and version != current.version:
            raise Refused(
                "note_conflict",
                _("Alguien cambió este albarán después de que lo abrieras. Recarga la página."),
            )
        note.version = current.version + 1
    _taxed, totals = totals_of(lines, note.delivered_on)
    note.base_cents = to_cents(totals.base_total)
    created = note.pk is None
    note.save()
    note.lines.all().delete()
    for position, (line, net) in enumerate(zip(lines, totals.lines_net, strict=True)):
        line.pk, line.note, line.position, line.net_cents = None, note, position, to_cents(net)
    DeliveryNoteLine.objects.bulk_create(lines)
    if created:
        record(by, "billing.note_made", note, number=note.number)
    return note


@transaction.atomic
def delete_note(note: DeliveryNote, *, by: Membership | None) -> None:
    """Delete a pending albarán. Raises Refused when it is invoiced."""
    current = DeliveryNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
    _refuse_unless_pending([current])
    told = {"company_id": current.company_id, "number": current.number}
    record(by, "billing.note_deleted", current.party, **told)
    current.delete()


@transaction.atomic
def invoice_notes(
    notes: Iterable[DeliveryNote], *, by: Membership | None, gather: bool = True
) -> list[Invoice]:
    """Drafts for pending albaranes: one for each client, company and month, with the day of each
    operation on its lines; several make a recapitulativa. Without `gather`, one for each albarán.

    An albarán is invoiced once: whoever comes second is refused.
    """
    ids = sorted(note.pk for note in notes)
    rows = DeliveryNote.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    found = list(rows.select_related("company", "party").order_by("delivered_on", "pk"))
    _refuse_unless_pending(found)
    if not found:
        raise Refused("notes_none", _("Elige los albaranes que quieres facturar."))
    groups: dict[tuple[int, int, date | int], list[DeliveryNote]] = {}
    for note in found:
        last: date | int = note.month if gather else note.pk
        groups.setdefault((note.company_id, note.party_id, last), []).append(note)
    return [_draft_of(group, by) for group in groups.values()]


def _draft_of(notes: Sequence[DeliveryNote], by: Membership | None) -> Invoice:
    first = notes[0]
    company, party = first.company, first.party
    recap = len(notes) > 1
    today = company.today()
    invoice = Invoice(
        company=company,
        party=party,
        kind=RECAP if recap else ORDINARY,
        issued_on=today,
        operation_on=None if recap else first.delivered_on,
        due_on=party.due_on(today, company.payment_terms_days),
        payment_method=party.payment_method,
        withholding_pct=party.withholding_pct,
        surcharge=party.surcharge,
        message=company.invoice_message,
        reference=first.reference if not recap else "",
    )
    lines = []
    for note in notes:
        for line in note.lines.all():
            copy = InvoiceLine(**{name: getattr(line, name) for name in _LINE})
            copy.operation_on = note.delivered_on if recap else None
            with house():
                told = _("Albarán %(number)s") % {"number": note.number}
            copy.detail = f"{told}\n{line.detail}" if line.detail else told
            lines.append(copy)
    references = [
        InvoiceReference(
            role=ReferenceRole.RECAPITULATES, number=note.number, issued_on=note.delivered_on
        )
        for note in notes
    ]
    draft = save_draft(invoice, lines, references=references if recap else [], by=by)
    DeliveryNote.objects.filter(pk__in=[note.pk for note in notes]).update(invoice=draft)
    return draft


def _refuse_unless_pending(notes: Iterable[DeliveryNote]) -> None:
    for note in notes:
        if not note.is_pending:
            raise Refused(
                "note_invoiced",
                _("El albarán %(number)s ya está en una factura y no se puede cambiar.")
                % {"number": note.number},
            )


def deadline(party: Party, month: date) -> date:
    """The last day of the recapitulativa of a month for a client (RD 1619/2012 art. 13.2)."""
    return recap_deadline(month, to_business=party.kind != PartyKind.CONSUMER)


def due_month(agreement: MonthlyRecap, today: date) -> date | None:
    """The month that is due by itself: of a business, the one before, until day 15; of a consumer,
    this one on its last day. None when nothing is."""
    first = today.replace(day=1)
    if agreement.party.kind == PartyKind.CONSUMER:
        last = calendar.monthrange(today.year, today.month)[1]
        return first if today.day == last else None
    month = (first - timedelta(days=1)).replace(day=1)
    return month if today <= deadline(agreement.party, month) else None


def run_month(agreement: MonthlyRecap, month: date, *, by: Membership | None) -> RecapRun | None:
    """Issue and send the recapitulativa of a client's month, once; a refusal is kept with its
    reason and tried again the next time. None when there is nothing to invoice."""
    key = {"company": agreement.company, "party": agreement.party, "month": month}
    try:
        with transaction.atomic():
            run, _new = RecapRun.objects.get_or_create(**key)
            run = RecapRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
            if run.invoice_id is not None:
                return run
            notes = pending_of(agreement.company, agreement.party, month)
            if not notes:
                transaction.set_rollback(True)
                return None
            (draft,) = invoice_notes(notes, by=by)
            run.invoice = issue_invoice(draft, by=by, send=True)
            run.refusal, run.at = "", timezone.now()
            run.save()
            return run
    except Refused as refused:
        return _refused(key, str(refused))
    except Exception:
        log.exception("recapitulativa de %s", agreement.pk)
        return _refused(key, _("No se pudo hacer por un fallo del programa."))


def _refused(key: dict, why: str) -> RecapRun:
    run, _new = RecapRun.objects.update_or_create(
        **key, defaults={"refusal": why[:500], "at": timezone.now()}
    )
    return run


def pending_of(company: Company, party: Party, month: date) -> list[DeliveryNote]:
    """The albaranes of a client's month that no invoice has."""
    last = calendar.monthrange(month.year, month.month)[1]
    rows = DeliveryNote.objects.filter(
        company=company,
        party=party,
        invoice__isnull=True,
        delivered_on__gte=month,
        delivered_on__lte=month.replace(day=last),
    )
    return list(rows.order_by("delivered_on", "pk"))


def run_due(today: date | None = None) -> int:
    """Every client with automatic recapitulativas whose month is due. One that is refused never
    stops the rest. Returns how many were issued."""
    issued = 0
    rows = MonthlyRecap.objects.select_related("company", "party").order_by("pk")
    for agreement in rows:
        month = due_month(agreement, today or agreement.company.today())
        run = run_month(agreement, month, by=None) if month is not None else None
        issued += run is not None and run.invoice_id is not None
    return issued


def told_deadline(party: Party, month: date) -> str:
    """«noviembre de 2026: hasta el 15/12/2026»."""
    return _("%(month)s: hasta el %(day)s") % {
        "month": month_label(month),
        "day": format_date(deadline(party, month)),
    }
