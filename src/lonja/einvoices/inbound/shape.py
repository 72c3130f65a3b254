"""What is understood of an invoice from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.kit.money import round_cents
from lonja.kit.text import clean_line

_AMOUNT = re.compile(r"[+-]?[0-9]{1,13}(?:\.[0-9]{1,12})?")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[TZ+-].*)?")
MAX_LINES = 500


@dataclass(frozen=True)
class InboundLine:
    concept: str
    quantity: Decimal
    net: Decimal


@dataclass(frozen=True)
class Inbound:
    """Amounts in `currency`, negative in what gives money back. `format`: facturae, ubl or cii."""

    format: str
    supplier: str
    supplier_nif: str
    buyer_nif: str
    number: str
    issued_on: date
    due_on: date | None
    currency: str
    base: Decimal
    tax: Decimal
    withholding: Decimal
    total: Decimal
    payable: Decimal
    iban: str
    is_copy: bool
    lines: tuple[InboundLine, ...]


def broken(what: str) -> Refused:
    return Refused(
        "inbound_broken",
        _("La factura no se entiende: falta o está mal «%(what)s».") % {"what": what},
    )


def text(node: Any, path: str, longest: int = 200) -> str:
    """Clean text of the first element found; empty when there is none. `{*}` any namespace."""
    found = node.find(path) if node is not None else None
    return clean_line("".join(found.itertext()))[:longest] if found is not None else ""


def amount(node: Any, path: str, what: str, default: Decimal | None = None) -> Decimal:
    """An amount in cents. Raises Refused when it is missing (without default) or not a number."""
    words = text(node, path)
    if not words and default is not None:
        return default
    return round_cents(number(words, what))


def number(words: str, what: str) -> Decimal:
    """A decimal as XML writes it: neither exponents nor NaN."""
    if not _AMOUNT.fullmatch(words):
        raise broken(what)
    return Decimal(words)


def day(words: str, what: str) -> date:
    """A date as «2026-11-21» or «20261121»."""
    match = _DAY.fullmatch(words)
    if match is None:
        raise broken(what)
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise broken(what) from None


def nif(words: str) -> str:
    """An identification without spaces, dashes nor the prefix ES of VAT."""
    value = re.sub(r"[\s.\-/]", "", words).upper()[:30]
    return value[2:] if value.startswith("ES") and len(value) == 11 else value
