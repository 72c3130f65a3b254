from lonja.billing.models.collection import (
    BillingSettings,
    ClaimState,
    CorrectivesName,
    LateClaim,
    LateRate,
    Reminder,
    ReminderStep,
    Tone,
)
from lonja.billing.models.credit import (
    Application,
    Credit,
    CreditSource,
    Instalment,
    Receipt,
    Refund,
    UndoReason,
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
    "Application",
    "BillingSettings",
    "ClaimState",
    "CorrectivesName",
    "Credit",
    "CreditSource",
    "Entry",
    "EntryKind",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "InvoiceTax",
    "LateClaim",
    "LateRate",
    "MonthlySales",
    "Receipt",
    "Refund",
    "Reminder",
    "ReminderStep",
    "Series",
    "SeriesYear",
    "Status",
    "Tone",
    "UndoReason",
]
