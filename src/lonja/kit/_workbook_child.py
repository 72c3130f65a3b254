"""Runs alone, as ``python -I _workbook_child.py BOOK SHEET``: prints the rows of a workbook.

calamine builds the whole rectangle of cells in memory, so a file of 5 kB with one value in the
last cell of the sheet asks for half a terabyte. Here that ends a process of limited memory, not
the program. Prints one JSON value a line: first ``{"sheets", "height", "width"}``, then batches of
rows (each a list of texts), or ``{"error": code}``.
"""

import datetime
import json
import sys
from itertools import islice

MEMORY_LIMIT = 512 * 1024 * 1024
_BATCH = 500


def limit_memory() -> None:
    """Give this process at most ``MEMORY_LIMIT`` bytes; does nothing on Windows."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell_text(value: object) -> str:
    """The text of a cell: numbers with decimal comma and at most 15 digits, dates in ISO."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return _number_text(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time(0):
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value)


def _number_text(value: float) -> str:
    short = f"{value:.15g}"
    if "e" in short or "n" in short:  # exponents, nan and inf stay as they are: nobody parses them
        return short
    return short.replace(".", ",")


def main(path: str, sheet: str) -> None:
    """Print the sheet called ``sheet`` (or the first one if empty) of the workbook at ``path``."""
    import python_calamine

    limit_memory()
    out = sys.stdout
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if sheet and sheet not in names:
            out.write(json.dumps({"error": "sheet", "sheets": names}) + "\n")
            return
        table = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
    except python_calamine.PasswordError:
        out.write('{"error": "password"}\n')
        return
    except MemoryError:
        out.write('{"error": "memory"}\n')
        return
    except Exception:
        out.write('{"error": "unreadable"}\n')
        return
    head = {"sheets": names, "height": table.height, "width": table.width}
    out.write(json.dumps(head) + "\n")
    out.flush()
    rows = table.iter_rows()
    while batch := list(islice(rows, _BATCH)):
        texts = [[cell_text(cell) for cell in row] for row in batch]
        out.write(json.dumps(texts, ensure_ascii=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except BrokenPipeError:
        sys.stderr.close()
