"""The socket that fiscal obligations plug into.

A regime sees every invoice that is issued, in the same transaction, and keeps its own records
(VERI*FACTU chains one). Keep it this small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypedDict

from lonja.accounts.ahead import Question
from lonja.accounts.models import Company
from lonja.billing.models import Invoice, InvoiceLine, InvoiceReference
from lonja.tax.totals import Totals


@dataclass(slots=True)
class Issuing:
    """An invoice on its way: numbered, with its totals in euros, not yet written."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    totals: Totals
    references: Sequence[InvoiceReference] = ()
    # What the regime made of it before anything was locked (`Regime.lay_out`).
    laid_out: Any = None


class Printed(TypedDict, total=False):
    """What the document shows near the code; `qr_url` only once the invoice is issued."""

    label: str
    legend: str
    qr_url: str


class Told(TypedDict):
    """What a person may see of the record of an invoice. `panel_url`: a fragment that tells more,
    or empty."""

    state: tuple[str, str]  # text and tone
    huella: str
    qr_url: str
    generated_at: str  # local time with its offset, as it was hashed
    position: int
    csv: str
    panel_url: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a draft has that the regime would not admit, said before it is issued.

    `field` is a field of the editor (`party`, `lines`, `issued_on`…) or empty; `remedy_url` is
    where it is mended: a page, or `#id` of this one.
    """

    code: str
    field: str
    message: str
    remedy_url: str = ""


class Recorder(Protocol):
    """Records invoices one after another while the series is locked."""

    def record_issue(self, issuing: Issuing) -> None:
        """Build and validate the record of one invoice. Raises Refused: the number is not used."""

    def record_void(self, invoice: Invoice) -> None:
        """Build the record that says that an issued invoice should never have been."""

    def seal(self) -> None:
        """No more come: what was left to prove of them may begin."""

    def finish(self) -> None:
        """Write all the records at once, after the invoices got their ids. Raises when one of a
        batch was not valid after all: the transaction is undone, and each goes alone."""


class Regime(Protocol):
    code: str

    @property
    def preflight_url(self) -> str:
        """A fragment with what `check` finds in a saved draft (`?borrador=` its id), or empty."""
        return ""

    def applies(self, company: Company) -> bool:
        """Whether the company is under this regime."""

    def lay_out(self, issuing: Issuing, now: datetime) -> Any:
        """What of the record of an invoice that has no number yet can be made before the series
        is locked; `Recorder.record_issue` finds it. Raises Refused. Nothing by default."""
        return None

    def begin(self, company: Company, now: datetime, *, together: bool = False) -> Recorder:
        """Lock what has to be locked to record invoices issued now. `together`: they are many,
        and what can be proven of all at once is (`Recorder.finish`)."""

    def printed(self, invoice: Invoice) -> Printed:
        """What the document of an invoice (or of a draft) shows, or {} for nothing."""

    def states(self, invoice_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Text and tone of the record of each invoice that has one; one query for them all."""

    def states_asked(self, invoice_ids: Sequence[int]) -> Sequence[Question]:
        """What `states` asks of those very ids, in that order."""
        return ()

    def told(self, invoice: Invoice) -> Told | None:
        """The record of an issued invoice, for its page."""

    def check(self, invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[Finding]:
        """What the regime would refuse of a draft if it were issued now; nothing by default."""
        return []


_regimes: list[Regime] = []


def register(regime: Regime) -> None:
    """Plug a regime in (from `apps.ready()`)."""
    if all(known.code != regime.code for known in _regimes):
        _regimes.append(regime)


def active_regime(company: Company) -> Regime | None:
    """The regime of a company: they exclude each other (VERI*FACTU, TicketBAI, SII…)."""
    return next((regime for regime in _regimes if regime.applies(company)), None)


def states_asked(invoice_ids: Sequence[int]) -> list[Question]:
    """What `states` asks when all of those are of one company (`accounts.ahead`)."""
    return [question for regime in _regimes for question in regime.states_asked(invoice_ids)]


def states(company: Company, invoice_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """State of the fiscal record of those invoices of a company, where there is one."""
    regime = active_regime(company)
    return regime.states(invoice_ids) if regime is not None and invoice_ids else {}
