"""Many records against the official schema at once, while somebody else works.

libxml2 reads and validates without holding Python, so a batch is proven on another core while the
rest of it is made. It only says whether all are right: when they are not, whoever asks tries them
one by one (:func:`schema.validate` names the guilty one and says why).
"""

import threading
from collections.abc import Sequence

from lxml import etree

from .schema import LR, PARSER, verdict_schema
from .xml import Header

MOST = 1000  # RegistroFactura in a document of SuministroLR.xsd
_HEAD = f'<RegFactuSistemaFacturacion xmlns="{LR}">{Header("Lote", "B12345674").xml()}'.encode()
_RECORD = b"<RegistroFactura>%b</RegistroFactura>"


class NotAllValid(Exception):
    """Some record of a batch does not follow the schema of the agency."""


def all_valid(records: Sequence[bytes]) -> bool:
    """Whether each of these elements is valid: the same declarations as for one alone."""
    for start in range(0, len(records), MOST):
        inside = b"".join([_RECORD % xml for xml in records[start : start + MOST]])
        try:
            root = etree.fromstring(_HEAD + inside + b"</RegFactuSistemaFacturacion>", PARSER)
        except (etree.XMLSyntaxError, ValueError):
            return False
        if len(root) != 1 + len(records[start : start + MOST]):
            return False
        if root.getroottree().docinfo.internalDTD is not None:
            return False
        if not verdict_schema().validate(root):
            return False
    return True


class Proof:
    """The proof of a batch, begun when made."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._records = records
        self._valid = False
        self._thread = threading.Thread(target=self._prove, daemon=True)
        self._thread.start()

    def _prove(self) -> None:
        self._valid = all_valid(self._records)

    def wait(self) -> None:
        """Raises NotAllValid, also when the proof could not be made."""
        self._thread.join()
        if not self._valid:
            raise NotAllValid(f"{len(self._records)} registros")
