"""A FACe of one's own: a SOAP server on the official WSDL, for tests and to try things out.

It checks the message against the WSDL, its WS-Security signature, the Facturae against its XSD,
its XAdES signature and its DIR3 codes; it refuses duplicates, and moves invoices along. It keeps
everything it was sent. `mode` makes it fail: down, fault, lost (it registers and does not answer),
refuse; `/modo` and `/estado` change it from outside.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import SignXMLException

from lonja.einvoices import schema
from lonja.einvoices.face import port, soap
from lonja.einvoices.face.modes import MODES
from lonja.einvoices.xmltree import add, read
from lonja.kit.errors import Refused

TEXTS = {
    "1200": "La factura ha sido registrada en el registro electrónico REC",
    "1300": "La factura ha sido registrada en el RCF",
    "2400": "Contabilizada la obligación reconocida",
    "2500": "Factura pagada",
    "2600": "La Unidad rechaza la factura",
    "3100": "La Unidad aprueba la propuesta de anulación",
    "4100": "No solicitada anulación",
    "4200": "Solicitada anulación",
    "4300": "Aceptada anulación",
    "4400": "Rechazada anulación",
}


@dataclass
class Entry:
    """An invoice in the register."""

    number: str
    content: bytes
    email: str
    identity: tuple[str, ...]
    code: str = port.REGISTERED
    reason: str = ""
    cancel: str = port.NOT_ASKED
    cancel_reason: str = ""


@dataclass
class Face:
    """What the stand-in knows. Thread-safe."""

    mode: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)  # operation, signer
    lock: threading.RLock = field(default_factory=threading.RLock)

    def move(self, number: str, code: str, reason: str = "") -> None:
        """Put an invoice in another state, as its unit would."""
        with self.lock:
            self.entries[number].code, self.entries[number].reason = code, reason

    def decide(self, number: str, code: str) -> None:
        """Answer a request to annul."""
        with self.lock:
            entry = self.entries[number]
            entry.cancel = code
            if code == port.ACCEPTED:
                entry.code = port.ANNULLED

    # --- operations ---------------------------------------------------------------------------
    def enviarFactura(self, operation: Any, result: Any) -> None:
        request = operation.find("request")
        content = base64.b64decode(request.findtext("factura/factura"))
        if self.mode == "refuse":
            raise port.FaceRefused("305", "La unidad tramitadora no existe")
        entry = self._entry(content, request.findtext("correo"))
        _correct(result)
        told = add(result, "factura")
        units = _units(read(content))
        add(told, "numeroRegistro", entry.number)
        for name, role in (
            ("organoGestor", "02"),
            ("unidadTramitadora", "03"),
            ("oficinaContable", "01"),
        ):
            add(told, name, units[role])
        add(told, "identificadorEmisor", entry.identity[0])
        add(told, "numeroFactura", entry.identity[2])
        add(told, "serieFactura", entry.identity[1])
        add(told, "fechaRecepcion", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}")

    def _entry(self, content: bytes, email: str) -> Entry:
        try:
            root = read(content)
        except Refused as error:
            raise port.FaceRefused("302", str(error)) from error
        found = schema.errors("facturae", root)
        if found:
            raise port.FaceRefused("302", f"No cumple el esquema: {found[0]}")
        _refuse_unless_signed(content)
        units = _units(root)
        for role in ("01", "02", "03"):
            if role not in units:
                raise port.FaceRefused("303", f"Falta el código DIR3 con rol {role}")
        identity = (
            root.findtext(".//SellerParty/TaxIdentification/TaxIdentificationNumber"),
            root.findtext(".//InvoiceHeader/InvoiceSeriesCode") or "",
            root.findtext(".//InvoiceHeader/InvoiceNumber"),
            root.findtext(".//IssueDate"),
        )
        if any(entry.identity == identity for entry in self.entries.values()):
            raise port.FaceRefused("308", "Factura duplicada: ya existe en FACe")
        number = f"{datetime.now(UTC):%Y%m}{len(self.entries) + 1:07d}"
        entry = Entry(number, content, email, identity)  # type: ignore[arg-type]
        self.entries[number] = entry
        return entry

    def consultarFactura(self, operation: Any, result: Any) -> None:
        entry = self._known(operation)
        _correct(result)
        told = add(result, "factura")
        add(told, "numeroRegistro", entry.number)
        for name, code, reason in (
            ("tramitacion", entry.code, entry.reason),
            ("anulacion", entry.cancel, entry.cancel_reason),
        ):
            state = add(told, name)
            add(state, "codigo", code)
            add(state, "descripcion", TEXTS[code])
            add(state, "motivo", reason)

    def anularFactura(self, operation: Any, result: Any) -> None:
        entry = self._known(operation)
        if entry.code in port.FINAL or entry.cancel != port.NOT_ASKED:
            raise port.FaceRefused("411", "El estado de la factura no permite pedir su anulación")
        entry.cancel, entry.cancel_reason = port.ASKED, operation.findtext("motivo")
        _correct(result)
        told = add(result, "factura")
        add(told, "numeroRegistro", entry.number)
        add(told, "mensaje", "Anulación solicitada correctamente")  # literal

    def consultarEstados(self, operation: Any, result: Any) -> None:
        _correct(result)
        states = add(result, "estados")
        for code, text in TEXTS.items():
            state = add(states, "estado")
            add(state, "nombre", text)
            add(state, "codigo", code)
            add(state, "descripcion", text)

    def _known(self, operation: Any) -> Entry:
        entry = self.entries.get(operation.findtext("numeroRegistro"))
        if entry is None:
            raise port.FaceRefused("401", "No existe ese número de registro")
        return entry

    # --- one message --------------------------------------------------------------------------
    def answer(self, content: bytes) -> tuple[int, bytes]:
        """HTTP status and body for a message."""
        try:
            root, operation = soap.opened(content)
            soap.refuse_unless_by_wsdl(operation)
            signer = soap.signer_of(root, datetime.now(UTC))
        except (Refused, soap.NotValid) as error:
            return 500, _fault("soapenv:Client", str(error))
        name = operation.tag.rpartition("}")[2]
        does = getattr(self, name, None) if name in soap.operations() else None
        if does is None:
            return 500, _fault("soapenv:Client", f"{name} no está en este FACe de pruebas")
        if self.mode == "fault":
            return 500, _fault("soapenv:Server", "Error interno")
        answer, element = soap.envelope(f"{name}Response")
        result = add(element, "return")
        with self.lock:
            self.calls.append((name, signer.subject.rfc4514_string()))
            try:
                does(operation, result)
            except port.FaceRefused as refused:
                _outcome(result, refused.code, refused.text)
        return 200, etree.tostring(answer, xml_declaration=True, encoding="UTF-8")


def _units(root: Any) -> dict[str, str]:
    return {
        unit.findtext("RoleTypeCode"): unit.findtext("CentreCode")
        for unit in root.iterfind(".//BuyerParty/AdministrativeCentres/AdministrativeCentre")
    }


def _refuse_unless_signed(content: bytes) -> None:
    try:
        pem = etree.fromstring(content).findtext(f".//{{{soap.DS}}}X509Certificate")
        config = SignatureConfiguration(expect_references=3)
        XMLVerifier().verify(content, x509_cert=pem, expect_config=config)
    except (SignXMLException, ValueError, TypeError) as error:
        raise port.FaceRefused("301", f"La firma no es válida: {error}") from error


def _outcome(result: Any, code: str, text: str) -> None:
    told = add(result, "resultado")
    add(told, "codigo", code)
    add(told, "descripcion", text)
    add(told, "codigoSeguimiento", "")


def _correct(result: Any) -> None:
    _outcome(result, port.CORRECT, "Correcto")


def _fault(code: str, text: str) -> bytes:
    root = etree.Element(f"{{{soap.SOAP}}}Envelope", nsmap={"soapenv": soap.SOAP})
    fault = etree.SubElement(
        etree.SubElement(root, f"{{{soap.SOAP}}}Body"), f"{{{soap.SOAP}}}Fault"
    )
    add(fault, "faultcode", code)
    add(fault, "faultstring", text)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


_TEXT = "text/plain; charset=UTF-8"


class _Handler(BaseHTTPRequestHandler):
    face: Face

    def do_GET(self) -> None:
        """What it keeps, to look at from outside."""
        with self.face.lock:
            told = [
                {
                    "registro": entry.number,
                    "emisor": entry.identity[0],
                    "factura": f"{entry.identity[1]}{entry.identity[2]}",
                    "estado": entry.code,
                    "anulacion": entry.cancel,
                }
                for entry in self.face.entries.values()
            ]
        self._reply(200, json.dumps(told).encode(), "application/json")

    def _change(self, path: str, asked: dict[str, str]) -> None:
        """From outside: how it answers, or how an invoice stands."""
        number, code = asked.get("registro", ""), asked.get("codigo", "")
        known = path == "/estado" and number in self.face.entries
        if path == "/modo" and asked.get("modo", "") in MODES:
            self.face.mode = MODES[asked["modo"]]
        elif known and code in (port.ACCEPTED, port.DENIED):
            self.face.decide(number, code)
        elif known and code in TEXTS:
            self.face.move(number, code, asked.get("motivo", ""))
        else:
            self._reply(400, b"No existe ese modo, registro o estado", _TEXT)
            return
        self._reply(200, b"hecho", _TEXT)

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        if parts.path in ("/modo", "/estado"):
            self._change(parts.path, dict(parse_qsl(parts.query)))
            return
        length = min(int(self.headers.get("Content-Length") or 0), 12_000_000)
        content = self.rfile.read(length)
        if self.face.mode == "down":
            self._reply(503, b"")
            return
        status, body = self.face.answer(content)
        if self.face.mode == "lost":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self._reply(status, body)

    def _reply(self, status: int, body: bytes, kind: str = "text/xml; charset=UTF-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class FaceStub:
    """The stand-in on an address of this machine: `with FaceStub() as stub: stub.url`."""

    def __init__(self, host: str = "127.0.0.1", port_number: int = 0) -> None:
        self.face = Face()
        handler = type("Handler", (_Handler,), {"face": self.face})
        self.server = ThreadingHTTPServer((host, port_number), handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        host, number = self.server.server_address[:2]
        return f"http://{host!s}:{number}/facturasspp2"

    def __enter__(self) -> FaceStub:
        self.thread.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)
