"""What the fields of the API are made of: money as text, ISO dates, clean lines of text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_email
from lonja.kit.money import from_cents
from lonja.kit.text import clean_block, clean_line

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = (1900, 2200)  # as `kit.dates` reads them


def wrong(code: str, text: str) -> PydanticCustomError:
    """An error of ours: its text is shown as it is. Braces are not for formatting."""
    escaped = text.replace("{", "(").replace("}", ")")
    return PydanticCustomError(code, escaped, {"ours": True})  # type: ignore[arg-type]


def asking(check: Callable[[str], Any]) -> Callable[[str], Any]:
    """A check of the house (it raises Refused) as a validator."""

    def inner(value: str) -> Any:
        try:
            return check(value)
        except Refused as refused:
            raise wrong(refused.code, str(refused)) from refused

    return inner


@dataclass(frozen=True)
class _Number:
    """Numbers as text: «1234.50». JSON numbers only when whole: a float is not money (R1)."""

    decimals: int
    digits: int  # before the point
    least: int | None = None
    most: int | None = None

    def read(self, value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise wrong("decimal_text", 'Escríbelo como texto, con punto: "1234.50".')
        text = str(value)
        if not re.fullmatch(rf"-?[0-9]{{1,{self.digits}}}(\.[0-9]{{1,{self.decimals}}})?", text):
            said = f'Escríbelo como "1234.50", con {self.decimals} decimales como mucho.'
            raise wrong("decimal_invalid", said)
        number = Decimal(text) + 0  # «-0» is 0
        if self.least is not None and number < self.least:
            raise wrong("too_small", f"Tiene que ser {self.least} o más.")
        if self.most is not None and number > self.most:
            raise wrong("too_big", f"Tiene que ser {self.most} o menos.")
        return number

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> Any:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        limit = 10**self.digits - 1
        least = -limit if self.least is None else self.least
        sign = "-?" if least < 0 else ""
        whole = rf"[0-9]{{1,{self.digits}}}(\.[0-9]{{1,{self.decimals}}})?"
        if self.most == 100:
            whole = rf"(100(\.0{{1,{self.decimals}}})?|[0-9]{{1,2}}(\.[0-9]{{1,{self.decimals}}})?)"
        return {
            "anyOf": [
                {"type": "string", "pattern": f"^{sign}{whole}$"},
                {"type": "integer", "minimum": least, "maximum": self.most or limit},
            ],
            "examples": ["21"] if self.most == 100 else ["1234.50"],
        }


@dataclass(frozen=True)
class OneOf:
    """One word of a list that is data somewhere else."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> Any:
        return core_schema.literal_schema(list(self.words))


Money = Annotated[Decimal, _Number(2, 11)]
Price = Annotated[Decimal, _Number(6, 9)]
Quantity = Annotated[Decimal, _Number(6, 9)]
Percent = Annotated[Decimal, _Number(4, 3, least=0, most=100)]
# Euros per unit of another currency.
Rate = Annotated[Decimal, _Number(6, 6, least=0)]


def _iso_date(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise wrong("date_invalid", "Tiene que ser una fecha como 2026-11-21.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise wrong("date_invalid", "Ese día no existe en el calendario.") from None
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise wrong("date_invalid", f"El año tiene que estar entre {_YEARS[0]} y {_YEARS[1]}.")
    return day


Day = Annotated[
    date,
    BeforeValidator(_iso_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-21"]}),
]


def _in_our_years(value: datetime) -> datetime:
    if not _YEARS[0] < value.year < _YEARS[1]:
        raise wrong("date_invalid", f"El año tiene que estar entre {_YEARS[0]} y {_YEARS[1]}.")
    return value


def _iso_moment(value: Any) -> Any:
    if isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", value):
        raise wrong("datetime_invalid", "Tiene que ser un momento como 2026-11-21T10:00:00Z.")
    try:
        # Bodies are read strictly: there a text is not taken for a moment.
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_iso_moment),
    AfterValidator(_in_our_years),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T10:00:00Z"]}),
]


def _hour(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise wrong("time_invalid", "Tiene que ser una hora como 08:30.")
    return time(int(value[:2]), int(value[3:]))


Hour = Annotated[
    time,
    BeforeValidator(_hour),
    WithJsonSchema(
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["08:30"]}
    ),
]

Id = Annotated[int, Field(ge=1, le=10**18 - 1)]


@dataclass(frozen=True)
class _Text:
    """Clean text: of one line or several; `filled`, with something in it."""

    longest: int
    filled: bool = False
    clean: Callable[[str], str] = clean_line

    def read(self, value: str) -> str:
        text = self.clean(value)
        if self.filled and not text:
            raise wrong("blank", "No puede estar vacío.")
        return text

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> Any:
        text = core_schema.str_schema(
            max_length=self.longest, min_length=1 if self.filled else None, strict=True
        )
        return core_schema.no_info_after_validator_function(self.read, text)


def Line(longest: int) -> _Text:
    """One line of clean text, perhaps empty."""
    return _Text(longest)


def Filled(longest: int) -> _Text:
    """One line of clean text with something in it."""
    return _Text(longest, filled=True)


def Block(longest: int) -> _Text:
    """Clean text of several lines."""
    return _Text(longest, clean=clean_block)


def _address(value: str) -> str:
    return check_email(value) if value.strip() else ""


Email = Annotated[str, Line(254), AfterValidator(asking(_address))]
# Text of a query string: long enough to search with.
Words = Annotated[str, Line(100)]


class In(BaseModel):
    """A body: what it does not name does not exist, and nothing is converted by guessing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def given(self, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
        """Only what was sent, by field name."""
        return {n: getattr(self, n) for n in self.model_fields_set if n not in but}


class Query(BaseModel):
    """The parameters of a list."""

    model_config = ConfigDict(extra="forbid")


class Paged(Query):
    limit: Annotated[int, Field(ge=1, le=100, description="Cuántos por página.")] = 50
    cursor: Annotated[
        str,
        Field(
            max_length=300,
            description="Lo que dio «next» en la página anterior; nada más hace falta cambiar.",
        ),
    ] = ""


class Out(BaseModel):
    """Something answered."""

    model_config = ConfigDict(extra="forbid")


T = TypeVar("T")


class Page(Out, Generic[T]):
    """Una página de una lista."""

    items: list[T]
    next: Annotated[
        str | None, Field(description="Cursor de la página siguiente; null en la última.")
    ]


MoneyOut = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"})]
NumberOut = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})]
DayOut = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
MomentOut = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


def money(cents: int) -> str:
    """123450 → «1234.50»."""
    return f"{from_cents(cents):f}"


def number(value: Decimal) -> str:
    """Without the zeros after the point, never in exponent notation: «3.5», «100»."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


def moment(value: datetime | None) -> str | None:
    """In UTC, to the millisecond: «2026-11-21T10:00:00.000Z»."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
