"""`{% say "Falta por pagar" %}`: the words of the customer's page in the customer's language."""

from __future__ import annotations

from typing import Any

from django import template

from lonja.portal.words import say as words_in

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], text: str) -> str:
    return words_in(context.get("language", ""), text)
