"""What is the same on every page for the same key, made once for each process.

The frame of a page (menus, palette, shortcuts) was a third of its time, and says the same to all
who have the same role, language and organisation.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.urls import get_urlconf, reverse
from django.urls.base import get_script_prefix
from django.utils.safestring import SafeString

MOST = 2000
# Stands for the id in the address of a row; no row has it.
_ID = 10**17 + 3

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """Things made once for each key. When there are too many, all are made again."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._made: dict[Hashable, Made] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        try:
            return self._made[key]
        except KeyError:
            pass
        made = make()
        if len(self._made) >= self.most:
            self._made.clear()
        self._made[key] = made
        return made


_addresses: Kept[str] = Kept()
_halves: Kept[tuple[str, str]] = Kept()


def where() -> tuple[str, str]:
    """What the address of a page depends on: the pages there are, and the organisation."""
    return get_urlconf() or settings.ROOT_URLCONF, get_script_prefix()


def address(name: str) -> str:
    """`reverse(name)` of a page without arguments. Raises NoReverseMatch."""
    return _addresses.get((name, where()), lambda: reverse(name))


def row_address(name: str, pk: int) -> str:
    """`reverse(name, args=[pk])`, for each row of a list. Raises NoReverseMatch."""
    before, after = _halves.get((name, where()), lambda: _split(name))
    return f"{before}{pk}{after}"


def _split(name: str) -> tuple[str, str]:
    before, after = reverse(name, args=[_ID]).split(str(_ID))
    return before, after


class KeepNode(Node):
    """`{% keep key %}…{% endkeep %}`: what is inside, written once for each key."""

    def __init__(self, key: FilterExpression, nodelist: NodeList) -> None:
        self.key, self.nodelist = key, nodelist
        self.pieces: Kept[SafeString] = Kept(most=500)

    def render(self, context: Context) -> SafeString:
        return self.pieces.get(self.key.resolve(context), lambda: self.nodelist.render(context))


def keep(parser: Parser, token: Token) -> KeepNode:
    """What is inside must depend on the key alone: no forms (their token is of one person), no
    rows, nothing of the request."""
    words: list[Any] = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError("{% keep %} takes a key")
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(parser.compile_filter(words[1]), nodelist)
