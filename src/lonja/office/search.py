"""What the palette finds: actions, the groups of other rooms, and what was touched last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from lonja.accounts.models import Membership
from lonja.activity.labels import hidden_verbs, told
from lonja.activity.models import Event
from lonja.kit.text import search_text
from lonja.ui import registry
from lonja.ui.registry import Hit

LIMIT_IN_PALETTE, LIMIT_IN_PAGE = 5, 25
# How far back in the history to look for what a person touched last.
_RECENT_EVENTS = 300


@dataclass
class Group:
    label: Any
    hits: list[Hit] = field(default_factory=list)


def split_prefix(text: str, letters: set[str]) -> tuple[str, str]:
    """`f: 0413` → («f», «0413»); without a known prefix, («», text)."""
    letter, colon, rest = text.partition(":")
    letter = letter.strip().lower()
    if colon and letter in letters:
        return letter, rest.strip()
    return "", text.strip()


def find(member: Membership, text: str, limit: int) -> list[Group]:
    """Groups with something found, actions first. Each provider makes its own query."""
    providers = sorted(registry.search_for(member), key=lambda provider: provider.order)
    prefix, text = split_prefix(text[:100], {p.prefix_letter for p in providers if p.prefix_letter})
    if not text:
        return recent(member)
    groups = [] if prefix else [Group(_("Acciones"), actions(member, text)[:limit])]
    for provider in providers:
        if prefix and provider.prefix_letter != prefix:
            continue
        groups.append(Group(provider.group_label, provider.find(member, text, limit)[:limit]))
    return [group for group in groups if group.hits]


def actions(member: Membership, text: str) -> list[Hit]:
    """New things, screens and settings with words that begin like those of the text; the ones
    named so come before the ones only grouped so."""
    asked = search_text(text).split()
    found = []
    for title, subtitle, entry in _doable(member):
        name = search_text(str(title)).split()
        group = search_text(str(subtitle)).split()
        if all(any(word.startswith(one) for word in name + group) for one in asked):
            only_group = not any(word.startswith(asked[0]) for word in name)
            found.append((only_group, Hit(title, subtitle, entry.url(), entry.icon)))
    return [hit for _only_group, hit in sorted(found, key=lambda pair: pair[0])]


def _doable(member: Membership) -> list[tuple[Any, Any, Any]]:
    rows: list[tuple[Any, Any, Any]] = []
    rows += [(entry.label, _("Crear"), entry) for entry in registry.new_for(member)]
    for _group, items in registry.nav_for(member):
        rows += [(item.label, _("Ir a la pantalla"), item) for item in items]
    for group, sections in registry.settings_for(member):
        rows += [(section.label, group, section) for section in sections]
    return rows


def recent(member: Membership, limit: int = 8) -> list[Group]:
    """What this person touched last, newest first, from the latest events of the history."""
    hits: dict[tuple[str, int], Hit] = {}
    unseen = set(hidden_verbs(member))
    for event in Event.objects.order_by("-id")[:_RECENT_EVENTS]:
        key = (event.target_type, event.target_id)
        if event.actor_id != member.pk or event.verb in unseen or key in hits:
            continue
        line = told(event)
        if not line.url:
            continue
        hits[key] = Hit(event.target_label, line.what, line.url, line.icon)
        if len(hits) == limit:
            break
    return [Group(_("Recientes"), list(hits.values()))] if hits else []


def creations(member: Membership, text: str) -> list[Hit]:
    """What to offer when nothing is found: «Crear cliente «x»»."""
    from urllib.parse import urlencode

    for entry in registry.new_for(member):
        if entry.url_name == "parties:client_new":
            title = _("Crear cliente «%(name)s»") % {"name": text}
            return [Hit(title, "", f"{entry.url()}?{urlencode({'nombre': text})}", "user-plus")]
    return []
