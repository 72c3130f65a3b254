from lonja.sales.models.approval import ApprovalState, QuoteApproval, QuoteSettings
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
from lonja.sales.models.signing import (
    CodePolicy,
    DynamicsKey,
    LegalText,
    LocalSeal,
    QuoteQuestion,
    QuoteSigner,
    SigningCode,
    SigningSettings,
    TextKind,
)
from lonja.sales.models.template import QuoteTemplate
from lonja.sales.models.tracking import QuoteContact, QuoteVisit, Verdict

__all__ = [
    "ApprovalState",
    "CodePolicy",
    "DynamicsKey",
    "LegalText",
    "LocalSeal",
    "LossReason",
    "Opportunity",
    "OpportunityCounter",
    "OpportunityStatus",
    "PipelineStage",
    "PublicLink",
    "Quote",
    "QuoteApproval",
    "QuoteContact",
    "QuoteCounter",
    "QuoteLine",
    "QuoteQuestion",
    "QuoteSettings",
    "QuoteSigner",
    "QuoteStatus",
    "QuoteTemplate",
    "QuoteVersion",
    "QuoteVisit",
    "Signature",
    "SignedDocument",
    "SigningCode",
    "SigningSettings",
    "StageChange",
    "TextKind",
    "Verdict",
]
