"""Fast inserts and updates of many business rows, for the paths that write thousands a second.

`bulk_create` spends most of its time walking field by field; here each column's conversion is
chosen once for the statement. The rules are the same: rows belong to the organisation of the scope
and foreign ones raise (lock 3), defaults are the fields' own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any, ClassVar, TypeVar, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL
from django.db.models.fields import NOT_PROVIDED

from lonja.accounts.scoping import EVERY, ForeignRow, ScopeRequired, current
from lonja.accounts.trips import write

MAX_PARAMS = 30_000
# From so many rows on, what is the same in all of them is told once.
MANY = 20
_Model = TypeVar("_Model", bound=models.Model)


# `json.dumps` with a class makes an encoder for each call.
_json = DjangoJSONEncoder(ensure_ascii=False).encode


def _converter(field: models.Field) -> Callable[[Any], Any] | None:
    """How a Python value becomes a parameter; None: as it is."""
    sqlite = connection.vendor == "sqlite"
    if isinstance(field, models.JSONField):
        seen: dict[int, str] = {}

        def dump(value: Any) -> Any:
            if not value:
                return None if value is None else _json(value)
            text = seen.get(id(value))
            if text is None:
                text = seen[id(value)] = _json(value)
            return text

        return dump
    if not sqlite:
        return None
    if isinstance(field, models.DateTimeField):
        moments: dict[datetime, str | None] = {}

        def moment(value: datetime | None) -> Any:
            if value is None:
                return None
            text = moments.get(value)
            if text is None:
                text = moments[value] = connection.ops.adapt_datetimefield_value(value)
            return text

        return moment
    if isinstance(field, models.DateField):
        return lambda value: value.isoformat() if isinstance(value, date) else value
    if isinstance(field, models.DecimalField):
        return lambda value: str(value) if isinstance(value, Decimal) else value
    if isinstance(field, models.TimeField):
        return lambda value: None if value is None else str(value)
    return None


def _columns(model: type[models.Model]) -> list[tuple[models.Field, Any]]:
    """The fields to write, each with its default for rows that do not carry it."""
    columns = []
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        default = field.default if field.default is not NOT_PROVIDED else None
        if default is None and field.empty_strings_allowed and not field.null:
            default = ""
        columns.append((field, default))
    return columns


@cache
def _blank(
    model: type[models.Model],
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], dict[str, str]]:
    """Of a model: its fixed defaults, those that are made each time, and its relations with the
    attribute of each."""
    fixed: dict[str, Any] = {"id": None}
    made = []
    for field, default in _columns(model):
        if callable(default):
            made.append((field.attname, default))
        else:
            fixed[field.attname] = default
    relations = {
        field.name: field.attname for field, _default in _columns(model) if field.is_relation
    }
    return fixed, made, relations


def new_object(model: type[_Model], **values: Any) -> _Model:
    """An unsaved instance, like `model(**values)` in a fifth of the time, for thousands of them.

    `values` are fields or, for relations, also the other object. No signal is sent, and names are
    not checked.
    """
    fixed, made, relations = _blank(model)
    obj = model.__new__(model)
    attributes = obj.__dict__
    state = attributes["_state"] = ModelState()
    attributes.update(fixed)
    for name, make in made:
        attributes[name] = make()
    for name, value in values.items():
        if name in relations:
            state.fields_cache[name] = value
            attributes[relations[name]] = None if value is None else value.pk
        else:
            attributes[name] = value
    return obj


def insert_rows(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows given as dicts of attribute names (`invoice_id`, not `invoice`).

    Missing keys take the field's default. Raises ForeignRow or ScopeRequired, and IntegrityError
    as any insert does: in the middle of a transaction, that has to be rolled back.
    """
    _insert(model, rows, want_ids=False)


