from lonja.billing.models.delivery import (
    CustomerLink,
    DocumentMessage,
    DocumentStyle,
    FollowUp,
    SendingRule,
    SendWhen,
)
from lonja.billing.models.entry import Entry, EntryKind, MonthlySales
from lonja.billing.models.invoice import (
    FROZEN_COLUMNS,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Status,
)
from lonja.billing.models.series import Series, SeriesYear

__all__ = [
    "FROZEN_COLUMNS",
    "CustomerLink",
    "DocumentMessage",
    "DocumentStyle",
    "Entry",
    "EntryKind",
    "FollowUp",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "MonthlySales",
    "SendWhen",
    "SendingRule",
    "Series",
    "SeriesYear",
    "Status",
]
