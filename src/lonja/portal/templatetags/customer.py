"""What the customer's pages say, in the customer's language: `{% say "Falta por pagar" %}` its
words, `{{ owed|money_in:language }}` its figures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from lonja.documents.figures import figures_of
from lonja.kit.money import from_cents
from lonja.portal.words import say as words_in

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], text: str) -> str:
    return words_in(context.get("language", ""), text)


@register.filter
def money_in(cents: int, language: str) -> str:
    return figures_of(language).money(from_cents(cents))


@register.filter
def quantity_in(value: Any, language: str) -> str:
    return figures_of(language).quantity(Decimal(value))


@register.filter
def pct_in(value: Any, language: str) -> str:
    return figures_of(language).percent(Decimal(value))


@register.filter
def day_in(day: date, language: str) -> str:
    return figures_of(language).day(day)


@register.filter
def second_in(at: datetime, language: str) -> str:
    """As `moment_in`, to the second: what a seal says."""
    return figures_of(language).moment(timezone.localtime(at), "%H:%M:%S")


@register.filter
def moment_in(at: datetime, language: str) -> str:
    """Day and time, where the company is."""
    return figures_of(language).moment(timezone.localtime(at))