def reserve_ids(objs: Sequence[models.Model]) -> None:
    """Give unsaved instances of one model their ids before `insert_objects`, so that what refers
    to them is written without waiting for them. One that is not inserted after all leaves a hole
    among the ids, which mean nothing. Inside a transaction."""
    if not objs:
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("los números se toman en una transacción")
    model = type(objs[0])
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, len(objs)],
            )
            ids = [pk for (pk,) in cursor.fetchall()]
        else:  # nobody else writes until this transaction ends
            cursor.execute(
                "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0), "  # noqa: S608
                f"coalesce((SELECT max(id) FROM {table}), 0))",
                [model._meta.db_table],
            )
            (last,) = cursor.fetchone()
            ids = list(range(last + 1, last + 1 + len(objs)))
    for obj, pk in zip(objs, ids, strict=True):
        obj.pk = pk


def insert_objects(objs: Sequence[models.Model]) -> None:
    """Insert unsaved instances of one model and give them their ids, as `bulk_create` does, unless
    they have them already (`reserve_ids`)."""
    if not objs:
        return
    rows = [obj.__dict__ for obj in objs]
    if objs[0].pk is not None:
        _insert(type(objs[0]), rows, want_ids=False, with_ids=True)
        ids = [obj.pk for obj in objs]
    else:
        ids = _insert(type(objs[0]), rows, want_ids=True)
    for obj, pk in zip(objs, ids, strict=True):
        obj.pk = pk
        obj._state.adding = False
        obj._state.db = "default"


def _insert(
    model: type[models.Model],
    rows: Sequence[dict[str, Any]],
    *,
    want_ids: bool,
    with_ids: bool = False,
) -> list[int]:
    if not rows:
        return []
    organisation_id = current()
    if organisation_id is None or organisation_id is EVERY:
        raise ScopeRequired(f"{model.__name__}: escritura fuera de una organización")
    for row in rows:
        owner = row.get("organisation_id")
        if owner is None:
            row["organisation_id"] = organisation_id
        elif owner != organisation_id:
            raise ForeignRow(f"{model.__name__} pertenece a otra organización")
    told, fixed = _shared(model, rows)
    if with_ids:
        told = [(model._meta.pk, None), *told]
    if connection.vendor == "postgresql":
        return _insert_document(model, told, fixed, rows, want_ids)
    values = _values(told, rows)
    if want_ids:
        return _insert_values(model, told, fixed, values)
    with connection.cursor() as cursor:
        cursor.executemany(f"{_head(model, told, fixed)} VALUES {_marks(told, fixed)}", values)
    return []


# A field to write with what it is in the rows that do not carry it.
_Told = Sequence[tuple[models.Field, Any]]
# A field that is the same in every row, with its SQL.
_Fixed = Sequence[tuple[models.Field, str]]


