"""Questions whose answers are read later: PostgreSQL works on them meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections

from lonja.accounts.scoping import current

# Something to ask: what reads it (a `Prepared`, a `Plain`) and the values of this call.
Question = tuple[Any, dict[str, Any]]


class _Sent:
    """A question on its way."""

    def __init__(self, written: Any, values: dict[str, Any], cursor: Any) -> None:
        self.written, self.values, self.cursor = written, values, cursor
        self.organisation = current()
        self.rows: list[Any] | None = None

    def asks(self, written: Any, values: dict[str, Any]) -> bool:
        same = written == self.written and values == self.values
        return same and self.organisation == current()

    def answer(self) -> list[Any]:
        if self.rows is None:
            self.written.connection.end_stream()
            self.rows = self.cursor.fetchall()
        return self.written.made(self.rows)


_sent: ContextVar[tuple[_Sent, ...]] = ContextVar("lonja_asked_ahead", default=())


@contextmanager
def asked_ahead(*questions: Question) -> Iterator[None]:
    """Send what will be read in the block and go on. Whoever reads one of these with the same
    values, in the same organisation, is given the answer, which is of when the block began:
    nothing of it is written inside. On SQLite, which is no server, each is asked when it is read.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql" or not questions:
        yield
        return
    asked = [(prepared.written(), values) for prepared, values in questions]
    cursors = database.stream_questions([(one.sql, one.told(values)) for one, values in asked])
    token = _sent.set(
        tuple(_Sent(*one, cursor) for one, cursor in zip(asked, cursors, strict=True))
    )
    try:
        yield
        database.end_stream()
    except BaseException:
        with suppress(Error):  # what happened before says more
            database.end_stream()
        raise
    finally:
        _sent.reset(token)


def answer(written: Any, values: dict[str, Any]) -> list[Any] | None:
    """The objects or tuples that were asked ahead, or None. Raises what the database says."""
    for sent in _sent.get():
        if sent.asks(written, values):
            return sent.answer()
    return None
