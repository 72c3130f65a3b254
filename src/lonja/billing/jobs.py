"""Work of billing done by the workers: thin, they fetch and call actions."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from lonja.accounts.models import Company, Membership
from lonja.billing.actions import customer
from lonja.billing.actions.issue import issue_invoice, issue_saved
from lonja.billing.actions.notes import run_due
from lonja.billing.actions.remind import remind_due, remind_next
from lonja.billing.actions.send import send_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.hooks import archives
from lonja.billing.kinds import kind_of
from lonja.billing.models import Entry, Invoice, InvoiceReference, Reminder
from lonja.billing.pdf import invoice_pdf
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.jobs import progress
from lonja.kit.errors import Refused

log = logging.getLogger("lonja.billing")
# Drafts issued in one transaction: while it lasts nobody else numbers in that series.
CHUNK = 50

Each = Callable[[Invoice, Membership, dict[str, str], datetime], None]


@task()
def render_pdf(invoice_id: int) -> None:
    """Make the PDF of an issued invoice ahead of the first download."""
    invoice_pdf(Invoice.objects.select_related("company", "party", "pdf").get(pk=invoice_id))


@task()
def send_access(email: str, base_url: str) -> None:
    """Mail the link to its invoices to whoever asked for it, if it is a customer."""
    customer.send_access(email, base_url=base_url)


@task()
def remind_late() -> dict[str, int]:
    """The regular look at what is late: reminders go out on working days, from nine to seven."""
    sent = left = 0
    for company in Company.objects.all():
        now = company.now_local()
        if now.weekday() < 5 and 9 <= now.hour < 19:
            one, two = remind_due(company, now.date())
            sent, left = sent + one, left + two
    return {"sent": sent, "left": left}


@task()
def recaps() -> None:
    """The recapitulativas that clients get by themselves each month."""
    run_due()


@task()
def bulk(what: str, ids: list[int], member_id: int, data: dict[str, str]) -> dict[str, Any]:
    """Do one thing to each invoice, in its own transaction.

    The result tells how many were done and why each other was not. It may run twice: what was
    done the first time is not repeated.
    """
    from lonja.jobs.models import Job
    from lonja.jobs.queue import current_job_id

    by = Membership.objects.get(pk=member_id)
    rows = Invoice.objects.visible_to(by).select_related("company", "party", "pdf")
    job_id = current_job_id()
    since = Job.objects.get(pk=job_id).created_at if job_id is not None else timezone.now()
    refused: list[list[Any]] = []
    done = 0
    kind = archives().get(what)
    archive = _Archive() if what == "pdf" or kind is not None else None
    if what == "issue":
        done, ids = _issue_together(rows, ids, by, since, refused)
    for number, pk in enumerate(ids, start=1):
        invoice = rows.filter(pk=pk).first()
        if invoice is None:
            refused.append([_("Borrador"), _("Ya no existe."), 0])
        else:
            try:
                if archive is not None:
                    archive.add(kind.make(invoice, data) if kind else invoice_pdf(invoice))
                else:
                    _EACH[what](invoice, by, data, since)
            except Refused as error:
                refused.append([str(invoice), str(error), invoice.pk])
            else:
                done += 1
        if number % 10 == 0:
            progress(number, len(ids))
    progress(len(ids), len(ids))
    result: dict[str, Any] = {"done": done, "refused": refused[:1000], "what": what}
    if archive is not None and done:
        name = str(kind.file_name) if kind is not None else _("Facturas.zip")
        file = store(name, archive.content(), "application/zip")
        result |= {"file": file.pk}
    return result


def _issue_together(
    rows: Any, ids: list[int], by: Membership, since: datetime, refused: list[list[Any]]
) -> tuple[int, list[int]]:
    """Issue the drafts that name no other invoice, fifty at a time. Returns how many were done and
    the ids left for one by one: those that name others, are no drafts, or could not be together."""
    naming = set(
        InvoiceReference.objects.filter(invoice_id__in=ids).values_list("invoice_id", flat=True)
    )
    done, left = 0, [pk for pk in ids if pk in naming]
    alone = [pk for pk in ids if pk not in naming]
    for start in range(0, len(alone), CHUNK):
        chunk = alone[start : start + CHUNK]
        found = {row.pk: row for row in rows.filter(pk__in=chunk)}
        days: dict[date, list[Invoice]] = {}
        for pk in chunk:
            row = found.get(pk)
            if row is None or not row.is_draft or kind_of(row.kind).has_references:
                left.append(pk)
            else:
                days.setdefault(row.issue_day(), []).append(row)
        for day, drafts in sorted(days.items()):
            try:
                why = issue_saved(drafts, by=by, on=day, earlier_ok=False)
            except Exception:
                log.exception("emisión de %s borradores", len(drafts))
                left += [draft.pk for draft in drafts]
                continue
            done += len(drafts) - len(why)
            refused += [[str(found[pk]), str(error), pk] for pk, error in why.items()]
        progress(min(start + CHUNK, len(alone)), len(ids))
    return done, left


def _issue(invoice: Invoice, by: Membership, data: dict[str, str], since: datetime) -> None:
    if invoice.issued_at is not None and invoice.issued_at >= since:
        return  # by this very job, before it was cut
    issue_invoice(invoice, by=by, on=invoice.issue_day(), send=None, earlier_ok=False)


def _send(invoice: Invoice, by: Membership, data: dict[str, str], since: datetime) -> None:
    if invoice.mailed_at is not None and invoice.mailed_at >= since:
        return
    send_invoice(invoice, by=by)


def _settle(invoice: Invoice, by: Membership, data: dict[str, str], since: datetime) -> None:
    if Entry.objects.filter(invoice=invoice, kind="payment", by=by, at__gte=since).exists():
        return
    if invoice.number and invoice.outstanding_cents == 0:
        raise Refused("already_paid", _("Ya estaba cobrada."))
    register_payment(
        invoice,
        amount=invoice.outstanding_cents,
        on=date.fromisoformat(data["on"]),
        method=data["method"],
        by=by,
    )


def _remind(invoice: Invoice, by: Membership, data: dict[str, str], since: datetime) -> None:
    if Reminder.objects.filter(invoice=invoice, by=by, at__gte=since).exists():
        return
    remind_next(invoice, by=by)


_EACH: dict[str, Each] = {"issue": _issue, "send": _send, "settle": _settle, "remind": _remind}


class _Archive:
    """A zip of files; names that repeat get a number."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()
        self.zip = zipfile.ZipFile(self.buffer, "w", zipfile.ZIP_DEFLATED)
        self.names: set[str] = set()

    def add(self, file: StoredFile) -> None:
        name, copy = file.name, 2
        stem, dot, extension = file.name.rpartition(".")
        while name in self.names:
            name, copy = f"{stem} ({copy}){dot}{extension}", copy + 1
        self.names.add(name)
        self.zip.writestr(name, file.read())

    def content(self) -> bytes:
        self.zip.close()
        return self.buffer.getvalue()
