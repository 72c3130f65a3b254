"""A draft on its way to be issued, saved or only built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from lonja.billing.models import Invoice, InvoiceLine, InvoiceReference
from lonja.billing.regimes import Issuing
from lonja.kit.errors import Refused


@dataclass(slots=True)
class Pending:
    """A draft to issue: saved or only built, with its lines in order.

    The lines of one only built may be any objects with the attributes of `InvoiceLine`
    (`new_line`).
    `send`: queue its mail (None: if the rule of the client or the company says so), at the hour of
    the rule or at `send_at` (aware, said in `zone`). `emails`: where to, instead of the client's
    addresses. `earlier_ok`: nobody has to be asked when its date is earlier than the last of its
    series. After issuing, `refused` holds the reason it was not, or None. `issuing`: already
    checked and added up (`prepare_many`).
    """

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    send: bool | None = False
    emails: Sequence[str] = ()
    send_at: datetime | None = None
    zone: str = ""
    earlier_ok: bool = True
    refused: Refused | None = field(default=None)
    # Due dates of an invoice paid in several terms, with their cents.
    instalments: list[tuple[date, int]] = field(default_factory=list)
    issuing: Issuing | None = field(default=None)
    # The invoices that a saved draft names, when they were read with it.
    references: list[InvoiceReference] | None = None
    # Lines of a saved draft whose amount is not the one that was saved.
    recomputed: list[InvoiceLine] = field(default_factory=list)


def new_line(**values: Any) -> Any:
    """A line of an invoice that is only built: the columns of `InvoiceLine`, without being one.

    Making a model instance of each line is the dearest part of a billing run.
    """
    return SimpleNamespace(
        operation_on=None,
        withheld=True,
        is_disbursement=False,
        extra_discounts="",
        net_cents=0,
        **values,
    )
