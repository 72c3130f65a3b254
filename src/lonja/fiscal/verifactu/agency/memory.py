"""What the stand-in agency knows, and how it judges a message."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from ..answers import LRRC, R
from ..query import LRC
from ..schema import LR, PARSER, SF, SOAP, verdict_schema
from .judgement import Verdict, judge

MODES = (
    *("ok", "down", "slow", "fault", "partial", "reject", "duplicate", "lost", "certificate"),
    *("http500", "garbage", "bomb"),
)
_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;">]><b>&d;</b>'
)


@dataclass(frozen=True)
class Mode:
    """How to answer. `code` of a fault or of a rejection; `every`: one record of so many in
    `partial` and `reject`; `seconds` of `slow`."""

    name: str = "ok"
    code: str = ""
    every: int = 3
    seconds: float = 2.0

    def __post_init__(self) -> None:
        if self.name not in MODES:
            raise ValueError(f"modo desconocido: {self.name}")


@dataclass
class Exchange:
    """A request as it came and what was answered; `early` when it did not wait."""

    at: datetime
    holder: str
    request: bytes
    mode: str
    answer: bytes = b""
    status: int = 200
    delivered: bool = True
    taxpayer: str = ""  # of a submission that was judged
    early: bool = False
    records: int = 0


@dataclass
class Kept:
    """A record as it is kept: alta with its last state."""

    nif: str
    number: str
    issued: str
    huella: str
    state: str  # Correcta, AceptadaConErrores, Anulada
    request_id: str
    at: datetime
    code: str = ""
    text: str = ""
    kind: str = ""
    quota: str = ""
    total: str = ""
    huellas: set[str] = field(default_factory=set)


@dataclass
class Reply:
    """What goes back through the door. `None` as body: the line is cut."""

    body: bytes | None
    status: int = 200
    location: str = ""


class Agency:
    """Its memory and its manners; safe to call from several threads.

    `wait` is TiempoEsperaEnvio, and `page` the most records of an answer to a query. `modes` queued
    with `then` are used one per message, before the standing `mode`. `unknown_nifs` are missing
    from its census. `now` may be replaced.
    """

    def __init__(self, *, wait: int = 60, now: Callable[[], datetime] | None = None) -> None:
        self.wait = wait
        self.page = 10_000
        self.mode = Mode()
        self.modes: deque[Mode] = deque()
        self.unknown_nifs: set[str] = set()
        self.representatives: dict[str, set[str]] = {}
        self.exchanges: list[Exchange] = []
        self.kept: dict[tuple[str, str, str], Kept] = {}
        self.heads: dict[tuple[str, str, str], str] = {}
        self.received: list[str] = []  # every huella, in order of arrival, repeats included
        self.free_at: dict[str, datetime] = {}
        self.now = now or (lambda: datetime.now(UTC))
        self.folder: Path | None = None
        self._lock = threading.RLock()

    def then(self, *modes: Mode) -> None:
        """Use these modes for the next messages, one each."""
        self.modes.extend(modes)

    @property
    def early(self) -> list[Exchange]:
        return [one for one in self.exchanges if one.early]

    @property
    def biggest(self) -> int:
        return max((one.records for one in self.exchanges), default=0)

    def take_mode(self) -> Mode:
        with self._lock:
            return self.modes.popleft() if self.modes else self.mode

    def handle(
        self,
        message: bytes,
        holder: str,
        mode: Mode,
        is_gone: Callable[[], bool] = lambda: False,
    ) -> Reply:
        """Judge a SOAP message sent by the holder (NIF) of a certificate. `is_gone`: whether
        whoever asked hung up without waiting for the answer."""
        with self._lock:
            exchange = Exchange(self.now(), holder, message, mode.name)
            self.exchanges.append(exchange)
            reply = self._answer(exchange, mode)
            exchange.answer, exchange.status = reply.body or b"", reply.status
            exchange.delivered = reply.body is not None and not is_gone()
            # What was not delivered cannot be obeyed: the pace counts from the last one that was.
            if exchange.delivered and exchange.taxpayer and reply.status == 200:
                until = self.now() + timedelta(seconds=self.wait)
                self.free_at[exchange.taxpayer] = until
            self._write(exchange)
            return reply

    def _answer(self, exchange: Exchange, mode: Mode) -> Reply:
        if mode.name == "down":
            return Reply(None)
        if mode.name == "certificate" or not exchange.holder:
            return Reply(
                b"", 302, "https://www2.agenciatributaria.gob.es/static_files/erro4011.html"
            )
        if mode.name == "http500":
            return Reply(b"<html><body>Error</body></html>", 500)
        if mode.name == "garbage":
            return Reply(b"<html><body>Mantenimiento</body></html>")
        if mode.name == "bomb":
            return Reply(_BOMB)
        if mode.name == "fault":
            return Reply(fault(mode.code or "3501"), 500)
        try:
            root = etree.fromstring(exchange.request, PARSER)
        except (etree.XMLSyntaxError, ValueError):
            return Reply(fault("4103"), 500)
        body = root.find(f"{{{SOAP}}}Body")
        sent = body.find(f"{{{LR}}}RegFactuSistemaFacturacion") if body is not None else None
        asked = body.find(f"{{{LRC}}}ConsultaFactuSistemaFacturacion") if body is not None else None
        if asked is not None:
            return self._query(asked, exchange)
        if sent is None:
            return Reply(fault("4138"), 500)
        reply = self._submission(sent, exchange, mode)
        if mode.name == "duplicate":
            reply = self._submission(sent, exchange, Mode())
        if mode.name == "lost":
            return Reply(None)
        return reply

    def _submission(self, sent: Any, exchange: Exchange, mode: Mode) -> Reply:
        if not verdict_schema().validate(sent):
            return Reply(fault("4102"), 500)
        header = sent.find(f"{{{LR}}}Cabecera")
        nif = header.findtext(f"{{{SF}}}ObligadoEmision/{{{SF}}}NIF")
        exchange.records = len(sent) - 1
        exchange.early = exchange.at < self.free_at.get(nif, exchange.at)
        if exchange.holder != nif and nif not in self.representatives.get(exchange.holder, set()):
            return Reply(fault("4112"), 500)
        late = header.findtext(f"{{{SF}}}RemisionVoluntaria/{{{SF}}}Incidencia") == "S"
        verdicts = [
            judge(self, row[0], nif, number, mode, is_late=late, at=exchange.at)
            for number, row in enumerate(sent.iterchildren(f"{{{LR}}}RegistroFactura"))
        ]
        exchange.taxpayer = nif
        return Reply(answer(header, verdicts, exchange, self.wait))

    def _query(self, asked: Any, exchange: Exchange) -> Reply:
        if not _query_schema().validate(asked):
            return Reply(fault("4102"), 500)
        nif = asked.findtext(f"{{{LRC}}}Cabecera/{{{SF}}}ObligadoEmision/{{{SF}}}NIF")
        if exchange.holder != nif and nif not in self.representatives.get(exchange.holder, set()):
            return Reply(fault("4132"), 500)
        where = asked.find(f"{{{LRC}}}FiltroConsulta")
        period = f"{{{LRC}}}PeriodoImputacion/{{{SF}}}"
        month = f"{where.findtext(period + 'Periodo')}-{where.findtext(period + 'Ejercicio')}"
        number = where.findtext(f"{{{LRC}}}NumSerieFactura")
        rows = [
            kept
            for kept in self.kept.values()
            if kept.nif == nif
            and kept.issued[3:] == month
            and (number is None or kept.number == number)
        ]
        key = where.find(f"{{{LRC}}}ClavePaginacion")
        if key is not None:
            after = tuple(cell.text for cell in key)
            places = [n for n, kept in enumerate(rows) if _key(kept) == after]
            rows = rows[places[-1] + 1 :] if places else []
        header = asked.find(f"{{{LRC}}}Cabecera")
        return Reply(query_answer(header, month, rows, page=self.page))

    def _write(self, exchange: Exchange) -> None:
        if self.folder is None:
            return
        stem = self.folder / f"{len(self.exchanges):05d}-{exchange.mode}"
        Path(f"{stem}-entrada.xml").write_bytes(exchange.request)
        Path(f"{stem}-salida.xml").write_bytes(exchange.answer)


def _key(kept: Kept) -> tuple[str, str, str]:
    return kept.nif, kept.number, kept.issued


@cache
def _query_schema() -> etree.XMLSchema:
    path = Path(__file__).parent.parent / "schemas" / "ConsultaLR.xsd"
    return etree.XMLSchema(etree.parse(str(path), PARSER))


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fault(code: str) -> bytes:
    """A SOAP fault with one of the agency's codes."""
    from ..codes import official_texts

    told = _text(official_texts().get(code, ""))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{SOAP}"><env:Body>'
        f"<env:Fault><faultcode>env:{'Client' if code[:1] == '4' else 'Server'}</faultcode>"
        f"<faultstring>Codigo[{code}].{told}</faultstring></env:Fault></env:Body></env:Envelope>"
    ).encode()


