"""Countries by their ISO 3166 code, with their Spanish names."""

from __future__ import annotations

import gettext
from functools import cache

import pycountry

from lonja.kit.text import search_text

# How people write them when it is not the official short name.
_USUAL = {
    "GB": "Reino Unido",
    "US": "Estados Unidos",
    "CZ": "Chequia",
    "RU": "Rusia",
    "KR": "Corea del Sur",
    "BO": "Bolivia",
    "VE": "Venezuela",
    "TW": "Taiwán",
    "IR": "Irán",
    "MD": "Moldavia",
    "SY": "Siria",
    "TZ": "Tanzania",
}
_WRITTEN = {
    "espana": "ES",
    "spain": "ES",
    "espanya": "ES",
    "holanda": "NL",
    "inglaterra": "GB",
    "gran bretana": "GB",
    "uk": "GB",
    "eeuu": "US",
    "ee.uu.": "US",
    "usa": "US",
    "republica checa": "CZ",
    "el": "GR",
    "germany": "DE",
    "france": "FR",
    "italy": "IT",
}


@cache
def countries() -> dict[str, str]:
    """Code → Spanish name, Spain first and then in alphabetical order."""
    spanish = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["es"])
    names = {
        one.alpha_2: _USUAL.get(one.alpha_2) or spanish.gettext(one.name)
        for one in pycountry.countries
    }
    ordered = sorted(names.items(), key=lambda item: search_text(item[1]))
    return {"ES": names["ES"], **dict(ordered)}


@cache
def country_name(code: str, language: str = "es") -> str:
    """The name in that language (es, ca, gl, eu, en), or the code when it is not of ISO 3166."""
    if language == "es":
        return countries().get(code, code)
    found = pycountry.countries.get(alpha_2=code)
    if found is None:
        return code
    if language == "en":
        return str(getattr(found, "common_name", found.name))
    known = gettext.translation(
        "iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True
    )
    name = known.gettext(found.name)
    return countries().get(code, code) if name == found.name else name


def country_code(text: str) -> str | None:
    """The code a person means by a name or a code; None when it is not understood."""
    folded = search_text(text)
    if folded.upper() in countries():
        return folded.upper()
    return _WRITTEN.get(folded) or _by_name().get(folded)


@cache
def _by_name() -> dict[str, str]:
    return {search_text(name): code for code, name in countries().items()}
