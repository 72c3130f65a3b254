"""The European register of VAT numbers, asked through its public REST service (VIES)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused

if TYPE_CHECKING:
    import httpx

URL = "https://ec.europa.eu/taxation_customs/vies/rest-api/check-vat-number"
TIMEOUT, CONNECT_TIMEOUT = 10.0, 5.0
LARGEST = 20_000

# What VIES says when it cannot answer: the register of that country, or the whole service.
_BUSY = {
    "MS_UNAVAILABLE",
    "MS_MAX_CONCURRENT_REQ",
    "MS_MAX_CONCURRENT_REQ_TIME",
    "GLOBAL_MAX_CONCURRENT_REQ",
    "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "SERVICE_UNAVAILABLE",
    "TIMEOUT",
}


@dataclass(frozen=True)
class ViesAnswer:
    """What VIES said. `reference` proves that it was asked (only when it knows who asks); name and
    address may be withheld by the country."""

    valid: bool
    name: str = ""
    address: str = ""
    reference: str = ""


def ask(
    country: str, number: str, *, requester: str = "", transport: httpx.BaseTransport | None = None
) -> ViesAnswer:
    """Whether a VAT number (without its country) is registered. `requester`: our NIF.

    Raises Refused when there is no network, no answer, or VIES cannot tell now.
    """
    import httpx  # when first asked for: Lonja starts sooner without it

    body = {"countryCode": country, "vatNumber": number}
    if requester:
        body |= {"requesterMemberStateCode": "ES", "requesterNumber": requester}
    try:
        limits = httpx.Timeout(TIMEOUT, connect=CONNECT_TIMEOUT)
        with httpx.Client(transport=transport, timeout=limits, follow_redirects=False) as client:
            response = client.post(URL, json=body, headers={"Accept": "application/json"})
    except httpx.HTTPError:
        raise _unreachable() from None
    if response.status_code >= 500 or len(response.content) > LARGEST:
        raise _unreachable()
    try:
        data = response.json()
    except ValueError:
        raise _unreachable() from None
    return _read(data)


def _read(data: object) -> ViesAnswer:
    if not isinstance(data, dict):
        raise _unreachable()
    wrong = data.get("errorWrappers")
    if wrong:
        first = wrong[0] if isinstance(wrong, list) and wrong else {}
        code = str(first.get("error", "")) if isinstance(first, dict) else ""
        if code in ("INVALID_INPUT", "VAT_BLOCKED"):
            raise Refused(
                "vies_input", _("VIES no entiende ese número. Revisa el país y las cifras.")
            )
        if code in _BUSY:
            raise Refused(
                "vies_busy",
                _(
                    "El registro de ese país no contesta ahora. Prueba más tarde: mientras, la "
                    "factura se puede emitir si el número tiene la forma correcta."
                ),
            )
        raise _unreachable()
    if not isinstance(data.get("valid"), bool):
        raise _unreachable()
    return ViesAnswer(
        data["valid"],
        _text(data.get("name"), 200),
        _text(data.get("address"), 300),
        _text(data.get("requestIdentifier"), 60),
    )


def _text(value: object, most: int) -> str:
    """A text of VIES in one line; «---» is how it says nothing."""
    text = " ".join(str(value or "").split())
    return "" if set(text) <= {"-"} else text[:most]


def _unreachable() -> Refused:
    return Refused(
        "vies_unreachable",
        _(
            "No se ha podido preguntar a VIES. Revisa la conexión y prueba más tarde: mientras, la "
            "factura se puede emitir si el número tiene la forma correcta."
        ),
    )
