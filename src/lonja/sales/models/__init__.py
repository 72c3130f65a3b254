from lonja.sales.models.quote import Quote, QuoteCounter, QuoteLine, QuoteStatus
from lonja.sales.models.signature import PublicLink, QuoteVersion, Signature, SignedDocument

__all__ = [
    "PublicLink",
    "Quote",
    "QuoteCounter",
    "QuoteLine",
    "QuoteStatus",
    "QuoteVersion",
    "Signature",
    "SignedDocument",
]