def _shared(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> tuple[_Told, _Fixed]:
    """The columns that the rows tell, and those that are their default in all of them: these go in
    the statement, once, instead of in each row."""
    keys = rows[0].keys()
    alike = all(row.keys() == keys for row in rows)
    told: list[tuple[models.Field, Any]] = []
    fixed: list[tuple[models.Field, str]] = []
    for field, default, text in _written(model):
        if alike and text is not None and field.attname not in keys:
            fixed.append((field, text))
        else:
            told.append((field, default() if callable(default) else default))
    return told, fixed


@cache
def _written(model: type[models.Model]) -> list[tuple[models.Field, Any, str | None]]:
    """The fields to write, with their defaults and the SQL of those that are always the same."""
    found = []
    for field, default in _columns(model):
        made = default() if default in (list, dict) else default
        found.append((field, default, None if callable(made) else _literal(field, made)))
    return found


def _literal(field: models.Field, value: Any) -> str | None:
    """A default as SQL, where it is simple; it comes from our own models. `%` is doubled: the
    statement has parameters."""
    if value is None:
        text = "NULL"
    elif isinstance(field, models.JSONField):
        if value:
            return None
        text = f"'{_json(value)}'"
    elif isinstance(value, bool):
        text = str(value).upper()
    elif isinstance(value, int):
        text = str(int(value))
    elif isinstance(value, str) and "\0" not in value and "\\" not in value:
        text = "'{}'".format(str(value).replace("'", "''").replace("%", "%%"))
    else:
        return None
    return f"{text}::{_type(field)}" if connection.vendor == "postgresql" else text


def _values(told: _Told, rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Each row as a list of parameters, in the order of the fields."""
    columns: list[Sequence[Any]] = []
    for (field, _default), column in zip(told, _by_column(told, rows), strict=True):
        convert = _converter(field)
        if convert is None:
            columns.append(column)
        elif len(rows) > 1 and _is_constant(field, column):
            columns.append([convert(column[0])] * len(column))
        else:
            columns.append([convert(value) for value in column])
    return list(zip(*columns, strict=True))


def _by_column(told: _Told, rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What the rows say of each field, or its default."""
    defaults = {field.attname: default for field, default in told}
    pick = _picker(list(defaults))
    if rows[0].keys() >= defaults.keys() and len({len(row) for row in rows}) == 1:
        return list(zip(*[pick(row) for row in rows], strict=True))
    return list(zip(*[pick({**defaults, **row}) for row in rows], strict=True))


def _picker(names: Sequence[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    pick = itemgetter(*names)
    return pick if len(names) > 1 else lambda row: (pick(row),)


def _head(model: type[models.Model], told: _Told, fixed: _Fixed) -> str:
    quote = connection.ops.quote_name
    fields = [field for field, _default in (*told, *fixed)]
    names = ", ".join(quote(cast(str, field.column)) for field in fields)
    # Names come from the model, values are parameters.
    return f"INSERT INTO {quote(model._meta.db_table)} ({names})"


def _marks(told: _Told, fixed: _Fixed) -> str:
    return "(" + ", ".join([*(["%s"] * len(told)), *(text for _field, text in fixed)]) + ")"


def _insert_values(
    model: type[models.Model], told: _Told, fixed: _Fixed, rows: Sequence[tuple[Any, ...]]
) -> list[int]:
    head, marks = _head(model, told, fixed), _marks(told, fixed)
    size = max(1, MAX_PARAMS // len(told))
    ids: list[int] = []
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        params = list(chain.from_iterable(chunk))
        sql = f"{head} VALUES {', '.join([marks] * len(chunk))} RETURNING id"
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            ids += sorted(pk for (pk,) in cursor.fetchall())
    return ids


def _insert_document(
    model: type[models.Model],
    told: _Told,
    fixed: _Fixed,
    rows: Sequence[dict[str, Any]],
    want_ids: bool,
) -> list[int]:
    """All rows in one JSON parameter: the statement stays short however many there are. What is
    the same in all of many rows is a parameter of its own and not in each of them."""
    columns = _by_column(told, rows)
    keys, shape, told_values, constants = [], [], [], []
    document: list[Any] = []
    for n, ((field, _default), column) in enumerate(zip(told, columns, strict=True)):
        if len(rows) >= MANY and n and _is_constant(field, column):
            # A cast to varchar(60) would cut what does not fit, instead of refusing it.
            kind = "text" if isinstance(field, models.CharField) else _type(field)
            told_values.append(f"%s::{kind}")
            constants.append(_as_json(field, column[:1])[0])
            if isinstance(field, models.JSONField) and column[0] is not None:
                constants[-1] = _json(column[0])
            continue
        keys.append(f"c{n}")
        shape.append(f"c{n} {_type(field)}")
        told_values.append(f"c{n}")
        document.append(_as_json(field, column))
    text = _json([dict(zip(keys, row, strict=True)) for row in zip(*document, strict=True)])
    values = ", ".join([*told_values, *(literal for _field, literal in fixed)])
    sql = (
        f"{_head(model, told, fixed)} SELECT {values} FROM ROWS FROM (json_to_recordset(%s::json) "  # noqa: S608
        f"AS ({', '.join(shape)})) WITH ORDINALITY AS t({', '.join(keys)}, place) ORDER BY place"
    )
    if not want_ids:
        write(sql, [*constants, text])
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING id", [*constants, text])
        return sorted(pk for (pk,) in cursor.fetchall())


def _is_constant(field: models.Field, column: Sequence[Any]) -> bool:
    """Whether all are the same. What JSON holds may be equal and not written alike (1, 1.0)."""
    first = column[0]
    if isinstance(field, models.JSONField):
        return all(value is first for value in column)
    return column.count(first) == len(column)


def _as_json(field: models.Field, column: Sequence[Any]) -> Sequence[Any]:
    """A column as its encoder takes it without asking what each value is."""
    if isinstance(field, models.DecimalField):
        return [None if value is None else str(value) for value in column]
    if isinstance(field, models.DateField):  # and moments
        return [value.isoformat() if isinstance(value, date) else value for value in column]
    return column


def add_up(model: type[models.Model], key: dict[str, Any], added: dict[str, int]) -> None:
    """Add to the figures of the one row of the organisation with that key, made if there is none.

    `key` are the columns that a unique constraint has beside the organisation. Nothing is answered,
    so on PostgreSQL it goes with the next statement (`accounts.trips`).
    """
    organisation_id = current()
    if organisation_id is None or organisation_id is EVERY:
        raise ScopeRequired(f"{model.__name__}: escritura fuera de una organización")
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    found = [model._meta.get_field(name) for name in ("organisation_id", *key, *added)]
    names = [quote(cast(str, field.column)) for field in cast(list[models.Field], found)]
    once, sums = names[: len(key) + 1], names[len(key) + 1 :]
    values = [organisation_id, *key.values(), *added.values()]
    for n, field in enumerate(cast(list[models.Field], found)):
        convert = _converter(field)
        values[n] = convert(values[n]) if convert else values[n]
    # Names come from the model, values are parameters.
    write(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(once)}) DO UPDATE SET "
        + ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums),
        values,
    )


@cache
def _type(field: Any) -> str:
    kind = field.db_type(connection)
    return {"serial": "integer", "bigserial": "bigint"}.get(kind, kind)


class These(RawSQL):
    """Ids known beforehand. With `sorted_by`, they come with the greatest of that field first, and
    then the greatest id."""

    # As text: psycopg looks at each number of a list, a millisecond for a thousand.
    _ASKED: ClassVar = {
        "postgresql": ("SELECT unnest(%s::bigint[])", "{{{}}}"),
        "sqlite": ("SELECT value FROM json_each(%s)", "[{}]"),
    }

    def __init__(self, ids: Sequence[int], sorted_by: str = "") -> None:
        asked, self._listed = self._ASKED[connection.vendor]
        super().__init__(asked, ())
        self.ids, self.sorted_by = ids, sorted_by

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return f"({self.sql})", [self._listed.format(",".join(map(str, self.ids)))]


def these(ids: Sequence[int], *, sorted_by: str = "") -> These:
    """For `pk__in=these(ids)` with thousands of them: one parameter, and nothing to parse."""
    return These(ids, sorted_by)


def update_rows(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Update columns of many rows by id: each tuple holds the values of `fields`, then the id.

    Rows of another organisation are not touched.
    """
    if not rows:
        return
    organisation_id = current()
    if organisation_id is None or organisation_id is EVERY:
        raise ScopeRequired(f"{model.__name__}: escritura fuera de una organización")
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    found: list[Any] = [model._meta.get_field(name) for name in fields]
    # Names come from the model, values are parameters.
    if connection.vendor == "postgresql":
        keys = [f"c{n}" for n in range(len(found))]
        shape = ", ".join(f"{k} {_type(f)}" for k, f in zip(keys, found, strict=True))
        sets = ", ".join(f"{quote(f.column)} = u.{k}" for k, f in zip(keys, found, strict=True))
        sql = (
            f"UPDATE {table} AS t SET {sets} FROM json_to_recordset(%s::json) "  # noqa: S608
            f"AS u({shape}, id bigint) WHERE t.id = u.id AND t.organisation_id = %s"
        )
        document = _json([dict(zip([*keys, "id"], row, strict=True)) for row in rows])
        write(sql, [document, organisation_id])
        return
    sets = ", ".join(f"{quote(field.column)} = %s" for field in found)
    sql = f"UPDATE {table} SET {sets} WHERE id = %s AND organisation_id = %s"  # noqa: S608
    converters = [_converter(field) for field in found]
    values = [
        (*(c(v) if c else v for c, v in zip(converters, row[:-1], strict=True)), row[-1])
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(*row, organisation_id) for row in values])
