"""The versions of a quote and what changed from each to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lonja.sales.differences import differences
from lonja.sales.models import Quote, QuoteStatus, QuoteVersion, Signature
from lonja.sales.snapshot import QuoteSnapshot, figures, take


@dataclass(frozen=True)
class Shown:
    """A version for the screen; `changes` are sentences, compared with version `before`."""

    number: int
    at: datetime | None
    headline: str
    is_draft: bool
    has_pdf: bool
    signed: bool
    before: int = 0
    changes: list[str] = field(default_factory=list)


def versions_of(quote: Quote) -> list[Shown]:
    """The stored versions, the newest first, and the draft of the next one on top of them.

    Empty while there is only a draft.
    """
    stored = list(QuoteVersion.objects.filter(quote=quote).order_by("version"))
    if not stored:
        return []
    signed = set(
        Signature.objects.filter(version__quote=quote).values_list("version_id", flat=True)
    )
    told: list[Shown] = []
    before: QuoteVersion | None = None
    for one in stored:
        told.append(
            Shown(
                one.version,
                one.created_at,
                figures(one.content).headline,
                False,
                True,
                one.pk in signed,
                before.version if before else 0,
                differences(before.content, one.content) if before else [],
            )
        )
        before = one
    if quote.status == QuoteStatus.DRAFT and quote.version > stored[-1].version:
        draft: QuoteSnapshot = take(quote, list(quote.lines.all()))
        last = stored[-1]
        told.append(
            Shown(
                quote.version,
                None,
                figures(draft).headline,
                True,
                False,
                False,
                last.version,
                differences(last.content, draft),
            )
        )
    return told[::-1]
