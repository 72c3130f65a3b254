"""A time stamping authority of our own (RFC 3161), on this computer; it can also misbehave."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import keys, tsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.sign.timestamps import DummyTimeStamper


class Authority:
    """`mode`: «», down (503), garbage, or other_imprint (stamps something else)."""

    def __init__(self) -> None:
        self.mode, self.asked = "", 0
        private = rsa.generate_private_key(65537, 2048)
        name = cx509.Name([cx509.NameAttribute(cx509.NameOID.COMMON_NAME, "TSA de prueba")])
        now = datetime.now(UTC)
        certificate = (
            cx509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(cx509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(
                cx509.ExtendedKeyUsage([cx509.ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
            )
            .sign(private, SHA256())
        )
        self.stamper = DummyTimeStamper(
            x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
            keys.PrivateKeyInfo.load(
                private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            ),
        )
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsa"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, body: bytes) -> tuple[int, bytes]:
        self.asked += 1
        if self.mode == "down":
            return 503, b""
        if self.mode == "garbage":
            return 200, b"<html>no soy una TSA</html>"
        request = tsp.TimeStampReq.load(body)
        if self.mode == "other_imprint":
            request["message_imprint"]["hashed_message"] = b"\0" * 32
        return 200, self.stamper.request_tsa_response(request).dump()

    def _handler(self) -> Any:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, content = authority.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler
