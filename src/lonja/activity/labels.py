"""How each verb of the history is told in Spanish. Rooms declare theirs in `apps.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from lonja.accounts.models import Membership
    from lonja.activity.models import Event

Sentence = str | Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Verb:
    """How an event of the history is told: its words and its icon."""

    sentence: Any
    icon: str
    permission: str


@dataclass(frozen=True)
class Told:
    """An event as a timeline shows it: who, what they did, where it leads ("" nowhere)."""

    event: Event
    who: str
    what: str
    icon: str
    url: str


@dataclass(frozen=True)
class Group:
    """A filter of the timelines: the events whose verb begins with one of its prefixes."""

    slug: str
    label: Any
    prefixes: tuple[str, ...]
    order: int


_verbs: dict[str, Verb] = {}
_groups: dict[str, Group] = {}
_places: dict[str, str] = {}


def describe(verb: str, sentence: Any, icon: str = "history", permission: str = "") -> None:
    """Declare what a verb says after the name of who did it: «creó la ficha».

    `sentence` may name keys of the event's data (`"emitió %(number)s"`; a key that is missing
    shows as «…») or be a function from that data to the text. Members without `permission` do
    not see the event.
    """
    _verbs[verb] = Verb(sentence, icon, permission)


def locate(target_type: str, url_name: str) -> None:
    """Say which page shows an object («billing.invoice» → `billing:invoice`, taking its id)."""
    _places[target_type] = url_name


def located() -> list[str]:
    """The kinds of objects that have a page, and so rules on who may open it."""
    return list(_places)


def place_of(target_type: str, target_id: int) -> str:
    """The page of an object, or an empty text when it has none here."""
    if target_type not in _places or not target_id:
        return ""
    try:
        return reverse(_places[target_type], args=[target_id])
    except NoReverseMatch:
        return ""


def timeline_group(slug: str, label: Any, *prefixes: str, order: int) -> None:
    """Declare a filter of the timelines, by the beginnings of its verbs («tasks.»)."""
    _groups[slug] = Group(slug, label, prefixes, order)


def timeline_groups() -> list[Group]:
    """The filters that may find something: those with some declared verb."""
    found = [g for g in _groups.values() if any(v.startswith(g.prefixes) for v in _verbs)]
    return sorted(found, key=lambda group: group.order)


def verb_label(verb: str, data: dict[str, Any] | None = None) -> str:
    """The predicate in Spanish; a verb nobody declared reads «hizo un cambio»."""
    known = _verbs.get(verb)
    if known is None:
        return _("hizo un cambio")
    data = data or {}
    if callable(known.sentence):
        return str(known.sentence(data))
    return str(known.sentence) % _Lenient(data)


def verb_icon(verb: str) -> str:
    """The icon of a verb, or a neutral one when no room described it."""
    known = _verbs.get(verb)
    return known.icon if known is not None else "history"


def hidden_verbs(member: Membership) -> list[str]:
    """Verbs the member may not read about."""
    return [
        v for v, known in _verbs.items() if known.permission and not member.can(known.permission)
    ]


def told(event: Event) -> Told:
    """The event in words: «Núria Gil» «creó la ficha»."""
    url = place_of(event.target_type, event.target_id)
    return Told(
        event, event.actor_name, verb_label(event.verb, event.data), verb_icon(event.verb), url
    )


class _Lenient(dict):
    def __missing__(self, key: str) -> str:
        return "…"
