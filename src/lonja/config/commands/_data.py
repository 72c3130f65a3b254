"""Whether the data folder (or database) of a command has anything in it."""

from __future__ import annotations

import os

from django.apps import apps

from lonja.config.supervisor import data_folder


def no_data_yet() -> str:
    """What to tell when the tables were never made: most often `--data` names another folder.

    Empty when there are tables; Django is set up then. Looking makes nothing: no folder, no file.
    Raises `DatabaseError` when the database does not answer.
    """
    remote = bool(os.environ.get("LONJA_DATABASE_URL"))
    folder = data_folder().expanduser().resolve()
    if apps.ready or remote or (folder / "lonja.sqlite3").exists():
        import django

        django.setup()
        from django.db import connection

        if "accounts_organisation" in connection.introspection.table_names():
            return ""
    where = "la base de datos" if remote else f"«{folder}»"
    return (
        f"En {where} no hay datos de Lonja. Di en qué carpeta están con --data CARPETA, o créalos "
        "con «lonja run»."
    )
