"""Who issues and who receives: names, identification and addresses (arts. 6 and 7 RD 1619/2012)."""

from functools import lru_cache

from lonja.kit.errors import Refused
from lonja.kit.identifiers import EU_COUNTRIES, Nif, check_nif, check_vat_eu
from lonja.kit.words import _, gettext_noop
from lonja.tax import invoicing
from lonja.tax.documents import Document, Party
from lonja.tax.rules.broken import RuleBroken

IDENTIFIED_KINDS = ("F1", "F3", "R1", "R2", "R3", "R4")
_ID_TYPES = ("02", "03", "04", "05", "06", "07")


def check(document: Document) -> None:
    """Issuer and recipients of the document."""
    issuer = _checked_nif(
        document.issuer.nif, "AEAT 1120/1123", gettext_noop("El NIF de quien factura")
    )
    _check_name(document.issuer, gettext_noop("quien factura"))
    full = document.kind in IDENTIFIED_KINDS
    if full and not document.qualified and not document.issuer.address.strip():
        raise RuleBroken(
            "issuer_address_missing",
            _("Falta el domicilio de quien factura."),
            "art. 6.1.e RD 1619/2012",
        )
    if len(document.recipients) > invoicing.MAX_RECIPIENTS:
        raise RuleBroken(
            "too_many_recipients",
            _("Una factura admite 1.000 destinatarios como mucho."),
            "Orden HAC/1177/2024, Destinatarios",
        )
    if not full:
        if any(party.is_identified for party in document.recipients):
            raise RuleBroken(
                "recipient_in_simplified",
                _(
                    "Una factura simplificada no identifica al destinatario. Si lo necesita "
                    "para deducir, hazla cualificada o completa."
                ),
                "AEAT 1190",
                field="recipient",
            )
        return
    if not document.recipients:
        raise RuleBroken(
            "recipient_missing",
            _("Falta el destinatario de la factura."),
            "art. 6.1.c RD 1619/2012; AEAT 1189",
            field="recipient",
        )
    for party in document.recipients:
        _check_recipient(document, party, issuer)


def _check_recipient(document: Document, party: Party, issuer: Nif) -> None:
    if not party.is_identified:
        raise RuleBroken(
            "recipient_unidentified",
            _("Falta el NIF del destinatario."),
            "art. 6.1.d RD 1619/2012; AEAT 1189",
            field="nif",
        )
    _check_name(party, gettext_noop("el destinatario"))
    is_person = False
    if party.nif:
        if party.id_number:
            raise RuleBroken(
                "recipient_two_ids",
                _("El destinatario lleva NIF y otra identificación: deja solo una."),
                "AEAT 1239",
                field="nif",
            )
        what = gettext_noop("El NIF del destinatario")
        nif = _checked_nif(party.nif, "AEAT 1123/1239", what)
        if nif.value == issuer.value:
            raise RuleBroken(
                "recipient_is_issuer",
                _("El destinatario no puede ser quien factura."),
                "AEAT 1193",
                field="nif",
            )
        is_person = nif.is_person
    else:
        _check_foreign(document, party)
        is_person = party.id_type in ("03", "05", "07")
    # Art. 6.1.e: a natural person who does not act as a business may lack an address.
    may_lack = is_person or party.is_consumer or party.id_type in ("04", "06")
    if not party.address.strip() and not may_lack:
        raise RuleBroken(
            "recipient_address_missing",
            _("Falta el domicilio del destinatario."),
            "art. 6.1.e RD 1619/2012",
            field="address",
        )


def _check_foreign(document: Document, party: Party) -> None:
    kind, country = party.id_type, party.country.strip().upper()
    if kind not in _ID_TYPES:
        raise RuleBroken(
            "id_type_unknown",
            _("«%(kind)s» no es un tipo de identificación.") % {"kind": kind},
            "AEAT 1102",
            field="id_type",
        )
    if kind != "02" and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise RuleBroken(
            "country_missing", _("Falta el país del destinatario."), "AEAT 1111", field="country"
        )
    if country == "ES" and kind not in ("03", "07"):
        raise RuleBroken(
            "country_spain",
            _("Un destinatario español se identifica con su NIF, con pasaporte o como no censado."),
            "AEAT 1126",
            field="country",
        )
    if kind == "07":
        if country != "ES":
            raise RuleBroken(
                "uncensored_country",
                _("«No censado» es solo para personas de España."),
                "AEAT 1126",
                field="country",
            )
        what = gettext_noop("La identificación")
        if not _checked_nif(party.id_number, "AEAT 1131", what).is_person:
            raise RuleBroken(
                "uncensored_person",
                _("«No censado» es solo para el NIF de una persona física."),
                "AEAT 1131",
                field="id_number",
            )
    if kind == "02":
        _check_vat_number(party, country)
    if document.kind == "R3" and kind != "07":
        raise RuleBroken(
            "r3_identification",
            _("Una R3 necesita el NIF del destinatario."),
            "AEAT 1191",
            field="nif",
        )
    if document.kind == "R2" and kind not in ("02", "07"):
        raise RuleBroken(
            "r2_identification",
            _("Una R2 necesita el NIF o el NIF-IVA del destinatario."),
            "AEAT 1192",
            field="nif",
        )
    if len(party.id_number) > 20:
        raise RuleBroken(
            "id_too_long",
            _("La identificación del destinatario pasa de 20 caracteres."),
            "AEAT 1103",
            field="id_number",
        )


def _check_vat_number(party: Party, country: str) -> None:
    if country and country not in EU_COUNTRIES and country not in ("EL", "XI"):
        raise RuleBroken(
            "vat_country",
            _("El país %(country)s no es de la Unión Europea: no tiene NIF-IVA.")
            % {"country": country},
            "AEAT 1122/1254/1255",
            field="country",
        )
    prefix = {"GR": "EL"}.get(country, country)
    if prefix and not party.id_number.strip().upper().startswith((prefix, country)):
        raise RuleBroken(
            "vat_country",
            _("El NIF-IVA tiene que empezar por %(prefix)s.") % {"prefix": prefix},
            "AEAT 1122",
            field="id_number",
        )
    try:
        value = check_vat_eu(party.id_number, structure_only=party.vat_confirmed)
    except Refused as refused:
        raise RuleBroken(
            refused.code, refused.message.rstrip("."), "AEAT 1103/1239", field="id_number"
        ) from None
    if value.startswith("ES"):
        raise RuleBroken(
            "country_spain",
            _("Un destinatario español se identifica con su NIF."),
            "AEAT 1126",
            field="id_number",
        )


def _checked_nif(text: str, rule: str, what: str) -> Nif:
    if not text.strip():
        raise RuleBroken("nif_missing", _("%(what)s falta.") % {"what": _(what)}, rule, field="nif")
    try:
        return _nif(text)
    except Refused as refused:
        raise RuleBroken(refused.code, refused.message.rstrip("."), rule, field="nif") from None


# The issuer's is asked again for every invoice of a run; refusals are not kept.
_nif = lru_cache(maxsize=4096)(check_nif)


def _check_name(party: Party, who: str) -> None:
    if not party.name.strip():
        raise RuleBroken(
            "name_missing",
            _("Falta el nombre o razón social de %(who)s.") % {"who": _(who)},
            "art. 6.1.c RD 1619/2012",
            field="name",
        )
    if len(party.name) > invoicing.MAX_NAME:
        raise RuleBroken(
            "name_too_long",
            _("El nombre de %(who)s pasa de %(most)s caracteres.")
            % {"who": _(who), "most": invoicing.MAX_NAME},
            "Orden HAC/1177/2024, NombreRazon",
            field="name",
        )
