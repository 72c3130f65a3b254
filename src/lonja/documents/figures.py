"""Figures and days as the reader of a document writes them: Spanish, and in English as English does
(«€8,950.00», «5.2%», «22 Nov 2026»: a day with its month in letters is read alike on both sides of
the ocean). Catalan, Galician and Basque write them as Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

from django.utils import translation

from lonja.accounts import language as screens
from lonja.kit.dates import format_date
from lonja.kit.languages import known
from lonja.kit.money import (
    MINUS,
    NBSP,
    format_amount,
    format_money,
    format_percent,
    format_quantity,
    format_unit_price,
)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SWAPPED = str.maketrans(".,", ",.")
_PERCENT = re.compile(r"(\d[\d.]*(?:,\d+)?)\s?%")
# Spanish and English, one and many: what is written beside a quantity; abbreviations of measures
# (h, kg, m²) are the same.
_NAMES = (  # literal
    ("ud u uds unidad unidades", "unit", "units"),
    ("pza pzas pieza piezas", "piece", "pieces"),
    ("hora horas", "hour", "hours"),
    ("día días", "day", "days"),
    ("jornada jornadas", "working day", "working days"),
    ("noche noches", "night", "nights"),
    ("semana semanas", "week", "weeks"),
    ("mes meses", "month", "months"),
    ("trimestre trimestres", "quarter", "quarters"),
    ("año años", "year", "years"),
    ("caja cajas", "box", "boxes"),
    ("paquete paquetes", "pack", "packs"),
    ("par pares", "pair", "pairs"),
    ("juego juegos", "set", "sets"),
    ("rollo rollos", "roll", "rolls"),
    ("metro metros", "metre", "metres"),
    ("litro litros", "litre", "litres"),
    ("servicio servicios", "service", "services"),
    ("visita visitas", "visit", "visits"),
    ("viaje viajes", "trip", "trips"),
    ("persona personas", "person", "people"),
    ("usuario usuarios", "user", "users"),
    ("licencia licencias", "licence", "licences"),
)
_UNITS = {name: (one, many) for names, one, many in _NAMES for name in names.split()}


class Figures:
    """The Spanish way. Amounts and percentages are Decimal, never float."""

    def money(self, amount: Decimal | int, currency: str = "EUR") -> str:
        """«8.950,00 €», «8.950,00 USD»."""
        return format_money(amount, currency)

    def unit_price(self, price: Decimal, currency: str = "EUR") -> str:
        """As money, with its decimals beyond the second."""
        return f"{format_unit_price(price)}{NBSP}{'€' if currency == 'EUR' else currency}"

    def rate(self, rate: Decimal) -> str:
        """«0,9231»: euros for one of another currency."""
        return format_unit_price(rate)

    def quantity(self, quantity: Decimal) -> str:
        return format_quantity(quantity)

    def measured(self, quantity: Decimal, unit: str) -> str:
        """«4 ud.»: with its unit, as the company wrote it."""
        text = self.quantity(quantity)
        return f"{text}{NBSP}{unit}" if unit else text

    def percent(self, percent: Decimal) -> str:
        return format_percent(percent)

    def label(self, label: str) -> str:
        """A label of ours that carries a percentage: «21 %», «10,5 % ZEC»."""
        return label

    def day(self, day: date) -> str:
        return format_date(day)

    def moment(self, at: datetime, clock: str = "%H:%M") -> str:
        """«21/11/2026 10:30», in the zone it comes in."""
        return f"{self.day(at.date())} {at:{clock}}"


class _English(Figures):
    def money(self, amount: Decimal | int, currency: str = "EUR") -> str:
        return _signed(format_amount(amount), currency)

    def unit_price(self, price: Decimal, currency: str = "EUR") -> str:
        return _signed(format_unit_price(price), currency)

    def rate(self, rate: Decimal) -> str:
        return format_unit_price(rate).translate(_SWAPPED)

    def quantity(self, quantity: Decimal) -> str:
        return format_quantity(quantity).translate(_SWAPPED)

    def measured(self, quantity: Decimal, unit: str) -> str:
        """The usual units in English; another one as the company wrote it."""
        one, many = _UNITS.get(unit.casefold().rstrip("."), (unit, unit))
        return super().measured(quantity, one if abs(quantity) == 1 else many)

    def percent(self, percent: Decimal) -> str:
        return f"{self.quantity(percent)}%"

    def label(self, label: str) -> str:
        return _PERCENT.sub(lambda found: f"{found[1].translate(_SWAPPED)}%", label)

    def day(self, day: date) -> str:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _signed(spanish: str, currency: str) -> str:
    """Currency first, and the minus before it."""
    sign = "€" if currency == "EUR" else f"{currency}{NBSP}"
    minus = MINUS if spanish.startswith(MINUS) else ""
    return f"{minus}{sign}{spanish.removeprefix(MINUS).translate(_SWAPPED)}"


SPANISH = Figures()
_OTHERS = {"en": _English()}


def figures_of(language: str) -> Figures:
    """How that language writes them; Spanish if it is not known."""
    return _OTHERS.get(language, SPANISH)


def written_in(language: str) -> str:
    """The language of what has no table of words of its own, for a customer of that one: the texts
    of the screens, in English or in Spanish."""
    return screens.known(known(language))


@contextmanager
def writing_to(language: str) -> Iterator[Figures]:
    """Context in which `gettext` and templates speak as `written_in`, whatever language the screen
    is in; gives the figures that go with those words."""
    language = written_in(language)
    with translation.override(language):
        yield figures_of(language)
