"""Money: rounding, the one parser of Spanish amounts, and how amounts are written.

Amounts are ``Decimal``, never ``float``. ``Decimal()`` itself is not a parser for what people
type: it takes NaN, exponents, underscores and digits of any alphabet, so every text goes through
``parse_amount`` and its sisters, which refuse whatever they do not fully understand.
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from lonja.kit.errors import Refused
from lonja.kit.words import _

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
NBSP = "\u00a0"
MINUS = "\u2212"

# 60 digits: a quantity and a price of 18 digits each and several discounts multiply exactly.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

_LARGEST = Decimal("9999999999999.99")
_LONGEST_TEXT = 64

_NUMBER = re.compile(r"[0-9][0-9.,]*")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,6}")
_TOKEN = re.compile(r"[0-9][0-9.,]*|[-+*]")


def round_cents(amount: Decimal | int) -> Decimal:
    """``amount`` with two decimals, half away from zero (2,205 -> 2,21; -0,005 -> -0,01).

    Never gives -0,00.
    """
    rounded = Decimal(amount).quantize(CENT, ROUND_HALF_UP, EXACT)
    return rounded if rounded else ZERO


def round_to(amount: Decimal, decimals: int) -> Decimal:
    """``amount`` with that many decimals, half away from zero; never a negative zero."""
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACT)
    return rounded if rounded else abs(rounded)


def to_cents(amount: Decimal | int) -> int:
    """The amount as an integer number of cents.

    Raises ``ValueError`` when it holds fractions of a cent: rounding is a decision, taken before.
    """
    scaled = EXACT.multiply(Decimal(amount), Decimal(100))
    cents = int(scaled)
    if cents != scaled:
        raise ValueError(f"{amount} is not a whole number of cents")
    return cents


def from_cents(cents: int) -> Decimal:
    """The amount, with two decimals, of an integer number of cents."""
    return Decimal(cents).scaleb(-2, EXACT)


def parse_amount(text: str, *, decimals: int = 2, field: str = "") -> Decimal:
    """The amount a person typed in Spanish, as a ``Decimal`` with ``decimals`` decimals.

    Understands ``1234,56``, ``1.234,56``, ``1234.56`` (one dot and two decimals), ``1.234``
    (thousands), a sign, a trailing €, and sums and products of those: ``3*38``, ``12+3,5``.
    A result with more decimals than allowed is rounded half up only when it comes from a product;
    a number typed with too many is refused. Raises ``Refused('amount_invalid')`` for everything
    else: ``1,234.56``, ``1e5``, ``NaN``, ``1_000``, other alphabets' digits, an empty text.
    """
    value = _calculate(text, decimals, "amount_invalid", field)
    return round_to(value, decimals)


def parse_quantity(text: str, *, field: str = "") -> Decimal:
    """A quantity with up to six decimals, read as ``parse_amount`` does, without padding zeros."""
    return _trimmed(_calculate(text, 6, "quantity_invalid", field))


def parse_unit_price(text: str, *, field: str = "") -> Decimal:
    """A unit price with up to six decimals, at least two, read as ``parse_amount`` does."""
    value = _trimmed(_calculate(text, 6, "amount_invalid", field))
    return value if _decimals(value) > 2 else round_to(value, 2)


def parse_percent(
    text: str, *, least: int = 0, most: int = 100, decimals: int = 4, field: str = ""
) -> Decimal:
    """A percentage such as ``21``, ``5,2`` or ``33,33 %``; 21 % is ``Decimal('21')``.

    Raises ``Refused('percent_invalid')`` when it is not understood or not from ``least`` to
    ``most``.
    """
    bare = text.strip().removesuffix("%") if isinstance(text, str) else text
    value = _trimmed(_calculate(bare, decimals, "percent_invalid", field))
    if not least <= value <= most:
        raise Refused(
            "percent_invalid",
            _("El porcentaje tiene que estar entre %(least)s y %(most)s. Has escrito «%(text)s».")
            % {"least": least, "most": most, "text": text.strip()},
            field=field,
        )
    return value


def format_amount(amount: Decimal | int, decimals: int = 2) -> str:
    """``1234.5`` -> ``1.234,50``; a negative amount carries U+2212; never ``-0,00``."""
    rounded = round_to(_exact(amount), decimals)
    text = f"{abs(rounded):,.{decimals}f}".translate(_SPANISH)
    return MINUS + text if rounded < 0 else text


def format_eur(amount: Decimal | int) -> str:
    """``1234.5`` -> ``1.234,50 €``, with a space that never breaks."""
    return f"{format_amount(amount)}{NBSP}€"


def format_cents(cents: int) -> str:
    """As ``format_eur``, of a whole number of cents: lists write hundreds of them."""
    euros, rest = divmod(abs(cents), 100)
    sign = MINUS if cents < 0 else ""
    return f"{sign}{f'{euros:,}'.replace(',', '.')},{rest:02d}{NBSP}€"


def format_money(amount: Decimal | int, currency: str = "EUR") -> str:
    """As ``format_eur``, with the ISO code for a currency that is not the euro."""
    return format_eur(amount) if currency == "EUR" else f"{format_amount(amount)}{NBSP}{currency}"


def format_quantity(quantity: Decimal | int) -> str:
    """``3``, ``3,5``, ``1.234,125``: as many decimals as it has, up to six."""
    value = _trimmed(round_to(_exact(quantity), 6))
    return format_amount(value, _decimals(value))


def format_unit_price(price: Decimal | int) -> str:
    """As an amount, with the decimals beyond the second only when it has them, up to six."""
    value = _trimmed(round_to(_exact(price), 6))
    return format_amount(value, max(2, _decimals(value)))


def format_percent(percent: Decimal | int) -> str:
    """``Decimal('5.2')`` -> ``5,2 %``, with a space that never breaks."""
    return f"{format_quantity(percent)}{NBSP}%"


_SPANISH = str.maketrans(",.", ".,")


def _exact(amount: Decimal | int) -> Decimal:
    if isinstance(amount, float):
        raise TypeError("money is Decimal, never float")
    return Decimal(amount)


def _decimals(value: Decimal) -> int:
    return max(0, -int(value.as_tuple().exponent))


def _trimmed(value: Decimal) -> Decimal:
    """Without the zeros after the comma, and never in exponent notation (1E+2)."""
    short = value.normalize(EXACT)
    return short if int(short.as_tuple().exponent) <= 0 else short.quantize(Decimal(1))


def _calculate(text: str, decimals: int, code: str, field: str) -> Decimal:
    """Sum of products of Spanish numbers; refuses what is not exactly that."""
    shown = text.strip() if isinstance(text, str) else str(text)
    bare = shown.replace(MINUS, "-").replace(NBSP, " ").strip()
    for currency in ("€", "EUR", "eur"):
        bare = bare.removesuffix(currency).rstrip()
    if not bare:
        raise Refused(code, _("Falta el número."), field=field)
    if len(bare) > _LONGEST_TEXT or not bare.isascii():
        raise _not_understood(code, shown, field)

    pieces: list[str] = []
    at = 0
    while at < len(bare):
        if bare[at] == " ":
            at += 1
            continue
        match = _TOKEN.match(bare, at)
        if match is None:
            raise _not_understood(code, shown, field)
        pieces.append(match.group())
        at = match.end()

    total, sign = Decimal(0), 1
    product: Decimal | None = None
    expect_number = True
    for position, piece in enumerate(pieces):
        if expect_number:
            if position == 0 and piece in "+-":  # a leading sign
                sign = -1 if piece == "-" else 1
                continue
            number = _number(piece, decimals)
            if number is None:
                raise _not_understood(code, shown, field)
            product = number if product is None else EXACT.multiply(product, number)
            expect_number = False
        elif piece == "*":
            expect_number = True
        elif piece in "+-" and product is not None:
            total += sign * product
            product, sign, expect_number = None, (-1 if piece == "-" else 1), True
        else:  # two numbers in a row: «1 234,56» is not understood
            raise _not_understood(code, shown, field)
    if expect_number or product is None:
        raise _not_understood(code, shown, field)
    total = round_to(total + sign * product, decimals)
    if abs(total) > _LARGEST:
        raise Refused(
            code, _("El número «%(shown)s» es demasiado grande.") % {"shown": shown}, field=field
        )
    return total


def _number(token: str, decimals: int) -> Decimal | None:
    """One unsigned Spanish number, or None when there is more than one way to read it."""
    if not _NUMBER.fullmatch(token):
        return None
    whole, comma, fraction = token.partition(",")
    if comma:
        if not fraction.isdigit() or len(fraction) > decimals:
            return None
        if "." in whole:
            if not _THOUSANDS.fullmatch(whole):
                return None
            whole = whole.replace(".", "")
        return Decimal(f"{whole}.{fraction}")
    if "." not in token:
        return Decimal(token)
    if _THOUSANDS.fullmatch(token):
        return Decimal(token.replace(".", ""))
    whole, _, fraction = token.partition(".")
    if fraction.isdigit() and len(fraction) <= decimals:
        return Decimal(f"{whole}.{fraction}")
    return None


def _not_understood(code: str, shown: str, field: str) -> Refused:
    short = shown if len(shown) <= 40 else shown[:39] + "…"
    return Refused(
        code,
        _("No se entiende el número «%(short)s». Escríbelo como 1.234,56.") % {"short": short},
        field=field,
    )
