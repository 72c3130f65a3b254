"""Invoices in the palette: by number, client, reference or amount («1.403,60»)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from lonja.accounts.models import Membership
from lonja.accounts.textsearch import filter_text
from lonja.billing.models import Invoice
from lonja.kit.errors import Refused
from lonja.kit.money import parse_amount, to_cents
from lonja.kit.text import search_text
from lonja.ui import formats
from lonja.ui.registry import Hit


def find(member: Membership, text: str, limit: int) -> list[Hit]:
    """At most `limit` invoices the member may see; those of that exact amount come first."""
    rows = Invoice.objects.visible_to(member).select_related("party")
    found: dict[int, Invoice] = {}
    cents = amount_of(text)
    if cents is not None:
        for invoice in rows.filter(total_cents=cents).order_by("-id")[:limit]:
            found[invoice.pk] = invoice
    folded = search_text(text)
    if folded and len(found) < limit:
        for invoice in filter_text(rows, folded, first=limit).order_by("-issued_on", "-id")[:limit]:
            found.setdefault(invoice.pk, invoice)
    today = timezone.localdate()
    return [_hit(invoice, today) for invoice in list(found.values())[:limit]]


def amount_of(text: str) -> int | None:
    """Cents when the text reads as an amount with decimals («1.403,60», «99,90 €»), else None."""
    if "," not in text and "€" not in text:
        return None
    try:
        return to_cents(parse_amount(text))
    except Refused:
        return None


def _hit(invoice: Invoice, today: Any) -> Hit:
    state, _tone = invoice.state(today)
    facts = (
        invoice.party.name,
        formats.full_date(invoice.issued_on),
        formats.money(invoice.total_cents),
        str(state),
    )
    return Hit(
        str(invoice),
        " · ".join(facts),
        reverse("billing:invoice", args=[invoice.pk]),
        "file-invoice",
    )
