"""What the agency answers, read without trusting it.

The parser expands no entity, loads no DTD and refuses a DOCTYPE; the caller limits the size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from .schema import PARSER, SF, SOAP

_BASE = SF.removesuffix("SuministroInformacion.xsd")
R = f"{_BASE}RespuestaSuministro.xsd"
LRRC = f"{_BASE}RespuestaConsultaLR.xsd"
BIGGEST = 32 * 1024 * 1024

CORRECT, WITH_ERRORS, WRONG = "Correcto", "AceptadoConErrores", "Incorrecto"


class Unreadable(ValueError):
    """The answer is not what the agency's schema promises."""


@dataclass(frozen=True, slots=True)
class Line:
    """The verdict on one record. `operation` is Alta or Anulacion."""

    nif: str
    number: str
    issued: str
    operation: str
    outcome: str
    code: str = ""
    text: str = ""
    duplicate_state: str = ""
    duplicate_code: str = ""
    duplicate_text: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.operation, self.number, self.issued)


@dataclass(frozen=True, slots=True)
class Answer:
    """RespuestaRegFactuSistemaFacturacion. `wait` is None when the agency says none."""

    outcome: str
    csv: str
    wait: int | None
    lines: tuple[Line, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault: nothing was processed. `code` is the agency's number or empty."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """A record as the agency keeps it. `state`: Correcto, AceptadoConErrores or Anulado."""

    nif: str
    number: str
    issued: str
    huella: str
    state: str
    code: str = ""
    text: str = ""
    csv: str = field(default="")


@dataclass(frozen=True, slots=True)
class Page:
    """Part of what a query found; `after` (NIF, number, date) asks for the rest, if there is."""

    records: list[Known]
    after: tuple[str, ...] | None = None


def read(xml: bytes) -> Answer | Fault:
    """The answer to a submission. Raises Unreadable."""
    body = _body(xml)
    fault = body.find(f"{{{SOAP}}}Fault")
    if fault is not None:
        return _fault(fault)
    root = body.find(f"{{{R}}}RespuestaRegFactuSistemaFacturacion")
    if root is None:
        raise Unreadable("no es una respuesta de VERI*FACTU")
    outcome = _text(root, R, "EstadoEnvio")
    if outcome not in ("Correcto", "ParcialmenteCorrecto", "Incorrecto"):
        raise Unreadable(f"EstadoEnvio «{outcome[:40]}»")
    wait = _text(root, R, "TiempoEsperaEnvio")
    told = root.find(f"{{{R}}}DatosPresentacion/{{{SF}}}TimestampPresentacion")
    return Answer(
        outcome=outcome,
        csv=_text(root, R, "CSV")[:40],
        wait=int(wait) if re.fullmatch(r"\d{1,4}", wait) else None,
        lines=tuple(_lines(root)),
        at=_moment(told.text if told is not None else None),
    )


def read_query(xml: bytes) -> Page | Fault:
    """The records that a query found. Raises Unreadable: it is not the answer to a query, or says
    that there is more without saying from where."""
    body = _body(xml)
    fault = body.find(f"{{{SOAP}}}Fault")
    if fault is not None:
        return _fault(fault)
    root = body.find(f"{{{LRRC}}}RespuestaConsultaFactuSistemaFacturacion")
    if root is None:
        raise Unreadable("no es la respuesta a una consulta")
    found = []
    for row in root.iterchildren(f"{{{LRRC}}}RegistroRespuestaConsultaFactuSistemaFacturacion"):
        state = row.find(f"{{{LRRC}}}EstadoRegistro")
        data = row.find(f"{{{LRRC}}}DatosRegistroFacturacion")
        if state is None or data is None:
            raise Unreadable("falta el estado de un registro")
        ident = _ident(row, LRRC)
        found.append(
            Known(
                *ident,
                huella=_text(data, LRRC, "Huella"),
                state=_text(state, LRRC, "EstadoRegistro"),
                code=_text(state, LRRC, "CodigoErrorRegistro"),
                text=_text(state, LRRC, "DescripcionErrorRegistro"),
            )
        )
    if _text(root, LRRC, "IndicadorPaginacion") != "S":
        return Page(found)
    key = root.find(f"{{{LRRC}}}ClavePaginacion")
    if key is None:
        raise Unreadable("dice que hay más registros y no desde cuál")
    after = tuple((cell.text or "").strip() for cell in key)
    if len(after) != 3:
        raise Unreadable("la clave de paginación no está completa")
    return Page(found, after)


def _body(xml: bytes) -> etree._Element:
    if len(xml) > BIGGEST:
        raise Unreadable("la respuesta es demasiado grande")
    try:
        root = etree.fromstring(xml, PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("la respuesta no es XML") from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Unreadable("la respuesta lleva un DOCTYPE")
    body = root.find(f"{{{SOAP}}}Body") if root.tag == f"{{{SOAP}}}Envelope" else None
    if body is None:
        raise Unreadable("la respuesta no es un mensaje SOAP")
    return body


def _fault(fault: etree._Element) -> Fault:
    text = (fault.findtext("faultstring") or "").strip()[:1500]
    number = re.search(r"Codigo\[(\d{1,5})\]", text)
    return Fault(number.group(1) if number else "", text)


def _lines(root: etree._Element) -> Iterator[Line]:
    for line in root.iterchildren(f"{{{R}}}RespuestaLinea"):
        twin = line.find(f"{{{R}}}RegistroDuplicado")
        operation = line.find(f"{{{R}}}Operacion/{{{SF}}}TipoOperacion")
        outcome = _text(line, R, "EstadoRegistro")
        if outcome not in (CORRECT, WITH_ERRORS, WRONG):
            raise Unreadable(f"EstadoRegistro «{outcome[:40]}»")
        yield Line(
            *_ident(line, R),
            operation=(operation.text or "") if operation is not None else "",
            outcome=outcome,
            code=_text(line, R, "CodigoErrorRegistro")[:10],
            text=_text(line, R, "DescripcionErrorRegistro")[:1500],
            duplicate_state=_text(twin, SF, "EstadoRegistroDuplicado"),
            duplicate_code=_text(twin, SF, "CodigoErrorRegistro")[:10],
            duplicate_text=_text(twin, SF, "DescripcionErrorRegistro")[:1500],
        )


def _ident(row: etree._Element, space: str) -> tuple[str, str, str]:
    ident = row.find(f"{{{space}}}IDFactura")
    names = ("IDEmisorFactura", "NumSerieFactura", "FechaExpedicionFactura")
    nif, number, issued = (_text(ident, SF, name) for name in names)
    return nif, number, issued


def _text(element: etree._Element | None, space: str, name: str) -> str:
    if element is None:
        return ""
    return (element.findtext(f"{{{space}}}{name}") or "").strip()


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
