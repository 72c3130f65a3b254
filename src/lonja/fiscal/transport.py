"""One message to the agency and its answer, over TLS with the company's certificate (R16).

Three ways of failing, because they mean different things: it surely never left, the agency does
not want the certificate, or nobody knows.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.fiscal.verifactu.answers import BIGGEST

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
TOTAL_SECONDS = 120.0

# SistemaFacturacion.wsdl: (environment, with a certificate of seal) → address.
_PATH = "/wlpl/TIKE-CONT/ws/SistemaFacturacion/VerifactuSOAP"
ADDRESSES = {
    ("production", False): f"https://www1.agenciatributaria.gob.es{_PATH}",
    ("production", True): f"https://www10.agenciatributaria.gob.es{_PATH}",
    ("test", False): f"https://prewww1.aeat.es{_PATH}",
    ("test", True): f"https://prewww10.aeat.es{_PATH}",
}


class Unreached(Exception):
    """The message never left: trying again repeats nothing."""


class CertificateRefused(Exception):
    """The agency does not accept the certificate: nothing was processed."""


class Lost(Exception):
    """It may have arrived and the answer did not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `skew` is the server's clock less ours, in seconds."""

    status: int
    body: bytes
    skew: int | None


def address(environment: str, *, is_seal: bool) -> str:
    """Where records of an environment go. Only the test one may be pointed elsewhere (a stand-in
    agency, `LONJA_VERIFACTU_TEST_URL`)."""
    if environment == "test" and settings.VERIFACTU_TEST_URL:
        return str(settings.VERIFACTU_TEST_URL)
    return ADDRESSES[environment, is_seal]


def authorities(environment: str) -> str:
    """The file of authorities to trust besides the system's: only for a stand-in."""
    if environment == "test" and settings.VERIFACTU_TEST_URL:
        return str(settings.VERIFACTU_TEST_CA)
    return ""


def post(url: str, message: bytes, context: ssl.SSLContext) -> Reply:
    """Send a SOAP message. Raises Unreached, CertificateRefused or Lost."""
    import httpx  # when first asked for: Lonja starts sooner without it

    limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
    deadline = time.monotonic() + TOTAL_SECONDS
    try:
        with (
            httpx.Client(
                verify=context, timeout=limits, follow_redirects=False, trust_env=False
            ) as client,
            client.stream("POST", url, content=message, headers=headers) as response,
        ):
            if response.is_redirect:
                # The agency sends whoever shows a bad certificate to a page of its site.
                raise CertificateRefused(
                    _("La AEAT no admite el certificado (error 4011).")
                    if "erro4011" in response.headers.get("Location", "")
                    else _("La AEAT no ha admitido la conexión y remite a otra página.")
                )
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > BIGGEST or time.monotonic() > deadline:
                    raise Lost(_("La respuesta de la AEAT no acaba o es demasiado grande."))
            return Reply(response.status_code, body, _skew(response.headers.get("Date", "")))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        if _is_about_certificate(error):
            raise CertificateRefused(_("La AEAT no admite el certificado.")) from error
        raise Unreached(_unreached(error)) from error
    except httpx.TimeoutException as error:
        raise Lost(_("La AEAT no ha respondido a tiempo.")) from error
    except httpx.HTTPError as error:
        if _is_about_certificate(error):
            raise CertificateRefused(_("La AEAT no admite el certificado.")) from error
        raise Lost(_("La conexión con la AEAT se ha cortado.")) from error


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


_ALERTS = (
    *("ALERT_CERTIFICATE", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "CERTIFICATE_REQUIRED"),
    *("ALERT_HANDSHAKE_FAILURE", "ALERT_ACCESS_DENIED"),
)


def _is_about_certificate(error: BaseException) -> bool:
    """Whether the other side hung up because of our certificate (a TLS alert)."""
    told = [str(one) for one in _causes(error) if isinstance(one, ssl.SSLError)]
    told = [text.upper().replace(" ", "_") for text in (*told, str(error))]
    return any(alert in text for alert in _ALERTS for text in told)


def _unreached(error: BaseException) -> str:
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in _causes(error)):
        return _("Quien contesta no demuestra ser la AEAT: no se le ha enviado nada.")
    return _("No se puede conectar con la AEAT.")


def _skew(header: str) -> int | None:
    try:
        there: datetime = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    if there.tzinfo is None:
        return None
    return round((there - timezone.now()).total_seconds())
