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
    Correction,
    Invoice,
    Status,
)
from lonja.billing.models.line import LINE_FROZEN, InvoiceLine, InvoiceTax, chained_discounts
from lonja.billing.models.reference import InvoiceReference, ReferenceRole
from lonja.billing.models.series import Series, SeriesYear

__all__ = [
    "FROZEN_COLUMNS",
    "LINE_FROZEN",
    "Correction",
    "CustomerLink",
    "DocumentMessage",
    "DocumentStyle",
    "Entry",
    "EntryKind",
    "FollowUp",
    "Invoice",
    "InvoiceLine",
    "InvoiceReference",
    "InvoiceTax",
    "MonthlySales",
    "ReferenceRole",
    "SendWhen",
    "SendingRule",
    "Series",
    "SeriesYear",
    "Status",
    "chained_discounts",
]
