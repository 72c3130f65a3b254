"""PostgreSQL with the organisation of the scope told to the database.

Row-level security compares `organisation_id` with the setting `app.organisation_id`, which is set
for each transaction, never for the session (reliability §3, lock 5). A statement outside a
transaction gets one of its own, in the same message: what costs is the trips, not the telling.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from django.db import Error
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import ClientCursor

from lonja.accounts import scoping, tenant_setting


class _Tenant:
    db: DatabaseWrapper
    cursor: Any

    def _execute(self, sql: Any, params: Any, *ignored: Any) -> Any:
        if self.db.is_streaming:
            return super()._execute(sql, params, *ignored)  # type: ignore[misc]
        self.db.end_stream()
        if self.db.kept_writes:
            return self._with_kept(sql, params, *ignored)
        if not self.db.needs_telling():
            return super()._execute(sql, params, *ignored)  # type: ignore[misc]
        if isinstance(sql, str) and isinstance(self.cursor, ClientCursor):
            # Statements of one message are one transaction: telling costs no trip of its own.
            found = super()._execute(f"{tenant_setting.sql()}; {sql}", params, *ignored)  # type: ignore[misc]
            self.cursor.nextset()
            return found
        with self.db.connection.transaction():
            tenant_setting.tell(self.db)
            return super()._execute(sql, params, *ignored)  # type: ignore[misc]

    def _with_kept(self, sql: Any, params: Any, *ignored: Any) -> Any:
        """The writes that wait (`accounts.trips`) go first, in the same message."""
        if not (isinstance(sql, str) and isinstance(self.cursor, ClientCursor)):
            self.db.send_kept()
            return super()._execute(sql, params, *ignored)  # type: ignore[misc]
        if params is None:
            sql, params = sql.replace("%", "%%"), ()
        kept, self.db.kept_writes = self.db.kept_writes or [], []
        whole = "; ".join([*(statement for statement, _values in kept), sql])
        values = [value for _statement, its in kept for value in its]
        found = super()._execute(whole, [*values, *params], *ignored)  # type: ignore[misc]
        for _statement in kept:
            self.cursor.nextset()
        return found

    def _executemany(self, sql: Any, param_list: Any, *ignored: Any) -> Any:
        self.db.send_kept()
        if not self.db.needs_telling():
            return super()._executemany(sql, param_list, *ignored)  # type: ignore[misc]
        with self.db.connection.transaction():
            tenant_setting.tell(self.db)
            return super()._executemany(sql, param_list, *ignored)  # type: ignore[misc]


class TenantCursor(_Tenant, CursorWrapper):
    pass


class TenantDebugCursor(_Tenant, CursorDebugWrapper):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    # Writes that wait for the next statement, in a block of `accounts.trips.in_one_trip`.
    kept_writes: list[tuple[str, Sequence[Any]]] | None = None
    # While some were sent whose answer nobody has read yet, and their cursors.
    _stream: Any = None
    _sent: list[Any]
    is_streaming = False

    def stream_kept(self) -> None:
        """Send what waits and go on without its answer: the server works meanwhile."""
        kept, self.kept_writes = self.kept_writes or [], []
        self._stream_all(kept)

    def stream_questions(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Send statements that read, and go on: their cursors have the answers after `end_stream`,
        which whatever is asked next does too."""
        self.end_stream()
        telling = [(tenant_setting.sql(), ())] if self.needs_telling() else []
        return self._stream_all([*telling, *questions])[len(telling) :]

    def _stream_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        raw: Any = self.connection
        if self._stream is None:
            self._sent, self._stream = [], raw.pipeline()
            self._stream.__enter__()
        self.is_streaming = True
        before = len(self._sent)
        try:
            for sql, params in statements:
                cursor = self.cursor()
                cursor.execute(sql, params)
                self._sent.append(cursor)
        finally:
            self.is_streaming = False
        return self._sent[before:]

    def send_kept(self) -> None:
        """Send what waits and wait for every answer. Raises what the database says."""
        self.end_stream()
        if not self.kept_writes:
            return
        *before, (sql, params) = self.kept_writes
        self.kept_writes = before
        with self.cursor() as cursor:
            cursor.execute(sql, params)

    def drop_kept(self) -> None:
        """Forget what waits: the transaction is going to be undone."""
        self.kept_writes = []
        with contextlib.suppress(Error):
            self.end_stream()

    def end_stream(self) -> None:
        """Wait for the answers of what was sent. Raises what the database says."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with self.wrap_database_errors:
                stream.__exit__(None, None, None)
            self._sent = []

    def _savepoint_rollback(self, sid: str) -> None:
        if self.kept_writes is not None:
            self.drop_kept()  # all after the savepoint, which was sent with those before
        super()._savepoint_rollback(sid)

    def close(self) -> None:
        self.kept_writes = self._stream = None
        super().close()

    def make_cursor(self, cursor: Any) -> TenantCursor:
        return TenantCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> TenantDebugCursor:
        return TenantDebugCursor(cursor, self)

    def needs_telling(self) -> bool:
        """Whether a statement now would be a transaction of its own, inside a scope."""
        outside = not self.in_atomic_block and self.get_autocommit()
        return outside and scoping.current() is not None

    def _set_autocommit(self, autocommit: bool) -> None:
        self.end_stream()
        super()._set_autocommit(autocommit)
        if not autocommit:
            with self.wrap_database_errors:
                tenant_setting.begin(self)
