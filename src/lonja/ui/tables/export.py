"""A list as a spreadsheet: the same filter, order and columns as on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from lonja.kit.text import slug
from lonja.ui.tables.table import Table

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def write(
    table: Table, kind: str, *, through: Callable[[Iterable[Any]], Iterable[Any]] | None = None
) -> tuple[str, bytes, str]:
    """(file name, content, content type). `through` may watch the rows go by.

    Raises PermissionDenied when the member of the table may not download it.
    """
    from lonja.kit import spreadsheets

    if not table.may_export(table.member):
        raise PermissionDenied(table.export_permission)
    rows: Iterable[Any] = table.export_rows()
    if through is not None:
        rows = through(rows)
    columns = table.shown_columns
    headers = [str(column.label) for column in columns]
    lines = ([column.exported(row) for column in columns] for row in rows)
    writer = spreadsheets.write_xlsx if kind == "xlsx" else spreadsheets.write_csv
    stem = slug(str(table.export_name or table.title))
    return f"{stem}-{timezone.localdate():%Y-%m-%d}.{kind}", writer(headers, lines), TYPES[kind]