def answer(header: Any, verdicts: list[Verdict], exchange: Exchange, wait: int) -> bytes:
    """RespuestaRegFactuSistemaFacturacion."""
    wrong = sum(v.outcome == "Incorrecto" for v in verdicts)
    clean = all(v.outcome == "Correcto" for v in verdicts)
    outcome = "Correcto" if clean else "ParcialmenteCorrecto"
    if wrong == len(verdicts):
        outcome = "Incorrecto"
    csv = ""
    if wrong < len(verdicts):
        code = f"A-{exchange.at:%y%m%d%H%M%S}{len(exchange.request) % 10000:04d}"
        moment = exchange.at.isoformat(timespec="seconds")
        csv = (
            f"<r:CSV>{code}</r:CSV><r:DatosPresentacion><s:NIFPresentador>{exchange.holder}"
            f"</s:NIFPresentador><s:TimestampPresentacion>{moment}</s:TimestampPresentacion>"
            "</r:DatosPresentacion>"
        )
    inner = "".join(etree.tostring(child, encoding="unicode") for child in header)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{SOAP}"><env:Body>'
        f'<r:RespuestaRegFactuSistemaFacturacion xmlns:r="{R}" xmlns:s="{SF}">{csv}'
        f"<r:Cabecera>{inner}</r:Cabecera><r:TiempoEsperaEnvio>{wait}</r:TiempoEsperaEnvio>"
        f"<r:EstadoEnvio>{outcome}</r:EstadoEnvio>{''.join(_line(v) for v in verdicts)}"
        "</r:RespuestaRegFactuSistemaFacturacion></env:Body></env:Envelope>"
    ).encode()


