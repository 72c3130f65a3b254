"""«Comprobar un documento»: what is known of a PDF or of an evidence code, told to anybody who
holds it. Nothing is kept, and nothing is said that the paper does not say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from lonja.documents.figures import SPANISH, figures_of
from lonja.portal.doors import across_organisations
from lonja.sales.evidence import code_of, is_intact, sha256
from lonja.sales.models import Signature, SignedDocument
from lonja.sales.seals.check import Looked, Seal, look
from lonja.sales.signing import signed_figures

_CODE = re.compile(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}")


@dataclass(frozen=True)
class Who:
    name: str
    at: datetime
    code: str
    method: str
    identified_by: str


@dataclass(frozen=True)
class Known:
    """A document signed here."""

    number: str
    version: int
    company: str
    nif: str
    total: str
    document_sha256: str
    log_is_intact: bool
    signers: list[Who]
    pdf_sha256: str = ""
    seal: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """`state`: exact (the very PDF that was sealed), shown (the very PDF that was signed, before),
    altered, foreign (a good seal of somebody else), unsealed, unreadable."""

    state: str
    sha256: str
    known: Known | None = None
    seal: Seal | None = None


def check_pdf(content: bytes) -> Verdict:
    """What these bytes are. Never raises for what they contain, only Busy (see `look`)."""
    digest = sha256(content)
    with across_organisations():
        document = (
            SignedDocument.objects.filter(pdf_sha256=digest)
            .select_related("signature__version")
            .first()
        )
        if document is not None:
            return Verdict("exact", digest, _known(document.signature, document))
        signature = (
            Signature.objects.filter(document_sha256=digest)
            .select_related("version")
            .order_by("-position")
            .first()
        )
        if signature is not None:
            return Verdict("shown", digest, _known(signature))
    return _unknown(digest, look(content))


def _unknown(digest: str, looked: Looked) -> Verdict:
    seal = looked.seals[0] if looked.seals else None
    known = find_code(looked.code) if looked.code else None
    if seal is not None and not seal.good:
        return Verdict("altered", digest, known, seal)
    if known is not None:  # it says that it is ours, and it is not the one we sealed
        return Verdict("altered", digest, known, seal)
    if seal is not None:
        return Verdict("foreign", digest, None, seal)
    return Verdict("unsealed" if looked.readable else "unreadable", digest)


def find_code(text: str) -> Known | None:
    """The document of an evidence code, however it was typed; None when there is none."""
    bare = re.sub(r"[^A-Z2-7]", "", text.upper())[:40]
    code = "-".join(bare[at : at + 4] for at in range(0, len(bare), 4))
    if not _CODE.fullmatch(code):
        return None
    with across_organisations():
        rows = Signature.objects.select_related("version").filter(evidence_code=code)
        signature = rows.first()
        if signature is None:
            return None
        document = SignedDocument.objects.filter(signature=signature).first()
        return _known(signature, document)


def _agrees(signature: Signature) -> bool:
    """Whether the log is whole and is the one of this signature: its code, and what it says."""
    log = signature.evidence["log"]
    if not is_intact(log):
        return False
    last = log[-1]
    said = (code_of(log), last.get("document_sha256"), last.get("signer"), last.get("nif"))
    return said == (
        signature.evidence_code,
        signature.document_sha256,
        signature.signer_name,
        signature.signer_nif,
    )


def _known(signature: Signature, document: SignedDocument | None = None) -> Known:
    version = signature.version
    signatures = Signature.objects.filter(
        version_id=version.pk, position__lte=signature.position
    ).order_by("position")
    issuer = version.content["issuer"]
    log = signature.evidence["log"]
    write = figures_of(get_language() or "")
    total = log[-1].get("total", "")
    if write is not SPANISH:  # the log is in Spanish
        total = signed_figures(signature).headline_in(write)
    return Known(
        number=version.content["number"],
        version=version.version,
        company=issuer["legal_name"],
        nif=issuer["nif"],
        total=total,
        document_sha256=signature.document_sha256,
        log_is_intact=all(_agrees(one) for one in signatures),
        signers=[
            Who(
                one.signer_name,
                one.signed_at,
                one.evidence_code,
                one.method,
                one.identified_by,
            )
            for one in signatures
        ],
        pdf_sha256=document.pdf_sha256 if document is not None else "",
        seal=document.seal if document is not None else {},
    )


def shortened(name: str) -> str:
    """«Carmen R. F.»: for whoever has only a code, and not the document."""
    first, *rest = name.split()
    return " ".join([first, *(f"{word[0]}." for word in rest)])
