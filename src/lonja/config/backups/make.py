"""Making a copy while Lonja works."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

import lonja
from lonja.accounts.models import Organisation
from lonja.accounts.scope import all_organisations
from lonja.billing.models import SeriesYear
from lonja.config.backups import engines
from lonja.config.backups.manifest import FORMAT, BadCopy, copy_file, describe, fsync, write
from lonja.config.verification import verify
from lonja.files.models import StoredFile


def make_copy(to: Path, told: Callable[[str], None] = lambda _line: None) -> Path:
    """Write a verified copy in a new folder of `to` and return it.

    The database comes first: a file is on disk before its row is, so every row of the copy has its
    file. Until it is proven the folder is called `.partial`. Raises BadCopy and leaves nothing.
    """
    made_at = datetime.now().astimezone()
    folder = to / f"lonja-{made_at:%Y%m%d-%H%M%S}"
    partial = folder.with_name(folder.name + ".partial")
    if folder.exists() or partial.exists():
        raise BadCopy(f"Ya hay una copia que se llama {folder.name}.")
    partial.mkdir(parents=True, mode=0o700)
    try:
        told("Base de datos…")
        name, facts = _database(partial, told)
        told("Archivos…")
        contents = {name: describe(partial / name), **facts.pop("files")}
        write(
            partial,
            {
                "format": FORMAT,
                "lonja": lonja.__version__,
                "made_at": made_at.isoformat(timespec="seconds"),
                "engine": connection.vendor,
                "keys": False,
                **facts,
                "contents": contents,
            },
        )
        partial.rename(folder)
        fsync(to)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def _database(folder: Path, told: Callable[[str], None]) -> tuple[str, dict[str, Any]]:
    """Copy the database, then prove the copy by reading everything in it."""
    if connection.vendor == "sqlite":
        target = folder / engines.SQLITE
        engines.copy_sqlite(Path(connection.settings_dict["NAME"]), target)
        told("Comprobando la copia…")
        with engines.pointed_at(NAME=target):
            facts = _prove(folder)
        engines.close_sqlite(target)
        return engines.SQLITE, facts
    url = os.environ["LONJA_DATABASE_URL"]
    target = folder / engines.POSTGRES
    engines.dump_postgres(url, target)
    told("Comprobando la copia…")
    with engines.scratch_copy(target, url) as scratch:
        name = scratch.split("?")[0].rpartition("/")[2]
        with engines.pointed_at(NAME=name):
            facts = _prove(folder)
    return engines.POSTGRES, facts


def _prove(folder: Path) -> dict[str, Any]:
    """Verify the copied database, copy the files its rows name, and list its last numbers."""
    report = verify(files=False)
    if not report.ok:
        first = report.problems[0]
        raise BadCopy(
            f"Los datos no cuadran ({len(report.problems)} problemas), el primero: {first.where}: "
            f"{first.message} La orden «lonja verify» los da todos."
        )
    files = {}
    with all_organisations():
        rows = StoredFile.objects.order_by("pk").values_list("path", "name", "sha256")
        for path, name, sha256 in rows.iterator(chunk_size=1000):
            try:
                found = copy_file(Path(settings.FILES_ROOT) / path, folder / "files" / path)
            except FileNotFoundError:
                raise BadCopy(f"Falta el archivo {path} («{name}»).") from None
            if found["sha256"] != sha256:
                raise BadCopy(f"El archivo {path} («{name}») no es el que se guardó.")
            files[f"files/{path}"] = found
        counters = [
            {
                "organisation": slugs[counter.organisation_id],
                "series": counter.series.code,
                "year": counter.year,
                "last": counter.series.number_for(counter.year, counter.next_number - 1),
            }
            for slugs in [dict(Organisation.objects.values_list("pk", "slug"))]
            for counter in SeriesYear.objects.select_related("series").filter(next_number__gt=1)
        ]
    return {"files": files, "checked": dict(report.checked), "last_numbers": counters}
