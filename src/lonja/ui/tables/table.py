"""The declaration of a list, and its state for one request."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Aggregate, Model, QuerySet, prefetch_related_objects
from django.db.models.query import ModelIterable
from django.http import QueryDict
from django.urls import NoReverseMatch
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lonja.accounts.ahead import Question, asked_ahead
from lonja.accounts.bulk import these
from lonja.accounts.prepared import Plain, Prepared, Slot, read_many
from lonja.ui.kept import address
from lonja.ui.models import SavedView
from lonja.ui.tables import counts, keyset
from lonja.ui.tables.bulk import BulkAction
from lonja.ui.tables.columns import Column
from lonja.ui.tables.counts import COUNT_CAP, Counted, capped_counts
from lonja.ui.tables.filters import Filter

# Asked by every list.
_saved_views = Prepared(
    lambda: (
        SavedView.objects.visible_to(Slot("member"))
        .filter(table=Slot("table"))
        .order_by("name")[:30]
    )
)
_tables: dict[str, type[Table]] = {}


def table_named(slug: str) -> type[Table]:
    """The list with that slug. Raises KeyError."""
    return _tables[slug]


@dataclass(frozen=True)
class Tab:
    """A built-in view of the list. `narrow(queryset, member)` chooses its rows."""

    slug: str
    label: Any
    narrow: Callable[[Any, Any], QuerySet] | None = None
    count: bool = True


@dataclass(frozen=True)
class Action:
    """A button of the head: the primary one, or a link of the view switch."""

    label: Any
    url_name: str
    icon: str = "plus"
    permission: str = ""
    key: str = ""
    drawer: bool = False

    def url(self) -> str:
        try:
            return address(self.url_name)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True)
class Empty:
    """What an empty list says: one sentence of benefit and (through `primary`) one action."""

    icon: str
    text: Any


class Table:
    """A list. Declare the class attributes and `rows()`; one instance serves one request."""

    slug: ClassVar[str] = ""
    title: ClassVar[Any] = ""
    permission: ClassVar[str | None] = None
    # Besides `permission`, what downloading the list asks for.
    export_permission: ClassVar[str | None] = None
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    tabs: ClassVar[Sequence[Tab]] = ()
    bulk: ClassVar[Sequence[BulkAction]] = ()
    totals: ClassVar[Mapping[str, Aggregate]] = {}
    primary: ClassVar[Action | None] = None
    secondary: ClassVar[Sequence[Action]] = ()
    switch: ClassVar[Sequence[Action]] = ()
    search_hint: ClassVar[Any] = ""
    default_order: ClassVar[str] = "-pk"
    page_size: ClassVar[int] = 50
    empty: ClassVar[Empty] = Empty("inbox", _("Aquí aparecerá lo que crees."))
    nothing: ClassVar[Any] = _("Nada coincide con lo que has filtrado.")
    drawer: ClassVar[bool] = False
    one: ClassVar[Any] = _("% seleccionada")
    many: ClassVar[Any] = _("% seleccionadas")
    template: ClassVar[str] = "ui/list.html"
    export_name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.slug:
            _tables[cls.slug] = cls

    def __init__(self, member: Any, params: QueryDict) -> None:
        self.member, self.params = member, params
        # What is searched is looked up once for the rows, their count and their sums.
        self._narrowed: dict[str, QuerySet] = {}

    # --- what a room writes -----------------------------------------------------------------
    def rows(self) -> QuerySet:
        """The rows this member may see, with what the cells need (select_related…)."""
        raise NotImplementedError

    def search(self, queryset: QuerySet, text: str) -> QuerySet:
        """Narrow by the text of the search box (only asked when `search_hint` is set)."""
        raise NotImplementedError

    def row_url(self, row: Any) -> str:
        """Where the first column leads."""
        return ""

    def row_actions(self, row: Any) -> Sequence[Mapping[str, Any]]:
        """Entries of the row's «⋯» menu: {"label", "url", "icon", "post": bool}."""
        return ()

    # --- filter and search ------------------------------------------------------------------
    @cached_property
    def shown_filters(self) -> list[Filter]:
        return [f for f in self.filters if not f.permission or self.member.can(f.permission)]

    @cached_property
    def saved_views(self) -> list[SavedView]:
        return _saved_views.all(**self._whose_views)

    @property
    def _whose_views(self) -> dict[str, Any]:
        return {"member": self.member.pk, "table": self.slug}

    @cached_property
    def tab(self) -> Tab | None:
        asked = self.params.get("vista", "")
        found = next((tab for tab in self.tabs if tab.slug == asked), None)
        if found is None and not self.saved_view and self.tabs:
            return self.tabs[0]
        return found

    @cached_property
    def saved_view(self) -> SavedView | None:
        asked = self.params.get("vista", "")
        if not asked or any(tab.slug == asked for tab in self.tabs):
            return None
        return next((view for view in self.saved_views if view.slug == asked), None)

    @cached_property
    def values(self) -> dict[str, Any]:
        """Filter name → value asked for."""
        read = {f.name: f.read(self.params, self.member) for f in self.shown_filters}
        return {name: value for name, value in read.items() if value not in (None, [], "")}

    @property
    def text(self) -> str:
        return self.params.get("q", "").strip()[:100]

    @property
    def is_filtered(self) -> bool:
        return bool(self.values or (self.search_hint and self.text))

    @cached_property
    def base(self) -> QuerySet:
        return self.rows()

    def narrowed(self, tab: Tab | None = None) -> QuerySet:
        """Rows of a tab (the current one by default) with the filters and the search."""
        tab = tab or self.tab
        slug = tab.slug if tab is not None else ""
        if slug not in self._narrowed:
            self._narrowed[slug] = self._narrow(tab)
        return self._narrowed[slug]

    def _narrow(self, tab: Tab | None) -> QuerySet:
        queryset = self.base
        if tab is not None and tab.narrow is not None:
            queryset = tab.narrow(queryset, self.member)
        for one in self.shown_filters:
            if one.name in self.values:
                queryset = one.narrow(queryset, self.values[one.name])
        if self.search_hint and self.text:
            queryset = self.search(queryset, self.text)
        return queryset

    # --- columns ----------------------------------------------------------------------------
    @cached_property
    def allowed_columns(self) -> list[Column]:
        return [c for c in self.columns if not c.permission or self.member.can(c.permission)]

    @cached_property
    def shown_columns(self) -> list[Column]:
        """Those the member chose, in that order; else the default ones. The key column is always
        first."""
        chosen = (self.member.preferences or {}).get("columns", {}).get(self.slug)
        known = {column.name: column for column in self.allowed_columns}
        if chosen:
            shown = [known[name] for name in chosen if name in known]
        else:
            shown = [column for column in self.allowed_columns if column.default]
        first = [column for column in self.allowed_columns if column.key]
        return first + [column for column in shown if not column.key]

    @property
    def column_choices(self) -> list[tuple[Column, bool]]:
        shown = [column for column in self.shown_columns if not column.key]
        rest = [c for c in self.allowed_columns if c not in shown and not c.key]
        return [(column, True) for column in shown] + [(column, False) for column in rest]

    @property
    def columns_key(self) -> tuple[Any, ...]:
        """What the menu of columns depends on, for `{% keep %}`."""
        choices = tuple((column.name, on) for column, on in self.column_choices)
        return self.slug, get_language(), choices

    # --- order and pages --------------------------------------------------------------------
    @cached_property
    def order(self) -> keyset.Order:
        """The order asked for, if some column allows it; else the default."""
        asked = self.params.get("orden", "")
        sortable = {column.sort: column for column in self.allowed_columns if column.sort}
        name = asked.removeprefix("-")
        if name not in sortable:
            asked, name = self.default_order, self.default_order.removeprefix("-")
        column = sortable.get(name)
        return keyset.Order(name, asked.startswith("-"), column.nullable if column else False)

    @cached_property
    def count(self) -> int:
        """Rows of the current filter, counted up to one more than the cap."""
        if self.head is not None:
            return len(self.head)
        (found,) = capped_counts([self.narrowed()])
        return found

    @property
    def count_text(self) -> str:
        """The same for a person."""
        return str(_("más de 1.000")) if self.count > COUNT_CAP else str(self.count)

    @cached_property
    def tab_counts(self) -> dict[str, int]:
        """Rows of each tab that tells them, and (asked in the same query) `count`."""
        told = [tab for tab in self.tabs if tab.count]
        plain = None if self.is_filtered else self.tab
        found = list(self.asks_counts.first()) if self.asks_counts else []
        self.count = found.pop(0) if self.head is None else self.count
        numbers = dict(zip([tab.slug for tab in told if tab is not plain], found, strict=True))
        return {tab.slug: self.count if tab is plain else numbers[tab.slug] for tab in told}

    @cached_property
    def asks_counts(self) -> Plain | None:
        """What asks for the `count`, if it is not known, and then for the rows of each other tab.
        None: nothing has to be asked."""
        plain = None if self.is_filtered else self.tab
        asked = [self._counted(plain)] if self.head is None else []
        others = [tab for tab in self.tabs if tab.count and tab is not plain]
        parts = [*asked, *map(self._counted, others)]
        return counts.together(parts) if parts else None

    def asked_ahead(self) -> AbstractContextManager[None]:
        """Around the writing of the page: its rows are read, and what it shows besides is asked
        while they are written (`accounts.ahead`)."""
        _ = self.page
        questions: list[Question] = [(_saved_views, self._whose_views)]
        if any(tab.count for tab in self.tabs) and self.asks_counts is not None:
            questions.append((self.asks_counts, {}))
        for one in self.shown_filters:
            questions += one.asks(self.member)
        return asked_ahead(*questions)

    def counts_depend_on(self, tab: Tab) -> Hashable | None:
        """What the rows of a tab depend on (without filters nor search), besides the organisation:
        the SQL that counts them is written once for each such thing. None: it is written each
        time. All that `visible_to` looks at must be in it, or it must be None."""
        return None

    def _counted(self, tab: Tab | None) -> Counted:
        """SQL of how many rows a tab has without filters; of None, the current rows."""
        if tab is None:
            return counts.counted(self.narrowed())

        def rows() -> QuerySet:
            return tab.narrow(self.base, self.member) if tab.narrow is not None else self.base

        key = self.counts_depend_on(tab)
        if key is None:
            return counts.counted(rows())
        return counts.kept((type(self), tab.slug, key), rows)

    def total_rows(self) -> int:
        return self.narrowed().order_by().count()

    def fetch(self, queryset: QuerySet) -> list[Any]:
        """The rows of a page, already in order and cut. A list whose indexes hold all it filters
        by may find the ids first and then read only those rows."""
        if queryset._iterable_class is not ModelIterable:  # type: ignore[attr-defined]
            return list(queryset)
        rows = read_many(queryset)
        prefetch_related_objects(rows, *queryset._prefetch_related_lookups)  # type: ignore[attr-defined]
        return rows

    @cached_property
    def position(self) -> tuple[tuple[Any, int] | None, bool]:
        """Where the page begins (or, backwards, ends): the value and id of a row."""
        after = keyset.read(self.params.get("desde", ""), self.order)
        before = keyset.read(self.params.get("hasta", ""), self.order)
        backwards = before is not None and after is None
        return before if backwards else after, backwards

    @property
    def is_first(self) -> bool:
        return self.position[0] is None

    def turned(self, queryset: QuerySet) -> tuple[QuerySet, bool]:
        """The rows from the position on, and whether they are to be read backwards."""
        position, backwards = self.position
        if position is not None:
            queryset = queryset.filter(self.order.beyond(*position, backwards=backwards))
        return queryset, backwards

    @cached_property
    def head(self) -> list[int] | None:
        """When what is asked for is among a few rows already known (text that was looked up): the
        ids of the first ones in order, up to one more than the cap. All those rows have to be read
        to sort them; so they also say how many there are. Else None."""
        rows = self.narrowed()
        few = counts.few_ids(rows) if self.is_first else None
        if few is None:
            return None
        if rows.query.annotations.keys() != self.base.query.annotations.keys():
            return None  # the cells may show what a filter brought
        sorted_by = keyset.Order(few.sorted_by, descending=True)
        if self.order == sorted_by and counts.nothing_else(rows):
            return list(few.ids[: COUNT_CAP + 1])
        ids = self.order.apply(rows.prefetch_related(None)).values_list("pk", flat=True)
        return list(ids[: COUNT_CAP + 1])

    def rows_of(self, ids: Sequence[int]) -> list[Any]:
        """The rows of a page among those with some ids, in any order."""
        return self.fetch(self.base.filter(pk__in=these(ids)))

    def _found(self) -> tuple[list[Any], bool]:
        """The rows of the page and one more, and whether they are read backwards."""
        size = self.page_size + 1
        if self.head is not None:
            ids = self.head[:size]
            by_id = {row.pk: row for row in self.rows_of(ids)}
            return [by_id[pk] for pk in ids if pk in by_id], False
        queryset, backwards = self.turned(self.narrowed())
        return self.fetch(self.order.apply(queryset, backwards=backwards)[:size]), backwards

    @cached_property
    def page(self) -> Page:
        size = self.page_size
        position, _backwards = self.position
        found, backwards = self._found()
        more = len(found) > size
        rows = found[:size]
        if backwards:
            rows.reverse()
        start = _number(self.params.get("n", "")) if position is not None else 1
        return Page(
            rows=rows,
            start=start,
            previous=keyset.mark(rows[0], self.order)
            if rows and (more if backwards else position is not None)
            else "",
            next=keyset.mark(rows[-1], self.order) if rows and (backwards or more) else "",
        )

    @cached_property
    def sums(self) -> dict[str, Any]:
        """Totals of the filter, by column name."""
        if not self.totals:
            return {}
        return self.narrowed().order_by().aggregate(**self.totals)

    @classmethod
    def may_export(cls, member: Any) -> bool:
        """Whether this member may download the list (whoever sees it, if nothing else is said)."""
        return all(member.can(one) for one in (cls.permission, cls.export_permission) if one)

    def export_rows(self) -> Iterator[Model]:
        return self.order.apply(self.narrowed()).iterator(chunk_size=500)

    # --- bulk -------------------------------------------------------------------------------
    @cached_property
    def shown_bulk(self) -> list[BulkAction]:
        return [a for a in self.bulk if not a.permission or self.member.can(a.permission)]

    @property
    def bulk_key(self) -> tuple[Any, ...]:
        """What their buttons depend on, for `{% keep %}`."""
        return self.slug, get_language(), tuple(action.code for action in self.shown_bulk)


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    start: int
    previous: str
    next: str

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1


def _number(text: str) -> int:
    return (
        max(1, min(int(text), 10**9)) if text.isascii() and text.isdigit() and len(text) < 10 else 1
    )
