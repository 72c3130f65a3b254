"""Tables from and to spreadsheets: XLSX, XLS, ODS and CSV.

What comes in is measured before it is parsed (R28) and every cell becomes clean text, so the
importer parses a CSV and a workbook with the same functions. What goes out cannot become a formula
(R27), and reading back a CSV written here gives the same cells.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter

from lonja.kit.errors import Refused
from lonja.kit.money import format_amount
from lonja.kit.words import _

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 250_000
MAX_COLUMNS = 200
MAX_CELL = 32_767

# What a spreadsheet program would take for a formula. A leading apostrophe is one more escape, so
# that undoing is exact.
_RISKY = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"-[0-9.]{1,24}(?:,[0-9]{1,9})?")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_NOT_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK", b"Rar!", b"\x1f\x8b", b"7z\xbc")


@dataclass(slots=True)
class Table:
    """A table as it came: ``headers`` (clean texts), ``rows`` once (row number counting the heading
    as 1, cells padded to the headings), the names of the ``sheets``, and ``notes`` in Spanish that
    may grow while the rows are read. Empty rows are skipped but counted."""

    headers: list[str]
    rows: Iterator[tuple[int, list[str]]]
    sheets: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_table(name: str, content: bytes, *, sheet: str = "") -> Table:
    """The table in a file a person gave; its first row with something in it is the heading.

    Cells: text without surrounding spaces or invisible characters; whole numbers without decimals,
    other numbers with decimal comma (``3,9``, so that 1.234 cannot be taken for thousands), dates
    ``2026-11-21``, formulas their last value. Raises ``Refused`` in Spanish for what is not a
    spreadsheet, is protected, or passes the limits, some of them while the rows are read.
    """
    if not content:
        raise Refused("spreadsheet_empty", _("El fichero «%(name)s» está vacío.") % {"name": name})
    if len(content) > MAX_BYTES:
        raise Refused(
            "spreadsheet_too_big",
            _("El fichero pesa %(size)s MB y el máximo son %(most)s MB. Divídelo en partes.")
            % {"size": len(content) // 1_048_576, "most": MAX_BYTES // 1_048_576},
        )
    notes: list[str] = []
    if content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        from lonja.kit.workbooks import workbook_rows

        sheets, rows = workbook_rows(
            name, content, sheet, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS
        )
        if len(sheets) > 1:
            notes.append(f"Se ha leído la hoja «{sheet or sheets[0]}».")
        return _table(rows, sheets, notes)
    if content.startswith(_NOT_TEXT):
        raise _not_a_spreadsheet(name)
    return _table(_csv_rows(name, content, notes), [], notes)


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV as Excel in Spanish opens it: UTF-8 with BOM, ``;``, decimal comma, CRLF.

    Cells that a spreadsheet would run as a formula carry an apostrophe before, which ``read_table``
    takes away; a plain negative number stays a number.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([neutralised(header) for header in headers])
    for row in rows:
        writer.writerow([neutralised(_written(cell)) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def neutralised(text: str) -> str:
    """``text`` made harmless as a CSV cell: an apostrophe before ``= + - @``, tab or CR."""
    if _RISKY.match(text) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def write_xlsx(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    sheet: str = "Datos",
    amounts: str = "#,##0.00",
    to: BinaryIO | None = None,
) -> bytes:
    """A workbook of one sheet, heading in bold and frozen, written row by row.

    Text is always written as text, never as a formula or a link; ``Decimal`` and ``int`` as
    numbers, those of two decimals in the format ``amounts``; dates as dates. Into ``to`` when given
    (and then returns ``b""``).
    """
    made = io.BytesIO()
    target = made if to is None else to
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "dd/mm/yyyy",
        },
    )
    page = book.add_worksheet(sheet[:31])
    bold = book.add_format({"bold": True})
    amount = book.add_format({"num_format": amounts})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    page.freeze_panes(1, 0)
    for column, header in enumerate(headers):
        page.write_string(0, column, header[:MAX_CELL], bold)
        page.set_column(column, column, min(40, max(12, len(header) + 2)))
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, bool):
                page.write_string(number, column, "sí" if cell else "no")
            elif isinstance(cell, Decimal):
                two = int(cell.as_tuple().exponent) == -2
                page.write_number(number, column, float(cell), amount if two else None)
            elif isinstance(cell, int):
                page.write_number(number, column, cell)
            elif isinstance(cell, datetime):
                page.write_datetime(number, column, cell.replace(tzinfo=None), moment)
            elif isinstance(cell, date):
                page.write_datetime(number, column, cell)
            else:
                page.write_string(number, column, str(cell)[:MAX_CELL])
    book.close()
    return made.getvalue() if to is None else b""


def _written(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "sí" if cell else "no"
    if isinstance(cell, Decimal):
        text = format_amount(cell, max(0, -int(cell.as_tuple().exponent)))
        return text.replace("\u2212", "-").replace(".", "")
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _clean(cell: str) -> str:
    if "\r" in cell:
        cell = cell.replace("\r\n", "\n")
    return _UNWANTED.sub("", cell).strip(" \u00a0\n")


def _table(raw: Iterator[list[str]], sheets: list[str], notes: list[str]) -> Table:
    headers: list[str] = []
    for row in raw:
        headers = [" ".join(_clean(cell).split()) for cell in row]
        if any(headers):
            break
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise Refused("spreadsheet_empty", _("La hoja está vacía: no tiene ninguna fila."))
    if len(headers) > MAX_COLUMNS:
        raise too_many_columns(MAX_COLUMNS)

    def rows() -> Iterator[tuple[int, list[str]]]:
        width, noted = len(headers), False
        with closing(raw):  # type: ignore[type-var]
            for number, row in enumerate(raw, start=2):
                if number > MAX_ROWS:
                    raise too_many_rows(MAX_ROWS)
                cells = [_clean(cell) for cell in row]
                if not any(cells):
                    continue
                if any(cells[width:]) and not noted:
                    noted = True
                    notes.append(f"La fila {number} tiene más celdas que la cabecera.")
                cells = cells[:width] + [""] * (width - len(cells))
                yield number, cells

    return Table(headers, rows(), sheets, notes)


def _csv_rows(name: str, content: bytes, notes: list[str]) -> Iterator[list[str]]:
    encoding = _encoding(content)
    if encoding != "utf-16" and b"\x00" in content:
        raise _not_a_spreadsheet(name)
    if encoding == "cp1252":
        odd = sum(content.count(bytes([c])) for c in range(32) if c not in (9, 10, 13))
        if odd > len(content) // 100:
            raise _not_a_spreadsheet(name)
        notes.append("El fichero está en Windows-1252: si ves «?», se perdieron al guardarlo.")

    def lines() -> Iterator[str]:
        return io.TextIOWrapper(
            io.BytesIO(content), encoding=encoding, errors="replace", newline=""
        )

    first = next(iter(lines()), "")
    told = re.fullmatch(r"sep=(.)\s*", first[:10])
    delimiter = told.group(1) if told else _delimiter(lines())

    def rows() -> Iterator[list[str]]:
        reader = csv.reader(lines(), delimiter=delimiter)
        if told:
            next(reader, None)
        try:
            for row in reader:
                yield [cell[1:] if _ESCAPED.match(cell) else cell for cell in row]
        except csv.Error:
            raise Refused(
                "spreadsheet_unreadable",
                _("«%(name)s» no se puede leer desde la fila %(row)s: ¿falta cerrar unas comillas?")
                % {"name": name, "row": reader.line_num},
            ) from None

    return rows()


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(lines: Iterable[str]) -> str:
    """The separator that splits the first lines into the most equal columns."""
    sample = "".join(line for line, _ in zip(lines, range(30), strict=False))[:200_000]
    best, best_score = ";", (0.0, 0)
    for candidate in ";,\t|":
        try:
            widths = [
                len(row) for row in csv.reader(io.StringIO(sample), delimiter=candidate) if row
            ]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        equal = sum(width == widths[0] for width in widths) / len(widths)
        if (equal, widths[0]) > best_score:
            best, best_score = candidate, (equal, widths[0])
    return best


def too_many_rows(most: int) -> Refused:
    """The refusal of a table with more rows than allowed."""
    return Refused(
        "spreadsheet_too_many_rows",
        _("La hoja tiene más de %(most)s filas. Divídela en partes.")
        % {"most": format_amount(most, 0)},
    )


def too_many_columns(most: int) -> Refused:
    """The refusal of a table with more columns than allowed."""
    return Refused(
        "spreadsheet_too_many_columns",
        _("La hoja tiene más de %(most)s columnas. Deja solo las que quieras importar.")
        % {"most": most},
    )


def _not_a_spreadsheet(name: str) -> Refused:
    return Refused(
        "spreadsheet_unreadable",
        _("«%(name)s» no es una hoja de cálculo. Se admiten XLSX, XLS, ODS y CSV.")
        % {"name": name},
    )
