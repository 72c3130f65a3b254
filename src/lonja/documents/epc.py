"""EPC QR code («Girocode»): the payer's bank application fills the transfer by itself.

Source: European Payments Council, EPC069-12 v2.1+ «Quick Response Code: Guidelines to enable
data capture for the initiation of a SEPA credit transfer».
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused

MAX_NAME = 70
MAX_TEXT = 140
MAX_BYTES = 331
_MIN, _MAX = Decimal("0.01"), Decimal("999999999.99")


def epc_payload(*, name: str, iban: str, amount: Decimal, text: str, bic: str = "") -> str:
    """The twelve lines of the code: BCD, version 002, UTF-8, SCT, optional BIC, name, IBAN,
    amount in euros, no purpose, no structured reference, remittance text.

    Name and text are cut to 70 and 140 characters, and to what fits in 331 bytes. Raises
    Refused when the amount is outside 0,01 … 999.999.999,99 € or name or IBAN is missing.
    """
    iban = "".join(iban.split()).upper()
    if not iban or not name.strip():
        raise Refused("epc_incomplete", _("Faltan el titular o el IBAN para el QR de pago."))
    if not amount.is_finite() or not _MIN <= amount <= _MAX:
        raise Refused("epc_amount", _("El QR de pago necesita un importe mayor que cero."))
    name, text = _one_line(name)[:MAX_NAME].strip(), _one_line(text)[:MAX_TEXT].strip()
    head = ["BCD", "002", "1", "SCT", bic.strip().upper()]
    while True:
        lines = [*head, name, iban, f"EUR{amount:.2f}", "", "", text]
        payload = "\n".join(lines).rstrip("\n")
        if len(payload.encode("utf-8")) <= MAX_BYTES:
            return payload
        text, name = (text[:-1], name) if len(text) > 35 else (text, name[:-1])


def iban_by_fours(iban: str) -> str:
    """«ES9121000418450200051332» as people read it: «ES91 2100 0418 4502 0005 1332»."""
    iban = "".join(iban.split()).upper()
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _one_line(text: str) -> str:
    return " ".join(text.split())
