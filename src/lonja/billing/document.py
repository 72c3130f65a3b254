"""The words and images of an invoice's document, for `billing/typst/invoice.typ`.

An issued invoice is printed only from what was frozen with it; a draft, from its current data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from lonja.accounts.language import house
from lonja.billing import messages
from lonja.billing.addressee import addressee_lines
from lonja.billing.document_rows import (
    charged_by,
    has_more_than_total,
    printed_lines,
    printed_totals,
    shows_net_prices,
    tax_row,
)
from lonja.billing.kinds import SERIES_USES, kind_of
from lonja.billing.models import (
    Invoice,
    InvoiceLine,
    InvoiceTax,
    ReferenceRole,
)
from lonja.billing.regimes import Printed, active_regime
from lonja.billing.sending import language_of
from lonja.billing.snapshots import issuer_snapshot, recipient_snapshot
from lonja.documents.contracts import (
    Due,
    Fact,
    InvoiceDocument,
    Issuer,
    Payment,
    Recipient,
)
from lonja.documents.epc import epc_payload
from lonja.documents.qr import qr_svg
from lonja.documents.words import Say, labels_of, long_date, speaker
from lonja.files.models import StoredFile
from lonja.kit.errors import Refused
from lonja.kit.identifiers import format_iban
from lonja.kit.money import from_cents, round_cents
from lonja.parties.models import PaymentMethod
from lonja.parties.terms import parse_terms, split
from lonja.ui import brand
from lonja.ui.formats import initials

# What the column of rates is called where the tax is not IVA.
_TAXES = {"canarias": "IGIC", "ceuta": "IPSI", "melilla": "IPSI"}


@house()
def invoice_document(
    invoice: Invoice,
    lines: Sequence[InvoiceLine] | None = None,
    taxes: Sequence[InvoiceTax] | None = None,
    *,
    paid_on: date | None = None,
    mark: str = "",
) -> tuple[InvoiceDocument, dict[str, bytes]]:
    """The document and its images (`lonja.documents.contracts`).

    `lines` and `taxes` default to the saved ones; an editor gives its own. `paid_on`: the day it
    was paid in full, for the «Pagada» block instead of how to pay. `mark`: «DUPLICADO». Everything
    printed is in the customer's language.
    """
    lines = list(invoice.lines.all()) if lines is None else list(lines)
    taxes = list(invoice.taxes.all()) if taxes is None else list(taxes)
    issuer = invoice.issuer or issuer_snapshot(invoice.company)
    recipient = invoice.recipient or (recipient_snapshot(invoice.party) if invoice.party_id else {})
    number = invoice.number or pending_number(invoice)
    regime = active_regime(invoice.company)
    printed: Printed = regime.printed(invoice) if regime is not None else {}
    language = language_of(invoice)
    say = speaker(language)
    title = say(kind_of(invoice.kind).title)
    document: InvoiceDocument = {
        "lang": language,
        "title": f"{title} {number} · {issuer['name']}",
        "issuer": _issuer(issuer),
        "kind_title": title,
        "number": number,
        "date_long": long_date(invoice.issued_on, language),
        "draft": invoice.is_draft,
        "mark": say(mark),
        "corrects": _named(invoice, say),
        "fiscal": {"label": printed["label"], "legend": printed["legend"]} if printed else None,
        "message": say(messages.printed(invoice, language)),
        "recipient": _recipient(
            recipient, say, language, names=kind_of(invoice.kind).names_recipient
        ),
        "facts": _facts(invoice, say),
        "lines": printed_lines(invoice, lines, say),
        "taxes": [tax_row(row, say) for row in taxes],
        "totals": printed_totals(invoice, taxes, say),
        "due": _due(invoice, say),
        "legends": [say(legend) for legend in invoice.legends],
        "notes": _notes(invoice, say),
        "payment": _payment(invoice, issuer, recipient, number, paid_on, say),
        "footer": _footer(issuer, say),
    }
    labels = labels_of(language)
    if (tax := _TAXES.get(invoice.company.territory)) is not None:
        labels = {**labels, "tax": tax}
    if labels:
        document["labels"] = labels
    return document, _images(document, invoice, issuer, printed)


def pending_number(invoice: Invoice) -> str:
    """«F2026/—»: the series of a draft, without a number it does not have."""
    series = invoice.series if invoice.series_id else None
    pattern = series.pattern if series is not None else _usual_pattern(invoice)
    year = invoice.issued_on.year
    return pattern.split("{number")[0].format(year=year, yy=year % 100) + "—"


def _usual_pattern(invoice: Invoice) -> str:
    use = kind_of(invoice.kind).series_use
    return f"{SERIES_USES[use][2]}{{year}}/{{number:04d}}" if use in SERIES_USES else "{number}"


def _issuer(issuer: dict[str, Any]) -> Issuer:
    name = issuer["trade_name"] or issuer["name"]
    return {
        "name": name,
        "tagline": issuer["tagline"],
        "initials": initials(name),
        "accent": brand.readable(issuer["accent"]),
        "legal_line": _legal_line(issuer),
    }


def _legal_line(issuer: dict[str, Any]) -> str:
    parts = [issuer["name"], f"NIF {issuer['nif']}", *issuer["address"], issuer["registry"]]
    return " · ".join(part for part in parts if part)


def _footer(issuer: dict[str, Any], say: Say) -> list[str]:
    contact = " · ".join(
        part for part in (issuer["email"], issuer["phone"], issuer["website"]) if part
    )
    rows = [_legal_line(issuer)]
    if contact:
        rows.append(say("¿Dudas con esta factura? %(contact)s") % {"contact": contact})
    return rows


def _named(invoice: Invoice, say: Say) -> str:
    """The invoices it corrects, replaces or gathers, with what art. 15.4 RD 1619/2012 asks of a
    rectificativa: which, of when, and why."""
    kind = kind_of(invoice.kind)
    if invoice.pk is None or not kind.has_references:
        return ""
    rows = [row for row in invoice.references.all() if row.role != ReferenceRole.ADVANCE]
    named = ", ".join(
        say("%(number)s de %(day)s") % {"number": row.number, "day": say.figures.day(row.issued_on)}
        for row in rows
    )
    if not kind.corrects:
        verb = say("Sustituye a %(named)s") if kind.substitutes else say("Reúne %(named)s")
        return verb % {"named": named} if named else ""
    parts = []
    if named:
        parts.append(say("Rectifica %(named)s") % {"named": named})
    elif invoice.corrected_period:
        parts.append(say("Rectifica el periodo %(period)s") % {"period": invoice.corrected_period})
    if invoice.correction:
        parts.append(say(str(invoice.get_correction_display())).lower())
    if invoice.correction_reason:
        parts.append(say(invoice.correction_reason))  # of ours, those that are proposed
    return " · ".join(parts)


def _notes(invoice: Invoice, say: Say) -> str:
    """What a rectificativa by substitution replaces, and the rate of another currency."""
    texts = []
    if invoice.corrected_base_cents is not None:
        facts = {
            "base": say.figures.money(from_cents(invoice.corrected_base_cents)),
            "tax": say.figures.money(from_cents(invoice.corrected_tax_cents or 0)),
        }
        text = say("Importes que se sustituyen: base %(base)s, cuota %(tax)s") % facts
        if invoice.corrected_surcharge_cents:
            amount = say.figures.money(from_cents(invoice.corrected_surcharge_cents))
            text += say(", recargo %(amount)s") % {"amount": amount}
        texts.append(text + ".")
    if invoice.art80_circumstance and invoice.art80_on:
        texts.append(
            say("Circunstancia del art. 80 LIVA: %(what)s, de %(day)s.")
            % {"what": invoice.art80_circumstance, "day": say.figures.day(invoice.art80_on)}
        )
    if invoice.currency != "EUR" and invoice.exchange_rate:
        rate = say.figures.rate(invoice.exchange_rate)
        texts.append(
            say(
                "Tipo de cambio: 1 %(currency)s = %(rate)s €. Las cuotas del impuesto van en euros."
            )
            % {"currency": invoice.currency, "rate": rate}
        )
    if shows_net_prices(invoice):
        texts.append(say("Los precios unitarios van sin impuesto."))
    elif invoice.prices_include_tax:
        texts.append(say("Impuestos incluidos"))  # art. 7.1.f RD 1619/2012
    return "\n".join(texts)


def _due(invoice: Invoice, say: Say) -> Due:
    label = say("A pagar") if has_more_than_total(invoice) else say("Total a pagar")
    charged = charged_by(invoice)
    if kind_of(invoice.kind).corrects and charged < 0:
        label, charged = say("A tu favor"), -charged
    if invoice.currency == "EUR" or invoice.foreign_payable_cents is None:
        return {"label": label, "amount": say.figures.money(from_cents(charged))}
    foreign = abs(from_cents(invoice.foreign_payable_cents))
    if abs(invoice.payable_cents) != charged and invoice.exchange_rate:
        foreign = round_cents(from_cents(charged) / invoice.exchange_rate)
    elif invoice.payable_cents < 0 and label != say("A tu favor"):
        foreign = -foreign
    return {"label": label, "amount": say.figures.money(foreign, invoice.currency)}


def _recipient(
    recipient: dict[str, Any], say: Say, language: str, *, names: bool = True
) -> Recipient:
    if recipient and not names:
        # Without its identification: with it, it would be a cualificada (art. 7.2).
        return {"label": say("Cliente"), "name": recipient["name"], "lines": []}
    if not recipient:
        name = say("Elige un cliente") if names else say("Cliente de contado")
        return {"label": say("Facturado a"), "name": name, "lines": []}
    lines = addressee_lines(recipient, say, language)
    return {"label": say("Facturado a"), "name": recipient["name"], "lines": lines}


def _facts(invoice: Invoice, say: Say) -> list[list[Fact]]:
    dates: list[Fact] = [
        {
            "label": say("Fecha de expedición"),
            "value": say.figures.day(invoice.issued_on),
            "strong": True,
        }
    ]
    if invoice.operation_on and invoice.operation_on != invoice.issued_on:
        dates.append(
            {"label": say("Fecha de operación"), "value": say.figures.day(invoice.operation_on)}
        )
    who: list[Fact] = []
    if invoice.reference:
        who.append({"label": say("Tu referencia"), "value": invoice.reference})
    if invoice.agent_id and invoice.agent is not None:
        who.append({"label": say("Te atiende"), "value": invoice.agent.name})
    if kind_of(invoice.kind).has_references and charged_by(invoice) <= 0:
        return [column for column in (dates, who) if column]  # nothing to pay, nor until when
    due: list[Fact] = _terms(invoice, say)
    if invoice.due_on and not due:
        due.append(
            {"label": say("Vencimiento"), "value": say.figures.day(invoice.due_on), "strong": True}
        )
    due.append(
        {"label": say("Forma de pago"), "value": say(str(invoice.get_payment_method_display()))}
    )
    return [column for column in (dates, due, who) if column]


def _terms(invoice: Invoice, say: Say) -> list[Fact]:
    """Each due date with its amount, when there are several."""
    try:
        terms = parse_terms(invoice.instalment_terms)
    except Refused:  # a draft still being typed
        return []
    if not terms or invoice.payable_cents <= 0:
        return []
    return [
        {
            "label": say("Vencimiento %(n)s") % {"n": number},
            "value": f"{say.figures.day(day)} · {say.figures.money(from_cents(cents))}",
            "strong": True,
        }
        for number, (day, cents) in enumerate(
            split(terms, invoice.payable_cents, invoice.issued_on), start=1
        )
    ]


def _payment(
    invoice: Invoice,
    issuer: dict[str, Any],
    recipient: dict[str, Any],
    number: str,
    paid_on: date | None,
    say: Say,
) -> Payment | None:
    if paid_on is not None:
        title = say("Pagada el %(day)s. ¡Gracias!") % {
            "day": long_date(paid_on, language_of(invoice))
        }
        return {"kind": "paid", "title": title}
    if charged_by(invoice) <= 0:
        return None
    if invoice.payment_method == PaymentMethod.TRANSFER:
        if not issuer["iban"]:
            return None
        return {"kind": "transfer", "iban": format_iban(issuer["iban"]), "reference": number}
    if invoice.payment_method == PaymentMethod.DIRECT_DEBIT:
        return _direct_debit(invoice, recipient, say)
    if invoice.payment_method == PaymentMethod.CASH:
        return {"kind": "note", "title": say("Pago en efectivo")}
    return {"kind": "note", "title": say("Pago con tarjeta")}


def _direct_debit(invoice: Invoice, recipient: dict[str, Any], say: Say) -> Payment:
    iban = "".join(str(recipient.get("iban") or "").split())
    facts = {"iban": f"{iban[:4]}…{iban[-4:]}"}
    if invoice.due_on and "/" not in invoice.instalment_terms:  # one day, not several
        facts["day"] = say.figures.day(invoice.due_on)
        known = say("Lo cargaremos el %(day)s en la cuenta %(iban)s.")
        unknown = say("Lo cargaremos el %(day)s en tu cuenta.")
    else:
        known = say("Lo cargaremos a su vencimiento en la cuenta %(iban)s.")
        unknown = say("Lo cargaremos a su vencimiento en tu cuenta.")
    text = (known if iban else unknown) % facts
    return {"kind": "debit", "title": say("No tienes que hacer nada"), "text": text}


def _images(
    document: InvoiceDocument, invoice: Invoice, issuer: dict[str, Any], printed: Printed
) -> dict[str, bytes]:
    images: dict[str, bytes] = {}
    if issuer.get("logo"):
        logo = StoredFile.objects.filter(pk=issuer["logo"]).first()
        if logo is not None:
            images["logo"] = logo.read()
    if printed.get("qr_url"):
        images["fiscal_qr"] = qr_svg(printed["qr_url"])
    payment = document["payment"]
    in_euros = invoice.currency == "EUR"
    if payment is not None and payment["kind"] == "transfer" and not invoice.is_draft and in_euros:
        try:
            text = epc_payload(
                name=issuer["name"],
                iban=issuer["iban"],
                amount=from_cents(invoice.charged_cents),
                text=invoice.number,
            )
        except Refused:  # over what a SEPA code can carry: the IBAN in words is enough
            return images
        images["payment_qr"] = qr_svg(text)
    return images
