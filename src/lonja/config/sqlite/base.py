"""SQLite as the books need it (R17): checked settings and inserts of many rows at once."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base, features


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
