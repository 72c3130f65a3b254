"""The one PDF of each issued invoice, and its pages as images for the screen."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from threading import Lock

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.billing.document import invoice_document
from lonja.billing.models import Entry, EntryKind, Invoice, InvoiceLine, InvoiceTax
from lonja.billing.paper import template_of
from lonja.billing.sending import pdf_name
from lonja.billing.snapshots import issuer_snapshot
from lonja.documents.render import render_pdf, render_svg
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused

_KEPT_PAGES = 32
_pages: OrderedDict[str, list[str]] = OrderedDict()
_pages_lock = Lock()


def invoice_pdf(invoice: Invoice) -> StoredFile:
    """The PDF of an issued invoice: made once, kept, and from then on always the same bytes.

    Raises Refused for a draft, or when it cannot be typeset.
    """
    if invoice.is_draft:
        raise Refused(
            "not_issued", _("Un borrador no tiene PDF. Emite la factura para descargarla.")
        )
    if invoice.pdf_id is not None and invoice.pdf is not None:
        return invoice.pdf
    document, images = invoice_document(invoice, paid_on=_paid_on(invoice))
    template = template_of(invoice, invoice.issuer)
    content = render_pdf(template, document, images=images, timestamp=invoice.issued_at)  # type: ignore[arg-type]
    with transaction.atomic():
        current = Invoice.objects.locked(invoice)
        if current.pdf is None:  # else somebody was faster: theirs is the original
            current.pdf = store(pdf_name(invoice), content, "application/pdf")
            Invoice.objects.filter(pk=current.pk).update(pdf=current.pdf)
    invoice.pdf = current.pdf
    return current.pdf


def pdf_bytes(invoice_id: int) -> bytes:
    """Content of the PDF, for the outbox. Raises Invoice.DoesNotExist."""
    invoice = Invoice.objects.select_related("company", "party", "pdf").get(pk=invoice_id)
    return invoice_pdf(invoice).read()


def page_images(invoice: Invoice) -> list[str]:
    """The document of an issued invoice as one SVG a page, as its PDF is or will be."""
    document, images = invoice_document(invoice, paid_on=_paid_on(invoice))
    spelled = json.dumps(document, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    template = template_of(invoice, invoice.issuer or issuer_snapshot(invoice.company))
    digest = hashlib.sha256(spelled + template.name.encode())
    for name in sorted(images):
        digest.update(images[name])
    key = digest.hexdigest()
    with _pages_lock:
        if key in _pages:
            _pages.move_to_end(key)
            return _pages[key]
    pages = render_svg(template, document, images=images, timestamp=invoice.issued_at)
    with _pages_lock:
        _pages[key] = pages
        while len(_pages) > _KEPT_PAGES:
            _pages.popitem(last=False)
    return pages


def draft_svg(
    invoice: Invoice, lines: Sequence[InvoiceLine], taxes: Sequence[InvoiceTax]
) -> list[str]:
    """The pages of a draft as it is being written, for the live preview."""
    document, images = invoice_document(invoice, lines, taxes)
    template = template_of(invoice, issuer_snapshot(invoice.company))
    return render_svg(template, document, images=images)


def duplicate_pdf(invoice: Invoice) -> bytes:
    """The frozen invoice printed again with «DUPLICADO» (RD 1619/2012 art. 14.2).

    The original and its file are not touched. Raises Refused for a draft.
    """
    if invoice.is_draft:
        raise Refused(
            "not_issued", _("Un borrador no tiene PDF. Emite la factura para descargarla.")
        )
    document, images = invoice_document(invoice, paid_on=_paid_on(invoice), mark="DUPLICADO")
    template = template_of(invoice, invoice.issuer)
    return render_pdf(template, document, images=images, timestamp=invoice.issued_at)  # type: ignore[arg-type]


def _paid_on(invoice: Invoice) -> date | None:
    """The day it was paid in full, if that was before its PDF was made (the PDF never changes)."""
    entries = Entry.objects.filter(invoice=invoice)
    if invoice.pdf_id is not None and invoice.pdf is not None:
        entries = entries.filter(at__lte=invoice.pdf.created_at)
    elif invoice.outstanding_cents:
        return None
    rows = list(entries.values_list("kind", "amount_cents", "on"))
    days = [on for kind, _cents, on in rows if kind == EntryKind.PAYMENT]
    if not days or sum(cents for _kind, cents, _on in rows):
        return None
    return max(days)
