"""Papers for the customer that are not invoices: its statement and the receipt of a payment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.billing.addressee import addressee_lines
from lonja.billing.models import Credit, Entry, EntryKind, Receipt
from lonja.billing.snapshots import issuer_snapshot, recipient_snapshot
from lonja.billing.statement import Statement
from lonja.documents.figures import Figures, writing_to, written_in
from lonja.documents.render import render_pdf
from lonja.documents.words import labels_of, long_date, speaker
from lonja.files.models import StoredFile
from lonja.kit.money import from_cents
from lonja.kit.text import slug
from lonja.parties.models import Party
from lonja.ui import brand
from lonja.ui.formats import initials

PAPER = Path(__file__).resolve().parent / "typst" / "paper.typ"


def _paper(
    company: Company, party: Party, label: str, *, labels: dict[str, str], **more: Any
) -> dict[str, Any]:
    """What every paper carries: who, to whom, and the foot."""
    issuer, recipient = issuer_snapshot(company), recipient_snapshot(party)
    name = issuer["trade_name"] or issuer["name"]
    legal = [issuer["name"], f"NIF {issuer['nif']}", *issuer["address"], issuer["registry"]]
    contact = [issuer["email"], issuer["phone"], issuer["website"]]
    legal_line = " · ".join(part for part in legal if part)
    language = written_in(party.language)
    return {
        "lang": language,
        "labels": labels_of(language) | labels,
        "issuer": {
            "name": name,
            "tagline": issuer["tagline"],
            "initials": initials(name),
            "accent": brand.readable(issuer["accent"]),
            "legal_line": legal_line,
        },
        "recipient": {
            "label": label,
            "name": recipient["name"],
            "lines": addressee_lines(recipient, speaker(language), language),
        },
        "mark": "",
        "message": "",
        "notes": "",
        "footer": [legal_line, " · ".join(part for part in contact if part)],
        **more,
    }


def _images(company: Company) -> dict[str, bytes]:
    logo = StoredFile.objects.filter(pk=company.logo_id).first() if company.logo_id else None
    return {"logo": logo.read()} if logo is not None else {}


def statement_pdf(statement: Statement) -> tuple[str, bytes]:
    """(file name, PDF) of a statement, in the language of its client, as the texts of its rows have
    to be (`documents.figures.writing_to`). Raises Refused when it cannot be typeset."""
    with writing_to(statement.party.language) as write:
        data = _statement(statement, write)
        name = slug(f"{_('Extracto')} {statement.party.display_name}")
    content = render_pdf(PAPER, data, images=_images(statement.company), timestamp=timezone.now())
    return f"{name}-{statement.until:%Y-%m-%d}.pdf", content


def _statement(statement: Statement, write: Figures) -> dict[str, Any]:
    def eur(cents: int) -> str:
        return write.money(from_cents(cents))

    until = write.day(statement.until)
    title = _("Extracto")
    lines: list[dict[str, str]] = [
        {
            "concept": _("Saldo anterior"),
            "quantity": write.day(statement.since),
            "amount": eur(statement.opening),
        }
    ]
    lines += [
        {
            "concept": row.text,
            "detail": ", ".join(row.detail),
            "quantity": write.day(row.on),
            "price": eur(row.charge) if row.charge else "",
            "discount": eur(row.payment) if row.payment else "",
            "amount": eur(row.balance),
        }
        for row in statement.rows
    ]
    if statement.open:
        lines.append({"heading": _("Pendiente a %(day)s") % {"day": until}})
        lines += [
            {
                "concept": row.invoice.number,
                "quantity": write.day(row.invoice.due_on) if row.invoice.due_on else "",
                "amount": eur(row.left),
            }
            for row in statement.open
        ]
    charges = sum(row.charge for row in statement.rows)
    payments = sum(row.payment for row in statement.rows)
    return _paper(
        statement.company,
        statement.party,
        _("Cliente"),
        title=f"{title} · {statement.party.name} · {until}",
        kind_title=title,
        number=until,
        date_long=_("Del %(since)s al %(until)s")
        % {"since": write.day(statement.since), "until": until},
        facts=[[{"label": _("Movimientos"), "value": str(len(statement.rows))}]],
        lines=lines,
        labels={
            "concept": _("Movimiento"),
            "quantity": _("Fecha"),
            "price": _("Cargo"),
            "discount": _("Abono"),
            "amount": _("Saldo"),
        },
        totals=[
            {"label": _("Saldo anterior"), "amount": eur(statement.opening)},
            {"label": _("Cargos"), "amount": eur(charges)},
            {"label": _("Abonos"), "amount": eur(-payments)},
        ],
        due={
            "label": _("A tu favor") if statement.closing < 0 else _("Pendiente"),
            "amount": eur(abs(statement.closing)),
        },
    )


def receipt_pdf(receipt: Receipt) -> tuple[str, bytes]:
    """(file name, PDF) of the receipt of a payment, in the language of its client. Raises Refused
    when it cannot be typeset."""
    with writing_to(receipt.party.language) as write:
        data = _receipt(receipt, write)
        name = slug(_("Recibo"))
    content = render_pdf(PAPER, data, images=_images(receipt.company), timestamp=receipt.at)
    return f"{name}-{receipt}.pdf", content


def _receipt(receipt: Receipt, write: Figures) -> dict[str, Any]:
    def eur(cents: int) -> str:
        return write.money(from_cents(cents))

    entries = Entry.objects.filter(receipt=receipt, kind=EntryKind.PAYMENT)
    lines: list[dict[str, str]] = [
        {
            "concept": entry.invoice.number if entry.invoice is not None else "",
            "quantity": write.day(entry.invoice.issued_on) if entry.invoice is not None else "",
            "price": eur(entry.invoice.payable_cents) if entry.invoice is not None else "",
            "amount": eur(-entry.amount_cents),
        }
        for entry in entries.select_related("invoice").order_by("pk")
    ]
    credit = Credit.objects.filter(receipt=receipt).first()
    if credit is not None:
        lines.append(
            {"concept": _("Saldo a favor del cliente"), "amount": eur(credit.amount_cents)}
        )
    number = str(receipt)
    title = _("Recibo")
    facts = [{"label": _("Forma de pago"), "value": str(receipt.get_method_display())}]
    if receipt.reference:
        facts.append({"label": _("Referencia"), "value": receipt.reference})
    return _paper(
        receipt.company,
        receipt.party,
        _("Recibido de"),
        title=f"{title} {number} · {receipt.party.name}",
        kind_title=title,
        number=number,
        date_long=long_date(receipt.on, written_in(receipt.party.language)),
        mark=_("ANULADO") if receipt.is_undone else "",
        facts=[facts],
        lines=lines,
        labels={
            "concept": _("Por"),
            "quantity": _("Fecha"),
            "price": _("Importe de la factura"),
            "amount": _("Pagado"),
        },
        totals=[],
        due={"label": _("Recibido"), "amount": eur(receipt.amount_cents)},
    )
