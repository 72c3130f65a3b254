"""A list of things of our own, so that the engine is tried without any business room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from lonja.imports.models import ImportRun
from lonja.jobs.worker import run_until_idle


def upload(client: Any, name: str, content: bytes, kind: str = "clients") -> Any:
    """Post a file to the import page."""
    return client.post(f"/importar/{kind}/", {"file": SimpleUploadedFile(name, content)})


def check(client: Any, run: ImportRun, **columns: str) -> ImportRun:
    """Accept the guessed columns (or those given) and let the worker check."""
    chosen = {f"col-{at}": name for at, name in run.field_of.items()} | columns
    client.post(f"/importar/{run.pk}/columnas/", chosen)
    run_until_idle()
    run.refresh_from_db()
    return run


def clients_csv(names: Iterator[str] | list[str]) -> bytes:
    lines = ["Nombre;Correo"] + [f"{name};{n}@x.example" for n, name in enumerate(names)]
    return "\n".join(lines).encode()
