from lonja.sales.models.approval import ApprovalState, QuoteApproval, QuoteSettings
from lonja.sales.models.quote import Quote, QuoteCounter, QuoteLine, QuoteStatus
from lonja.sales.models.signature import PublicLink, QuoteVersion, Signature, SignedDocument
from lonja.sales.models.template import QuoteTemplate

__all__ = [
    "ApprovalState",
    "PublicLink",
    "Quote",
    "QuoteApproval",
    "QuoteCounter",
    "QuoteLine",
    "QuoteSettings",
    "QuoteStatus",
    "QuoteTemplate",
    "QuoteVersion",
    "Signature",
    "SignedDocument",
]
