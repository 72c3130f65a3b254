"""The texts that signers accept: versions of the company, or the ones we propose (version 0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lonja.accounts.models import Company
from lonja.accounts.prepared import Prepared, Slot
from lonja.kit.languages import DEFAULT
from lonja.sales.evidence import sha256
from lonja.sales.models import LegalText, TextKind
from lonja.sales.snapshot import QuoteSnapshot, language_of

_last = Prepared(
    lambda: (
        LegalText.objects.filter(company_id=Slot("company"), kind=Slot("kind"))
        .order_by("-version")
        .values_list("version", "body")[:1]
    )
)


@dataclass(frozen=True)
class Text:
    """A text as it is shown, with what it is about filled in."""

    kind: str
    version: int  # 0: the one we propose
    text: str

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "version": self.version,
            "text": self.text,
            "sha256": sha256(self.text.encode()),
        }


# literal: what a customer who reads English accepts; the screens show the company the Spanish one.
_IN_ENGLISH = {
    TextKind.ACCEPT: "I accept quote {numero} and its terms.",
    TextKind.ACCEPT_FOR: "I accept quote {numero} and its terms on behalf of {cliente}.",
    TextKind.CONDITIONS: "",
    TextKind.BIOMETRICS: (
        "I consent to {empresa} recording how I draw my signature (position, time, pressure and "
        "tilt) only to prove that I signed this document. It is kept encrypted: {empresa} cannot "
        "read it, only {custodio} can, and only if the signature has to be checked. I may sign "
        "without this record by typing my name."
    ),
}


def proposed(kind: str, language: str = DEFAULT) -> str:
    """The text of a company that wrote none; empty for the general conditions."""
    if language == "en":
        return _IN_ENGLISH[TextKind(kind)]
    return {
        TextKind.ACCEPT: _("Acepto el presupuesto {numero} y sus condiciones."),
        TextKind.ACCEPT_FOR: _(
            "Acepto el presupuesto {numero} y sus condiciones en nombre de {cliente}."
        ),
        TextKind.CONDITIONS: "",
        TextKind.BIOMETRICS: _(
            "Consiento que {empresa} registre cómo trazo mi firma (posición, tiempo, presión e "
            "inclinación) solo para probar que este documento lo firmé yo. Se guarda cifrado: "
            "{empresa} no puede leerlo, únicamente {custodio}, y solo si hay que comprobar la "
            "firma. Puedo firmar sin este registro escribiendo mi nombre."
        ),
    }[TextKind(kind)]


def text_in_force(company: Company, kind: str) -> tuple[int, str]:
    """(version, body) of the last version of the company, or the proposed one as version 0."""
    row = _last.first(company=company.pk, kind=str(kind))
    return row if row is not None else (0, proposed(kind))


def text_of(company: Company, kind: str, version: int | None) -> tuple[int, str]:
    """(version, body) of one version; the one in force when there is no such version."""
    if version:
        row = LegalText.objects.filter(company=company, kind=kind, version=version).first()
        if row is not None:
            return row.version, row.body
    if version == 0:
        return 0, proposed(kind)
    return text_in_force(company, kind)


def acceptance_kind(content: QuoteSnapshot) -> str:
    return TextKind.ACCEPT if content["recipient"]["is_person"] else TextKind.ACCEPT_FOR


def filled(
    company: Company,
    kind: str,
    content: QuoteSnapshot,
    *,
    version: int | None = None,
    custodian: str = "",
    language: str = "",
) -> Text:
    """The text as the signer of a quote reads it; `version` None: the one in force. `language`:
    the one it was shown in, when it is not that of the quote."""
    number, body = text_of(company, kind, version)
    if number == 0:
        body = proposed(kind, language or language_of(content))
    words = {
        "{numero}": content["number"],
        "{cliente}": content["recipient"]["name"].removesuffix("."),
        "{empresa}": content["issuer"]["legal_name"].removesuffix("."),
        "{custodio}": custodian or _("quien guarda la clave"),
    }
    for mark, value in words.items():
        body = body.replace(mark, value)
    return Text(str(kind), number, body)
