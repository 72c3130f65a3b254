from lonja.sales.models.quote import Quote, QuoteCounter, QuoteLine, QuoteStatus
from lonja.sales.models.signature import PublicLink, QuoteVersion, Signature, SignedDocument
from lonja.sales.models.tracking import QuoteContact, QuoteVisit, Verdict

__all__ = [
    "PublicLink",
    "Quote",
    "QuoteContact",
    "QuoteCounter",
    "QuoteLine",
    "QuoteStatus",
    "QuoteVersion",
    "QuoteVisit",
    "Signature",
    "SignedDocument",
    "Verdict",
]
