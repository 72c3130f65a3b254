"""Queries whose SQL is written once, for what every page and every invoice asks.

Writing the SQL of a wide model costs Django ten times what the database needs to answer it by its
key. A `Prepared` keeps the text and how its rows become objects; each call only gives the values.
The organisation is that of the scope at each call (lock 2), never that of the first one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models import signals
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

from lonja.accounts import ahead, scoping
from lonja.accounts.scoping import EVERY, current

# In place of the id of the organisation while the SQL is written.
_ORGANISATION: Any = type("_Organisation", (int,), {})(-1)


class _Place:
    """Where a value goes among the parameters."""

    def __init__(self, name: str, field: models.Field | None) -> None:
        self.name, self.field = name, field


class Slot(models.Expression):
    """In a filter, a value that each call gives by this name.

    `field` converts what the database does not take as it is: dates, decimals, JSON.
    """

    def __init__(self, name: str, field: models.Field | None = None) -> None:
        super().__init__(output_field=field)
        self.place = _Place(name, field)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self.place]


class _IdList:
    """Ids as each database takes many of them in one parameter."""

    def get_db_prep_save(self, ids: Sequence[int], connection: Any) -> Any:
        return list(ids) if connection.vendor == "postgresql" else json.dumps(list(ids))


_IDS: Any = _IdList()


class Among(models.Expression):
    """In a filter, that the column holds one of the ids that each call gives by this name."""

    conditional = True

    def __init__(self, column: str, name: str) -> None:
        super().__init__(output_field=models.BooleanField())
        self.column: Any = models.F(column)
        self.place = _Place(name, _IDS)

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.column)
        if connection.vendor == "postgresql":
            return f"{sql} = ANY(%s::bigint[])", [*params, self.place]
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, self.place]  # noqa: S608


class _Written:
    """SQL for one connection: compilers and their converters belong to it."""

    def __init__(self, compiler: Any) -> None:
        self.sql, self.params = compiler.as_sql()
        self.connection = compiler.connection

    def ask(self, cursor: Any, values: dict[str, Any]) -> None:
        cursor.execute(self.sql, self.told(values))

    def told(self, values: dict[str, Any]) -> list[Any]:
        """The parameters of one call."""
        return [self._value(param, values) for param in self.params]

    def _value(self, param: Any, values: dict[str, Any]) -> Any:
        if param is _ORGANISATION:
            return current()
        if isinstance(param, _Place):
            value = values[param.name]
            if param.field is None or value is None:
                return value
            return param.field.get_db_prep_save(value, self.connection)
        return param


class _Read(_Written):
    def __init__(self, queryset: Any, locked: Any = None) -> None:
        query = queryset.query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        super().__init__(compiler)
        self.compiler = compiler
        self.locks = query.select_for_update or locked is not None
        self.locks_before = locked is not None and self.connection.vendor == "postgresql"
        if self.locks_before:
            first = _Written(locked.query.get_compiler(DEFAULT_DB_ALIAS))
            self.sql, self.params = f"{first.sql}; {self.sql}", (*first.params, *self.params)
        fields = [column[0] for column in compiler.select[: compiler.col_count]]
        self.converters = [
            (place, *converter, isinstance(converter[1].output_field, _IMMUTABLE))
            for place, converter in compiler.get_converters(fields).items()
        ]
        self.model: Any = None
        if queryset._iterable_class is ModelIterable:
            info = compiler.klass_info
            first, last = info["select_fields"][0], info["select_fields"][-1] + 1
            self.model, self.columns = info["model"], slice(first, last)
            self.names = [column[0].target.attname for column in compiler.select[first:last]]
            self.annotations = list((compiler.annotation_col_map or {}).items())
            self.is_plain = is_plain(self.model)
            self.related = get_related_populators(  # type: ignore[call-arg]
                info, compiler.select, DEFAULT_DB_ALIAS
            )

    def rows(self, values: dict[str, Any]) -> list[Any]:
        self.refuse_outside()
        with self.connection.cursor() as cursor:
            self.ask(cursor, values)
            return self.made(self.fetched(cursor))

    def refuse_outside(self) -> None:
        if self.locks and not self.connection.in_atomic_block:
            raise transaction.TransactionManagementError("se bloquea dentro de una transacción")

    def fetched(self, cursor: Any) -> list[Any]:
        """What the database answers to it, where the cursor is."""
        if self.locks_before:
            cursor.nextset()
        return cursor.fetchall()

    def made(self, rows: Any) -> list[Any]:
        """The objects, or tuples, of what was fetched."""
        if self.converters:
            rows = self._converted(rows)
        if self.model is None:
            return [tuple(row) for row in rows]
        return [self._object(row) for row in rows]

    def _converted(self, rows: list[Any]) -> list[list[Any]]:
        """Column by column, so that a value that repeats is made once."""
        found = [list(row) for row in rows]
        for place, converters, expression, may_share in self.converters:
            made: dict[Any, Any] = {}
            for row in found:
                value = told = row[place]
                if may_share and told in made:
                    row[place] = made[told]
                    continue
                for converter in converters:
                    value = converter(value, expression, self.connection)
                row[place] = value
                if may_share:
                    made[told] = value
        return found

    def _object(self, row: Any) -> Any:
        if self.is_plain:
            found = as_read(self.model, self.names, row[self.columns])
        else:
            found = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.columns])
        for populator in self.related:
            _populate(populator, row, found)
        for name, place in self.annotations:
            setattr(found, name, row[place])
        return found


# What these columns hold cannot be changed in place.
_IMMUTABLE = (
    *(models.DecimalField, models.DateField, models.TimeField, models.BooleanField),
    *(models.IntegerField, models.CharField, models.TextField),
)


def is_plain(model: type[models.Model]) -> bool:
    """Whether an object of the model is its columns and nothing else happens when it is made."""
    return (
        model.__init__ is models.Model.__init__
        and model.from_db.__func__ is models.Model.from_db.__func__  # type: ignore[attr-defined]
        and not signals.pre_init.has_listeners(model)
        and not signals.post_init.has_listeners(model)
    )


def as_read(model: type[models.Model], names: Sequence[str], values: Sequence[Any]) -> Any:
    """An object of a plain model as it was read: `from_db` in a quarter of the time."""
    found = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    attributes = found.__dict__
    attributes["_state"] = state
    attributes.update(zip(names, values, strict=True))
    return found


def read_many(queryset: Any, **values: Any) -> list[Any]:
    """The rows of a queryset (with `select_related`, not `prefetch_related`), for those that are
    read by the hundred; `values` are those of its `Slot`s."""
    try:
        asked = _Read(queryset)
    except EmptyResultSet:
        return []
    return asked.rows(values)


def _populate(populator: Any, row: Any, owner: Any) -> None:
    """`RelatedPopulator.populate`, with objects made as here."""
    model = populator.model_cls
    if not is_plain(model):
        populator.populate(row, owner)
        return
    start, end = populator.cols_start, populator.cols_end
    values = populator.reorder_for_init(row) if populator.reorder_for_init else row[start:end]
    found = None
    if values[populator.pk_idx] is not None:
        found = as_read(model, populator.init_list, values)
        for further in populator.related_populators:
            _populate(further, row, found)
    populator.local_setter(owner, found)
    if found is not None:
        populator.remote_setter(found, owner)


class _Prepared:
    """`build` makes the queryset, with `Slot`s for what changes, once for each thread."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._kept = threading.local()

    def written(self) -> Any:
        """Its SQL for this thread and connection."""
        scope = current()
        name = "none" if scope is None else "every" if scope is EVERY else "one"
        kept = getattr(self._kept, name, None)
        if kept is None or kept.connection is not connections[DEFAULT_DB_ALIAS]:
            kept = self._write(scope)
            setattr(self._kept, name, kept)
        return kept

    def _write(self, scope: Any) -> Any:
        # Nothing is asked of the database here, so it need not be told.
        writing = scope if scope is None or scope is EVERY else _ORGANISATION
        token = scoping._current.set(writing)
        try:
            return self._compiled()
        finally:
            scoping._current.reset(token)

    def _compiled(self) -> Any:
        raise NotImplementedError


