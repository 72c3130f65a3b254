"""What each press of «Emitir» asks, its SQL written once."""

from __future__ import annotations

from lonja.accounts.prepared import Prepared, Slot, ask_together
from lonja.billing.models import (
    Invoice,
    InvoiceLine,
    InvoiceReference,
    SeriesYear,
)

_locked_draft = Prepared(
    lambda: Invoice.objects.select_related("company__organisation", "party", "series").filter(
        pk=Slot("pk")
    ),
    locked=lambda: Invoice.objects.filter(pk=Slot("pk")),
)
_lines = Prepared(lambda: InvoiceLine.objects.filter(invoice_id=Slot("invoice")))
named_by = Prepared(lambda: InvoiceReference.objects.filter(invoice_id=Slot("invoice")))
counter_of = Prepared(
    lambda: SeriesYear.objects.select_for_update().filter(
        series_id=Slot("series"), year=Slot("year")
    )
)


def draft_to_issue(pk: int) -> tuple[Invoice, list[InvoiceLine], list[InvoiceReference]]:
    """A draft, locked, with its lines and the invoices that it names. Raises DoesNotExist."""
    drafts, lines, references = ask_together(
        (_locked_draft, {"pk": pk}), (_lines, {"invoice": pk}), (named_by, {"invoice": pk})
    )
    if not drafts:
        raise Invoice.DoesNotExist
    for line in lines:
        line.invoice = drafts[0]
    return drafts[0], lines, references


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """Its lines in order, each knowing its invoice."""
    lines = _lines.all(invoice=invoice.pk)
    for line in lines:
        line.invoice = invoice
    return lines
