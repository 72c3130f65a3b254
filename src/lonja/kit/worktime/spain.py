"""Public holidays of Spain: national and of each autonomous community.

They come from the library ``holidays``, which follows the yearly resolution of the Dirección
General de Trabajo in the BOE (art. 37.2 of the Estatuto de los Trabajadores and art. 45 of Real
Decreto 2001/1983): eight or more national days, some of which each community may move or replace,
and the Monday after a holiday that falls on a Sunday where the community says so. ``CORRECTIONS``
holds what must differ from the library, with its source. The two local days of each town
(art. 46 of the same decree) are in no list: every company types its own.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

NATIONAL = "ES"

# ISO 3166-2:ES without its prefix, as people call them. ``ES`` is only what is national.
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "ES": "Solo festivos nacionales",
        "AN": "Andalucía",
        "AR": "Aragón",
        "AS": "Asturias",
        "IB": "Islas Baleares",
        "CN": "Canarias",
        "CB": "Cantabria",
        "CL": "Castilla y León",
        "CM": "Castilla-La Mancha",
        "CT": "Cataluña",
        "CE": "Ceuta",
        "VC": "Comunidad Valenciana",
        "EX": "Extremadura",
        "GA": "Galicia",
        "RI": "La Rioja",
        "MD": "Madrid",
        "ML": "Melilla",
        "MC": "Murcia",
        "NC": "Navarra",
        "PV": "País Vasco",
    }
)

# (region, day) -> name, or "" when it is no holiday, where the official list and the library
# differ. None is known for 2024-2027 with version 0.109.
CORRECTIONS: Mapping[tuple[str, date], str] = MappingProxyType({})

# The library knows Spain from 2008 on.
_FIRST_YEAR = 2008

# The first two digits of a postcode are the province.
_PROVINCES = {
    "AN": "04 11 14 18 21 23 29 41",
    "AR": "22 44 50",
    "AS": "33",
    "IB": "07",
    "CN": "35 38",
    "CB": "39",
    "CL": "05 09 24 34 37 40 42 47 49",
    "CM": "02 13 16 19 45",
    "CT": "08 17 25 43",
    "CE": "51",
    "VC": "03 12 46",
    "EX": "06 10",
    "GA": "15 27 32 36",
    "RI": "26",
    "MD": "28",
    "ML": "52",
    "MC": "30",
    "NC": "31",
    "PV": "01 20 48",
}
_REGION_OF = {code: region for region, codes in _PROVINCES.items() for code in codes.split()}


def regions() -> list[tuple[str, str]]:
    """(code, name) of every region, the national list first, as choices of a form."""
    return list(REGIONS.items())


def region_of_postcode(postcode: str) -> str:
    """The code of the community of a Spanish postcode; ``ES`` when it is none."""
    return _REGION_OF.get(postcode.strip()[:2], NATIONAL)


@lru_cache(maxsize=2048)
def public_holidays(region: str, year: int) -> Mapping[date, str]:
    """The public holidays of a region in a year, with their Spanish names, in order.

    ``region`` is a key of ``REGIONS``; the empty text gives none. Moved days are included on the
    day on which nobody works. Days of years whose resolution is not published yet are the rule
    without the choices of each community. Raises ``KeyError`` for an unknown region.
    """
    if not region or year < _FIRST_YEAR:
        return MappingProxyType({})
    if region not in REGIONS:
        raise KeyError(region)
    import holidays  # when first asked for: Lonja starts sooner without it

    subdivision = None if region == NATIONAL else region
    found = dict(holidays.Spain(subdiv=subdivision, years=year, language="es").items())
    for (where, day), name in CORRECTIONS.items():
        if where != region or day.year != year:
            continue
        if name:
            found[day] = name
        else:
            found.pop(day, None)
    return MappingProxyType(dict(sorted(found.items())))
