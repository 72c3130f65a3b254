"""What goes out with an invoice: its mail, its legends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lonja.billing.kinds import kind_of
from lonja.billing.mail_texts import CORRECTION, INVOICE
from lonja.billing.models import Invoice
from lonja.documents.figures import figures_of
from lonja.kit.languages import known
from lonja.kit.money import from_cents
from lonja.mail import Attach
from lonja.mail.texts import Composer
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


class Composers:
    """The words of the mails of a batch, each kind read once."""

    def __init__(self) -> None:
        self._made: dict[str, Composer] = {}

    def of(self, invoice: Invoice) -> Composer:
        code = CORRECTION if kind_of(invoice.kind).corrects else INVOICE
        if code not in self._made:
            self._made[code] = Composer(code)
        return self._made[code]


def language_of(invoice: Invoice) -> str:
    """The language in which its customer reads: frozen with it, or of the client's file."""
    frozen = invoice.recipient.get("language") if invoice.recipient else ""
    own = invoice.language or frozen
    return known(own or (invoice.party.language if invoice.party_id else ""))


def mail_for(
    invoice: Invoice,
    emails: Sequence[str] = (),
    *,
    key: str = "",
    link: str = "",
    composers: Composers | None = None,
    extra: Sequence[Attach] = (),
) -> dict[str, Any] | None:
    """The keys of `queue_mail` for the mail of an issued invoice, or None without an address.

    The key makes the first mail of an invoice exactly one (R9, R13). `link`: the address of the
    customer's page; without it the line that carries it is not written. `extra`: files beside its
    PDF (`hooks.attachments_of`).
    """
    to = list(emails) or invoice.party.mail_addresses
    if not to:
        return None
    company = invoice.company
    language = language_of(invoice)
    figures = figures_of(language)
    subject, text = (
        (composers or Composers())
        .of(invoice)
        .compose(
            language,
            {
                "cliente": invoice.party.name,
                "numero": invoice.number,
                "fecha": figures.day(invoice.issued_on),
                "importe": figures.money(from_cents(invoice.payable_cents)),
                "vencimiento": figures.day(invoice.due_on) if invoice.due_on else "",
                "mensaje": invoice.message or company.invoice_message,
                "empresa": company.display_name,
                "enlace": link,
            },
        )
    )
    return {
        "to": to,
        "subject": subject,
        "text": text,
        "about": invoice,
        "company": company,
        "attachments": [Attach.later(PDF_KIND, invoice.pk, pdf_name(invoice)), *extra],
        "key": key or f"invoice:{invoice.pk}",
        "kind": "invoice",
        "language": language,
    }
