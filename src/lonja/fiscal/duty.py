"""Since when VERI*FACTU binds, as data: a delay is a row that changes.

Disposición final cuarta of RD 1007/2023 in the words of RDL 15/2025. The Ministry announced on
5-10-2026 a delay to October 2028; no norm is published, so it is told and not applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company


@dataclass(frozen=True)
class Duty:
    """From a day on, those whose NIF begins with one of these letters (empty: everybody else)."""

    since: date
    letters: str
    who: object
    norm: str


# Letters of the NIF of those who pay Corporation Tax (Orden EHA/451/2008).
DUTIES = (
    Duty(date(2027, 1, 1), "ABCDFGJNQRSUVW", _("las sociedades"), "RDL 15/2025"),
    Duty(date(2027, 7, 1), "", _("los autónomos y demás"), "RDL 15/2025"),
)
ANNOUNCED = _(
    "El Ministerio anunció el 05/10/2026 un aplazamiento a octubre de 2028. Mientras no se "
    "publique la norma, valen estas fechas."
)


def duty_of(nif: str) -> Duty:
    """The duty of a taxpayer."""
    return next(duty for duty in DUTIES if not duty.letters or nif[:1] in duty.letters)


_BASQUE = (_("el País Vasco"), "TicketBAI")
# First figures of a postcode: the foral territories have systems of their own (fiscal rules §2).
FORAL = {"01": _BASQUE, "20": _BASQUE, "48": _BASQUE, "31": (_("Navarra"), _("la norma foral"))}


def elsewhere(company: Company) -> str:
    """What a company whose address is in a foral territory has to know; empty for the others."""
    found = FORAL.get(company.postcode.strip()[:2])
    if found is None or company.country != "ES":
        return ""
    where, system = found
    return gettext(
        "El domicilio de tu empresa está en %(where)s: allí no rige VERI*FACTU sino %(system)s, "
        "que Lonja no hace. Consúltalo con tu asesoría antes de emitir."
    ) % {"where": where, "system": system}
