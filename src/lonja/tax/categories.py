"""Tax categories: what a product carries. The rate is asked for a day, never stored in a product.

A new category is one entry in a territory.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lonja.kit.dates import format_date
from lonja.kit.errors import Refused
from lonja.kit.money import format_percent, parse_percent
from lonja.kit.text import search_text
from lonja.kit.words import _
from lonja.tax.dated import Dated, value_on
from lonja.tax.territories import canarias, ceuta_melilla, peninsula

TERRITORIES = {
    "peninsula": peninsula.NAME,
    "canarias": canarias.NAME,
    **ceuta_melilla.NAMES,
}
TAXES = {"01": "IVA", "02": "IPSI", "03": "IGIC", "05": "Otros impuestos"}


@dataclass(frozen=True, slots=True)
class Category:
    """How an operation is taxed: ``tax`` (AEAT Impuesto: 01 IVA, 02 IPSI, 03 IGIC), ``regime``
    (ClaveRegimen), and either ``qualification`` (S1, S2, N1, N2) or ``exemption`` (E1 to E8).
    ``mention`` is what the invoice must say, or empty."""

    code: str
    label: str
    tax: str
    regime: str
    qualification: str | None
    exemption: str | None
    rates: tuple[Dated, ...]
    surcharges: dict[str, tuple[Dated, ...]] | str | None
    mention: str

    @property
    def is_taxed(self) -> bool:
        """Whether tax is charged (S1)."""
        return self.qualification == "S1"

    def rate_on(self, day: date) -> Decimal | None:
        """The percentage on the day of the operation: 21 is ``Decimal('21')``; 0 for reverse
        charge; None for exempt and not subject. Raises ``Refused('rate_not_in_force')``."""
        if self.qualification == "S2":
            return Decimal(0)
        if not self.is_taxed:
            return None
        rate = value_on(self.rates, day)
        if rate is None:
            raise Refused(
                "rate_not_in_force",
                _("«%(tax)s» no tiene tipo vigente el %(day)s: revisa la fecha.")
                % {"tax": self.label, "day": format_date(day)},
            )
        return rate

    def surcharge_on(self, day: date) -> Decimal | None:
        """The equivalence surcharge percentage on the day, or None when it bears none."""
        if self.surcharges is None or not self.is_taxed:
            return None
        if isinstance(self.surcharges, str):
            return Decimal(self.surcharges)
        rate = self.rate_on(day) or Decimal(0)
        return value_on(self.surcharges.get(f"{rate.normalize():f}", ()), day)

    def label_on(self, day: date) -> str:
        """``IVA 21 %`` when taxed, otherwise its label."""
        rate = self.rate_on(day) if self.is_taxed else None
        if rate is None:
            return self.label
        return f"{TAXES[self.tax]} {format_percent(rate)}"

    def __hash__(self) -> int:
        return hash(self.code)


def categories(territory: str) -> tuple[Category, ...]:
    """The categories an issuer of that territory uses, the most usual first. Territories:
    peninsula, canarias, ceuta, melilla."""
    return _BY_TERRITORY[territory]


def category(code: str) -> Category:
    """The category with that code. Raises ``Refused('tax_category_unknown')``."""
    try:
        return _BY_CODE[code]
    except KeyError:
        raise Refused(
            "tax_category_unknown", _("No existe el tipo de impuesto «%(code)s».") % {"code": code}
        ) from None


def category_for(
    text: str | Decimal, *, on: date, territory: str = "peninsula", field: str = "tax"
) -> Category:
    """The category that a list of products means on that day by ``21``, ``4 %``, ``IVA 10``,
    ``exento art. 20``, a code or a label.

    Raises ``Refused('tax_category_unknown')`` rather than taking the closest tax.
    """
    available = categories(territory)
    shown = str(text).strip()
    if shown in _BY_CODE:
        return _BY_CODE[shown]
    words = search_text(shown)
    for option in available:
        if words == search_text(option.label):
            return option
    found = _hinted(words, territory)
    if found:
        return _BY_CODE[found]
    bare = words
    for name in ("iva", "igic", "ipsi", "%"):
        bare = bare.replace(name, " ")
    try:
        rate = text if isinstance(text, Decimal) else parse_percent(bare)
    except Refused:
        rate = None
    if rate is not None and (rate or territory != "peninsula"):
        # In the peninsula a plain 0 may be exempt, export or not subject: it has to be said.
        for option in available:
            if option.is_taxed and value_on(option.rates, on) == rate:
                return option
    raise Refused(
        "tax_category_unknown",
        _("No se reconoce el impuesto «%(text)s» para %(territory)s en esa fecha.")
        % {"text": shown[:40], "territory": TERRITORIES[territory]},
        field=field,
    )


# Words of a list, most precise first, and what they mean in the peninsula, in Canarias and in
# Ceuta and Melilla.
_HINTS = (
    ("intracomunitari", "intracomunitaria", "", ""),
    ("exportaci", "exportacion", "igic_exportacion", ""),
    ("inversion", "isp", "igic_isp", "ipsi_isp"),
    ("isp", "isp", "igic_isp", "ipsi_isp"),
    ("localizaci", "no_sujeta_localizacion", "igic_no_sujeta_localizacion", ""),
    ("no sujet", "no_sujeta_art7", "igic_no_sujeta", "ipsi_no_sujeta"),
    ("exent", "exenta_art20", "igic_exenta", "ipsi_exenta"),
    ("art. 20", "exenta_art20", "", ""),
    ("superreducido", "iva_superreducido", "", ""),
    ("super reducido", "iva_superreducido", "", ""),
    ("reducido", "iva_reducido", "igic_reducido", ""),
    ("general", "iva_general", "igic_general", ""),
)
_COLUMN = {"peninsula": 1, "canarias": 2, "ceuta": 3, "melilla": 3}
_ARTICLES = {
    "20": "exenta_art20",
    "21": "exportacion",
    "22": "exenta_art22",
    "23": "exenta_zonas_francas",
    "24": "exenta_zonas_francas",
    "25": "intracomunitaria",
}
_ARTICLE = re.compile(r"\bart[a-z]{0,6}\.? ?([0-9]{1,3})\b")


def _hinted(words: str, territory: str) -> str:
    """The code that the words of a list mean, or empty. An article that is not one of these means
    none, rather than the nearest exemption."""
    article = _ARTICLE.search(words[:200])
    if article and "exent" in words and territory == "peninsula":
        return _ARTICLES.get(article.group(1), "")
    for hint in _HINTS:
        if hint[0] in words:
            return hint[_COLUMN[territory]]
    return ""


def _built(territory, surcharges) -> tuple[Category, ...]:
    built = []
    for (
        code,
        label,
        regime,
        qualification,
        exemption,
        rates,
        surcharged,
        mention,
    ) in territory.CATEGORIES:
        bears = surcharged if isinstance(surcharged, str) else surcharges if surcharged else None
        built.append(
            Category(
                code,
                label,
                territory.TAX,
                regime,
                qualification,
                exemption,
                rates,
                bears,
                mention,
            )
        )
    return tuple(built)


_PENINSULA = _built(peninsula, peninsula.SURCHARGES)
_CANARIAS = _built(canarias, None)
_CEUTA_MELILLA = _built(ceuta_melilla, None)
# Their tax is that of the margin and may not be shown apart (arts. 137, 138 and 142 to 145 LIVA): a
# line with a price and a rate would say another. Known, and offered to nobody.
_OF_THE_MARGIN = {"bienes_usados", "agencias_viajes"}
_BY_TERRITORY = {
    "peninsula": tuple(one for one in _PENINSULA if one.code not in _OF_THE_MARGIN),
    "canarias": _CANARIAS,
    "ceuta": _CEUTA_MELILLA,
    "melilla": _CEUTA_MELILLA,
}
_BY_CODE = {c.code: c for c in _PENINSULA + _CANARIAS + _CEUTA_MELILLA}
