"""The door to FACe, the entry of invoices of the Spanish administrations (Ley 25/2013).

`FacePort` is what the rest knows; `SoapFace` knocks on the real one (or on the stand-in of
`lonja face-stub`). Three ways of failing, because they mean different things: FACe said no, the
message never left, or nobody knows whether it arrived.
"""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

from lonja.einvoices.face import soap
from lonja.einvoices.keys import SigningKey
from lonja.einvoices.xmltree import add
from lonja.kit.errors import Refused

logger = logging.getLogger(__name__)

PRODUCTION = "https://webservice.face.gob.es/facturasspp2"
TEST = "https://se-face-webservice.redsara.es/facturasspp2"
CONNECT_SECONDS, READ_SECONDS, MAX_ANSWER = 10.0, 60.0, 2_000_000

CORRECT = "0"
# States of an invoice (consultarEstados), and of the request to annul it.
REGISTERED, REGISTERED_RCF, BOOKED, PAID, REJECTED, ANNULLED = (
    *("1200", "1300", "2400", "2500", "2600", "3100"),
)
NOT_ASKED, ASKED, ACCEPTED, DENIED = "4100", "4200", "4300", "4400"
FINAL = {PAID, REJECTED, ANNULLED}


class FaceRefused(Exception):
    """FACe answered that it does not want it: nothing was registered."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text

    @property
    def is_duplicate(self) -> bool:
        """It already has that invoice. FACe says so in words."""
        words = self.text.casefold()
        return any(word in words for word in ("duplicad", "ya existe", "ya ha sido presentada"))


class FaceUnreached(Exception):
    """The message never left: trying again repeats nothing."""


class FaceLost(Exception):
    """It may have arrived, and the answer did not."""


@dataclass(frozen=True)
class Registered:
    """Entry of an invoice in FACe. `received_at`: as FACe writes it, in its own zone."""

    number: str
    received_at: str


@dataclass(frozen=True)
class Standing:
    """How an invoice is: codes and words of its processing and of the request to annul it."""

    code: str
    text: str
    reason: str
    cancel_code: str
    cancel_text: str
    cancel_reason: str


class FacePort(Protocol):
    """What is asked of FACe. Every method may raise the three failures above."""

    def send(self, content: bytes, name: str, email: str) -> Registered:
        """Present a signed Facturae. `email`: where FACe writes about it."""

    def query(self, number: str) -> Standing:
        """How the invoice of that registry number is."""

    def cancel(self, number: str, reason: str) -> None:
        """Ask for it to be annulled; the administration decides."""


def face_url() -> str:
    """Where FACe is: its production only when records go to the production of the agency."""
    if settings.FACE_URL:
        return str(settings.FACE_URL)
    return PRODUCTION if settings.VERIFACTU_ENVIRONMENT == "production" else TEST


class SoapFace:
    """The supplier web service (`facturasspp2`), signed with the company's certificate."""

    def __init__(self, key: SigningKey, url: str = "") -> None:
        self.key = key
        self.url = url or face_url()

    def send(self, content: bytes, name: str, email: str) -> Registered:
        root, operation = soap.envelope("enviarFactura")
        request = add(operation, "request")
        add(request, "correo", email)
        file = add(request, "factura")
        add(file, "factura", base64.b64encode(content).decode("ascii"))
        add(file, "nombre", name)
        add(file, "mime", "application/xml")
        add(request, "anexos")
        answer = self._ask(root, operation)
        invoice = answer.find("factura")
        number = invoice.findtext("numeroRegistro") if invoice is not None else ""
        if not number:
            raise FaceLost("answer without registry number")
        return Registered(number, invoice.findtext("fechaRecepcion") or "")

    def query(self, number: str) -> Standing:
        root, operation = soap.envelope("consultarFactura")
        add(operation, "numeroRegistro", number)
        invoice = self._ask(root, operation).find("factura")
        if invoice is None:
            raise FaceLost("answer without invoice")

        def told(path: str) -> str:
            return " ".join((invoice.findtext(path) or "").split())[:500]

        return Standing(
            told("tramitacion/codigo"),
            told("tramitacion/descripcion"),
            told("tramitacion/motivo"),
            told("anulacion/codigo"),
            told("anulacion/descripcion"),
            told("anulacion/motivo"),
        )

    def cancel(self, number: str, reason: str) -> None:
        root, operation = soap.envelope("anularFactura")
        add(operation, "numeroRegistro", number)
        add(operation, "motivo", reason)
        self._ask(root, operation)

    def _ask(self, root: Any, operation: Any) -> Any:
        """The `return` of the answer. Raises the three failures."""
        name = operation.tag.rpartition("}")[2]
        soap.refuse_unless_by_wsdl(operation)
        content = self._post(name, soap.signed(root, self.key, timezone.now()))
        try:
            _envelope, answer = soap.opened(content)
        except (Refused, soap.NotValid) as error:
            raise FaceLost(f"answer not understood: {error}") from error
        if answer.tag == f"{{{soap.SOAP}}}Fault":
            raise FaceRefused(
                answer.findtext("faultcode") or "fault", answer.findtext("faultstring") or ""
            )
        result = answer.find("return")
        if result is None:
            raise FaceLost("answer without result")
        code = (result.findtext("resultado/codigo") or "").strip()
        if code != CORRECT:
            raise FaceRefused(code, (result.findtext("resultado/descripcion") or "").strip())
        return result

    def _post(self, name: str, message: bytes) -> bytes:
        import httpx  # when first asked for: Lonja starts sooner without it

        limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        headers = {
            "Content-Type": "text/xml; charset=UTF-8",
            "SOAPAction": f'"{soap.FACE}#{name}"',
        }
        try:
            with (
                httpx.Client(timeout=limits, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", self.url, content=message, headers=headers) as response,
            ):
                content = b""
                for part in response.iter_bytes():
                    content += part
                    if len(content) > MAX_ANSWER:
                        raise FaceLost("answer too long")
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise FaceUnreached(str(error) or type(error).__name__) from error
        except httpx.HTTPError as error:
            raise FaceLost(str(error) or type(error).__name__) from error
        if response.status_code == 503:
            raise FaceUnreached("FACe is closed (503)")
        if response.status_code not in (200, 500):  # faults travel with 500
            raise FaceLost(f"HTTP {response.status_code}")
        return content


def received_moment(text: str) -> datetime | None:
    """The moment that FACe writes as «2026-11-21 13:17:48»; None when it is not so."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        return None
