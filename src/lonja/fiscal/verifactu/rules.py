"""Rules of the agency that can be known before issuing: a record it would reject is not made.

AEAT, «Validaciones y errores»; the number in each code is the agency's own. What only the
agency knows (its census, VIES, earlier records) is not here. Where the agency tolerates 10 €
in the totals, exact cents are asked: the tolerance is not a licence.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from stdnum.es import nif as es_nif

from lonja.kit.errors import Refused

from .records import Alta, Anulacion, Previous, Recipient, System
from .rules_lines import check_breakdown, refuse
from .texts import _, gettext_noop
from .xml import Header

CORRECTIVES = ("R1", "R2", "R3", "R4", "R5")
SIMPLIFIED = ("F2", "R5")
KINDS = ("F1", "F2", "F3", *CORRECTIVES)
FIRST_DAY = date(2024, 10, 28)
MACRODATO = 100_000_000
_NUMBER = re.compile(r"[ -~]{1,60}")
_FORBIDDEN = re.compile("[\"'<>=]")


def check(record: Alta | Anulacion) -> None:
    """Raise Refused, in Spanish, on the first rule the record breaks; ``field`` names ours.

    «Today» is the day of the record's own moment.
    """
    for part in _parts(record):
        part(record)


def check_content(record: Alta) -> None:
    """As :func:`check`, but for the number of the record and its place in a chain."""
    for part in _CONTENT:
        part(record)


def check_placed(record: Alta) -> None:
    """What :func:`check_content` leaves, of a record that has got both."""
    for part in _COMMON:
        part(record)


def problems(record: Alta | Anulacion) -> list[Refused]:
    """The first rule broken of each part of the record: what :func:`check` would say, and then
    what it would say next."""
    found = []
    for part in _parts(record):
        try:
            part(record)
        except Refused as refused:
            found.append(refused)
    return found


def _parts(record: Alta | Anulacion) -> tuple[Callable[[Any], None], ...]:
    return _ANULACION if isinstance(record, Anulacion) else _ALTA


def _check_place(record: Alta | Anulacion) -> None:
    _length(record.external_ref, 60, gettext_noop("La referencia externa"), "external_ref")
    _check_system(record.system)
    _check_previous(record.previous, record.huella)


def _check_issued(record: Alta | Anulacion) -> None:
    if record.issued_on < FIRST_DAY:
        raise refuse("1152", _("La fecha no puede ser anterior al 28-10-2024."), "issued_on")
    if record.issued_on > record.generated_at.date():
        raise refuse("1112", _("La fecha de expedición no puede ser futura."), "issued_on")


def check_header(header: Header, at: datetime) -> None:
    """Rules of the Cabecera of a submission sent at ``at``. Raises Refused."""
    _nif("4116", header.nif, "nif")
    _length(header.name, 120, gettext_noop("El nombre"), "name", required=True)
    leaves = header.leaves_on
    if leaves and not (
        leaves.month == 12 and leaves.day == 31 and at.year - 1 <= leaves.year <= at.year
    ):
        raise refuse(
            "4120",
            _("VERI*FACTU solo se deja a 31 de diciembre de este año o el anterior."),
            "leaves_on",
        )
    if header.representative:
        _nif("4117", header.representative.nif, "representative")


@lru_cache(maxsize=4096)
def _valid_nif(value: str) -> bool:
    return len(value) == 9 and value.isascii() and value == value.upper() and es_nif.is_valid(value)


def _nif(code: str, value: str, field: str) -> None:
    if not _valid_nif(value):
        raise refuse(code, _("El NIF «%(nif)s» no es correcto.") % {"nif": value}, field)


def _length(value: str, limit: int, name: str, field: str, *, required: bool = False) -> None:
    if len(value) > limit:
        raise refuse(
            "1100",
            _("%(name)s no puede pasar de %(limit)s caracteres.")
            % {"name": _(name), "limit": limit},
            field,
        )
    if required and not value.strip():
        raise refuse("1100", _("%(name)s no puede quedar en blanco.") % {"name": _(name)}, field)


def _check_own_number(record: Alta | Anulacion) -> None:
    _check_number(record.number)


def _check_own_nif(record: Alta | Anulacion) -> None:
    _nif("1123", record.nif, "nif")


def _check_number(number: str) -> None:
    if not _NUMBER.fullmatch(number) or number != number.strip():
        raise refuse(
            "1104",
            _("El número de factura admite de 1 a 60 letras sin acentos, cifras y signos comunes."),
            "number",
        )
    if _FORBIDDEN.search(number):
        raise refuse(
            "1130", _("El número de factura no puede llevar los signos \" ' < > ="), "number"
        )


@lru_cache(maxsize=64)
def _check_system(system: System) -> None:
    # Only a system that passes is remembered: an exception is not cached.
    for value, limit, name in (
        (system.producer, 120, gettext_noop("El nombre del productor")),
        (system.name, 30, gettext_noop("El nombre del sistema informático")),
        (system.version, 50, gettext_noop("La versión del sistema informático")),
        (system.installation, 100, gettext_noop("El número de instalación")),
    ):
        _length(value, limit, name, "system", required=True)
    if len(system.code) != 2:
        raise refuse("1177", _("El código del sistema informático tiene 2 caracteres."), "system")
    if bool(system.nif) == bool(system.foreign):
        raise refuse(
            "1223", _("El productor se identifica con NIF o con otro documento."), "system"
        )
    if system.nif:
        _nif("1176", system.nif, "system")


def _check_previous(previous: Previous | None, huella: str) -> None:
    if previous is None:
        return
    if not re.fullmatch(r"[0-9A-F]{64}", previous.huella):
        raise refuse("2003", _("La huella del registro anterior no es válida."), "previous")
    if previous.huella == huella:
        raise refuse("1278", _("El registro no puede encadenarse consigo mismo."), "previous")
    _nif("1269", previous.nif, "previous")


def _check_texts(record: Alta) -> None:
    _length(record.issuer, 120, gettext_noop("El nombre de quien emite"), "issuer", required=True)
    _length(record.description, 500, gettext_noop("La descripción"), "description", required=True)
    agreed, of_system = record.billing_agreement, record.system_agreement
    _length(agreed, 15, gettext_noop("El acuerdo de facturación"), "billing_agreement")
    _length(of_system, 16, gettext_noop("El acuerdo del sistema"), "system_agreement")
    if record.kind not in KINDS:
        raise refuse("1106", _("El tipo de factura no existe."), "kind")


def _check_corrective(record: Alta) -> None:
    if record.kind in CORRECTIVES:
        if record.corrective not in ("S", "I"):
            raise refuse(
                "1114", _("Una rectificativa es por sustitución o por diferencias."), "corrective"
            )
    elif record.corrective:
        raise refuse("1115", _("Solo una rectificativa lleva tipo de rectificativa."), "corrective")
    elif record.corrects:
        raise refuse("1117", _("Solo una rectificativa nombra facturas rectificadas."), "corrects")
    if record.replaces and record.kind != "F3":
        raise refuse("1116", _("Solo una F3 nombra facturas sustituidas."), "replaces")
    if record.corrective == "S" and record.replaced is None:
        raise refuse("1118", _("Faltan los importes que sustituye la rectificativa."), "replaced")
    if record.corrective != "S" and record.replaced is not None:
        raise refuse(
            "1119", _("Solo por sustitución se dan los importes rectificados."), "replaced"
        )
    if len(record.corrects) > 1000 or len(record.replaces) > 1000:
        raise refuse("4113", _("No caben más de 1.000 facturas relacionadas."), "corrects")
    for other in (*record.corrects, *record.replaces):
        _check_number(other.number)
        _nif("1154", other.nif, "corrects" if record.corrects else "replaces")
    if record.rejected_before == "X" and record.amends != "S":
        raise refuse(
            "1153", _("El rechazo previo X solo va en una subsanación."), "rejected_before"
        )
    if record.rejected_before == "S" and record.amends != "S":
        raise refuse("1161", _("El rechazo previo solo va en una subsanación."), "rejected_before")


def _years_before(today: date, years: int) -> date:
    return today.replace(year=today.year - years, day=min(today.day, 28))


def _check_dates(record: Alta) -> None:
    today = record.generated_at.date()
    operation = record.operation_on
    if operation is None:
        return
    if operation < _years_before(today, 20):
        raise refuse("1134", _("La fecha de la operación es demasiado antigua."), "operation_on")
    if operation > record.issued_on:
        later = all(
            row.regime in ("14", "15") and row.tax in ("", "01", "03") for row in record.breakdown
        )
        if not later:
            raise refuse(
                "1146",
                _("La operación no puede ser posterior a la fecha de expedición."),
                "operation_on",
            )


def _check_flags(record: Alta) -> None:
    if record.simplified_art_7 == "S" and record.kind in SIMPLIFIED:
        raise refuse(
            "1183", _("Una simplificada cualificada se declara como F1 o F3."), "simplified_art_7"
        )
    if record.no_recipient_art_6 == "S" and record.kind not in SIMPLIFIED:
        raise refuse(
            "1185",
            _("Sin destinatario (art. 6.1.d) solo cabe en F2 o R5."),
            "no_recipient_art_6",
        )
    if record.coupon == "S" and record.kind not in ("R1", "R5"):
        raise refuse("1157", _("El indicador de cupón solo cabe en R1 o R5."), "coupon")
    huge = abs(record.total) >= MACRODATO
    if huge and record.macrodato != "S":
        raise refuse("1139", _("Desde cien millones hay que marcar el importe."), "macrodato")
    if not huge and record.macrodato == "S":
        raise refuse("1138", _("Solo desde cien millones se marca el importe."), "macrodato")


def _check_third_party(record: Alta) -> None:
    third = record.third_party
    if third and not record.issued_by:
        raise refuse("1155", _("Indica que la factura la emite un tercero."), "issued_by")
    if third and record.issued_by == "D":
        raise refuse("1159", _("Si emite el destinatario no hay tercero."), "third_party")
    if record.issued_by == "T" and third is None:
        raise refuse("1186", _("Faltan los datos del tercero que emite."), "third_party")
    if third is None:
        return
    _check_person(third, "third_party")
    if third.nif == record.nif:
        raise refuse("1188", _("El tercero no puede ser quien emite."), "third_party")
    if third.foreign and third.foreign.kind == "07":
        raise refuse("1211", _("Un tercero no puede ser «no censado»."), "third_party")


def _check_recipients(record: Alta) -> None:
    people = record.recipients
    if record.kind in SIMPLIFIED:
        if people:
            raise refuse("1190", _("Una simplificada no lleva destinatario."), "recipients")
        return
    if not people:
        raise refuse("1189", _("La factura necesita un destinatario identificado."), "recipients")
    if len(people) > 1000:
        raise refuse("4113", _("No caben más de 1.000 destinatarios."), "recipients")
    for who in people:
        _check_person(who, "recipients")
        if who.nif and who.nif == record.nif:
            raise refuse("1193", _("El destinatario no puede ser quien emite."), "recipients")
        kind = who.foreign.kind if who.foreign else ""
        if record.kind == "R3" and kind not in ("", "07"):
            raise refuse("1191", _("Una R3 necesita un destinatario con NIF."), "recipients")
        if record.kind == "R2" and kind not in ("", "02", "07"):
            raise refuse("1192", _("Una R2 necesita NIF o NIF-IVA."), "recipients")


def _check_person(who: Recipient, field: str) -> None:
    _length(who.name, 120, gettext_noop("El nombre"), field, required=True)
    other = who.foreign
    if other is None:
        _nif("1123", who.nif, field)
        return
    if who.nif:
        raise refuse("1239", _("Identifica con NIF o con otro documento, no con ambos."), field)
    if other.kind not in ("02", "03", "04", "05", "06", "07"):
        raise refuse("1102", _("El tipo de identificación no existe."), field)
    if not 1 <= len(other.number.strip()) <= 20:
        raise refuse("1103", _("El número de identificación tiene de 1 a 20 caracteres."), field)
    if other.kind != "02" and not other.country:
        raise refuse("1111", _("Falta el país de la identificación."), field)
    prefix = {"GR": "EL"}.get(other.country, other.country)
    if other.kind == "02" and prefix and other.number[:2] not in (prefix, "XI"):
        raise refuse("1122", _("El país no coincide con el principio del NIF-IVA."), field)
    if (other.country == "ES" and other.kind not in ("03", "07")) or (
        other.kind == "07" and other.country != "ES"
    ):
        raise refuse("1126", _("España solo va con pasaporte o «no censado»."), field)
    if other.kind == "07" and not (
        _valid_nif(other.number) and (other.number[0].isdigit() or other.number[0] in "KLMXYZ")
    ):
        raise refuse("1131", _("Un «no censado» se identifica con NIF de persona física."), field)


def _check_maker(record: Anulacion) -> None:
    maker = record.maker
    if bool(record.made_by) != (maker is not None):
        raise refuse("1224", _("Indica quién genera la anulación y sus datos."), "maker")
    if maker is None:
        return
    if record.made_by not in ("E", "D", "T"):
        raise refuse("1225", _("Quien genera la anulación no es un valor admitido."), "made_by")
    _check_person(maker, "maker")
    if record.made_by == "E" and not maker.nif:
        raise refuse("1227", _("Si anula quien emitió, hace falta su NIF."), "maker")
    if record.made_by != "E" and maker.nif == record.nif:
        raise refuse("1259", _("Quien genera la anulación no puede ser quien emitió."), "maker")
    kind = maker.foreign.kind if maker.foreign else ""
    if record.made_by == "T" and kind == "07":
        raise refuse("1229", _("Un tercero no puede ser «no censado»."), "maker")


_COMMON = (_check_own_number, _check_own_nif, _check_issued, _check_place)
_ANULACION: tuple[Callable[[Any], None], ...] = (*_COMMON, _check_maker)
_CONTENT: tuple[Callable[[Any], None], ...] = (
    *(_check_own_nif, _check_issued),
    *(_check_texts, _check_corrective, _check_dates, _check_flags, _check_third_party),
    *(_check_recipients, check_breakdown),
)
_ALTA: tuple[Callable[[Any], None], ...] = (*_COMMON, *_CONTENT[2:])
