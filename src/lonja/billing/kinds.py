"""Invoice types as data: one entry each, and no `if kind ==` anywhere else."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """What distinguishes a type of invoice.

    `series_use`: which series may number it (`Series.use`). `needs_identity`: RD 1619/2012
    art. 6.1.d wants the recipient's NIF. `corrects`: it rectifies another invoice.
    """

    code: str
    label: object
    title: str  # as printed on the document, in the document's language
    series_use: str
    needs_identity: bool = True
    corrects: bool = False
    is_fiscal: bool = True


ORDINARY = "ordinary"

KINDS: dict[str, Kind] = {
    kind.code: kind for kind in (Kind(ORDINARY, _("Ordinaria"), "Factura", series_use="ordinary"),)
}


def kind_of(code: str) -> Kind:
    """The entry of a code. Raises KeyError."""
    return KINDS[code]


def choices() -> list[tuple[str, object]]:
    return [(kind.code, kind.label) for kind in KINDS.values()]
