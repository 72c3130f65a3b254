"""How numbers, money and moments are written on screen (ux §2.5). Plain text, no HTML.

Instants are shown in the active time zone: PageMiddleware activates the company's.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.kit import money as kit_money

NBSP = "\u00a0"


def money(value: Any) -> str:
    """`1403.60` (Decimal) or `140360` (int, cents) → «1.403,60 €». None gives an empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, int):
        return kit_money.format_cents(value)
    return kit_money.format_eur(Decimal(value))


def quantity(value: Any) -> str:
    return "" if value is None else kit_money.format_quantity(Decimal(value))


def percent(value: Any) -> str:
    return "" if value is None else kit_money.format_percent(Decimal(value))


def compact_money(value: Any) -> str:
    """«60 k€» for axes and tight places."""
    amount = kit_money.from_cents(value) if isinstance(value, int) else Decimal(value)
    if abs(amount) < 1000:
        return f"{kit_money.format_amount(amount, 0)}{NBSP}€"
    thousands = kit_money.round_to(amount / 1000, 1)
    return f"{kit_money.format_quantity(thousands)}{NBSP}k€"


def integer(value: int) -> str:
    """`1480` → «1.480»."""
    return kit_money.format_amount(value, 0)


def full_date(value: date | datetime | None) -> str:
    """«21/11/2026»; with the time when it is an instant."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = _local(value)
        return f"{local:%d/%m/%Y} {local:%H:%M}"
    return f"{value:%d/%m/%Y}"


def long_date(day: date) -> str:
    """«21 de noviembre de 2026», «21 November 2026»."""
    return date_format(day, "DATE_FORMAT")


def month_year(day: date) -> str:
    """«noviembre de 2026», «November 2026»."""
    return date_format(day, "YEAR_MONTH_FORMAT")


def month_name(day: date) -> str:
    """«noviembre», «November»."""
    return date_format(day, "F")


def weekday_name(day: date) -> str:
    """«lunes», «Monday»."""
    return date_format(day, "l")


def short_weekday(day: date) -> str:
    """«Lun.», «Mon.»."""
    return f"{weekday_name(day)[:3].capitalize()}."


def near_date(value: date | datetime | None, today: date | None = None) -> str:
    """«Hoy 10:30», «Ayer», «Lun. 23/11» within a week, else «21/11/2026»."""
    if value is None:
        return ""
    clock = ""
    day = value
    if isinstance(value, datetime):
        local = _local(value)
        day, clock = local.date(), f" {local:%H:%M}"
    today = today or timezone.localdate()
    distance = (day - today).days
    if distance in (-1, 0, 1):
        return {-1: _("Ayer"), 0: _("Hoy"), 1: _("Mañana")}[distance] + clock
    if abs(distance) < 7:
        return f"{short_weekday(day)} {day:%d/%m}{clock}"
    return f"{day:%d/%m/%Y}"


def ago(value: date | datetime, today: date | None = None) -> str:
    """«hace 38 días», «hoy», «en 3 días»."""
    day = _local(value).date() if isinstance(value, datetime) else value
    days = ((today or timezone.localdate()) - day).days
    if days == 0:
        return _("hoy")
    if days > 0:
        return ngettext("hace %(n)s día", "hace %(n)s días", days) % {"n": days}
    return ngettext("en %(n)s día", "en %(n)s días", -days) % {"n": -days}


def duration(value: timedelta | int | None) -> str:
    """A length of time (or seconds): «38 min», «1 h 12 min», «3 días»."""
    if value is None:
        return ""
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    minutes, days = seconds // 60, seconds // 86400
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if days >= 2:
        return ngettext("%(n)s día", "%(n)s días", days) % {"n": days}
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if rest else f"{hours} h"


def initials(name: Any) -> str:
    """«Hotel Mirador de la Bahía» → «HM»."""
    words = [w for w in str(name).replace(",", " ").replace("@", " ").split() if w[0].isalnum()]
    strong = [w for w in words if w[0].isupper() or w[0].isdigit()] or words
    return "".join(word[0] for word in strong[:2]).upper() or "?"


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value
