"""The cards of «Inicio» as each person arranges them (kept in `Membership.preferences`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lonja.accounts.models import Membership
from lonja.ui import registry

_KEY = "home_cards"


def all_cards(member: Membership) -> list[registry.HomeCard]:
    """Every card the member may see, in the order of their choice; new ones at the end."""
    cards = registry.home_cards_for(member)
    order = {slug: at for at, slug in enumerate(_chosen(member).get("order", []))}
    return sorted(cards, key=lambda card: (order.get(card.slug, len(order)), card.order))


def hidden(member: Membership) -> set[str]:
    return set(_chosen(member).get("hidden", []))


def shown_cards(member: Membership) -> list[registry.HomeCard]:
    away = hidden(member)
    return [card for card in all_cards(member) if card.slug not in away]


def _chosen(member: Membership) -> dict[str, Any]:
    chosen = member.preferences.get(_KEY, {})
    return chosen if isinstance(chosen, dict) else {}


def arrange(member: Membership, *, order: Iterable[str], shown: Iterable[str]) -> None:
    """Keep the order and what is shown; unknown cards are left out."""
    known = {card.slug for card in registry.home_cards_for(member)}
    order = [slug for slug in dict.fromkeys(order) if slug in known]
    away = sorted(known - set(shown))
    member.preferences = {**member.preferences, _KEY: {"order": order, "hidden": away}}
    member.save(update_fields=["preferences"])


def moved(order: list[str], slug: str, step: int) -> list[str]:
    """The order with one card a place up (-1) or down (+1)."""
    if slug not in order:
        return order
    at = order.index(slug)
    to = min(max(at + step, 0), len(order) - 1)
    order = [*order]
    order.insert(to, order.pop(at))
    return order
