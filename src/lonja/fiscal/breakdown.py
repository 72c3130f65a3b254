"""The Desglose of a record beside the taxes of its invoice: the huella does not cover it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection
from lxml import etree

from lonja.fiscal.verifactu.schema import PARSER, SF

# tax, regime, qualification, exemption, rate, surcharge rate, base, quota and surcharge in cents.
Row = tuple[Any, ...]
Taxes = Mapping[int, Sequence[Row]]

# Percentages as text: nothing is reckoned with them, and a Decimal of each takes its time.
_SQL = """SELECT invoice_id, tax, regime, qualification, exemption, CAST(rate AS text),
 CAST(surcharge_rate AS text),
 base_cents, tax_cents, surcharge_cents FROM billing_invoicetax
 WHERE organisation_id = %s AND invoice_id IN ({invoices}) ORDER BY invoice_id, position, id"""
# PostgreSQL reads the whole table for a list it does not know; SQLite takes no list at once.
_LISTED = "SELECT value FROM json_each(%s)"
_ARRAY = _SQL.replace("IN ({invoices})", "= ANY(%s)")


def breakdowns_of(
    cursor: Any,
    organisation_id: int,
    invoice_ids: Sequence[int],
    *,
    ask: Callable[[str], list[Row]] | None = None,
) -> Taxes:
    """The rows of tax of these invoices, by invoice. `ask`: who takes the SQL written out, instead
    of the cursor (PostgreSQL only)."""
    found: dict[int, list[Row]] = defaultdict(list)
    if connection.vendor == "sqlite":
        cursor.execute(_SQL.format(invoices=_LISTED), [organisation_id, json.dumps(invoice_ids)])
        rows = cursor.fetchall()
    elif ask is not None:
        rows = ask(cursor.mogrify(_ARRAY, [organisation_id, invoice_ids]))
    else:
        cursor.execute(_ARRAY, [organisation_id, invoice_ids])
        rows = cursor.fetchall()
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def breakdown_text(rows: Sequence[Row]) -> str:
    """The Desglose that those rows give, as `verifactu.xml` writes it."""
    return f"<Desglose>{''.join([_row(row) for row in rows])}</Desglose>"


def _row(row: Row) -> str:
    tax, regime, qualification, exemption, rate, surcharge_rate, base, quota, surcharge = row
    start = _what(tax, regime, qualification, exemption, rate)
    quota_text = surcharge_text = ""
    if rate is not None:
        quota_text = f"<CuotaRepercutida>{_money(quota)}</CuotaRepercutida>"
    if surcharge_rate is not None:
        surcharge_text = (
            f"<TipoRecargoEquivalencia>{_rate(surcharge_rate)}</TipoRecargoEquivalencia>"
            f"<CuotaRecargoEquivalencia>{_money(surcharge)}</CuotaRecargoEquivalencia>"
        )
    return f"{start}{_money(base)}{_BASE}{quota_text}{surcharge_text}</DetalleDesglose>"


_BASE = "</BaseImponibleOimporteNoSujeto>"


@lru_cache(maxsize=512)
def _what(tax: str, regime: str, qualification: str, exemption: str, rate: Any) -> str:
    named = f"<Impuesto>{tax}</Impuesto>" if tax else ""
    if regime:
        named += f"<ClaveRegimen>{regime}</ClaveRegimen>"
    if exemption:
        named += f"<OperacionExenta>{exemption}</OperacionExenta>"
    else:
        named += f"<CalificacionOperacion>{qualification}</CalificacionOperacion>"
    if rate is not None:
        named += f"<TipoImpositivo>{_rate(rate)}</TipoImpositivo>"
    return f"<DetalleDesglose>{named}<BaseImponibleOimporteNoSujeto>"


@lru_cache(maxsize=256)
def _rate(value: str) -> str:
    """A percentage of either database with two decimals (SQLite gives 21 or 5.2)."""
    return f"{Decimal(value):.2f}"


def _money(cents: int) -> str:
    text = str(cents)
    if -100 < cents < 100:
        text = f"{cents:03d}" if cents >= 0 else f"{cents:04d}"
    return f"{text[:-2]}.{text[-2:]}"


def same_breakdown(xml: bytes, rows: Sequence[Row], *, any_regime: bool = False) -> bool:
    """Whether a record says those rows, read element by element; `any_regime`: a subsanación may
    have changed the ClaveRegimen."""

    def read(text: bytes) -> list[list[tuple[str, str]]]:
        root = etree.fromstring(text, PARSER)
        lines = root.findall(f".//{{{SF}}}DetalleDesglose")
        return [
            [
                (str(etree.QName(cell).localname), (cell.text or "").strip())
                for cell in line
                if not (any_regime and etree.QName(cell).localname == "ClaveRegimen")
            ]
            for line in lines
        ]

    expected = f'<r xmlns="{SF}">{breakdown_text(rows)}</r>'.encode()
    return read(xml) == read(expected)
