"""The socket that fiscal obligations plug into.

A regime sees every invoice that is issued, in the same transaction, and keeps its own records
(VERI*FACTU chains one). Keep it this small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lonja.accounts.models import Company
from lonja.billing.models import Invoice, InvoiceLine
from lonja.tax.totals import Totals


@dataclass(slots=True)
class Issuing:
    """An invoice on its way: numbered, with its totals, not yet written."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    totals: Totals


class Recorder(Protocol):
    """Records invoices one after another while the series is locked."""

    def record_issue(self, issuing: Issuing) -> None:
        """Build and validate the record of one invoice. Raises Refused: the number is not used."""

    def finish(self) -> None:
        """Write all the records at once, after the invoices got their ids."""


class Regime(Protocol):
    code: str

    def applies(self, company: Company) -> bool:
        """Whether the company is under this regime."""

    def begin(self, company: Company, now: datetime) -> Recorder:
        """Lock what has to be locked to record invoices issued now."""

    def printed(self, invoice: Invoice) -> dict:
        """What the document shows: `{"label", "legend", "qr_url"}`, or {} for nothing."""


_regimes: list[Regime] = []


def register(regime: Regime) -> None:
    """Plug a regime in (from `apps.ready()`)."""
    if all(known.code != regime.code for known in _regimes):
        _regimes.append(regime)


def active_regime(company: Company) -> Regime | None:
    """The regime of a company: they exclude each other (VERI*FACTU, TicketBAI, SII…)."""
    return next((regime for regime in _regimes if regime.applies(company)), None)
