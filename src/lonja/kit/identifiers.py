"""Identifiers of people, companies and accounts: NIF, NIF-IVA, IBAN, e-mail, post code, phone.

Everything is normalised first and every exception of the libraries is caught: some inputs make
them raise other errors than their own.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from stdnum.es import cif, dni, nie
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.util import get_cc_module

from lonja.kit.errors import Refused
from lonja.kit.words import _

_LONGEST = 64
_SEPARATORS = re.compile(r"[\s./\\_\-\u2010-\u2015\u2212\u00b7]+")

_PERSON_LETTERS = "KLM"
_NIF_SHAPE = re.compile(r"[0-9A-Z][0-9]{7}[0-9A-Z]")
_KINDS = {
    "A": "company",
    "B": "company",
    "C": "partnership",
    "D": "partnership",
    "E": "community",
    "F": "cooperative",
    "G": "association",
    "H": "owners",
    "J": "civil_society",
    "N": "foreign_entity",
    "P": "public",
    "Q": "public",
    "R": "religious",
    "S": "public",
    "U": "joint_venture",
    "V": "other",
    "W": "foreign_entity",
}
# The control of these is a digit; of those, a letter; of the others either is seen.
_CONTROL_IS_DIGIT = "ABEH"
_CONTROL_IS_LETTER = "NPQRSW"

_EU = "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK"
EU_COUNTRIES = frozenset(_EU[i : i + 2] for i in range(0, len(_EU), 2))
# Prefix of the VAT number when it is not the ISO code of the country. Northern Ireland keeps the
# EU rules for goods, with the prefix XI.
_VAT_PREFIX = {"GR": "EL"}
_VAT_COUNTRIES = frozenset(EU_COUNTRIES - {"GR"}) | {"EL", "XI"}


@dataclass(frozen=True, slots=True)
class Nif:
    """A Spanish tax number that passed its control: ``value`` of 9 characters, and ``kind``:
    person, foreigner, company, partnership, community, cooperative, association, owners,
    civil_society, foreign_entity, public, religious, joint_venture or other."""

    value: str
    kind: str

    @property
    def is_person(self) -> bool:
        """Whether it belongs to a natural person."""
        return self.kind in ("person", "foreigner")

    def __str__(self) -> str:
        return self.value


def normalise(text: str) -> str:
    """Upper case, without spaces, dots, dashes, slashes or invisible characters; full-width
    letters and digits become plain ones."""
    folded = unicodedata.normalize("NFKC", text[: _LONGEST * 4])
    visible = "".join(c for c in folded if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return _SEPARATORS.sub("", visible).upper()


def check_nif(text: str, *, field: str = "nif") -> Nif:
    """The Spanish NIF in ``text`` (DNI, NIE, K/L/M or of an entity), with or without ES before.

    Raises ``Refused('nif_format')`` when it does not look like one, and ``Refused('nif_control')``
    saying the right last character when only the control is wrong.
    """
    value = normalise(text)
    if len(value) == 11 and value.startswith("ES"):
        value = value[2:]
    if len(value) == 8 and value[:7].isdigit() and value[7].isalpha():  # 1234567L: a zero less
        value = "0" + value
    if not _NIF_SHAPE.fullmatch(value):
        raise _nif_format(text, field)
    first, body, control = value[0], value[1:8], value[8]
    try:
        if first.isdigit():
            right = dni.calc_check_digit(value[:8])
        elif first in "XYZ":
            right = nie.calc_check_digit(value[:8])
        elif first in _PERSON_LETTERS:
            right = dni.calc_check_digit(body)
        elif first in _KINDS:
            both = cif.calc_check_digits(value[:8])
            digit, letter = both[0], both[1]
            if first in _CONTROL_IS_DIGIT:
                right = digit
            elif first in _CONTROL_IS_LETTER or body.startswith("00"):
                right = letter
            else:
                right = letter if control.isalpha() else digit
        else:
            raise _nif_format(text, field)
    except Refused:
        raise
    except Exception:
        raise _nif_format(text, field) from None
    if control != right:
        raise Refused(
            "nif_control",
            _(
                "El NIF %(value)s no es válido: la letra o dígito final debería ser %(right)s. "
                "Revísalo."
            )
            % {"value": value, "right": right},
            field=field,
        )
    if first.isdigit() or first in "KL":
        return Nif(value, "person")
    if first in "XYZM":
        return Nif(value, "foreigner")
    return Nif(value, _KINDS[first])


def check_vat_eu(
    text: str, country: str = "", *, structure_only: bool = False, field: str = "vat_number"
) -> str:
    """The EU VAT number (NIF-IVA) in ``text`` with its prefix (``DE811569869``).

    ``country`` (ISO code) supplies the prefix when the text lacks it and must agree with it.
    ``structure_only`` skips the check digits, for numbers that VIES has confirmed. Raises
    ``Refused``: ``vat_country``, ``vat_format``, ``vat_control``. Whether the number is registered
    only VIES knows.
    """
    value = normalise(text)
    country = normalise(country)
    prefix = _VAT_PREFIX.get(country, country)
    if value[:2] in ("GR", *(_VAT_COUNTRIES if not prefix else ())):
        value = _VAT_PREFIX.get(value[:2], value[:2]) + value[2:]
    elif prefix and not value.startswith(prefix):
        if value[:2] in _VAT_COUNTRIES and value[2:3].isdigit():
            raise Refused(
                "vat_country",
                _("El NIF-IVA %(value)s empieza por %(given)s, pero el país es %(country)s.")
                % {"value": value, "given": value[:2], "country": country},
                field=field,
            )
        value = prefix + value
    prefix = value[:2]
    if prefix not in _VAT_COUNTRIES:
        raise Refused(
            "vat_country",
            _("«%(value)s» no empieza por el código de un país de la Unión Europea.")
            % {"value": value[:20]},
            field=field,
        )
    code = {"EL": "gr", "XI": "gb"}.get(prefix, prefix.lower())
    try:
        module: Any = get_cc_module(code, "vat")
        module.validate(("" if prefix in ("XI",) else prefix) + value[2:])
    except InvalidChecksum:
        if structure_only:
            return value
        raise Refused(
            "vat_control",
            _("El NIF-IVA %(value)s no es válido: su dígito de control no cuadra. Revísalo.")
            % {"value": value},
            field=field,
        ) from None
    except Exception:
        raise Refused(
            "vat_format",
            _("El NIF-IVA %(value)s no tiene la forma de los de %(prefix)s. Revísalo.")
            % {"value": value[:20], "prefix": prefix},
            field=field,
        ) from None
    return value


def check_iban(text: str, *, field: str = "iban") -> str:
    """The IBAN in ``text``, without spaces. Raises ``Refused('iban_invalid')``."""
    import schwifty  # when first asked for: it reads the list of all banks

    value = normalise(text)
    try:
        if not value.isascii() or len(value) > 34:
            raise ValidationError
        iban = schwifty.IBAN(value, validate_bban=value.startswith("ES"))
    except Exception:
        raise Refused("iban_invalid", _why_not_iban(value, text), field=field) from None
    return str(iban.compact)


def _why_not_iban(value: str, text: str) -> str:
    """What to look at in a wrong IBAN."""
    said = {"text": text.strip()[:40]}
    if value.isascii() and value.isdigit() and len(value) == 20:
        return _("«%(text)s» es una cuenta sin su IBAN: le falta «ES» y dos cifras delante.") % said
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]*", value):
        return (
            _("«%(text)s» no tiene la forma de un IBAN: dos letras y números, como ES91 2100 0418…")
            % said
        )
    if value.startswith("ES") and len(value) != 24:
        return _(
            "El IBAN «%(text)s» tiene %(count)s caracteres y uno español tiene 24. Revísalo."
        ) % {**said, "count": len(value)}
    return (
        _("El IBAN «%(text)s» tiene alguna cifra equivocada o cambiada de sitio. Revísalo.") % said
    )


def format_iban(iban: str) -> str:
    """In groups of four, as printed: ``ES91 2100 0418 4502 0005 1332``."""
    value = normalise(iban)
    return " ".join(value[i : i + 4] for i in range(0, len(value), 4))


_EMAIL_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_EMAIL_LOCAL_MARKS = frozenset("!#$%&'*+-/=?^_`{|}~.")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_email(text: str, *, field: str = "email") -> str:
    """The e-mail address in ``text``, with the domain in lower case (and in IDNA if it has
    accents). Raises ``Refused('email_invalid')``."""
    value = "".join(c for c in text.strip()[:400] if unicodedata.category(c) not in ("Cc", "Cf"))
    value = value.removeprefix("mailto:")
    refused = Refused(
        "email_invalid",
        _("El correo «%(value)s» no es válido. Revísalo.") % {"value": value[:60]},
        field=field,
    )
    if not 3 <= len(value) <= 254 or value.count("@") != 1:
        raise refused
    local, _at, domain = value.partition("@")
    if not local or len(local) > 64 or local[0] == "." or local[-1] == "." or ".." in local:
        raise refused
    if not set(local) <= _EMAIL_LOCAL | _EMAIL_LOCAL_MARKS:
        raise refused
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise refused from None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise refused
    if len(labels[-1]) < 2 or labels[-1].isdigit():
        raise refused
    return f"{local}@{domain}"


PROVINCES = {
    1: "Álava",
    2: "Albacete",
    3: "Alicante",
    4: "Almería",
    5: "Ávila",
    6: "Badajoz",
    7: "Illes Balears",
    8: "Barcelona",
    9: "Burgos",
    10: "Cáceres",
    11: "Cádiz",
    12: "Castellón",
    13: "Ciudad Real",
    14: "Córdoba",
    15: "A Coruña",
    16: "Cuenca",
    17: "Girona",
    18: "Granada",
    19: "Guadalajara",
    20: "Gipuzkoa",
    21: "Huelva",
    22: "Huesca",
    23: "Jaén",
    24: "León",
    25: "Lleida",
    26: "La Rioja",
    27: "Lugo",
    28: "Madrid",
    29: "Málaga",
    30: "Murcia",
    31: "Navarra",
    32: "Ourense",
    33: "Asturias",
    34: "Palencia",
    35: "Las Palmas",
    36: "Pontevedra",
    37: "Salamanca",
    38: "Santa Cruz de Tenerife",
    39: "Cantabria",
    40: "Segovia",
    41: "Sevilla",
    42: "Soria",
    43: "Tarragona",
    44: "Teruel",
    45: "Toledo",
    46: "Valencia",
    47: "Valladolid",
    48: "Bizkaia",
    49: "Zamora",
    50: "Zaragoza",
    51: "Ceuta",
    52: "Melilla",
}


@dataclass(frozen=True, slots=True)
class Postcode:
    """A Spanish post code: five digits, its province, and whether the leading zero was missing."""

    value: str
    province: str
    zero_restored: bool


def check_postcode(text: str, *, field: str = "postcode", typed: bool = False) -> Postcode:
    """The Spanish post code in ``text``; ``3700`` is read as ``03700``, because spreadsheets eat
    the zero. Not when a person ``typed`` it: then a digit is missing, and to guess which would
    take the address, and perhaps its taxes, to another province.
    Raises ``Refused('postcode_invalid')``."""
    value = normalise(text)
    restored = len(value) == 4
    if restored and typed and value.isascii() and value.isdigit():
        message = _("El código postal «%(text)s» tiene 4 cifras y son 5: falta una.")
        raise Refused("postcode_invalid", message % {"text": value}, field=field)
    if restored:
        value = "0" + value
    province = postcode_province(value)
    if province is None:
        raise Refused(
            "postcode_invalid",
            _("El código postal «%(text)s» no es español. Revísalo.") % {"text": text.strip()[:20]},
            field=field,
        )
    return Postcode(value, province, restored)


def postcode_province(postcode: str) -> str | None:
    """The province of a Spanish post code (also of one that lost its leading zero), or None."""
    value = normalise(postcode)
    if len(value) == 4:
        value = "0" + value
    if len(value) != 5 or not (value.isascii() and value.isdigit()):
        return None
    return PROVINCES.get(int(value[:2]))


def territory_of(postcode: str) -> str:
    """The indirect tax territory of a Spanish post code: peninsula (with Baleares), canarias,
    ceuta or melilla."""
    value = normalise(postcode)
    value = "0" + value if len(value) == 4 else value
    return {"35": "canarias", "38": "canarias", "51": "ceuta", "52": "melilla"}.get(
        value[:2], "peninsula"
    )


def check_phone(text: str, *, field: str = "phone") -> str:
    """The phone in ``text`` as ``+34975789328``; without a prefix it is Spanish.

    Raises ``Refused('phone_invalid')``.
    """
    value = re.sub(r"[()]", "", normalise(text))
    value = "+" + value[2:] if value.startswith("00") else value
    digits = value.removeprefix("+")
    refused = Refused(
        "phone_invalid",
        _("El teléfono «%(text)s» no es válido. Revísalo.") % {"text": text.strip()[:30]},
        field=field,
    )
    if not (digits.isascii() and digits.isdigit()):
        raise refused
    if not value.startswith("+"):
        digits = digits if len(digits) == 11 and digits.startswith("34") else "34" + digits
    if digits.startswith("34"):
        if len(digits) != 11 or digits[2] not in "6789":
            raise refused
    elif not 8 <= len(digits) <= 15 or digits[0] == "0":
        raise refused
    return "+" + digits


def format_phone(phone: str) -> str:
    """``+34975789328`` -> ``975 78 93 28``; mobiles ``696 080 868``; foreign ones as stored."""
    if phone.startswith("+34") and len(phone) == 12:
        national = phone[3:]
        if national[0] in "67":
            return f"{national[:3]} {national[3:6]} {national[6:]}"
        return f"{national[:3]} {national[3:5]} {national[5:7]} {national[7:]}"
    return phone


def _nif_format(text: str, field: str) -> Refused:
    return Refused(
        "nif_format",
        _("«%(text)s» no tiene la forma de un NIF: son 9 caracteres, como B12345674 o 12345678Z.")
        % {"text": text.strip()[:20]},
        field=field,
    )
