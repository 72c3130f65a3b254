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

__all__ = [
    "CodePolicy",
    "DynamicsKey",
    "LegalText",
    "LocalSeal",
    "PublicLink",
    "Quote",
    "QuoteCounter",
    "QuoteLine",
    "QuoteQuestion",
    "QuoteSigner",
    "QuoteStatus",
    "QuoteVersion",
    "Signature",
    "SignedDocument",
    "SigningCode",
    "SigningSettings",
    "TextKind",
]