class _Answered(_Prepared):
    """What reads rows."""

    def all(self, **values: Any) -> list[Any]:
        written = self.written()
        found = ahead.answer(written, values)
        return written.rows(values) if found is None else found

    def first(self, **values: Any) -> Any:
        """The first one or None. The queryset should say its order and its `[:1]`."""
        rows = self.all(**values)
        return rows[0] if rows else None


class Prepared(_Answered):
    """A query of objects or, with `values_list`, of tuples. Raises ScopeRequired as any other.

    `locked` makes the queryset of the rows to lock before. PostgreSQL, when it waits for a row that
    it also joins, goes on with the joined rows of before the wait: it loses a row whose reference
    changed meanwhile, or gives it without what it refers to now. Locked by itself and then read, in
    the same message, it is whole.
    """

    def __init__(
        self, build: Callable[[], Any], *, locked: Callable[[], Any] | None = None
    ) -> None:
        super().__init__(build)
        self._locked = locked

    def _compiled(self) -> _Read:
        if self._locked is None:
            return _Read(self._build())
        return _Read(self._build(), self._locked().select_for_update().values_list("pk"))

    def get(self, **values: Any) -> Any:
        """The only one; raises the model's DoesNotExist when there is none."""
        rows = self.all(**values)
        if not rows:
            raise self.written().model.DoesNotExist
        return rows[0]


