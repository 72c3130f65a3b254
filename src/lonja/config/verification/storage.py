"""What lies under the books: the files on disk and the references inside the database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from lonja.accounts.locks import references, scoped_models
from lonja.accounts.models import Organisation
from lonja.accounts.scope import current_organisation_id
from lonja.config.verification.problems import Problem
from lonja.files.models import StoredFile


def check_files(checked: Counter[str]) -> Iterator[Problem]:
    """Each stored file of the organisation is on disk with the content it had."""
    rows = StoredFile.objects.order_by("pk").values_list("path", "name", "sha256")
    for path, name, kept in rows.iterator(chunk_size=2000):
        checked["files"] += 1
        try:
            with open(Path(settings.FILES_ROOT) / path, "rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            yield Problem("file_missing", name, _("El archivo %(path)s no está.") % {"path": path})
            continue
        if found != kept:
            yield Problem(
                "file_changed", name, _("El archivo %(path)s no es el guardado.") % {"path": path}
            )


def orphan_files() -> Iterator[Problem]:
    """Files on disk of the organisation that no row names: left by transactions undone."""
    folder = Path(settings.FILES_ROOT) / str(current_organisation_id())
    if not folder.is_dir():
        return
    known = set(StoredFile.objects.values_list("path", flat=True))
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(settings.FILES_ROOT).as_posix()
        if path.is_file() and relative not in known:
            yield Problem("file_orphan", relative, _("Ninguna fila nombra este archivo."))


def stray_files() -> Iterator[Problem]:
    """Files on disk that belong to no organisation (to be run outside any scope of one)."""
    root = Path(settings.FILES_ROOT)
    ours = {str(pk) for pk in Organisation.objects.values_list("pk", flat=True)}
    for entry in sorted(root.iterdir()) if root.is_dir() else ():
        if entry.is_dir() and entry.name in ours:
            continue
        for path in sorted(entry.rglob("*")) if entry.is_dir() else (entry,):
            if path.is_file():
                where = path.relative_to(root).as_posix()
                yield Problem("file_orphan", where, _("No es de ninguna organización."))


def check_references(checked: Counter[str]) -> Iterator[Problem]:
    """No row refers to one of another organisation (to be run outside any scope of one)."""
    quote = connection.ops.quote_name
    for model in scoped_models():
        table = model._meta.db_table
        for column, other in references(model):
            checked["references"] += 1
            sql = (
                f"SELECT t.id FROM {quote(table)} t LEFT JOIN {quote(other)} o "  # noqa: S608
                f"ON o.id = t.{quote(column)} WHERE t.{quote(column)} IS NOT NULL "
                "AND (o.id IS NULL OR o.organisation_id <> t.organisation_id) LIMIT 5"
            )
            with connection.cursor() as cursor:
                cursor.execute(sql)
                found = [pk for (pk,) in cursor.fetchall()]
            for pk in found:
                where = f"{table}.{column} {pk}"
                yield Problem(
                    "reference_foreign", where, _("Apunta a una fila ajena o que no existe.")
                )


def check_database(checked: Counter[str]) -> Iterator[Problem]:
    """What SQLite itself says about its file."""
    if connection.vendor != "sqlite":
        return
    checked["pages"] += 1
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(20)")
        for (text,) in cursor.fetchall():
            if text != "ok":
                yield Problem("database_damaged", "SQLite", text)
        cursor.execute("PRAGMA foreign_key_check")
        for table, rowid, parent, _key in cursor.fetchmany(20):
            where = f"{table} {rowid}"
            yield Problem(
                "reference_broken", where, _("Falta la fila de %(table)s.") % {"table": parent}
            )
