"""The list of what a copy holds, and the check that it still holds it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "manifest.json"
FORMAT = 1
PIECE = 1024 * 1024


class BadCopy(Exception):
    """Why a copy cannot be made or used, in words for the person at the keyboard."""


def copy_file(source: Path, target: Path) -> dict[str, Any]:
    """Copy one file to the disk (fsync) and return its size and SHA-256 as read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open(source, "rb") as reading, open(target, "wb") as writing:
        while piece := reading.read(PIECE):
            digest.update(piece)
            size += len(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return {"size": size, "sha256": digest.hexdigest()}


def describe(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {"size": path.stat().st_size, "sha256": sha256}


def fsync(path: Path) -> None:
    """Put a file or the entries of a folder on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(folder: Path, facts: dict[str, Any]) -> None:
    path = folder / NAME
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    fsync(path)
    fsync(folder)


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a copy. Raises BadCopy when it is not one, or of a later format."""
    try:
        facts = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadCopy(f"{folder} no es una copia de Lonja: falta {NAME}.") from None
    except ValueError:
        raise BadCopy(f"El {NAME} de {folder} está dañado.") from None
    if facts.get("format") != FORMAT:
        raise BadCopy("Esta copia es de otra versión de Lonja: actualízala antes de restaurar.")
    return facts


def differences(folder: Path, facts: dict[str, Any]) -> Iterator[str]:
    """What of a copy is missing or is not as it was written."""
    for name, kept in facts["contents"].items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            yield f"{name}: nombre no admitido"
        elif not path.is_file():
            yield f"{name}: falta"
        elif describe(path) != kept:
            yield f"{name}: no es el que se guardó"
