"""The rows that did not go in, as a file that can be mended and uploaded again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import PurePath

from django.utils.translation import gettext as _

from lonja.files import store
from lonja.imports.models import ImportIssue, ImportRun
from lonja.kit.spreadsheets import read_table, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ERROR_HEADING = "Error"


def keep_error_file(run: ImportRun) -> None:
    """Store the file of refused rows, when there are any."""
    if not run.refused or run.error_file_id is not None:
        return
    stored = store(name_of(run), content_of(run), XLSX)
    ImportRun.objects.filter(pk=run.pk, error_file=None).update(error_file=stored)
    run.error_file = stored


def name_of(run: ImportRun) -> str:
    return f"{PurePath(run.file_name).stem[:150]}-{_('errores')}.xlsx"


def content_of(run: ImportRun) -> bytes:
    """A workbook with the refused rows in the layout of the file plus «Error»."""
    headings = [*run.headings]
    if ERROR_HEADING not in headings:
        headings.append(ERROR_HEADING)
    with tempfile.TemporaryFile() as file:
        write_xlsx(headings, _refused_rows(run, headings), sheet=run.sheet or "Datos", to=file)
        file.seek(0)
        return file.read()


def _refused_rows(run: ImportRun, headings: list[str]) -> Iterator[list[str]]:
    at = headings.index(ERROR_HEADING)
    messages = _messages(run)
    number, text = next(messages, (0, ""))
    table = read_table(run.file_name, run.file.read(), sheet=run.sheet)
    for row, cells in table.rows:
        if row != number:
            continue
        cells = [*cells, *[""] * (len(headings) - len(cells))]
        cells[at] = text
        yield cells
        number, text = next(messages, (0, ""))


def _messages(run: ImportRun) -> Iterator[tuple[int, str]]:
    """(row number, its messages joined) in the order of the file."""
    issues = ImportIssue.objects.filter(run=run, is_error=True).order_by("row", "pk")
    current, texts = 0, []
    for row, message in issues.values_list("row", "message").iterator(chunk_size=2000):
        if row != current and texts:
            yield current, " · ".join(texts)
            texts = []
        current = row
        texts.append(message)
    if texts:
        yield current, " · ".join(texts)
