"""Issuing: number, totals, fiscal record, ledger and mail in one transaction (R7).

There is one verb. The screen issues a list of one; a billing run issues lists of two hundred in
short transactions. A refusal takes no number and leaves the rest alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.bulk import add_up, insert_objects, insert_rows, reserve_ids, update_rows
from lonja.accounts.models import Company, Membership
from lonja.accounts.trips import (
    in_one_trip,
    references_checked_as_they_come,
    unlocked_before_the_disk,
)
from lonja.activity import record_many
from lonja.billing import dispatch, sending
from lonja.billing.actions.after_correction import after_correction
from lonja.billing.actions.credits import open_credits
from lonja.billing.actions.issue_queries import (
    counter_of,
    draft_to_issue,
    named_by,
)
from lonja.billing.actions.named import (
    refuse_unless_advances,
    refuse_unless_exchangeable,
    refuse_unless_fits,
)
from lonja.billing.actions.series import ensure_series
from lonja.billing.calculation import apply_totals, in_euros, invoice_totals, tax_rows
from lonja.billing.charges import charge_of
from lonja.billing.hooks import refuse_unless_allowed, tell_issued
from lonja.billing.kinds import kind_of
from lonja.billing.legal import legal_document, refuse_unless_lawful
from lonja.billing.messages import Messages
from lonja.billing.models import (
    Entry,
    EntryKind,
    Instalment,
    Invoice,
    InvoiceLine,
    InvoiceReference,
    InvoiceTax,
    MonthlySales,
    Series,
    SeriesYear,
    Status,
)
from lonja.billing.pending import Pending as Pending
from lonja.billing.pending import new_line as new_line
from lonja.billing.ready import refuse_unless_ready, refuse_unless_theirs
from lonja.billing.regimes import Issuing, Recorder, active_regime
from lonja.billing.snapshots import issue_for_another, issuer_snapshot, recipient_snapshot
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.parties.terms import parse_terms, split
from lonja.tax.totals import Totals

# From so many on, what can be done of all at once is.
MANY = 20
# Columns that issuing writes on a draft that was saved before.
_ISSUED_FIELDS = (
    *("status", "series_id", "year", "sequence", "number", "issued_on", "operation_on", "due_on"),
    *("issued_at", "issuer", "recipient", "legends", "mailed_at", "net_cents", "base_cents"),
    *("tax_cents", "surcharge_cents", "total_cents", "withholding_cents", "disbursement_cents"),
    *("payable_cents", "outstanding_cents", "search_text", "updated_at", "language", "message"),
    *("charged_cents", "next_due_on", "instalment_terms"),
    *("foreign_total_cents", "foreign_payable_cents", "replaced_cents", "replaced_base_cents"),
    "replaced_total_cents",
)
_values = attrgetter(*_ISSUED_FIELDS)


def issue_invoice(
    invoice: Invoice,
    *,
    by: Membership | None,
    on: date | None = None,
    send: bool | None = False,
    emails: Sequence[str] = (),
    earlier_ok: bool = True,
    send_at: datetime | None = None,
    zone: str = "",
    base_url: str = "",
) -> Invoice:
    """Number the invoice and freeze it. There is no way back, only correction.

    `send`, `send_at` and `zone` are as in `Pending`; `base_url` begins the address of the
    customer's page when the installation does not know its own. Without `earlier_ok`, a date before
    the last of the series is refused (`earlier_date`): numbers and dates should run together, and a
    person may decide otherwise. `on` is the issue date (default:
    today at the company's place). Raises Refused with what is missing; nothing is written then and
    no number is taken. Issuing an issued invoice again is refused with `already_issued`.
    """
    with unlocked_before_the_disk(), transaction.atomic():
        invoice, lines, references = draft_to_issue(invoice.pk)
        pending = Pending(
            invoice,
            lines,
            references=references,
            send=send,
            emails=emails,
            earlier_ok=earlier_ok,
            send_at=send_at,
            zone=zone,
        )
        issue_many([pending], by=by, on=on, base_url=base_url)
        if pending.refused is not None:
            raise pending.refused
        after_correction(invoice, by=by)
        return invoice


def issue_saved(
    drafts: Sequence[Invoice],
    *,
    by: Membership | None,
    on: date,
    earlier_ok: bool = True,
) -> dict[int, Refused]:
    """Issue saved drafts on a day in one transaction: the series and the chain are taken once.

    Returns why each that was not issued was refused, by id. Keep them near fifty; one that names
    other invoices goes alone (`issue_invoice`). Drafts of several companies or series may mix.
    """
    with unlocked_before_the_disk(), transaction.atomic():
        ids = [draft.pk for draft in drafts]
        # Locked by themselves and read afterwards: see `accounts.prepared.Prepared`.
        found = Invoice.objects.filter(pk__in=ids).order_by("pk")
        list(found.select_for_update().values_list("pk"))
        rows = list(found.select_related("company__organisation", "party", "series"))
        lines: dict[int, list[InvoiceLine]] = defaultdict(list)
        for line in InvoiceLine.objects.filter(invoice_id__in=ids).order_by("position", "id"):
            lines[line.invoice_id].append(line)
        batch = [Pending(row, lines[row.pk], earlier_ok=earlier_ok) for row in rows]
        issue_many(batch, by=by, on=on)
        return {one.invoice.pk: one.refused for one in batch if one.refused is not None}


def issue_many(
    batch: Sequence[Pending],
    *,
    by: Membership | None,
    on: date | None = None,
    now: datetime | None = None,
    base_url: str = "",
    leaving: dispatch.Leaving | None = None,
) -> None:
    """Issue many drafts of one organisation in the current transaction, each refused or issued.

    `leaving`: what `prepare_many` gave for a batch with all of them, if it was asked before.
    Keep batches near two hundred: the series and the chain stay locked until the commit. One that
    names other invoices goes alone: the next would not see yet what it corrects.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("issue_many necesita una transacción abierta")
    if len(batch) > 1 and any(kind_of(one.invoice.kind).has_references for one in batch):
        raise ValueError("las que nombran otras facturas se emiten de una en una")
    moment = now or timezone.now()
    issued: list[tuple[Pending, Issuing]] = []
    recorders: list[Recorder] = []
    groups = _groups(batch)
    for group in groups:
        company = group[0].invoice.company
        _prepare_group(group, issuer_snapshot(company), _issue_day(company, on, moment), moment)
    if leaving is None:
        leaving = dispatch.leave([p for p in batch if p.issuing is not None], by=by, now=moment)
    reserve_ids([p.invoice for p in batch if p.issuing is not None and _is_new(p.invoice)])
    with in_one_trip(), references_checked_as_they_come(len(batch) > 1):
        for group in groups:
            recorder = _issue_group(group, on, moment, issued)
            if recorder is not None:
                recorders.append(recorder)
        if issued:
            _write(issued, recorders, by, moment, base_url, leaving)


def prepare_many(
    batch: Sequence[Pending],
    *,
    by: Membership | None,
    on: date | None = None,
    now: datetime | None = None,
) -> dispatch.Leaving:
    """Check drafts and add them up before `issue_many`, without locking anything, and find out
    which of them leave by mail.

    Half of the work of issuing needs neither the number nor the chain: done here, others may issue
    meanwhile. Only for drafts that nobody else can be changing.
    """
    moment = now or timezone.now()
    for group in _groups(batch):
        company: Company = group[0].invoice.company
        _prepare_group(group, issuer_snapshot(company), _issue_day(company, on, moment), moment)
    return dispatch.leave([p for p in batch if p.issuing is not None], by=by, now=moment)


def _groups(batch: Sequence[Pending]) -> list[list[Pending]]:
    groups: dict[tuple[int, int | None, str], list[Pending]] = defaultdict(list)
    for pending in batch:
        invoice = pending.invoice
        groups[(invoice.company_id, invoice.series_id, invoice.kind)].append(pending)
    return list(groups.values())


def _is_new(invoice: Invoice) -> bool:
    """Only built: no row of it was ever written."""
    return invoice._state.adding


def _issue_day(company: Company, on: date | None, now: datetime) -> date:
    return on or now.astimezone(company.zone).date()


def _prepare_group(
    group: Sequence[Pending], issuer: dict[str, Any], issued_on: date, now: datetime
) -> None:
    fresh = [p.invoice for p in group if p.refused is None and p.issuing is None]
    if not fresh:
        return
    Messages(fresh[0].company_id).fill(fresh)
    regime = active_regime(fresh[0].company)
    for pending in group:
        if pending.refused is not None or pending.issuing is not None:
            continue
        try:
            pending.issuing = _prepare(pending, issuer, issued_on, now)
            if regime is not None:
                pending.issuing.laid_out = regime.lay_out(pending.issuing, now)
        except Refused as refused:
            _take_back(pending, refused)


def _issue_group(
    group: list[Pending],
    on: date | None,
    now: datetime,
    issued: list[tuple[Pending, Issuing]],
) -> Recorder | None:
    """Number and record the checked drafts of one company and series, in order, onto `issued`.

    Only the counter and the month total are written here.
    """
    company: Company = group[0].invoice.company
    issued_on = _issue_day(company, on, now)
    ready = [(pending, pending.issuing) for pending in group if pending.issuing is not None]
    if not ready:
        return None
    series = series_for(group[0].invoice)
    counter = _locked_counter(series, issued_on.year)
    regime = active_regime(company)
    recorder = None
    if regime is not None:
        recorder = regime.begin(company, now, together=len(ready) >= MANY)
    done = []
    for pending, issuing in ready:
        invoice = pending.invoice
        last = counter.last_issued_on
        if not pending.earlier_ok and last is not None and last > issued_on:
            _take_back(pending, _earlier(series, last, issued_on))
            continue
        invoice.series, invoice.year = series, counter.year
        invoice.sequence = counter.next_number
        invoice.number = series.number_for(counter.year, counter.next_number)
        if series.issued_by:
            issue_for_another(invoice, series)
        try:
            refuse_unless_theirs(invoice, series)
            if recorder is not None:
                recorder.record_issue(issuing)
        except Refused as refused:
            _take_back(pending, refused)
            continue
        counter.next_number += 1
        done.append((pending, issuing))
    if done:
        counter.last_issued_on = max(filter(None, (counter.last_issued_on, issued_on)))
        moved = (counter.next_number, counter.last_issued_on, counter.pk)
        update_rows(SeriesYear, ["next_number", "last_issued_on"], [moved])
        _add_to_month(company, issued_on, [pending.invoice for pending, _issuing in done])
    issued += done
    if recorder is not None:
        recorder.seal()
    return recorder


def _earlier(series: Series, last: date, day: date) -> Refused:
    text = _(
        "La última factura de la serie %(series)s es del %(last)s y esta lleva fecha del %(day)s. "
        "Cámbiale la fecha, o confirma que la quieres así."
    )
    facts = {"series": series.code, "last": format_date(last), "day": format_date(day)}
    return Refused("earlier_date", text % facts, field="issued_on")


def _take_back(pending: Pending, refused: Refused) -> None:
    invoice = pending.invoice
    if refused.code != "already_issued":
        invoice.status, invoice.issued_at = Status.DRAFT, None
        invoice.number, invoice.sequence, invoice.year = "", None, None
        invoice.mailed_at = None
        if _is_new(invoice):
            invoice.pk = None
    pending.refused, pending.issuing = refused, None


def _prepare(pending: Pending, issuer: dict[str, Any], issued_on: date, now: datetime) -> Issuing:
    """Check one draft, freeze its parties and compute its totals."""
    invoice, lines = pending.invoice, pending.lines
    if invoice.status != Status.DRAFT:
        raise Refused(
            "already_issued",
            _("La factura %(number)s ya está emitida.") % {"number": invoice.number},
        )
    kind = kind_of(invoice.kind)
    if not kind.is_fiscal:
        raise Refused("not_fiscal", _("Una proforma no se emite: conviértela en factura."))
    refuse_unless_allowed(invoice)
    taxed, totals = invoice_totals(invoice, lines, issued_on)
    refuse_unless_ready(invoice, lines, taxed, issued_on)
    references: list[InvoiceReference] | None = []
    if invoice.pk is not None:  # one only built names nobody
        references = pending.references
        if references is None:
            references = named_by.all(invoice=invoice.pk)
        for reference in references:
            reference.invoice = invoice
    document = legal_document(invoice, taxed, issued_on, references)
    refuse_unless_lawful(document, totals, today=invoice.company.today())
    invoice.issued_on = issued_on
    euros = in_euros(invoice, totals)
    if references or kind.has_references:
        _check_references(invoice, references, euros)
    terms = parse_terms(
        invoice.instalment_terms or ("" if invoice.due_on else invoice.party.instalment_terms)
    )
    if invoice.due_on is None or invoice.due_on < issued_on:
        invoice.due_on = invoice.party.due_on(issued_on, invoice.company.payment_terms_days)
    invoice.issuer = issuer
    invoice.recipient = recipient_snapshot(invoice.party)
    invoice.language = invoice.language or invoice.party.language
    invoice.legends = sending.legends(document)
    nets = [line.net_cents for line in lines]
    apply_totals(invoice, lines, totals)
    invoice.charged_cents = charge_of(invoice, references)
    pending.recomputed = [
        line for line, net in zip(lines, nets, strict=True) if line.net_cents != net
    ]
    invoice.outstanding_cents = invoice.charged_cents
    invoice.next_due_on = invoice.due_on
    if terms and invoice.charged_cents > 0:
        invoice.instalment_terms = invoice.instalment_terms or invoice.party.instalment_terms
        pending.instalments = split(terms, invoice.charged_cents, issued_on)
        invoice.next_due_on, invoice.due_on = pending.instalments[0][0], pending.instalments[-1][0]
    else:
        invoice.instalment_terms = ""
    invoice.status = Status.ISSUED
    invoice.issued_at = invoice.updated_at = now
    return Issuing(invoice, lines, euros, references)


def _check_references(
    invoice: Invoice, references: Sequence[InvoiceReference], totals: Totals
) -> None:
    """What the invoices it names allow: each is corrected, exchanged or deducted once."""
    kind = kind_of(invoice.kind)
    if kind.corrects:
        refuse_unless_fits(invoice, references, totals)
    elif kind.substitutes:
        refuse_unless_exchangeable(invoice, references)
    refuse_unless_advances(invoice, references)


def series_for(invoice: Invoice) -> Series:
    """The series an invoice is numbered in: its own, else the company's default for its kind,
    made if there is none.

    Raises Refused when the series belongs to other uses (RD 1619/2012 art. 6.1.a).
    """
    use = kind_of(invoice.kind).series_use
    if invoice.series_id is not None and invoice.series is not None:
        if invoice.series.use != use or invoice.series.company_id != invoice.company_id:
            raise Refused(
                "wrong_series",
                _("La serie %(series)s no admite este tipo de factura.")
                % {"series": invoice.series.code},
                field="series",
            )
        return invoice.series
    return ensure_series(invoice.company, use=use)


def _locked_counter(series: Series, year: int) -> SeriesYear:
    counter = counter_of.first(series=series.pk, year=year)
    if counter is None:
        SeriesYear.objects.get_or_create(series=series, year=year)
        counter = counter_of.get(series=series.pk, year=year)
    return counter


def _add_to_month(company: Company, issued_on: date, invoices: Sequence[Invoice]) -> None:
    add_up(
        MonthlySales,
        {"company_id": company.pk, "month": issued_on.replace(day=1)},
        {
            "count": len(invoices),
            "base_cents": sum(i.base_cents - i.replaced_base_cents for i in invoices),
            "total_cents": sum(i.total_cents - i.replaced_total_cents for i in invoices),
        },
    )


def _write(
    issued: Sequence[tuple[Pending, Issuing]],
    recorders: Sequence[Recorder],
    by: Membership | None,
    now: datetime,
    base_url: str,
    leaving: dispatch.Leaving,
) -> None:
    """Write everything at once: invoices, lines, taxes, ledger, records, history, mails."""
    new = [pending.invoice for pending, _issuing in issued if _is_new(pending.invoice)]
    was_saved = {id(pending) for pending, _issuing in issued if not _is_new(pending.invoice)}
    for pending, _issuing in issued:
        pending.invoice.fill_search_text()
    # First: what is asked of the database for it does not wait then for what is written.
    record_many(
        by,
        "billing.issued",
        [(pending.invoice, {"total": str(issuing.totals.total)}) for pending, issuing in issued],
    )
    drafts = [p.invoice for p, _issuing in issued if id(p) in was_saved]
    update_rows(Invoice, _ISSUED_FIELDS, [(*_values(i), i.pk) for i in drafts])
    insert_objects(new)
    new_lines: list[dict[str, Any]] = []
    changed: list[tuple[int, int]] = []
    taxes: list[dict[str, Any]] = []
    for pending, issuing in issued:
        invoice = pending.invoice
        if id(pending) in was_saved:
            changed += [(line.net_cents, line.pk) for line in pending.recomputed]
        else:
            for position, line in enumerate(pending.lines):
                line.invoice_id = invoice.pk
                line.position = position
                new_lines.append(vars(line))
        taxes += [{"invoice_id": invoice.pk, **row} for row in tax_rows(issuing.totals)]
    update_rows(InvoiceLine, ["net_cents"], changed)
    insert_rows(InvoiceLine, new_lines)
    insert_rows(InvoiceTax, taxes)
    insert_rows(
        Entry,
        [
            {
                "company_id": pending.invoice.company_id,
                "party_id": pending.invoice.party_id,
                "invoice_id": pending.invoice.pk,
                "kind": EntryKind.CHARGE.value,
                "amount_cents": pending.invoice.charged_cents,
                "on": pending.invoice.issued_on,
                "by_id": by.pk if by is not None else None,
                "at": now,
            }
            for pending, _issuing in issued
        ],
    )
    _open_balances([pending for pending, _issuing in issued], by)
    for recorder in recorders:
        recorder.finish()
    invoices = [pending.invoice for pending, _issuing in issued]
    tell_issued(invoices)
    leaving.queue(invoices, base_url)


def _open_balances(issued: Sequence[Pending], by: Membership | None) -> None:
    """Due dates of what is paid in terms, and the credit of what is in the customer's favour.

    Nothing is asked of the database for the usual invoice.
    """
    insert_rows(
        Instalment,
        [
            {
                "invoice_id": pending.invoice.pk,
                "position": position,
                "due_on": due_on,
                "amount_cents": cents,
            }
            for pending in issued
            for position, (due_on, cents) in enumerate(pending.instalments)
        ],
    )
    negative = [pending.invoice for pending in issued if pending.invoice.charged_cents < 0]
    if negative:
        open_credits(negative, by)
