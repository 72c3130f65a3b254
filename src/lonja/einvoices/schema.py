"""The official XSDs, from our own folder and never from the network."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from lonja.einvoices.xmltree import parser
from lonja.kit.errors import Refused

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "schemas"
FILES = {
    "facturae": "Facturaev3_2_2.xsd",
    "ubl_invoice": "ubl/maindoc/UBL-Invoice-2.1.xsd",
    "ubl_credit_note": "ubl/maindoc/UBL-CreditNote-2.1.xsd",
    "cii": "cii/Factur-X_EN16931.xsd",
    "xades": "xades/XAdES01903v132-201601.xsd",
}
_lock = Lock()


@cache
def _schema(name: str) -> Any:
    return etree.XMLSchema(etree.parse(str(FOLDER / FILES[name]), parser()))


def errors(name: str, root: Any) -> list[str]:
    """What the schema says against the document; empty when it is valid."""
    with _lock:  # the log of a schema belongs to its last validation
        schema = _schema(name)
        if schema.validate(root):
            return []
        return [f"{e.line}: {e.message}" for e in schema.error_log][:20]


def check(name: str, root: Any) -> None:
    """Raises Refused("einvoice_invalid") with the first reason when it is not valid."""
    found = errors(name, root)
    if found:
        logger.error("%s not valid: %s", name, "; ".join(found))
        raise Refused(
            "einvoice_invalid",
            _("No se ha podido crear la factura electrónica: %(reason)s")
            % {"reason": found[0][:300]},
        )
