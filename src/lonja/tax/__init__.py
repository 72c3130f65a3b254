"""Spanish indirect taxes and the law of invoices, in pure Python: law as dated data.

No Django, no database. ``categories`` says what a product carries, ``totals`` computes a document,
``rules`` refuses what the law does not allow, ``golden`` checks worked cases.
"""

from lonja.tax.categories import Category, categories, category, category_for
from lonja.tax.documents import CorrectedAmounts, Document, InvoiceRef, Party, TaxLine, tax_line
from lonja.tax.mentions import mentions
from lonja.tax.rules import RuleBroken, advice, check_document, totals_of
from lonja.tax.totals import TaxGroup, Totals, compute_totals

__all__ = [
    "Category",
    "CorrectedAmounts",
    "Document",
    "InvoiceRef",
    "Party",
    "RuleBroken",
    "TaxGroup",
    "TaxLine",
    "Totals",
    "advice",
    "categories",
    "category",
    "category_for",
    "check_document",
    "compute_totals",
    "mentions",
    "tax_line",
    "totals_of",
]
