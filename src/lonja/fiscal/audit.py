"""The auditor of a chain as the tables hold it: every huella again, every link, every column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from lxml.etree import XMLSyntaxError

from lonja.fiscal.models import Chain, Record
from lonja.fiscal.verifactu.chain import (
    ChainReport,
    Link,
    link_from_text,
    link_from_xml,
    verify_chain,
)
from lonja.fiscal.verifactu.qr import qr_url


class Kept(NamedTuple):
    """A record and the invoice it is of, as the tables hold them."""

    position: int
    operation: str
    issuer_nif: str
    number: str
    issued_on: date
    invoice_type: str
    tax_text: str
    total_text: str
    previous_huella: str
    generated_at: str
    huella: str
    qr_url: str
    xml: str
    invoice_number: str | None
    invoice_issued_on: date | None
    invoice_total_cents: int | None


def audit(chain: Chain) -> ChainReport:
    """Follow a chain to its first broken record, or to its end and its head.

    The columns must say what the XML says, and the invoice what the record says. Streams: memory
    stays flat.
    """
    rows = (
        Record.objects.filter(chain=chain)
        .order_by("position", "id")
        .values_list(
            *Kept._fields[:-3], "invoice__number", "invoice__issued_on", "invoice__total_cents"
        )
        .iterator(chunk_size=2000)
    )
    reader = _Reader(chain)
    report = verify_chain(reader.links(rows), head=chain.last_huella)
    if reader.fault is not None:
        return reader.fault
    if report.ok and report.checked != chain.last_position:
        message = _("La cadena tiene %(n)s registros y su cabeza dice %(head)s.") % {
            "n": report.checked,
            "head": chain.last_position,
        }
        return ChainReport(
            report.checked, report.last_huella, report.checked, chain.last_number, "head", message
        )
    return report


class _Reader:
    """Turns rows into links, and stops at the first whose columns differ from its XML."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.test = chain.environment != "production"
        self.fault: ChainReport | None = None
        self.read = 0

    def links(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[Link]:
        for row in rows:
            kept = Kept(*row)
            self.read += 1
            try:
                link = link_from_text(kept.position, kept.xml) or link_from_xml(
                    kept.position, kept.xml.encode()
                )
            except XMLSyntaxError:
                self._stop(kept, "xml", _("El XML del registro no se puede leer."))
                return
            yield link  # the link itself first: a broken huella says more than its columns
            difference = _difference(kept, link, self.test)
            if difference:
                message = _("El registro %(number)s no dice lo mismo en %(what)s.") % {
                    "number": kept.number,
                    "what": difference,
                }
                self._stop(kept, "columns", message)
                return

    def _stop(self, kept: Kept, code: str, message: str) -> None:
        self.fault = ChainReport(self.read, "", kept.position, kept.number, code, message)


_COMPARED = (
    *("operation", "issuer_nif", "number", "issued_on", "invoice_type", "tax_text", "total_text"),
    *("previous_huella", "generated_at", "huella", "invoice", "invoice.issued_on"),
)


def _difference(kept: Kept, link: Link, test: bool) -> str:
    """The first thing that the columns, the invoice or the QR say otherwise than the XML."""
    issued = _date(link.issued)
    ours = (
        *(kept.operation, kept.issuer_nif, kept.number, kept.issued_on, kept.invoice_type),
        *(kept.tax_text, kept.total_text, kept.previous_huella, kept.generated_at, kept.huella),
        *(kept.invoice_number, kept.invoice_issued_on),
    )
    theirs = (
        *(_lower(link.operation), link.nif, link.number, issued, link.kind, link.quota, link.total),
        *(link.previous_huella, link.generated, link.huella, link.number, issued),
    )
    if ours != theirs:
        pairs = zip(_COMPARED, ours, theirs, strict=True)
        return next(name for name, mine, other in pairs if mine != other)
    if link.operation != "Alta":
        return ""
    if kept.invoice_total_cents is None or _cents(link.total) != kept.invoice_total_cents:
        return "invoice.total"
    if kept.qr_url != qr_url(link.nif, link.number, link.issued, link.total, test=test):
        return "qr_url"
    return ""


@lru_cache(maxsize=16)
def _lower(operation: str) -> str:
    return operation.lower()


def _cents(total: str) -> int | None:
    """«-24.20» as -2420; None when it is not written so."""
    if total[-3:-2] != ".":
        return None
    try:
        return int(total[:-3] + total[-2:])
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _date(text: str) -> date | None:
    """A DD-MM-AAAA, or None."""
    try:
        day, month, year = text.split("-")
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
