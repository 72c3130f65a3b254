"""From an invoice to the values of its record: tables, so that a new kind is a row.

Orden HAC/1177/2024, annex (diseños de registro), and AEAT «Descripción del servicio web».
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lonja.billing.kinds import KINDS, kind_of
from lonja.billing.models import Invoice, InvoiceReference, ReferenceRole
from lonja.billing.regimes import Issuing
from lonja.fiscal.verifactu.records import (
    Breakdown,
    ForeignId,
    InvoiceId,
    Recipient,
    Replaced,
)
from lonja.fiscal.verifactu.rules import MACRODATO
from lonja.kit.money import from_cents

# TipoFactura of each kind of invoice. A test names what is missing.
INVOICE_TYPES: dict[str, str] = {
    "ordinary": "F1",
    "simplified": "F2",
    "qualified": "F1",
    "recap": "F1",
    "reverse_goods": "F1",
    "substitute": "F3",
    "r1": "R1",
    "r2": "R2",
    "r3": "R3",
    "r4": "R4",
    "r5": "R5",
}


def kinds_without_type() -> list[str]:
    """Fiscal kinds of invoice that this regime does not map yet (a test wants none)."""
    return [code for code, kind in KINDS.items() if kind.is_fiscal and code not in INVOICE_TYPES]


def alta_values(issuing: Issuing) -> dict[str, Any]:
    """What the registro de alta of an invoice says, but for its place in the chain."""
    totals = issuing.totals
    description = str(issuing.lines[0].concept)
    return head_values(issuing.invoice, description, issuing.references) | {
        "breakdown": tuple(breakdown_row(group) for group in totals.groups),
        "quota": totals.tax_total,
        "total": totals.total,
        "macrodato": macrodato(totals.total),
    }


def macrodato(total: Decimal) -> str:
    """Macrodato: from a hundred million on, of either sign (AEAT 1138, 1139)."""
    return "S" if abs(total) >= MACRODATO else ""


def head_values(
    invoice: Invoice, description: str, references: Sequence[InvoiceReference]
) -> dict[str, Any]:
    """Who, to whom, which number, of what kind and which others it names."""
    kind = kind_of(invoice.kind)
    operation_on = invoice.operation_on
    return {
        "nif": invoice.issuer["nif"],
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "issuer": invoice.issuer["name"],
        "kind": INVOICE_TYPES[invoice.kind],
        "description": description[:500],
        "recipients": (recipient(invoice.recipient),) if kind.names_recipient else (),
        "corrective": invoice.correction,
        "corrects": _named(invoice, references, ReferenceRole.CORRECTS),
        "replaces": _named(invoice, references, ReferenceRole.SUBSTITUTES),
        "replaced": _replaced(invoice),
        "issued_by": invoice.issuer.get("issued_by", ""),
        "third_party": _third_party(invoice.issuer),
        "simplified_art_7": "S" if kind.qualified else "",
        "operation_on": operation_on if operation_on != invoice.issued_on else None,
    }


def _third_party(issuer: dict[str, Any]) -> Recipient | None:
    """Tercero: who issued it in the name of the taxpayer, unless it was the recipient."""
    if issuer.get("issued_by") != "T":
        return None
    return Recipient(issuer["for_name"][:120], nif=issuer["for_nif"])


def _named(
    invoice: Invoice, references: Sequence[InvoiceReference], role: ReferenceRole
) -> tuple[InvoiceId, ...]:
    """The invoices that one names in that role: all are of its own issuer."""
    nif = invoice.issuer["nif"]
    return tuple(
        InvoiceId(nif, row.number, row.issued_on) for row in references if row.role == role
    )


def _replaced(invoice: Invoice) -> Replaced | None:
    """ImporteRectificacion, with CuotaRecargoRectificado when there was any."""
    if invoice.corrected_base_cents is None:
        return None
    surcharge = invoice.corrected_surcharge_cents
    return Replaced(
        from_cents(invoice.corrected_base_cents),
        from_cents(invoice.corrected_tax_cents or 0),
        from_cents(surcharge) if surcharge else None,
    )


def breakdown_row(group: Any) -> Breakdown:
    """A row of the Desglose, from a group of the tax engine."""
    return Breakdown(
        base=group.base,
        rate=group.rate,
        quota=group.amount if group.rate is not None else None,
        tax=group.tax,
        regime=group.regime,
        qualification=group.qualification or "",
        exemption=group.exemption or "",
        surcharge_rate=group.surcharge_rate,
        surcharge=group.surcharge if group.surcharge_rate is not None else None,
    )


def stored_breakdown(invoice: Invoice) -> tuple[Breakdown, ...]:
    """The Desglose of an issued invoice, from its stored rows."""
    return tuple(
        Breakdown(
            base=from_cents(row.base_cents),
            rate=_rate(row.rate),
            quota=from_cents(row.tax_cents) if row.rate is not None else None,
            tax=row.tax,
            regime=row.regime,
            qualification=row.qualification,
            exemption=row.exemption,
            surcharge_rate=_rate(row.surcharge_rate),
            surcharge=from_cents(row.surcharge_cents) if row.surcharge_rate is not None else None,
        )
        for row in invoice.taxes.all()
    )


def _rate(value: Decimal | None) -> Decimal | None:
    """A percentage as records write it: two decimals at most."""
    return None if value is None else value.quantize(Decimal("0.01"))


def recipient(snapshot: dict[str, Any]) -> Recipient:
    """Who receives it: by NIF, or by the identification of another country."""
    if snapshot["id_type"] == "nif":
        return Recipient(snapshot["name"][:120], nif=snapshot["nif"])
    country = "" if snapshot["id_type"] == "02" else snapshot["country"]
    return Recipient(
        snapshot["name"][:120], foreign=ForeignId(snapshot["id_type"], snapshot["nif"], country)
    )
