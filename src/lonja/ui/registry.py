"""What rooms hang on the shell. Each room registers in its `apps.ready()`.

A permission of `""` or `None` means any member. Entries whose URL does not exist, or that the
member may not open, are left out by the getters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from lonja.accounts.ahead import Question
from lonja.ui.kept import address

Count = Callable[[Any], "int | tuple[int, bool]"]

GROUPS = ("", "Ventas", "Facturación", "Atención al cliente", "Marketing", "bottom")
# «G» and then the letter (ux §2.10).
GO_KEYS = {
    "office:home": "i",
    "parties:client_list": "c",
    "parties:lead_list": "p",
    "sales:pipeline": "e",
    "sales:quote_list": "o",
    "tasks:search": "t",
    "billing:invoice_list": "f",
    "support:inbox": "k",
}


@dataclass(frozen=True)
class Entry:
    label: Any
    url_name: str
    icon: str
    permission: str | None
    order: int

    def url(self, *args: Any) -> str:
        """The address, or an empty text when no such page exists in this installation."""
        try:
            return reverse(self.url_name, args=args) if args else address(self.url_name)
        except NoReverseMatch:
            return ""

    def allowed(self, member: Any) -> bool:
        return not self.permission or bool(member.can(self.permission))


@dataclass(frozen=True)
class NavItem(Entry):
    group: str = ""
    count: Count | None = None

    @property
    def go_key(self) -> str:
        return GO_KEYS.get(self.url_name, "")


@dataclass(frozen=True)
class NewItem(Entry):
    key: str = ""


@dataclass(frozen=True)
class Hit:
    """A line of the search results."""

    title: Any
    subtitle: Any
    url: str
    icon: str


@dataclass(frozen=True)
class SearchProvider:
    group_label: Any
    prefix_letter: str
    permission: str | None
    find: Callable[[Any, str, int], list[Hit]]
    order: int = 100

    def allowed(self, member: Any) -> bool:
        return not self.permission or bool(member.can(self.permission))


@dataclass(frozen=True)
class ClientTab(Entry):
    slug: str = ""
    count: Callable[[Any, int], int] | None = None

    def asks(self, member: Any, party_id: int) -> Sequence[Question]:
        """What its count asks, where it can be asked before (`accounts.ahead`)."""
        asked = getattr(self.count, "asked", None)
        return asked(member, party_id) if asked is not None else ()


def _asks_nothing(member: Any, party_ids: Sequence[int]) -> Sequence[Question]:
    return ()


@dataclass(frozen=True)
class ClientFact:
    """`read(member, party_ids) -> {party_id: (text, tone)}`, asked once for a whole list; `asks` is
    what it asks, where it can be asked before (`accounts.ahead`)."""

    label: Any
    read: Callable[[Any, Sequence[int]], dict[int, tuple[str, str]]]
    order: int = 100
    permission: str | None = None
    asks: Callable[[Any, Sequence[int]], Sequence[Question]] = _asks_nothing

    def allowed(self, member: Any) -> bool:
        return not self.permission or bool(member.can(self.permission))


@dataclass(frozen=True)
class HomeCard(Entry):
    slug: str = ""
    width: int = 4


@dataclass(frozen=True)
class SettingsSection(Entry):
    group: Any = ""
    slug: str = ""


@dataclass(frozen=True)
class ObjectPanel(Entry):
    """A panel on the pages of documents; its URL takes the type («sales.quote») and the id, or
    the id alone when it is `only` for one type."""

    slug: str = ""
    only: str = ""


_nav: list[NavItem] = []
_new: list[NewItem] = []
_search: list[SearchProvider] = []
_tabs: list[ClientTab] = []
_facts: list[ClientFact] = []
_cards: list[HomeCard] = []
_settings: list[SettingsSection] = []
_entries: list[Entry] = []
_panels: list[ObjectPanel] = []


def nav(
    group: str,
    label: Any,
    url_name: str,
    icon: str,
    permission: str | None,
    order: int,
    count: Count | None = None,
) -> None:
    """An entry of the side bar. `count(member)` gives the number at its right, or (number, hot);
    it is asked after the page, with the bell (`counts_for`)."""
    if group not in GROUPS:
        raise ValueError(f"Grupo de navegación desconocido: {group!r}")
    _nav.append(NavItem(label, url_name, icon, permission, order, group, count))


def new_menu(
    label: Any, url_name: str, icon: str, permission: str | None, order: int, key: str = ""
) -> None:
    """An entry of the «Nuevo» menu; `key` is the single letter that opens it anywhere."""
    _new.append(NewItem(label, url_name, icon, permission, order, key))


def search_provider(
    group_label: Any,
    prefix_letter: str,
    permission: str | None,
    fn: Callable[[Any, str, int], list[Hit]],
    order: int = 100,
) -> None:
    """A group of the palette. `fn(member, text, limit)` gives at most `limit` hits."""
    _search.append(SearchProvider(group_label, prefix_letter, permission, fn, order))


def client_tab(
    slug: str,
    label: Any,
    url_name: str,
    permission: str | None,
    order: int,
    count: Callable[[Any, int], int] | None = None,
    icon: str = "",
) -> None:
    """A tab of the client's page. `url_name` takes the party's id; `count(member, party_id)`."""
    _tabs.append(ClientTab(label, url_name, icon, permission, order, slug, count))


def timeline_entry(url_name: str, permission: str | None, order: int) -> None:
    """Something to write on top of the «Actividad» of a client: `url_name` takes its id and
    answers a fragment."""
    _entries.append(Entry("", url_name, "", permission, order))


def timeline_entries_for(member: Any) -> list[Entry]:
    found = [entry for entry in _entries if entry.allowed(member)]
    return sorted(found, key=lambda entry: entry.order)


def client_fact(
    label: Any,
    fn: Callable[[Any, Sequence[int]], dict[int, tuple[str, str]]],
    order: int = 100,
    permission: str | None = None,
    asks: Callable[[Any, Sequence[int]], Sequence[Question]] = _asks_nothing,
) -> None:
    """A figure of the client's fact strip, also usable as a column of the client list."""
    _facts.append(ClientFact(label, fn, order, permission, asks))