def _line(v: Verdict) -> str:
    flags = "".join(f"<s:{name}>{value}</s:{name}>" for name, value in v.flags if value)
    code = f"<r:CodigoErrorRegistro>{v.code}</r:CodigoErrorRegistro>" if v.code else ""
    if v.code:
        code += f"<r:DescripcionErrorRegistro>{_text(v.text)}</r:DescripcionErrorRegistro>"
    if v.twin is not None:
        twin = v.twin
        more = f"<s:CodigoErrorRegistro>{twin.code}</s:CodigoErrorRegistro>" if twin.code else ""
        code += (
            "<r:RegistroDuplicado><s:IdPeticionRegistroDuplicado>"
            f"{twin.request_id}</s:IdPeticionRegistroDuplicado><s:EstadoRegistroDuplicado>"
            f"{twin.state}</s:EstadoRegistroDuplicado>{more}</r:RegistroDuplicado>"
        )
    return (
        f"<r:RespuestaLinea><r:IDFactura>{_ident(v.nif, v.number, v.issued)}</r:IDFactura>"
        f"<r:Operacion><s:TipoOperacion>{v.operation}</s:TipoOperacion>{flags}</r:Operacion>"
        f"<r:EstadoRegistro>{v.outcome}</r:EstadoRegistro>{code}</r:RespuestaLinea>"
    )


def _ident(nif: str, number: str, issued: str) -> str:
    return (
        f"<s:IDEmisorFactura>{nif}</s:IDEmisorFactura><s:NumSerieFactura>{_text(number)}"
        f"</s:NumSerieFactura><s:FechaExpedicionFactura>{issued}</s:FechaExpedicionFactura>"
    )


def query_answer(header: Any, month: str, rows: list[Kept], *, page: int) -> bytes:
    """RespuestaConsultaFactuSistemaFacturacion; what does not fit is asked for by its key."""
    more = ""
    if len(rows) > page:
        rows = rows[:page]
        more = f"<q:ClavePaginacion>{_ident(*_key(rows[-1]))}</q:ClavePaginacion>"
    inner = "".join(etree.tostring(child, encoding="unicode") for child in header)
    states = {"Correcta": "Correcto", "AceptadaConErrores": "AceptadoConErrores"}
    found = "".join(
        f"<q:RegistroRespuestaConsultaFactuSistemaFacturacion><q:IDFactura>"
        f"{_ident(kept.nif, kept.number, kept.issued)}</q:IDFactura><q:DatosRegistroFacturacion>"
        + (f"<q:TipoFactura>{kept.kind}</q:TipoFactura>" if kept.kind else "")
        + f"<q:TipoHuella>01</q:TipoHuella><q:Huella>{kept.huella}</q:Huella>"
        "</q:DatosRegistroFacturacion><q:EstadoRegistro><q:TimestampUltimaModificacion>"
        f"{kept.at.isoformat(timespec='seconds')}</q:TimestampUltimaModificacion><q:EstadoRegistro>"
        f"{states.get(kept.state, 'Anulado')}</q:EstadoRegistro>"
        + (f"<q:CodigoErrorRegistro>{kept.code}</q:CodigoErrorRegistro>" if kept.code else "")
        + "</q:EstadoRegistro></q:RegistroRespuestaConsultaFactuSistemaFacturacion>"
        for kept in rows
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{SOAP}"><env:Body>'
        f'<q:RespuestaConsultaFactuSistemaFacturacion xmlns:q="{LRRC}" xmlns:s="{SF}">'
        f"<q:Cabecera>{inner}</q:Cabecera><q:PeriodoImputacion><q:Ejercicio>{month[3:]}"
        f"</q:Ejercicio><q:Periodo>{month[:2]}</q:Periodo></q:PeriodoImputacion>"
        f"<q:IndicadorPaginacion>{'S' if more else 'N'}</q:IndicadorPaginacion>"
        f"<q:ResultadoConsulta>"
        f"{'ConDatos' if rows else 'SinDatos'}</q:ResultadoConsulta>{found}{more}"
        "</q:RespuestaConsultaFactuSistemaFacturacion></env:Body></env:Envelope>"
    ).encode()
