from lonja.sales.models.opportunity import (
    LossReason,
    Opportunity,
    OpportunityCounter,
    OpportunityStatus,
    PipelineStage,
    StageChange,
)
from lonja.sales.models.quote import Quote, QuoteCounter, QuoteLine, QuoteStatus
from lonja.sales.models.signature import PublicLink, QuoteVersion, Signature, SignedDocument

__all__ = [
    "LossReason",
    "Opportunity",
    "OpportunityCounter",
    "OpportunityStatus",
    "PipelineStage",
    "PublicLink",
    "Quote",
    "QuoteCounter",
    "QuoteLine",
    "QuoteStatus",
    "QuoteVersion",
    "Signature",
    "SignedDocument",
    "StageChange",
]
