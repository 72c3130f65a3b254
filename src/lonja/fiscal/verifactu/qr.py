"""The QR of an invoice: address of the agency's check page (`documents.qr` draws it).

AEAT, «Características del QR y servicio de cotejo», v0.4.7: four parameters, URL-encoded UTF-8;
ISO/IEC 18004 with error correction level M, 30 to 40 mm wide.
"""

import re
from datetime import date
from functools import lru_cache
from urllib.parse import quote_plus

from .records import day

_TEST = "https://prewww2.aeat.es"
_PRODUCTION = "https://www2.agenciatributaria.gob.es"


def qr_url(
    nif: str,
    number: str,
    issued_on: date | str,
    total_text: str,
    *,
    test: bool,
    verifactu: bool = True,
) -> str:
    """Address of the check page. ``total_text`` and a text date are the record's own strings
    (``-24.20``, ``02-11-2026``): the QR must equal the record. ``verifactu=False`` is the page
    of non-verifiable systems."""
    host = _TEST if test else _PRODUCTION
    page = "ValidarQR" if verifactu else "ValidarQRNoVerifactu"
    issued = issued_on if isinstance(issued_on, str) else day(issued_on)
    return (
        f"{host}/wlpl/TIKE-CONT/{page}?nif={_repeated(nif)}"
        f"&numserie={_quoted(number)}&fecha={_repeated(issued)}&importe={_quoted(total_text)}"
    )


# What quoting leaves as it is, and most values are made of nothing else.
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")


def _quoted(text: str) -> str:
    text = text.strip()
    if _PLAIN.fullmatch(text):
        return text
    if text.isascii() and text.replace("/", "").isalnum():
        return text.replace("/", "%2F")
    return quote_plus(text)


# The NIF and the date: the same for many invoices.
_repeated = lru_cache(maxsize=1024)(_quoted)
