"""The door to the exchange of electronic invoices between businesses (RD 238/2026).

`ExchangePort` is what the rest of the program will know of the public solution of the agency (or
of a private platform). Its web service was not published on 22-11-2026, so nothing is registered
and no screen offers it: what is told by people or by FACe is kept as states with their day, and
the 4-day clock counts on them (`lonja.einvoices.law`). `docs/decisions/0009-exchange.md` says what
waits.

An implementation must be safe to repeat: who does not know whether a message arrived sends it
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from lonja.einvoices.models import InvoiceStatus


class ExchangeRefused(Exception):
    """The other side does not want the message, and says why; sending it again changes nothing."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


class ExchangeUnreached(Exception):
    """The message never left: trying again repeats nothing."""


class ExchangeLost(Exception):
    """It may have arrived, and the answer did not."""


@dataclass(frozen=True, slots=True)
class Code:
    """The unique code of an invoice (Orden HAC/1028/2026): issuer, number with series and date."""

    issuer_nif: str
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Notice:
    """A state of an invoice told by one side to the other.

    `withdrawn`: takes back the one told before (the CANCEL messages). `reason` goes with a
    rejection. Only full payments are told.
    """

    code: Code
    status: InvoiceStatus
    on: date
    reason: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """An invoice somebody sent us: the file as it came and when the term to answer began."""

    content: bytes
    name: str
    received_at: datetime


class ExchangePort(Protocol):
    """What is asked of a channel. Every method may raise the three failures above."""

    code: str
    # Formats of `Format` that it takes for originals: the public solution, UBL only.
    formats: frozenset[str]

    def send(self, code: Code, content: bytes) -> str:
        """Present an original. Returns the channel's own reference."""

    def send_copy(self, code: Code, content: bytes) -> str:
        """Present the faithful copy (CopyIndicator) of one sent through another channel."""

    def tell(self, notice: Notice) -> None:
        """Report a state of a received or issued invoice."""

    def notices(self, since: datetime) -> list[Notice]:
        """States that the other side told of our invoices since then."""

    def arrivals(self, since: datetime) -> list[Arrived]:
        """Invoices that came for us since then."""


_channels: dict[str, ExchangePort] = {}


def register_channel(channel: ExchangePort) -> None:
    """Offer a channel; called from `apps.ready()` of whoever implements it."""
    _channels[channel.code] = channel


def channels() -> dict[str, ExchangePort]:
    """The channels there are, by code. Empty until one is published and implemented."""
    return dict(_channels)
