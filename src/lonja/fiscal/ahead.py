"""Answers of PostgreSQL taken whole, so that another thread may work meanwhile.

psycopg waits for each few kilobytes and every time has to wait for its turn among the threads of
Python: beside one that computes it hardly advances. Here libpq itself waits for the whole answer.
"""

from __future__ import annotations

from typing import Any

from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus


def whole_answer(db: Any, sql: str) -> list[tuple[Any, ...]]:
    """The rows of one statement without parameters, in the transaction of a Django connection
    (that of another thread, if need be: nobody else may use it meanwhile).

    Raises the errors of `django.db`.
    """
    raw = db.connection
    with db.wrap_database_errors:
        result = raw.pgconn.exec_(sql.encode())
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result, raw.info.encoding)
        reader = Transformer(raw)
        reader.set_pgresult(result)
        return list(reader.load_rows(0, result.ntuples, tuple))
