"""From an invoice to the values of its record: tables, so that a new kind is a row.

Orden HAC/1177/2024, annex (diseños de registro), and AEAT «Descripción del servicio web».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lonja.billing.kinds import KINDS
from lonja.billing.models import Invoice
from lonja.fiscal.verifactu.records import Breakdown, ForeignId, Recipient
from lonja.fiscal.verifactu.rules import MACRODATO
from lonja.tax.totals import Totals


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a kind of invoice is for the agency.

    `type` is TipoFactura. `has_recipient`: Destinatarios goes (F2 and R5 carry none).
    """

    type: str
    has_recipient: bool = True


INVOICE_TYPES: dict[str, Mapping] = {"ordinary": Mapping("F1")}


def kinds_without_type() -> list[str]:
    """Fiscal kinds of invoice that this regime does not map yet (a test wants none)."""
    return [code for code, kind in KINDS.items() if kind.is_fiscal and code not in INVOICE_TYPES]


def alta_values(invoice: Invoice, lines: Sequence[Any], totals: Totals) -> dict[str, Any]:
    """What the registro de alta of an invoice says, but for its place in the chain."""
    return head_values(invoice, str(lines[0].concept)) | {
        "breakdown": tuple(breakdown_row(group) for group in totals.groups),
        "quota": totals.tax_total,
        "total": totals.total,
        "macrodato": "S" if abs(totals.total) >= MACRODATO else "",
    }


def head_values(invoice: Invoice, description: str) -> dict[str, Any]:
    """Who, to whom, which number and of what kind."""
    mapping = INVOICE_TYPES[invoice.kind]
    operation_on = invoice.operation_on
    return {
        "nif": invoice.issuer["nif"],
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "issuer": invoice.issuer["name"],
        "kind": mapping.type,
        "description": description[:500],
        "recipients": (recipient(invoice.recipient),) if mapping.has_recipient else (),
        "operation_on": operation_on if operation_on != invoice.issued_on else None,
    }


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
            base=euros(row.base_cents),
            rate=_rate(row.rate),
            quota=euros(row.tax_cents) if row.rate is not None else None,
            tax=row.tax,
            regime=row.regime,
            qualification=row.qualification,
            exemption=row.exemption,
            surcharge_rate=_rate(row.surcharge_rate),
            surcharge=euros(row.surcharge_cents) if row.surcharge_rate is not None else None,
        )
        for row in invoice.taxes.all()
    )


def euros(cents: int) -> Decimal:
    """Cents of a column as an amount of a record."""
    return Decimal(cents).scaleb(-2)


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
