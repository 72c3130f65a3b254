"""Bringing a company's own lists in. Rooms write an `Importer` and register it; this room reads
the file, guesses the columns, checks, imports in batches and tells what happened to each row."""

from lonja.imports.importer import CREATED, UNCHANGED, UPDATED, Field, Importer, Row
from lonja.imports.registry import importers, importers_for, register

__all__ = [
    "CREATED",
    "UNCHANGED",
    "UPDATED",
    "Field",
    "Importer",
    "Row",
    "importers",
    "importers_for",
    "register",
]
