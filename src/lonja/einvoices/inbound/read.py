"""Choosing the reader of a file by what it is, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from lonja.documents.pdf_tools import load_pyhanko
from lonja.einvoices.inbound import cii, facturae, ubl
from lonja.einvoices.inbound.shape import Inbound, InboundLine
from lonja.einvoices.xmltree import read
from lonja.kit.errors import Refused

__all__ = ["Inbound", "InboundLine", "read_invoices"]

_READERS: dict[str, Callable[[Any], list[Inbound]]] = {
    "Facturae": facturae.invoices,
    "Invoice": ubl.invoices,
    "CreditNote": ubl.invoices,
    "CrossIndustryInvoice": cii.invoices,
}


def read_invoices(content: bytes) -> list[Inbound]:
    """The invoices of a file: XML (Facturae, UBL, CII) or PDF with one inside.

    Raises Refused: not an invoice, broken, dangerous, or something essential missing.
    """
    if content[:1024].lstrip().startswith(b"%PDF"):
        load_pyhanko()
        from lonja.einvoices.facturx import embedded_xml  # slow to load, and few need it

        content = embedded_xml(content)
    root = read(content)
    name = etree.QName(root).localname
    reader = _READERS.get(name)
    if reader is None:
        raise Refused(
            "inbound_unknown",
            _(
                "El XML no es una factura que conozcamos. Leemos Facturae, UBL y CII, también "
                "dentro de un PDF Factur-X o ZUGFeRD."
            ),
        )
    found = reader(root)
    if not found:
        raise Refused("inbound_empty", _("El fichero no lleva ninguna factura dentro."))
    return found
