"""The rows of an XLSX, XLS or ODS workbook, read by a process of its own with limited memory."""

import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from lonja.kit.errors import Refused
from lonja.kit.spreadsheets import too_many_columns, too_many_rows

MAX_UNZIPPED = 400 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 2_000
_SMALL = 1024 * 1024
_CHUNK = 1024 * 1024
_LONGEST_LINE = 64 * 1024 * 1024
_CHILD = Path(__file__).with_name("_workbook_child.py")


def workbook_rows(
    name: str, content: bytes, sheet: str, *, max_rows: int, max_columns: int
) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the sheets, and the rows of one as texts.

    Raises ``Refused`` before reading when the archive is a bomb, carries a DOCTYPE, is protected,
    or the sheet passes the limits.
    """
    if content[:2] == b"PK":
        _check_archive(name, content)
    messages = _run(content, Path(name).suffix.lower(), sheet)
    head: Any = next(messages, {"error": "crash"})
    if not isinstance(head, dict) or "error" in head:
        messages.close()
        raise _refusal(name, head.get("error", "crash") if isinstance(head, dict) else "crash")
    if head["height"] > max_rows:
        messages.close()
        raise too_many_rows(max_rows)
    if head["width"] > max_columns:
        messages.close()
        raise too_many_columns(max_columns)

    def rows() -> Iterator[list[str]]:
        read = 0
        try:
            for batch in messages:
                if isinstance(batch, dict):
                    break
                read += len(batch)
                yield from batch
        finally:
            messages.close()
        if read < head["height"]:
            raise _refusal(name, "crash")

    return head["sheets"], rows()


def _run(content: bytes, suffix: str, sheet: str) -> Generator[Any, None, None]:
    """Start the child and give what it prints; it dies when the generator is closed."""
    suffix = suffix if suffix in (".xlsx", ".xlsm", ".xls", ".ods", ".xlsb") else ".xlsx"
    if content[:4] == b"\xd0\xcf\x11\xe0":
        suffix = ".xls"
    elif content[30:38] == b"mimetype":
        suffix = ".ods"
    elif suffix in (".xls", ".ods"):
        suffix = ".xlsx"
    handle, path = tempfile.mkstemp(suffix=suffix, prefix="lonja-")
    child = None
    try:
        with os.fdopen(handle, "wb") as book:
            book.write(content)
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-X", "utf8", str(_CHILD), path, sheet],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert child.stdout is not None  # noqa: S101
        while line := child.stdout.readline(_LONGEST_LINE):
            yield json.loads(line)
        if child.wait() != 0:
            yield {"error": "crash"}
    finally:
        if child is not None:
            if child.poll() is None:
                child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()
        os.unlink(path)


def _check_archive(name: str, content: bytes) -> None:
    """Unzip every part to nowhere, counting what really comes out, not what the index says."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except Exception:
        raise _refusal(name, "unreadable") from None
    if len(parts) > MAX_PARTS:
        raise _refusal(name, "bomb")
    total = 0
    for part in parts:
        if part.flag_bits & 1:
            raise _refusal(name, "password")
        out = 0
        for chunk in _unzipped(name, content, part):
            if out == 0 and b"<!DOCTYPE" in chunk[:65_536].upper():
                raise _refusal(name, "unreadable")
            out += len(chunk)
            if total + out > MAX_UNZIPPED or (
                out > _SMALL and out > MAX_RATIO * max(part.compress_size, 1)
            ):
                raise _refusal(name, "bomb")
        total += out


def _unzipped(name: str, content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    at = part.header_offset
    if content[at : at + 4] != b"PK\x03\x04":
        raise _refusal(name, "unreadable")
    name_length, extra_length = struct.unpack("<HH", content[at + 26 : at + 30])
    start = at + 30 + name_length + extra_length
    packed = memoryview(content)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        for begin in range(0, len(packed), _CHUNK):
            yield bytes(packed[begin : begin + _CHUNK])
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise _refusal(name, "unreadable")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflate.decompress(packed, _CHUNK)
        while data:
            yield data
            data = inflate.decompress(inflate.unconsumed_tail, _CHUNK)
    except zlib.error:
        raise _refusal(name, "unreadable") from None


def _refusal(name: str, error: str) -> Refused:
    texts = {
        "bomb": (
            "spreadsheet_bomb",
            f"«{name}» ocupa demasiado al descomprimirlo. Guárdalo como CSV o divídelo en partes.",
        ),
        "password": (
            "spreadsheet_protected",
            f"«{name}» está protegido con contraseña. Quítala y vuelve a subirlo.",
        ),
        "memory": (
            "spreadsheet_too_big",
            f"La hoja de «{name}» abarca demasiadas celdas. Borra las filas y columnas que sobran "
            "o guárdala como CSV.",
        ),
        "sheet": ("spreadsheet_no_sheet", f"«{name}» no tiene esa hoja."),
        "unreadable": (
            "spreadsheet_unreadable",
            f"«{name}» no es una hoja de cálculo. Se admiten XLSX, XLS, ODS y CSV.",
        ),
    }
    # A child that died was killed for asking too much memory: calamine cannot fail politely.
    code, message = texts.get(error, texts["memory"])
    return Refused(code, message)
