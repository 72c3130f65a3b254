"""What goes out with an invoice: its mail, its legends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from lonja.billing.models import Invoice
from lonja.kit.dates import format_date
from lonja.kit.money import format_eur, from_cents
from lonja.mail import Attach
from lonja.tax.documents import Document
from lonja.tax.mentions import mentions

PDF_KIND = "billing.invoice_pdf"


def legends(document: Document) -> list[str]:
    """Mentions the invoice must carry (RD 1619/2012 art. 6.1.j-p), without repeats."""
    if all(line.qualification == "S1" and line.regime == "01" for line in document.lines):
        return []  # nothing to mention in the usual case
    return mentions(document)


def pdf_name(invoice: Invoice) -> str:
    """«Factura F2026-0413.pdf»: the number without what file systems refuse."""
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in invoice.number)
    return f"Factura {safe}.pdf"


def mail_for(
    invoice: Invoice,
    emails: Sequence[str] = (),
    *,
    key: str = "",
    extra: Sequence[Attach] = (),
) -> dict[str, Any] | None:
    """The keys of `queue_mail` for the mail of an issued invoice, or None without an address.

    `extra`: files beside its PDF (`hooks.attachments_of`). The key makes the first mail of an
    invoice exactly one (R9, R13).
    """
    to = list(emails) or invoice.party.mail_addresses
    if not to:
        return None
    company = invoice.company
    facts = {
        "number": invoice.number,
        "company": company.display_name,
        "amount": format_eur(from_cents(invoice.payable_cents)),
        "due": format_date(invoice.due_on) if invoice.due_on else "",
        "message": invoice.message or company.invoice_message,
    }
    text = (
        _(
            "%(message)s\n\nTe adjuntamos la factura %(number)s de %(company)s, por %(amount)s, "
            "con vencimiento el %(due)s.\n\nGracias,\n%(company)s\n"
        )
        % facts
    )
    return {
        "to": to,
        "subject": _("Factura %(number)s de %(company)s") % facts,
        "text": text,
        "about": invoice,
        "company": company,
        "attachments": [Attach.later(PDF_KIND, invoice.pk, pdf_name(invoice)), *extra],
        "key": key or f"invoice:{invoice.pk}",
        "kind": "invoice",
    }
