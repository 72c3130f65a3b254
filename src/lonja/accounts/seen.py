"""Queries of what a member may see, written once for all those who see everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Func
from django.db.models.lookups import Exact

from lonja.accounts.ahead import Question
from lonja.accounts.models.base import InScope
from lonja.accounts.prepared import Prepared, read_many

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

Build = Callable[[Any], Any]


class Seen:
    """`build(rows)` narrows the visible rows of a model further, with `Slot`s for what each call
    gives; it may end in `values_list`.

    For a member whose `visible_to` takes nothing away the SQL is that of a `Prepared`; for the
    rest it is written at each call. `see(member)` gives the rows where `visible_to` is not all.
    """

    def __init__(
        self, model: Any, build: Build, *, see: Callable[[Membership], Any] | None = None
    ) -> None:
        self._model, self._build, self._see = model, build, see
        self._of_all = Prepared(lambda: build(model.objects.all()))

    def __call__(self, member: Membership) -> list[Any]:
        return self.all(member)

    def all(self, member: Membership, **values: Any) -> list[Any]:
        rows = self._visible(member)
        if sees_all(rows):
            return self._of_all.all(**values)
        return read_many(self._build(rows), **values)

    def asked(self, member: Membership, **values: Any) -> Sequence[Question]:
        """What `all` asks, where it is written once (`ask_together`, `asked_ahead`)."""
        return ((self._of_all, values),) if sees_all(self._visible(member)) else ()

    def _visible(self, member: Membership) -> Any:
        return self._see(member) if self._see else self._model.objects.all().visible_to(member)

    def first(self, member: Membership, **values: Any) -> Any:
        """The first one or None. The queryset should say its order and its `[:1]`."""
        return next(iter(self.all(member, **values)), None)

    def count(self, member: Membership, **values: Any) -> int:
        """How many there are, of a `build` that ends in `how_many`."""
        return sum(number for (number,) in self.all(member, **values))


class _HowMany(Func):
    """Not Django's `Count`: with it every row would be a group of its own."""

    template, output_field = "COUNT(*)", BigIntegerField()


def how_many(rows: Any) -> Any:
    """The end of a `build` that counts."""
    return rows.order_by().values_list(_HowMany())


def is_scope(condition: Any) -> bool:
    """Whether a condition of a query is only that of the organisation."""
    return isinstance(condition, Exact) and isinstance(condition.lhs, InScope)


def sees_all(rows: Any) -> bool:
    """Whether nothing narrows the rows but the organisation."""
    query = rows.query
    where = query.where.children
    return (
        len(where) == 1
        and is_scope(where[0])
        and not (query.is_sliced or query.combinator or query.distinct or query.annotations)
    )
