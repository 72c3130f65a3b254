"""The words and images of an invoice's document, for `billing/typst/invoice.typ`.

An issued invoice is printed only from what was frozen with it; a draft, from its current data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lonja.billing.calculation import tax_line
from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice, InvoiceLine, InvoiceTax, Series
from lonja.billing.regimes import Printed, active_regime
from lonja.billing.snapshots import issuer_snapshot, recipient_snapshot
from lonja.documents.contracts import (
    Fact,
    InvoiceDocument,
    Issuer,
    Line,
    Payment,
    Recipient,
    TaxRow,
    TotalRow,
)
from lonja.documents.epc import epc_payload
from lonja.documents.qr import qr_svg
from lonja.files.models import StoredFile
from lonja.kit.dates import format_date, format_long
from lonja.kit.errors import Refused
from lonja.kit.identifiers import format_iban
from lonja.kit.money import (
    NBSP,
    format_eur,
    format_percent,
    format_quantity,
    format_unit_price,
    from_cents,
)
from lonja.parties.models import PaymentMethod
from lonja.parties.terms import parse_terms, split
from lonja.ui import brand
from lonja.ui.formats import initials

# From this many lines on, a page may end inside the table: «Suma y sigue» needs running sums.
_MAY_SPLIT = 12


def invoice_document(
    invoice: Invoice,
    lines: Sequence[InvoiceLine] | None = None,
    taxes: Sequence[InvoiceTax] | None = None,
    *,
    paid_on: date | None = None,
) -> tuple[InvoiceDocument, dict[str, bytes]]:
    """The document and its images (`lonja.documents.contracts`).

    `lines` and `taxes` default to the saved ones; an editor gives its own. `paid_on`: the day it
    was paid in full, for the «Pagada» block instead of how to pay.
    """
    lines = list(invoice.lines.all()) if lines is None else list(lines)
    taxes = list(invoice.taxes.all()) if taxes is None else list(taxes)
    issuer = invoice.issuer or issuer_snapshot(invoice.company)
    recipient = invoice.recipient or (recipient_snapshot(invoice.party) if invoice.party_id else {})
    number = invoice.number or pending_number(invoice)
    regime = active_regime(invoice.company)
    printed: Printed = regime.printed(invoice) if regime is not None else {}
    title = kind_of(invoice.kind).title
    document: InvoiceDocument = {
        "lang": "es",
        "title": f"{title} {number} · {issuer['name']}",
        "issuer": _issuer(issuer),
        "kind_title": title,
        "number": number,
        "date_long": format_long(invoice.issued_on),
        "draft": invoice.is_draft,
        "mark": "",
        "corrects": "",
        "fiscal": {"label": printed["label"], "legend": printed["legend"]} if printed else None,
        "message": invoice.message,
        "recipient": _recipient(recipient),
        "facts": _facts(invoice),
        "lines": _lines(invoice, lines),
        "taxes": [_tax(row) for row in taxes],
        "totals": _totals(invoice, taxes),
        "due": {
            "label": _("A pagar") if _has_more_than_total(invoice) else _("Total a pagar"),
            "amount": format_eur(from_cents(invoice.payable_cents)),
        },
        "legends": list(invoice.legends),
        "notes": "",
        "payment": _payment(invoice, issuer, recipient, number, paid_on),
        "footer": _footer(issuer),
    }
    return document, _images(document, invoice, issuer, printed)


def pending_number(invoice: Invoice) -> str:
    """«F2026/—»: the series of a draft, without a number it does not have."""
    series = invoice.series if invoice.series_id else None
    pattern = (series or Series()).pattern
    year = invoice.issued_on.year
    return pattern.split("{number")[0].format(year=year, yy=year % 100) + "—"


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


def _footer(issuer: dict[str, Any]) -> list[str]:
    contact = " · ".join(
        part for part in (issuer["email"], issuer["phone"], issuer["website"]) if part
    )
    rows = [_legal_line(issuer)]
    if contact:
        rows.append(_("¿Dudas con esta factura? %(contact)s") % {"contact": contact})
    return rows


def _recipient(recipient: dict[str, Any]) -> Recipient:
    if not recipient:
        return {"label": _("Facturado a"), "name": _("Elige un cliente"), "lines": []}
    lines = list(recipient["address"])
    if recipient["nif"]:
        name = "NIF" if recipient["id_type"] in ("nif", "02") else _("Identificación")
        lines.insert(0, f"{name} {recipient['nif']}")
    return {"label": _("Facturado a"), "name": recipient["name"], "lines": lines}


def _facts(invoice: Invoice) -> list[list[Fact]]:
    dates: list[Fact] = [
        {"label": _("Fecha de expedición"), "value": format_date(invoice.issued_on), "strong": True}
    ]
    if invoice.operation_on and invoice.operation_on != invoice.issued_on:
        dates.append({"label": _("Fecha de operación"), "value": format_date(invoice.operation_on)})
    due: list[Fact] = _terms(invoice)
    if invoice.due_on and not due:
        due.append(
            {"label": _("Vencimiento"), "value": format_date(invoice.due_on), "strong": True}
        )
    due.append({"label": _("Forma de pago"), "value": str(invoice.get_payment_method_display())})
    who: list[Fact] = []
    if invoice.reference:
        who.append({"label": _("Tu referencia"), "value": invoice.reference})
    if invoice.agent_id and invoice.agent is not None:
        who.append({"label": _("Te atiende"), "value": invoice.agent.name})
    return [column for column in (dates, due, who) if column]


def _terms(invoice: Invoice) -> list[Fact]:
    """Each due date with its amount, when there are several."""
    try:
        terms = parse_terms(invoice.instalment_terms)
    except Refused:  # a draft still being typed
        return []
    if not terms or invoice.payable_cents <= 0:
        return []
    return [
        {
            "label": _("Vencimiento %(n)s") % {"n": number},
            "value": f"{format_date(day)} · {format_eur(from_cents(cents))}",
            "strong": True,
        }
        for number, (day, cents) in enumerate(
            split(terms, invoice.payable_cents, invoice.issued_on), start=1
        )
    ]


def _lines(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[Line]:
    day = invoice.operation_on or invoice.issued_on
    rows: list[Line] = []
    running = 0
    for line in lines:
        running += line.net_cents
        unit = f"{NBSP}{line.unit}" if line.unit else ""
        row: Line = {
            "concept": line.concept,
            "detail": line.detail,
            "quantity": f"{format_quantity(line.quantity)}{unit}",
            "price": f"{format_unit_price(line.unit_price)}{NBSP}€",
            "discount": format_percent(line.discount_pct) if line.discount_pct else "",
            "tax": line_tax_label(line, day),
            "amount": format_eur(from_cents(line.net_cents)),
        }
        if len(lines) > _MAY_SPLIT:
            row["running"] = format_eur(from_cents(running))
        rows.append(row)
    return rows


def line_tax_label(line: Any, day: date) -> str:
    """«21 %», «Exento», «ISP», «No sujeta» or «Suplido», short enough for a column."""
    if getattr(line, "is_disbursement", False):
        return _("Suplido")
    taxed = tax_line(line, day)
    if taxed.exemption:
        return _("Exento")
    if taxed.qualification in ("N1", "N2"):
        return _("No sujeta")
    if taxed.qualification == "S2":
        return _("ISP")
    return format_percent(taxed.rate or Decimal(0))


def _tax(row: InvoiceTax) -> TaxRow:
    printed: TaxRow = {
        "label": row.label,
        "base": format_eur(from_cents(row.base_cents)),
        "amount": format_eur(from_cents(row.tax_cents)),
    }
    if row.surcharge_rate:
        amount = format_eur(from_cents(row.surcharge_cents))
        printed["surcharge"] = f"{format_percent(row.surcharge_rate)} · {amount}"
    return printed


def _has_more_than_total(invoice: Invoice) -> bool:
    return invoice.payable_cents != invoice.total_cents


def total_rows(invoice: Invoice, taxes: Sequence[InvoiceTax]) -> list[tuple[str, int, str]]:
    """(label, cents, tone) of each row of the totals but the last, as on paper and screen."""
    rows: list[tuple[str, int, str]] = []
    # With tax in the prices the lines are gross and no subtotal is comparable to the base.
    if invoice.global_discount_pct and not invoice.prices_include_tax:
        subtotal = invoice.net_cents - invoice.disbursement_cents
        rows.append((_("Suma"), subtotal, ""))
        label = _("Descuento %(pct)s") % {"pct": format_percent(invoice.global_discount_pct)}
        rows.append((label, invoice.base_cents - subtotal, ""))
    rows.append((_("Base imponible"), invoice.base_cents, ""))
    for row in taxes:
        if row.rate is not None and row.qualification == "S1":
            rows.append((row.label, row.tax_cents, ""))
        if row.surcharge_rate:
            label = _("Recargo %(pct)s") % {"pct": format_percent(row.surcharge_rate)}
            rows.append((label, row.surcharge_cents, ""))
    if _has_more_than_total(invoice):
        rows.append((_("Total factura"), invoice.total_cents, "strong"))
    if invoice.withholding_cents:
        pct = format_percent(invoice.withholding_pct or Decimal(0))
        label = _("Retención IRPF %(pct)s") % {"pct": pct}
        rows.append((label, -invoice.withholding_cents, ""))
    if invoice.disbursement_cents:
        rows.append((_("Suplidos"), invoice.disbursement_cents, ""))
    return rows


def _totals(invoice: Invoice, taxes: Sequence[InvoiceTax]) -> list[TotalRow]:
    return [
        {"label": label, "amount": format_eur(from_cents(cents)), "tone": tone}  # type: ignore[typeddict-item]
        for label, cents, tone in total_rows(invoice, taxes)
    ]


def _payment(
    invoice: Invoice,
    issuer: dict[str, Any],
    recipient: dict[str, Any],
    number: str,
    paid_on: date | None,
) -> Payment | None:
    if paid_on is not None:
        title = _("Pagada el %(day)s. ¡Gracias!") % {"day": format_long(paid_on)}
        return {"kind": "paid", "title": title}
    if invoice.payable_cents <= 0:
        return None
    if invoice.payment_method == PaymentMethod.TRANSFER:
        if not issuer["iban"]:
            return None
        return {"kind": "transfer", "iban": format_iban(issuer["iban"]), "reference": number}
    if invoice.payment_method == PaymentMethod.DIRECT_DEBIT:
        return _direct_debit(invoice, recipient)
    if invoice.payment_method == PaymentMethod.CASH:
        return {"kind": "note", "title": _("Pago en efectivo")}
    return {"kind": "note", "title": _("Pago con tarjeta")}


def _direct_debit(invoice: Invoice, recipient: dict[str, Any]) -> Payment:
    iban = "".join(str(recipient.get("iban") or "").split())
    facts = {
        "day": format_date(invoice.due_on) if invoice.due_on else _("su vencimiento"),
        "iban": f"{iban[:4]}…{iban[-4:]}",
    }
    if iban:
        text = _("Lo cargaremos el %(day)s en la cuenta %(iban)s.") % facts
    else:
        text = _("Lo cargaremos el %(day)s en tu cuenta.") % facts
    return {"kind": "debit", "title": _("No tienes que hacer nada"), "text": text}


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
    if payment is not None and payment["kind"] == "transfer" and not invoice.is_draft:
        try:
            text = epc_payload(
                name=issuer["name"],
                iban=issuer["iban"],
                amount=from_cents(invoice.payable_cents),
                text=invoice.number,
            )
        except Refused:  # over what a SEPA code can carry: the IBAN in words is enough
            return images
        images["payment_qr"] = qr_svg(text)
    return images
