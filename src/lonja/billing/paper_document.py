"""Proformas and albaranes on paper: the sheet of an invoice without what makes it one."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.billing.actions.drafts import draft_from
from lonja.billing.calculation import apply_totals, invoice_totals, tax_rows
from lonja.billing.document import invoice_document
from lonja.billing.kinds import PROFORMA, kind_of
from lonja.billing.models import DeliveryNote, Invoice, InvoiceLine, InvoiceTax, Proforma
from lonja.documents.render import INVOICE, render_pdf, render_svg
from lonja.documents.words import long_date, speaker
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused


@house()
def proforma_pdf(proforma: Proforma) -> StoredFile:
    """The PDF of a proforma: made once and kept."""
    if proforma.pdf is not None:
        return proforma.pdf
    document, images = _proforma(proforma)
    content = render_pdf(INVOICE, document, images=images, timestamp=proforma.created_at)
    with transaction.atomic():
        current = Proforma.objects.select_for_update(of=("self",)).get(pk=proforma.pk)
        if current.pdf_id is None:  # else somebody was faster
            current.pdf = store(_file(_("Proforma"), proforma.number), content, "application/pdf")
            Proforma.objects.filter(pk=current.pk).update(pdf=current.pdf)
    proforma.pdf = current.pdf
    return current.pdf  # type: ignore[return-value]


@house()
def proforma_pages(proforma: Proforma) -> list[str]:
    document, images = _proforma(proforma)
    return render_svg(INVOICE, document, images=images, timestamp=proforma.created_at)


@house()
def note_pdf(note: DeliveryNote) -> tuple[str, bytes]:
    """Name and content of the PDF of an albarán, as it is now."""
    document, images = _note(note)
    moment = datetime.combine(note.delivered_on, time(12), UTC)
    content = render_pdf(INVOICE, document, images=images, timestamp=moment)
    return _file(_("Albarán"), note.number), content


def _proforma(proforma: Proforma) -> tuple[Any, dict[str, bytes]]:
    if "invoice" not in proforma.content:
        raise Refused("proforma_unreadable", _("No se puede leer lo que decía esta proforma."))
    invoice, lines, _references = draft_from(proforma.content)
    invoice.company, invoice.party = proforma.company, proforma.party
    invoice.issued_on = proforma.on
    document, images = _paper(invoice, lines)
    say = speaker(document["lang"])
    title = say(kind_of(PROFORMA).title)
    document |= {
        "title": f"{title} {proforma.number} · {document['issuer']['name']}",
        "kind_title": title,
        "number": proforma.number,
        "mark": say("PROFORMA"),
        "notes": say("Este documento no es una factura: no da derecho a deducir el impuesto."),
    }
    if document["payment"] and document["payment"].get("reference"):
        document["payment"]["reference"] = proforma.number
    return document, images


def _note(note: DeliveryNote) -> tuple[Any, dict[str, bytes]]:
    invoice = Invoice(
        company=note.company,
        party=note.party,
        issued_on=note.delivered_on,
        reference=note.reference,
        surcharge=note.party.surcharge,
    )
    names = ("concept", "detail", "quantity", "unit", "unit_price", "discount_pct")
    lines = [
        InvoiceLine(
            **{name: getattr(line, name) for name in names},
            extra_discounts=line.extra_discounts,
            tax_category=line.tax_category,
        )
        for line in note.lines.all()
    ]
    document, images = _paper(invoice, lines)
    say = speaker(document["lang"])
    document |= {
        "title": f"{say('Albarán')} {note.number} · {document['issuer']['name']}",
        "kind_title": say("Albarán"),
        "number": note.number,
        "mark": "",
        "message": "",
        "payment": None,
        "notes": note.notes,
        "facts": [
            [
                {
                    "label": say("Fecha de entrega"),
                    "value": say.figures.day(note.delivered_on),
                    "strong": True,
                }
            ],
            [{"label": say("Tu referencia"), "value": note.reference}],
        ],
        "due": {"label": say("Total"), "amount": document["due"]["amount"]},
    }
    document["recipient"]["label"] = say("Entregado a")
    return document, images


def _paper(invoice: Invoice, lines: list[InvoiceLine]) -> tuple[Any, dict[str, bytes]]:
    """The sheet of an invoice without code of the tax agency and without «draft»."""
    _taxed, totals = invoice_totals(invoice, lines, invoice.issued_on)
    apply_totals(invoice, lines, totals)
    taxes = [InvoiceTax(**row) for row in tax_rows(totals)]
    document, images = invoice_document(invoice, lines, taxes)
    paper: dict[str, Any] = dict(document)
    paper |= {
        "draft": False,
        "fiscal": None,
        "date_long": long_date(invoice.issued_on, document["lang"]),
    }
    return paper, {name: image for name, image in images.items() if name == "logo"}


def _file(kind: str, number: str) -> str:
    safe = "".join(char if char.isalnum() or char in "-_." else "-" for char in number)
    return f"{kind} {safe}.pdf"
