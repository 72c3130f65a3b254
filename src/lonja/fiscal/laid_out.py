"""What of a record needs neither its number nor the chain: made before anything is locked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lonja.billing.regimes import Issuing
from lonja.fiscal.mapping import alta_values
from lonja.fiscal.verifactu import rules
from lonja.fiscal.verifactu.records import Alta, System
from lonja.fiscal.verifactu.xml import alta_middle

# In the place of what only the chain knows, until it is locked.
_NUMBER = "0"
_NO_SYSTEM = System("-", "", "", "", "", "")


@dataclass(slots=True)
class LaidOut:
    """A record already judged, but for its number and its place in the chain."""

    record: Alta
    middle: str
    issuer: dict[str, Any]

    def placed(self, number: str, place: dict[str, Any]) -> Alta:
        """The record with its number, in its place."""
        return replace(self.record, number=number, **place)


def lay_out(issuing: Issuing, now: datetime) -> LaidOut:
    """Raises Refused with the first rule of the agency that the invoice breaks, whatever its
    number turns out to be."""
    invoice = issuing.invoice
    values = alta_values(issuing) | {"number": _NUMBER}
    at = now.astimezone(invoice.company.zone).replace(microsecond=0)
    record = Alta(**values, system=_NO_SYSTEM, generated_at=at, previous=None)
    rules.check_content(record)
    return LaidOut(record, alta_middle(record), invoice.issuer)
