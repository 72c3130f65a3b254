from lonja.billing.models.cash import CashClient
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
    Correction,
    Invoice,
    Status,
)
from lonja.billing.models.line import LINE_FROZEN, InvoiceLine, InvoiceTax, chained_discounts
from lonja.billing.models.paper import (
    PAPER_PREFIX,
    DeliveryNote,
    DeliveryNoteLine,
    MonthlyRecap,
    PaperCounter,
    PaperUse,
    Proforma,
    RecapRun,
)
from lonja.billing.models.reference import InvoiceReference, ReferenceRole
from lonja.billing.models.series import Series, SeriesYear

__all__ = [
    "FROZEN_COLUMNS",
    "LINE_FROZEN",
    "PAPER_PREFIX",
    "Application",
    "BillingSettings",
    "CashClient",
    "ClaimState",
    "Correction",
    "CorrectivesName",
    "Credit",
    "CreditSource",
    "DeliveryNote",
    "DeliveryNoteLine",
    "Entry",
    "EntryKind",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "InvoiceReference",
    "InvoiceTax",
    "LateClaim",
    "LateRate",
    "MonthlyRecap",
    "MonthlySales",
    "PaperCounter",
    "PaperUse",
    "Proforma",
    "RecapRun",
    "Receipt",
    "ReferenceRole",
    "Refund",
    "Reminder",
    "ReminderStep",
    "Series",
    "SeriesYear",
    "Status",
    "Tone",
    "UndoReason",
    "chained_discounts",
]
