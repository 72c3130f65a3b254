"""What is appended to a PDF that is made, with pyHanko, loaded when it is first needed.

Its modules import one another in a circle: a second thread that asked for one in the middle of that
would find it half made. Whoever imports any of it calls `load_pyhanko` before.
"""

from __future__ import annotations

import functools
import importlib
import io
import threading
from typing import Any

_door = threading.Lock()


def load_pyhanko() -> None:
    """Load it whole, one thread at a time; afterwards it costs nothing."""
    with _door:
        importlib.import_module("pyhanko.sign")


def continued(pdf: bytes) -> Any:
    """A pyHanko writer that appends to the file (an incremental update): every byte of it stays,
    and its metadata say what they said, in the words of who wrote them.

    What is printed ends in «%%EOF» and the first object of the update would stand on that same
    line, which ISO 19005-3 §6.1.9 forbids; a line break after it, §6.1.3 allows.
    """
    load_pyhanko()
    return _writer()(io.BytesIO(pdf if pdf.endswith((b"\n", b"\r")) else pdf + b"\n"))


@functools.cache
def _writer() -> Any:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Continued(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            """Nothing of its own."""

    return Continued
