"""PostgreSQL with the organisation of the scope told to the database.

Row-level security compares `organisation_id` with the setting `app.organisation_id`, which is set
for each transaction, never for the session (reliability §3, lock 5). A statement outside a
transaction gets one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

from lonja.accounts import scoping, tenant_setting


@contextmanager
def _transaction_if_needed(wrapper: DatabaseWrapper) -> Iterator[None]:
    outside = not wrapper.in_atomic_block and wrapper.get_autocommit()
    if not outside or scoping.current() is None:
        yield
        return
    with wrapper.connection.transaction():
        tenant_setting.tell(wrapper)
        yield


class _Tenant:
    db: DatabaseWrapper

    def execute(self, sql: Any, params: Any = None) -> Any:
        with _transaction_if_needed(self.db):
            return super().execute(sql, params)  # type: ignore[misc]

    def executemany(self, sql: Any, param_list: Any) -> Any:
        with _transaction_if_needed(self.db):
            return super().executemany(sql, param_list)  # type: ignore[misc]


class TenantCursor(_Tenant, CursorWrapper):
    pass


class TenantDebugCursor(_Tenant, CursorDebugWrapper):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    def make_cursor(self, cursor: Any) -> TenantCursor:
        return TenantCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> TenantDebugCursor:
        return TenantDebugCursor(cursor, self)

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
        if not autocommit:
            tenant_setting.tell(self)