def home_card(
    slug: str,
    url_name: str,
    permission: str | None,
    order: int,
    width: int = 4,
    label: Any = "",
) -> None:
    """A lazy card of «Inicio»; `width` is in twelfths (3, 4, 5, 6, 7, 8 or 12)."""
    _cards.append(HomeCard(label, url_name, "", permission, order, slug, width))


def settings_section(
    group: Any,
    slug: str,
    label: Any,
    url_name: str,
    icon: str,
    permission: str | None,
    order: int,
) -> None:
    """A page of «Configuración»."""
    _settings.append(SettingsSection(label, url_name, icon, permission, order, group, slug))


def object_panel(
    slug: str, label: Any, url_name: str, permission: str | None, order: int, only: str = ""
) -> None:
    """A panel for the pages of documents of other rooms (`{% object_panels "sales.quote" id %}`).

    `url_name` takes the type of the object and its id, and answers a fragment, or 204 when there
    is nothing to say. A panel `only` for one type («billing.invoice») takes the id alone.
    """
    _panels.append(ObjectPanel(label, url_name, "", permission, order, slug, only))


def _for(entries: Iterable[Any], member: Any, *, linked: bool = True) -> list[Any]:
    return sorted(
        (e for e in entries if e.allowed(member) and (not linked or e.url())),
        key=lambda entry: entry.order,
    )


def nav_for(member: Any) -> list[tuple[str, list[NavItem]]]:
    """(group, entries) in the order of the side bar, without empty groups."""
    shown = _for(_nav, member)
    groups = ((group, [item for item in shown if item.group == group]) for group in GROUPS)
    return [(group, items) for group, items in groups if items]


@dataclass(frozen=True)
class NavCount:
    """What the side bar says at the right of an entry; `hot` when something is wrong."""

    url_name: str
    number: int
    hot: bool


def counts_for(member: Any) -> list[NavCount]:
    """The numbers of the side bar, zero included: the entry may be showing another one."""
    found = []
    for item in _for(_nav, member):
        if item.count is not None:
            value = item.count(member)
            number, hot = value if isinstance(value, tuple) else (value, False)
            found.append(NavCount(item.url_name, number, hot and number > 0))
    return found


def new_for(member: Any) -> list[NewItem]:
    return _for(_new, member)


def search_for(member: Any) -> list[SearchProvider]:
    return _for(_search, member, linked=False)


def client_tabs_for(member: Any) -> list[ClientTab]:
    return [tab for tab in _for(_tabs, member, linked=False) if tab.url(0)]


def client_facts_for(member: Any) -> list[ClientFact]:
    return _for(_facts, member, linked=False)


def home_cards_for(member: Any) -> list[HomeCard]:
    return _for(_cards, member)


def object_panels_for(member: Any, type: str) -> list[ObjectPanel]:
    """Those that the member may see on the pages of objects of that type."""
    wanted = [panel for panel in _panels if panel.only in ("", type)]
    return _for(wanted, member, linked=False)


def settings_for(member: Any) -> list[tuple[Any, list[SettingsSection]]]:
    """(group, sections): groups come in the order of their first section."""
    grouped: dict[Any, list[SettingsSection]] = {}
    for section in _for(_settings, member):
        grouped.setdefault(section.group, []).append(section)
    return list(grouped.items())


def registered() -> list[Entry]:
    """Everything that must lead to a page (the architecture test opens them all)."""
    return [*_nav, *_new, *_tabs, *_cards, *_settings]
