"""Codes that the formats share: units, countries, payment means."""

from __future__ import annotations

import pycountry
from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.kit.text import search_text

# Words people write for a unit -> (UN/ECE Recommendation 20, Facturae UnitOfMeasure).
_UNITS = {
    ("h", "hora", "horas", "hr", "hrs"): ("HUR", "02"),
    ("kg", "kilo", "kilos", "kilogramo", "kilogramos"): ("KGM", "03"),
    ("l", "litro", "litros"): ("LTR", "04"),
    ("g", "gr", "gramo", "gramos"): ("GRM", "21"),
    ("km", "kilometro", "kilometros"): ("KMT", "22"),
    ("m", "metro", "metros", "ml"): ("MTR", "25"),
    ("m3", "metro cubico", "metros cubicos"): ("MTQ", "33"),
    ("m2", "metro cuadrado", "metros cuadrados"): ("MTK", "05"),
    ("kwh",): ("KWH", "36"),
    ("dia", "dias", "jornada", "jornadas"): ("DAY", "05"),
    ("semana", "semanas"): ("WEE", "05"),
    ("mes", "meses", "mensualidad"): ("MON", "05"),
    ("ano", "anos", "anualidad"): ("ANN", "05"),
    ("t", "tonelada", "toneladas"): ("TNE", "05"),
    ("min", "minuto", "minutos"): ("MIN", "05"),
}
_BY_WORD = {word: codes for words, codes in _UNITS.items() for word in words}

# lonja.parties.PaymentMethod -> (UNTDID 4461, Facturae PaymentMeans)
PAYMENT_MEANS = {
    "transfer": ("58", "04"),
    "direct_debit": ("59", "02"),
    "card": ("48", "19"),
    "cash": ("10", "01"),
}


def _unit(text: str) -> tuple[str, str]:
    return _BY_WORD.get(search_text(text).strip(" ."), ("C62", "01" if not text else "05"))


def unece_unit(text: str) -> str:
    """The unit in UN/ECE Recommendation 20; «C62» (one) for what it does not know."""
    return _unit(text)[0]


def facturae_unit(text: str) -> str:
    """The unit in Facturae; «01» without unit, «05» (others) for what it does not know."""
    if search_text(text).strip(" .") in ("ud", "uds", "unidad", "unidades", "u"):
        return "01"
    return _unit(text)[1]


def alpha_3(country: str) -> str:
    """«ESP» for «ES». Raises Refused for a code that is no country."""
    found = pycountry.countries.get(alpha_2=country.upper())
    if found is None:
        raise Refused(
            "country_unknown",
            _("El país «%(country)s» no existe. Corrígelo en la ficha.") % {"country": country},
        )
    return str(found.alpha_3)


def alpha_2(country: str) -> str:
    """«ES» for «ESP»; empty when unknown."""
    found = pycountry.countries.get(alpha_3=country.upper())
    return str(found.alpha_2) if found is not None else ""
