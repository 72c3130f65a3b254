"""Whether the data folder (or database) of a command has anything in it."""

from __future__ import annotations


def no_data_yet() -> str:
    """What to tell when the tables were never made: most often `--data` names another folder.

    Empty when there are tables. Raises `DatabaseError` when the database does not answer.
    """
    from django.conf import settings
    from django.db import connection

    if "accounts_organisation" in connection.introspection.table_names():
        return ""
    where = "la base de datos" if connection.vendor == "postgresql" else f"«{settings.DATA_DIR}»"
    return (
        f"En {where} no hay datos de Lonja. Di en qué carpeta están con --data CARPETA, o créalos "
        "con «lonja run»."
    )
