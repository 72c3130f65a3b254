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
    "Entry",
    "EntryKind",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "MonthlySales",
    "Series",
    "SeriesYear",
    "Status",
]
