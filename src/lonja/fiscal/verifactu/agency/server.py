"""The door of the stand-in agency: HTTPS with a client certificate, on this machine only."""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .authority import Authority
from .memory import Agency, Mode

PATH = "/wlpl/TIKE-CONT/ws/SistemaFacturacion/VerifactuSOAP"
_NIF = re.compile(r"(?:VATES-|IDCES-)([A-Z0-9]\d{7}[A-Z0-9])")
_BIGGEST = 64 * 1024 * 1024


class AgencyServer:
    """Listens on 127.0.0.1 while the block lasts; `url` is where records are sent.

    `folder` gets the certificates (`ca.pem` is what the sender must trust) and, if `record`, every
    message that came and its answer.
    """

    def __init__(
        self, folder: Path, *, agency: Agency | None = None, port: int = 0, record: bool = False
    ) -> None:
        self.agency = agency or Agency()
        self.authority = Authority(folder)
        if record:
            self.agency.folder = folder / "mensajes"
            self.agency.folder.mkdir(exist_ok=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.server())
        context.load_verify_locations(self.authority.path)
        # Who shows no certificate gets the agency's own page, not a cut line.
        context.verify_mode = ssl.CERT_OPTIONAL
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.agency = self.agency
        self._server.context = context
        self.port = int(self._server.server_address[1])
        self.url = f"https://127.0.0.1:{self.port}{PATH}"
        self.ca = str(self.authority.path)

    def __enter__(self) -> AgencyServer:
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    agency: Agency
    context: ssl.SSLContext
    daemon_threads = True
    block_on_close = False

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The greeting happens in the thread of each caller: a slow one stops nobody."""
        request.settimeout(120)
        try:
            secure = self.context.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            return
        try:
            super().finish_request(secure, client_address)
        finally:
            _close(secure)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up half way is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what matters is recorded by the agency."""

    def do_GET(self) -> None:
        if self.path != "/estado":
            self._reply(200, b"<html><body>Codigo[4135]</body></html>", "text/html")
            return
        agency = self.server.agency
        told = {
            "modo": agency.mode.name,
            "espera": agency.wait,
            "mensajes": len(agency.exchanges),
            "registros": len(agency.kept),
            "antes_de_tiempo": len(agency.early),
            "mayor_envio": agency.biggest,
        }
        self._reply(200, json.dumps(told).encode(), "application/json")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 <= length <= _BIGGEST:
            self._reply(413, b"", "text/plain")
            return
        message = self.rfile.read(length)
        parts = urlsplit(self.path)
        if parts.path == "/modo":
            self._change(parse_qs(parts.query))
            return
        agency = self.server.agency
        mode = agency.take_mode()
        if mode.name == "slow":
            time.sleep(mode.seconds)
        reply = agency.handle(message, self._holder(), mode, self._is_gone)
        if reply.body is None:
            _close(self.connection)
            self.close_connection = True
            return
        self._reply(reply.status, reply.body, "text/xml; charset=UTF-8", reply.location)

    def _change(self, query: dict[str, list[str]]) -> None:
        agency = self.server.agency
        try:
            if "modo" in query:
                agency.mode = Mode(query["modo"][0], query.get("codigo", [""])[0])
            if "espera" in query:
                agency.wait = int(query["espera"][0])
        except ValueError as error:
            self._reply(400, str(error).encode(), "text/plain; charset=UTF-8")
            return
        self._reply(200, agency.mode.name.encode(), "text/plain; charset=UTF-8")

    def _is_gone(self) -> bool:
        """Whoever waits for an answer says nothing meanwhile; whoever hangs up closes the line."""
        ready, _writable, _odd = select.select([self.connection], [], [], 0)
        return bool(ready)

    def _holder(self) -> str:
        """NIF of whoever calls: of the organisation if the certificate names one."""
        shown = self.connection.getpeercert() or {}  # type: ignore[attr-defined]
        facts = {name: value for part in shown.get("subject", ()) for name, value in part}
        for name in ("organizationIdentifier", "serialNumber"):
            found = _NIF.fullmatch(str(facts.get(name, "")))
            if found:
                return found.group(1)
        return ""

    def _reply(self, status: int, body: bytes, kind: str, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def _close(connection: Any) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
