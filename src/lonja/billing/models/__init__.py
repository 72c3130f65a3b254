from lonja.billing.models.cash import CashClient
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
    "CashClient",
    "Correction",
    "DeliveryNote",
    "DeliveryNoteLine",
    "Entry",
    "EntryKind",
    "Invoice",
    "InvoiceLine",
    "InvoiceReference",
    "InvoiceTax",
    "MonthlyRecap",
    "MonthlySales",
    "PaperCounter",
    "PaperUse",
    "Proforma",
    "RecapRun",
    "ReferenceRole",
    "Series",
    "SeriesYear",
    "Status",
    "chained_discounts",
]