class Plain(_Answered):
    """A statement already written, with its parameters, whose rows are tuples."""

    def __init__(self, sql: str, params: Sequence[Any]) -> None:
        self._plain = _Plain(sql, params)

    def written(self) -> Any:
        return self._plain


class _Plain(_Read):
    def __init__(self, sql: str, params: Sequence[Any]) -> None:
        self.sql, self.params, self.connection = sql, params, connections[DEFAULT_DB_ALIAS]
        self.locks = self.locks_before = False
        self.converters, self.model = [], None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Plain) or self.connection is not other.connection:
            return False
        return (self.sql, self.params) == (other.sql, other.params)

    __hash__ = None  # type: ignore[assignment]


def ask_together(*questions: ahead.Question) -> list[list[Any]]:
    """What each answers to its values, asked of PostgreSQL in one message; in the same order, so
    that what the first locks is locked when the rest is read."""
    if connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
        return [prepared.all(**values) for prepared, values in questions]
    asked = [(prepared.written(), values) for prepared, values in questions]
    for written, _values in asked:
        written.refuse_outside()
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "; ".join([written.sql for written, _values in asked]),
            [param for written, values in asked for param in written.told(values)],
        )
        found = []
        for n, (written, _values) in enumerate(asked):
            if n:
                cursor.nextset()
            found.append(written.fetched(cursor))
    return [written.made(rows) for (written, _values), rows in zip(asked, found, strict=True)]


def attach(rows: Sequence[Any], name: str, found: Sequence[Any]) -> None:
    """Put on each row what its foreign key refers to, among those found."""
    if not rows:
        return
    field: Any = type(rows[0])._meta.get_field(name)
    by_id = {one.pk: one for one in found}
    for row in rows:
        pk = getattr(row, field.attname)
        if pk is None or pk in by_id:
            field.set_cached_value(row, by_id.get(pk))


class PreparedUpdate(_Prepared):
    """An UPDATE: `build` gives the queryset and the columns, with `Slot`s on either side."""

    def _compiled(self) -> _Written:
        queryset, columns = self._build()
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(columns)
        return _Written(query.get_compiler(DEFAULT_DB_ALIAS))

    def __call__(self, **values: Any) -> int:
        """Returns how many rows."""
        written = self.written()
        with written.connection.cursor() as cursor:
            written.ask(cursor, values)
            return cursor.rowcount
