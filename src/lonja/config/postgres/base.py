"""PostgreSQL with the organisation of the scope told to the database.

Row-level security compares `organisation_id` with the setting `app.organisation_id`, which is set
for each transaction, never for the session (reliability §3, lock 5). A statement outside a
transaction gets one of its own, in the same message: what costs is the trips, not the telling.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import ClientCursor

from lonja.accounts import scoping, tenant_setting


class _Tenant:
    db: DatabaseWrapper
    cursor: Any

    def _execute(self, sql: Any, params: Any, *ignored: Any) -> Any:
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

    def _executemany(self, sql: Any, param_list: Any, *ignored: Any) -> Any:
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
    def make_cursor(self, cursor: Any) -> TenantCursor:
        return TenantCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> TenantDebugCursor:
        return TenantDebugCursor(cursor, self)

    def needs_telling(self) -> bool:
        """Whether a statement now would be a transaction of its own, inside a scope."""
        outside = not self.in_atomic_block and self.get_autocommit()
        return outside and scoping.current() is not None

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
        if not autocommit:
            with self.wrap_database_errors:
                tenant_setting.begin(self)
