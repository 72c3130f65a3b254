"""SQLite as the books need it (R17): checked settings and inserts of many rows at once."""

from __future__ import annotations

import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base, features

from lonja.config.sqlite.turns import Turn, turn_of

PATIENCE = 20.0  # seconds in the queue of this process, as SQLite's own


class DatabaseFeatures(features.DatabaseFeatures):
    # The library takes 32,766 since 3.32; Django still cuts inserts at 999.
    max_query_params = 32_000


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        # 2 is FULL: an issued invoice survives a power cut.
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        (foreign_keys,) = connection.execute("PRAGMA foreign_keys").fetchone()
        if synchronous != 2 or not foreign_keys:
            raise RuntimeError("SQLite no aceptó synchronous=FULL y foreign_keys=ON")
        return connection

    # The turn of this process that the open transaction has.
    _turn: Turn | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self.transaction_mode == "IMMEDIATE":  # type: ignore[attr-defined]
            turn = turn_of(str(self.settings_dict["NAME"]))
            if turn.take(PATIENCE):
                self._turn = turn
        try:
            self._begin()
        except BaseException:
            self._leave_turn()
            raise

    def _begin(self) -> None:
        """Ask again every millisecond while another process writes: SQLite itself would look less
        and less often, up to ten times a second. Raises OperationalError after `PATIENCE`."""
        if self.transaction_mode != "IMMEDIATE" or self._turn is None:  # type: ignore[attr-defined]
            super()._start_transaction_under_autocommit()
            return
        raw: Any = self.connection
        give_up = time.monotonic() + PATIENCE
        raw.execute("PRAGMA busy_timeout=0")
        try:
            while True:
                try:
                    super()._start_transaction_under_autocommit()
                    return
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > give_up:
                        raise
                time.sleep(0.001)
        finally:
            raw.execute(f"PRAGMA busy_timeout={int(PATIENCE * 1000)}")

    def _commit(self) -> None:
        try:
            super()._commit()
        finally:
            self._leave_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._leave_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._leave_turn()

    def _leave_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.leave()
