"""Which document identifies a party, from what a person wrote."""

from __future__ import annotations

from dataclasses import dataclass

from lonja.kit.errors import Refused
from lonja.kit.identifiers import EU_COUNTRIES, check_nif, check_vat_eu, normalise
from lonja.parties.models import IdType, Kind


@dataclass(frozen=True, slots=True)
class Identity:
    value: str
    id_type: str
    country: str
    kind: str


def identify(text: str, country: str = "", *, id_type: str = "", field: str = "nif") -> Identity:
    """A Spanish NIF, or the VAT number of another EU country, or the document of a third one.

    `country` is an ISO code or empty (then the text decides, Spain first). Raises `Refused`:
    `nif_control`, `nif_format`, `vat_format`, `vat_control`, `vat_country`.
    """
    if id_type in (IdType.PASSPORT, IdType.OFFICIAL, IdType.RESIDENCE, IdType.OTHER):
        return Identity(normalise(text)[:20], id_type, country or "ES", Kind.CONSUMER)
    if id_type == IdType.VAT_EU:
        return _european(text, country, field)
    if id_type == IdType.NIF or country in ("", "ES"):
        try:
            nif = check_nif(text, field=field)
        except Refused as refused:
            # «DE811569869» is no Spanish NIF, and says so itself.
            if id_type or country or refused.code != "nif_format":
                raise
            try:
                return _european(text, "", field)
            except Refused:
                raise refused from None
        kind = Kind.PROFESSIONAL if nif.is_person else Kind.COMPANY
        return Identity(nif.value, IdType.NIF, "ES", kind)
    if country in EU_COUNTRIES:
        try:
            return _european(text, country, field)
        except Refused:
            # A foreigner may well have a Spanish NIF (N…, W…, X…, Y…).
            try:
                nif = check_nif(text, field=field)
            except Refused:
                pass
            else:
                return Identity(nif.value, IdType.NIF, country, Kind.COMPANY)
            raise
    return Identity(normalise(text)[:20], IdType.OTHER, country, Kind.COMPANY)


def _european(text: str, country: str, field: str) -> Identity:
    value = check_vat_eu(text, country, field=field)
    found = {"EL": "GR", "XI": "GB"}.get(value[:2], value[:2])
    return Identity(value, IdType.VAT_EU, country or found, Kind.COMPANY)
