"""The message of the house on its documents: by kind, series and language.

A message typed by a person on an invoice always wins. What is not typed is the usual one of the
company, and that is what these replace.
"""

from __future__ import annotations

from collections.abc import Iterable

from lonja.accounts.prepared import Prepared, Slot
from lonja.billing.models import DocumentMessage, Invoice
from lonja.billing.sending import language_of

_messages = Prepared(
    lambda: DocumentMessage.objects.filter(company_id=Slot("company")).values_list(
        "kind", "series_id", "language", "text"
    )
)


class Messages:
    """The messages of one company, read once."""

    def __init__(self, company_id: int) -> None:
        found = _messages.all(company=company_id)
        self._rows = {(kind, series, language): text for kind, series, language, text in found}

    def of(self, kind: str, series_id: int | None, language: str) -> str | None:
        """The one that fits best: its series before its kind, and both before «all»; or None."""
        for key in ((kind, series_id), ("", series_id), (kind, None), ("", None)):
            text = self._rows.get((*key, language))
            if text is not None:
                return text
        return None

    def fill(self, invoices: Iterable[Invoice]) -> None:
        """Put on each draft its message, unless somebody wrote one on it or it is issued."""
        if not self._rows:
            return
        for invoice in invoices:
            if invoice.is_draft and is_usual(invoice):
                found = self.of(invoice.kind, invoice.series_id, language_of(invoice))
                if found is not None:
                    invoice.message = found


def is_usual(invoice: Invoice) -> bool:
    """Whether its message is the one of the company, that nobody chose for it."""
    return invoice.message == invoice.company.invoice_message


def printed(invoice: Invoice, language: str) -> str:
    """The message on the document: frozen once issued; on a draft, the one it would get."""
    if not invoice.is_draft or not is_usual(invoice):
        return invoice.message
    found = Messages(invoice.company_id).of(invoice.kind, invoice.series_id, language)
    return invoice.message if found is None else found
