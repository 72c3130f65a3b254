"""Which typst template an invoice is printed with: the one its company had when it was issued."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from lonja.billing.kinds import kind_of
from lonja.billing.models import Invoice
from lonja.documents.render import INVOICE

_HERE = INVOICE.parent
STANDARD = "standard"
TICKET = _HERE / "ticket.typ"
TEMPLATES: dict[str, tuple[Any, Any, Path]] = {
    STANDARD: (_("Clásica"), _("Aire, líneas finas y tu color en el filo."), INVOICE),
    "column": (
        _("Columna"),
        _("Los datos y el pago en una columna de tu color; los conceptos, a su lado."),
        _HERE / "column.typ",
    ),
    "poster": (
        _("Cartel"),
        _("Una banda de tu color dice de un vistazo cuánto y hasta cuándo."),
        _HERE / "poster.typ",
    ),
}


def template_of(invoice: Invoice, issuer: dict[str, Any]) -> Path:
    """The template of an invoice; `issuer` is its frozen issuer, or that of today on a draft."""
    if issuer.get("ticket") and kind_of(invoice.kind).is_simplified:
        return TICKET
    return TEMPLATES.get(issuer.get("template") or STANDARD, TEMPLATES[STANDARD])[2]
