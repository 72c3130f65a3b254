"""Going through the rows: first only to check them, then to import them.

Each batch is one transaction that also moves `offset`, so a worker killed half way leaves a clean
border and the next one goes on from it. Two workers at once are harmless: the second one finds
the offset moved and stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.activity import record
from lonja.imports import columns
from lonja.imports.importer import CREATED, UNCHANGED, UPDATED, Importer, Issue, Row
from lonja.imports.models import ImportIssue, ImportRun, Status
from lonja.jobs import progress
from lonja.kit.errors import Refused
from lonja.kit.spreadsheets import read_table


class TakenOver(Exception):
    """Another worker moved the offset: this one has nothing more to do."""


def check(run: ImportRun) -> None:
    """Go through every row writing nothing but the counts and what is wrong."""
    _start(run, Status.CHECKING)
    _through(run, write=False)
    _finish(run, Status.CHECKED)


def carry_out(run: ImportRun) -> None:
    """Import the correct rows. Called again after a crash, it goes on where it was."""
    if run.status == Status.DONE:
        return
    if run.status != Status.IMPORTING:
        _start(run, Status.IMPORTING)
    _through(run, write=True)
    if _finish(run, Status.DONE):
        from lonja.imports.actions.error_file import keep_error_file

        keep_error_file(run)


def start_over(run: ImportRun, status: Status) -> None:
    """Zero the counts and forget what an earlier pass found."""
    _start(run, status)


def _start(run: ImportRun, status: Status) -> None:
    with transaction.atomic():
        columns.refuse_missing(run.importer, run.field_of.values(), run.headings)
        ImportIssue.objects.filter(run=run).delete()
        run.begin(status)
        run.save()


def _finish(run: ImportRun, status: Status) -> bool:
    """Close the pass; False when somebody else already did."""
    with transaction.atomic():
        done = ImportRun.objects.filter(pk=run.pk, offset=run.offset).exclude(status=status)
        if not done.update(status=status, finished_at=timezone.now(), total=run.read):
            return False
        run.status, run.total = status, run.read
        if status == Status.DONE:
            record(
                run.by,
                "imports.done",
                run,
                kind=run.kind,
                created=run.created,
                updated=run.updated,
                unchanged=run.unchanged,
                refused=run.refused,
            )
    return True


def fail(run: ImportRun, refused: Refused) -> None:
    """The file cannot be read to its end; the rows of the batches before stay imported."""
    ImportRun.objects.filter(pk=run.pk).update(status=Status.FAILED, failure=str(refused)[:500])


def importer_for(run: ImportRun) -> Importer:
    companies = Company.objects.order_by("pk")
    granted = run.by.company_ids() if run.by is not None else ()
    company = (companies.filter(pk__in=granted) if granted else companies).first()
    if company is None:
        raise Refused("import_no_company", _("Falta la empresa: complétala en Configuración."))
    return run.importer(by=run.by, company=company, today=company.today(), run_id=run.pk)


def rows_of(run: ImportRun) -> Iterator[Row]:
    """Every row of the file with its cells by field."""
    table = read_table(run.file_name, run.file.read(), sheet=run.sheet)
    if table.headers != run.headings:
        raise Refused("import_changed", _("El fichero ya no es el que se revisó. Súbelo otra vez."))
    fields = {at: name for at, name in run.field_of.items() if at < len(table.headers)}
    headings = {name: table.headers[at] for at, name in fields.items()}
    for number, cells in table.rows:
        yield Row(number, {name: cells[at] for at, name in fields.items()}, headings)


def _through(run: ImportRun, *, write: bool) -> None:
    importer = importer_for(run)
    rows = rows_of(run)
    if run.total == 0:
        run.total = sum(1 for _row in rows_of(run))
        ImportRun.objects.filter(pk=run.pk).update(total=run.total)
    if run.offset:
        rows = _after(rows, run.offset, importer.remember)
    try:
        while batch := list(islice(rows, importer.batch_size)):
            with transaction.atomic():
                _one_batch(run, importer, batch, write=write)
            progress(run.read, run.total)
    except TakenOver:
        return


def _after(rows: Iterator[Row], offset: int, remember: Callable[[Row], Any]) -> Iterator[Row]:
    for row in rows:
        if row.number > offset:
            yield row
        else:
            remember(row)


def _one_batch(run: ImportRun, importer: Importer, batch: list[Row], *, write: bool) -> None:
    locked = ImportRun.objects.locked(run)
    if locked.offset != run.offset or locked.status != run.status:
        raise TakenOver
    importer.prepare(batch)
    counts = {CREATED: 0, UPDATED: 0, UNCHANGED: 0}
    refused = noticed = 0
    issues: list[Issue] = []
    for row in batch:
        outcome = importer.row(row)
        if row.is_refused:
            refused += 1
            issues += [issue for issue in row.issues if issue.is_error]
        else:
            counts[outcome] += 1
            noticed += bool(row.issues)
            issues += row.issues
    if write:
        importer.flush()
    else:
        importer.forget()
    ImportIssue.objects.bulk_create(
        [
            ImportIssue(
                run=run,
                row=issue.row,
                column=issue.column[:200],
                value=issue.value,
                code=issue.code,
                message=issue.message[:400],
                is_error=issue.is_error,
            )
            for issue in issues
        ]
    )
    run.created += counts[CREATED]
    run.updated += counts[UPDATED]
    run.unchanged += counts[UNCHANGED]
    run.refused += refused
    run.noticed += noticed
    run.offset = batch[-1].number
    run.save(update_fields=["created", "updated", "unchanged", "refused", "noticed", "offset"])
