"""What must be refused before an invoice is issued, as far as it can be judged without a database.

Reusing numbers, series and the chain belong to ``billing`` and ``fiscal``; here is the document by
itself: RD 1619/2012, LIVA, and the validations of the AEAT for VERI*FACTU records.
"""

from datetime import date

from lonja.tax.documents import Document
from lonja.tax.rules import corrections, header, lines, parties, simplified
from lonja.tax.rules.advice import advice
from lonja.tax.rules.broken import RuleBroken
from lonja.tax.totals import Totals, compute_totals

__all__ = ["RuleBroken", "advice", "check_document", "totals_of"]


def check_document(document: Document, *, today: date, totals: Totals | None = None) -> None:
    """Raise ``RuleBroken`` (a ``Refused``) with the first rule the document breaks.

    ``today`` is the day in the company's own zone. ``totals`` saves computing them again.
    """
    header.check(document, today)
    parties.check(document)
    lines.check(document, today)
    corrections.check(document)
    totals = totals or totals_of(document)
    simplified.check(document, totals)
    header.check_amounts(document, totals)


def totals_of(document: Document) -> Totals:
    """The totals of the document in its currency."""
    return compute_totals(
        document.lines,
        on=document.issue_date,
        global_discount_pct=document.global_discount_pct,
        global_discount_amount=document.global_discount_amount,
        prices_include_tax=document.prices_include_tax,
        withholding_pct=document.withholding_pct,
        advances=document.advances,
    )
