"""QR codes as compact SVG: one filled path, no style, black on nothing (print it on white)."""

from __future__ import annotations

import functools
import re
from typing import Any

import zxingcpp

_ONES = re.compile("1+")
_AS_TEXT = bytes.maketrans(b"\x00\xff", b"10")  # black is 0 in a picture and 1 in a symbol


def qr_svg(data: str) -> bytes:
    """`data` as a QR code of correction level M, UTF-8, without quiet zone.

    The printed page gives the quiet zone. Level M is what both the AEAT (Orden HAC/1177/2024)
    and the EPC guideline ask; it is never raised silently, so the size follows from the text.
    One path on purpose: separate shapes leave hairlines between modules in some viewers.
    Raises ValueError when no code can carry so much text (2,331 bytes).
    """
    rows = qr_rows(data)
    size = len(rows)
    bars = _bars(size)
    path = []
    for y, row in enumerate(rows):
        for run in _ONES.finditer(row):
            start, end = run.span()
            path.append(f"M{start} {y}{bars[end - start]}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        f'viewBox="0 0 {size} {size}"><path d="{"".join(path)}"/></svg>'
    ).encode()


@functools.cache
def _bars(size: int) -> list[str]:
    """Each length of dark modules in a row, drawn from its upper left corner."""
    return [f"h{width}v1h-{width}z" for width in range(size + 1)]


def qr_rows(data: str) -> list[str]:
    """The symbol as strings of «0» and «1», top to bottom. Raises ValueError as `qr_svg`."""
    # As bytes: a text with an accent would carry a mark (ECI) that some bank apps do not read.
    code = zxingcpp.create_barcode(data.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture: Any = code.to_image(scale=1, add_quiet_zones=False)
    size: int = picture.shape[0]
    modules = bytes(memoryview(picture)).translate(_AS_TEXT).decode()
    return [modules[at : at + size] for at in range(0, size * size, size)]
