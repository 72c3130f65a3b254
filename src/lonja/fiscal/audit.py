"""The auditor of a chain as the tables hold it: every huella again, every link, every column.

A sound record is recognised by what its columns must have written, without parsing anything; only
one that does not look so is read element by element, to say what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _
from lxml.etree import XMLSyntaxError

from lonja.accounts.snapshot import one_view
from lonja.fiscal.breakdown import Taxes, breakdown_text, breakdowns_of, same_breakdown
from lonja.fiscal.models import Chain
from lonja.fiscal.verifactu.chain import (
    ChainReport,
    Link,
    chain_report,
    expected_huella,
    link_from_xml,
)
from lonja.fiscal.verifactu.huella import digest
from lonja.fiscal.verifactu.qr import qr_url
from lonja.fiscal.verifactu.schema import SF

_BATCH, _FIRST = 2000, 250
_COLUMNS = (
    *("position", "operation", "is_amendment", "issuer_nif", "number", "issued_on"),
    *("invoice_type", "tax_text", "total_text", "previous_huella", "generated_at", "huella"),
    *("qr_url", "xml", "xml_digest", "invoice_id"),
)
_DATES = {"issued_on": "CAST(r.issued_on AS text)"}  # SQLite would make an object of each
_SQL = f"""SELECT {", ".join(_DATES.get(name, f"r.{name}") for name in _COLUMNS)},
 i.number, CAST(i.issued_on AS text), i.total_cents FROM fiscal_record r
 LEFT JOIN billing_invoice i ON i.id = r.invoice_id
 WHERE r.organisation_id = %s AND r.chain_id = %s ORDER BY r.position, r.id"""  # noqa: S608


class Kept(NamedTuple):
    """A record and the invoice it is of, as the tables hold them."""

    position: int
    operation: str
    is_amendment: bool
    issuer_nif: str
    number: str
    issued_on: str
    invoice_type: str
    tax_text: str
    total_text: str
    previous_huella: str
    generated_at: str
    huella: str
    qr_url: str
    xml: str
    xml_digest: str
    invoice_id: int
    invoice_number: str | None
    invoice_issued_on: str | None
    invoice_total_cents: int | None


Batch = tuple[list[tuple[Any, ...]], Taxes]
_INVOICE = _COLUMNS.index("invoice_id")
_NIF, _NUMBER, _ISSUED_ON, _HUELLA = (
    _COLUMNS.index(name) for name in ("issuer_nif", "number", "issued_on", "huella")
)
Known = tuple[str, str, str, str]  # of the record before: NIF, number, date and huella
NOTHING: Known = ("", "", "", "")


def audit(chain: Chain) -> ChainReport:
    """Follow a chain to its first broken record, or to its end and its head.

    The columns must say what the XML says, the XML be the one that was made, and the invoice and
    its taxes say what the record says. Reads in batches: memory stays flat.
    """
    with one_view():
        return _audit(chain)


def _audit(chain: Chain) -> ChainReport:
    test = chain.environment != "production"
    known, checked, position = NOTHING, 0, 0
    for rows, taxes in _batches(chain):
        for row in rows:
            checked += 1
            position += 1
            if not _is_sound(row, position, known, taxes, test):
                kept = Kept._make(row)
                fault = _look_closer(kept, position, known, taxes, test, checked)
                if fault is not None:
                    return fault
            known = (row[_NIF], row[_NUMBER], _day(row[_ISSUED_ON]), row[_HUELLA])
    if chain.last_huella != known[3]:
        return chain_report("head", checked, known[3], position, known[1])
    if checked != chain.last_position:
        message = _("La cadena tiene %(n)s registros y su cabeza dice %(head)s.") % {
            "n": checked,
            "head": chain.last_position,
        }
        return ChainReport(checked, known[3], checked, chain.last_number, "head", message)
    return ChainReport(checked, known[3])


def _batches(chain: Chain) -> Iterator[Batch]:
    """The records in order, with the taxes of their invoices.

    Where the database is another process, it looks for the next ones while these are examined.
    """
    with connection.chunked_cursor() as records, connection.cursor() as taxes:
        records.execute(_SQL, [chain.organisation_id, chain.pk])
        if connection.vendor == "sqlite":
            while rows := records.fetchmany(_BATCH):
                yield rows, breakdowns_of(taxes, chain.organisation_id, _invoices(rows))
            return
        from lonja.fiscal.ahead import whole_answer  # psycopg: not where SQLite is all there is

        ask = partial(whole_answer, records.db)

        def read(how_many: int) -> Batch:
            rows = ask(f'FETCH FORWARD {how_many} FROM "{records.cursor.name}"')
            return rows, breakdowns_of(taxes, chain.organisation_id, _invoices(rows), ask=ask)

        with ThreadPoolExecutor(1) as reader:
            rows, own = read(_FIRST)  # few: nothing is examined until they are here
            while rows:
                following = reader.submit(copy_context().run, read, _BATCH)
                yield rows, own
                rows, own = following.result()


def _invoices(rows: list[tuple[Any, ...]]) -> list[int]:
    return list({row[_INVOICE] for row in rows})


def _is_sound(row: tuple[Any, ...], position: int, known: Known, taxes: Taxes, test: bool) -> bool:
    """Whether the record is, character by character, what its columns must have written.

    `row`: the values of a `Kept`, which costs more to make than to read.
    """
    (at, operation, amends, nif, number, issued_on, kind, quota, total, previous, made) = row[:11]
    (huella, url, xml, xml_digest, invoice_id, own_number, own_date, own_total) = row[11:]
    if at != position or previous != known[3] or number != own_number or issued_on != own_date:
        return False
    if sha256(xml.encode()).hexdigest() != xml_digest:
        return False
    issued = _day(issued_on)
    if operation == "alta":
        if amends:
            return False  # it may say another regime: it is read element by element
        cadena = (
            f"IDEmisorFactura={nif}&NumSerieFactura={number}&FechaExpedicionFactura={issued}"
            f"&TipoFactura={kind}&CuotaTotal={quota}&ImporteTotal={total}&Huella={previous}"
            f"&FechaHoraHusoGenRegistro={made}"
        )
        start = (
            f"{_ALTA}<IDEmisorFactura>{nif}</IDEmisorFactura><NumSerieFactura>{number}"
            f"</NumSerieFactura><FechaExpedicionFactura>{issued}</FechaExpedicionFactura>"
            "</IDFactura>"
        )
        money = (
            f"{breakdown_text(taxes.get(invoice_id, ()))}<CuotaTotal>{quota}</CuotaTotal>"
            f"<ImporteTotal>{total}</ImporteTotal>"
            f"<Encadenamiento>{_link(known)}</Encadenamiento><SistemaInformatico>"
        )
        rest, opens = "</RegistroAlta>", "<Desglose>"
        if _cents(total) != own_total:
            return False
        if f"<TipoFactura>{kind}</TipoFactura>" not in xml:
            return False
        if url != qr_url(nif, number, issued, total, test=test):
            return False
    else:
        cadena = (
            f"IDEmisorFacturaAnulada={nif}&NumSerieFacturaAnulada={number}"
            f"&FechaExpedicionFacturaAnulada={issued}&Huella={previous}"
            f"&FechaHoraHusoGenRegistro={made}"
        )
        start = (
            f"{_VOID}<IDEmisorFacturaAnulada>{nif}</IDEmisorFacturaAnulada>"
            f"<NumSerieFacturaAnulada>{number}</NumSerieFacturaAnulada>"
            f"<FechaExpedicionFacturaAnulada>{issued}</FechaExpedicionFacturaAnulada></IDFactura>"
        )
        money = f"<Encadenamiento>{_link(known)}</Encadenamiento><SistemaInformatico>"
        rest, opens = "</RegistroAnulacion>", "<Encadenamiento>"
        if kind or quota or total or operation != "anulacion":
            return False
    end = (
        f"</SistemaInformatico><FechaHoraHusoGenRegistro>{made}</FechaHoraHusoGenRegistro>"
        f"<TipoHuella>01</TipoHuella><Huella>{huella}</Huella>{rest}"
    )
    if digest(cadena) != huella:
        return False
    if not (xml.startswith(start) and xml.endswith(end)) or ("!" in xml and "<!" in xml):
        return False
    return xml.startswith(money, xml.find(opens))


_ALTA = f'<RegistroAlta xmlns="{SF}"><IDVersion>1.0</IDVersion><IDFactura>'
_VOID = f'<RegistroAnulacion xmlns="{SF}"><IDVersion>1.0</IDVersion><IDFactura>'


def _link(known: Known) -> str:
    nif, number, issued, huella = known
    if not huella:
        return "<PrimerRegistro>S</PrimerRegistro>"
    return (
        f"<RegistroAnterior><IDEmisorFactura>{nif}</IDEmisorFactura><NumSerieFactura>{number}"
        f"</NumSerieFactura><FechaExpedicionFactura>{issued}</FechaExpedicionFactura>"
        f"<Huella>{huella}</Huella></RegistroAnterior>"
    )


def _look_closer(
    kept: Kept, position: int, known: Known, taxes: Taxes, test: bool, checked: int
) -> ChainReport | None:
    """What is wrong with a record, read element by element; None when nothing is."""

    def broken(code: str, message: str) -> ChainReport:
        return ChainReport(checked, known[3], kept.position, kept.number, code, message)

    raw = kept.xml.encode()
    try:
        link = link_from_xml(kept.position, raw)
    except XMLSyntaxError:
        return broken("xml", _("El XML del registro no se puede leer."))
    # The link itself first: a broken huella says more than its columns.
    fault = _fault(link, position, known)
    if fault:
        # An XML beyond recognition does not say its number: the row does.
        return chain_report(fault, checked, known[3], link.position, link.number or kept.number)
    difference = _difference(kept, link, test)
    if difference:
        message = _("El registro %(number)s no dice lo mismo en %(what)s.") % {
            "number": kept.number,
            "what": difference,
        }
        return broken("columns", message)
    if sha256(raw).hexdigest() != kept.xml_digest:
        message = _("El XML del registro %(number)s no es el que se generó: alguien lo ha tocado.")
        return broken("altered", message % {"number": kept.number})
    if link.operation == "Alta":
        own = taxes.get(kept.invoice_id, ())
        if not same_breakdown(raw, own, any_regime=bool(kept.is_amendment)):
            message = _("El desglose del registro %(number)s no es el de su factura.")
            return broken("breakdown", message % {"number": kept.number})
    return None


def _fault(link: Link, position: int, known: Known) -> str:
    if link.position != position:
        return "position"
    if link.operation == "Anulacion":
        if link.kind or link.quota or link.total:
            return "operation"
    elif link.operation != "Alta":
        return "operation"
    if link.huella != expected_huella(link):
        return "huella"
    if link[10:] != known:
        return "link" if known[3] else "first"
    return ""


_COMPARED = (
    *("operation", "issuer_nif", "number", "issued_on", "invoice_type", "tax_text", "total_text"),
    *("previous_huella", "generated_at", "huella", "invoice", "invoice.issued_on"),
)


def _difference(kept: Kept, link: Link, test: bool) -> str:
    """The first thing that the columns, the invoice or the QR say otherwise than the XML."""
    ours = (
        *(kept.operation, kept.issuer_nif, kept.number, _day(kept.issued_on), kept.invoice_type),
        *(kept.tax_text, kept.total_text, kept.previous_huella, kept.generated_at, kept.huella),
        *(kept.invoice_number, _day(kept.invoice_issued_on)),
    )
    theirs = (
        *(link.operation.lower(), link.nif, link.number, link.issued, link.kind, link.quota),
        *(link.total, link.previous_huella, link.generated, link.huella, link.number, link.issued),
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


def _cents(total: str) -> int | None:
    """«-24.20» as -2420; None when it is not written so."""
    if total[-3:-2] != ".":
        return None
    try:
        return int(total[:-3] + total[-2:])
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _day(text: str | None) -> str:
    """AAAA-MM-DD as DD-MM-AAAA; «» for nothing."""
    year, _dash, rest = (text or "").partition("-")
    month, _dash, day = rest.partition("-")
    return f"{day}-{month}-{year}" if year else ""
