"""How each verb of the history is told in Spanish. Rooms declare theirs in `apps.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from lonja.activity.models import Event

Sentence = str | Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Verb:
    sentence: Any
    icon: str


_verbs: dict[str, Verb] = {}


def describe(verb: str, sentence: Any, icon: str = "history") -> None:
    """Declare what a verb says after the name of who did it: «creó la ficha».

    `sentence` may name keys of the event's data (`"emitió %(number)s"`; a key that is missing
    shows as «…») or be a function from that data to the text.
    """
    _verbs[verb] = Verb(sentence, icon)


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
    known = _verbs.get(verb)
    return known.icon if known is not None else "history"


def sentence(event: Event) -> str:
    """«Núria Gil creó la ficha»."""
    return f"{event.actor_name} {verb_label(event.verb, event.data)}"


class _Lenient(dict):
    def __missing__(self, key: str) -> str:
        return "…"
