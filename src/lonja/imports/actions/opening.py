"""Taking a file in: reading enough of it to know it is a list, and keeping it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.files import store
from lonja.imports import columns
from lonja.imports.models import ColumnMemory, ImportRun, Status
from lonja.imports.registry import importer_of
from lonja.kit.errors import Refused
from lonja.kit.spreadsheets import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Table, read_table
from lonja.kit.text import clean_line

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

SAMPLE_ROWS = 5
TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def open_run(
    kind: str, name: str, content: bytes, *, by: Membership | None, sheet: str = ""
) -> ImportRun:
    """Keep the file and read its heading. The columns are guessed; nothing is imported yet.

    Raises `Refused` in Spanish when there is nothing to read, and keeps nothing then.
    """
    importer_of(kind)
    name = clean_line(name)[:200] or "fichero"
    sheets = sheet_names(name, content)
    if sheet and sheet not in sheets:
        raise Refused(
            "spreadsheet_no_sheet",
            _("«%(name)s» no tiene la hoja «%(sheet)s». Tiene: %(sheets)s.")
            % {"name": name, "sheet": sheet, "sheets": ", ".join(sheets) or "—"},
        )
    chosen, table, _sample = _first_readable(name, content, [sheet] if sheet else sheets)
    with transaction.atomic():
        run = ImportRun(
            kind=kind,
            file=store(name, content, _content_type(name)),
            file_name=name,
            sheets=sheets,
            sheet=chosen,
            headings=table.headers,
            notes=table.notes,
            by=by,
        )
        run.columns = _as_json(columns.guess(run.importer, table.headers, remembered(kind)))
        run.save()
    return run


def choose_sheet(run: ImportRun, sheet: str) -> None:
    """Read another sheet of the same file. Raises `Refused` when it is not there or is empty."""
    if sheet not in run.sheets:
        raise Refused("spreadsheet_no_sheet", _("Ese fichero no tiene esa hoja."))
    _sheet, table, _sample = _first_readable(run.file_name, run.file.read(), [sheet])
    run.sheet, run.headings, run.notes = sheet, table.headers, table.notes
    run.columns = _as_json(columns.guess(run.importer, table.headers, remembered(run.kind)))
    run.begin(Status.UPLOADED)
    run.save()


def choose_columns(run: ImportRun, chosen: dict[int, str]) -> None:
    """Say which column is which field, and remember it for the next file.

    Raises `Refused` when a field is given twice or a required one is missing.
    """
    names = [name for name in chosen.values() if name]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise Refused(
            "import_column_twice",
            _("Has elegido «%(label)s» en dos columnas. Deja una sola.")
            % {"label": run.importer.field(twice).label},
        )
    columns.refuse_missing(run.importer, names, run.headings)
    run.columns = _as_json({at: name for at, name in sorted(chosen.items()) if name})
    run.begin(Status.UPLOADED)
    with transaction.atomic():
        run.save()
        memory, _created = ColumnMemory.objects.get_or_create(kind=run.kind)
        memory.columns.update(
            {
                columns.fold(heading): chosen.get(at, "")
                for at, heading in enumerate(run.headings)
                if columns.fold(heading) and heading not in columns.repeated(run.headings)
            }
        )
        memory.save()


def sample(run: ImportRun) -> list[list[str]]:
    """The first rows of the file as they come."""
    _sheet, _table, rows = _first_readable(run.file_name, run.file.read(), [run.sheet])
    return rows


def remembered(kind: str) -> dict[str, str]:
    memory = ColumnMemory.objects.filter(kind=kind).first()
    return memory.columns if memory is not None else {}


def sheet_names(name: str, content: bytes) -> list[str]:
    """Sheets of a workbook; none for a CSV. Raises `Refused` for what is not a spreadsheet."""
    if content[:4] != b"PK\x03\x04" and content[:8] != b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return []
    if len(content) > MAX_BYTES:
        return []  # read_table says it better
    from lonja.kit.workbooks import workbook_rows

    try:
        sheets, rows = workbook_rows(name, content, "", max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
    except Refused as refused:
        if refused.code in ("spreadsheet_too_many_rows", "spreadsheet_too_many_columns"):
            return []
        raise
    rows.close()  # type: ignore[attr-defined]
    return sheets


def _first_readable(
    name: str, content: bytes, sheets: list[str]
) -> tuple[str, Table, list[list[str]]]:
    """The first sheet with a heading and rows: its name, the table, and its first rows."""
    refusal: Refused | None = None
    for sheet in (sheets or [""])[:20]:
        try:
            table = read_table(name, content, sheet=sheet)
            rows = [cells for _number, cells in islice(table.rows, SAMPLE_ROWS)]
        except Refused as refused:
            refusal = refusal or refused
            if refused.code != "spreadsheet_empty":
                raise
            continue
        table.rows.close()  # type: ignore[attr-defined]
        if rows:
            return sheet, table, rows
        refusal = refusal or Refused(
            "import_no_rows",
            _("«%(name)s» solo tiene la cabecera: no hay ninguna fila que importar.")
            % {"name": name},
        )
    raise refusal or Refused("spreadsheet_empty", _("El fichero está vacío."))


def _content_type(name: str) -> str:
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return TYPES.get(
        suffix, "text/csv" if suffix in (".csv", ".txt", ".tsv") else "application/octet-stream"
    )


def _as_json(chosen: dict[int, str]) -> dict[str, Any]:
    return {str(position): name for position, name in chosen.items()}
