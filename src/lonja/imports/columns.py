"""Which column of a file is which field: by what the organisation chose before, else by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from lonja.accounts.language import house
from lonja.kit.errors import Refused
from lonja.kit.text import search_text

if TYPE_CHECKING:
    from lonja.imports.importer import Field, Importer

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_EMPTY_WORDS = {"de", "del", "la", "el", "los", "las", "d", "of", "the", "i", "y", "e"}


def fold(heading: str) -> str:
    """A heading without case, accents, punctuation and little words: «C.P.» → `cp`,
    «Límite de riesgo» → `limite riesgo`."""
    joined = search_text(heading).replace(".", "")
    words = [word for word in _NOT_WORD.split(joined) if word and word not in _EMPTY_WORDS]
    return " ".join(words)


def guess(
    importer: type[Importer], headings: Sequence[str], remembered: dict[str, str] | None = None
) -> dict[int, str]:
    """Column position → field name. A field is taken once; a repeated or unknown heading stays
    out. `remembered` (folded heading → field name or "") wins over the names."""
    known = {field.name for field in importer.fields}
    labels = {fold(str(field.label)): field.name for field in importer.fields}
    with house():  # a sheet in Spanish, whatever language its screen is read in
        labels |= {fold(str(field.label)): field.name for field in importer.fields}
    names: dict[str, str] = {}
    for field in importer.fields:
        for text in (field.name, *field.synonyms):
            names.setdefault(fold(text), field.name)
    chosen: dict[int, str] = {}
    folded = [fold(heading) for heading in headings]
    told = remembered or {}
    # Our own words first: with «Nombre» and «Razón social», the second one is the name.
    for source in (told, labels, names):
        for position, heading in enumerate(folded):
            name = source.get(heading, "")
            if position in chosen or name not in known or name in chosen.values():
                continue
            if source is not told and heading in told:
                continue  # left out on purpose
            chosen[position] = name
    return dict(sorted(chosen.items()))


def missing(importer: type[Importer], names: Iterable[str]) -> list[Field]:
    """Required fields that no column brings."""
    brought = set(names)
    return [field for field in importer.fields if field.required and field.name not in brought]


def refuse_missing(importer: type[Importer], names: Iterable[str], headings: Sequence[str]) -> None:
    """Raise `Refused('import_column_missing')` naming the first column needed and those found."""
    lacking = missing(importer, names)
    if lacking:
        labels = ", ".join(f"«{field.label}»" for field in lacking)
        found = ", ".join(heading or "—" for heading in headings[:12])
        raise Refused(
            "import_column_missing",
            _("No encuentro la columna %(labels)s. La cabecera del fichero dice: %(found)s.")
            % {"labels": labels, "found": found},
        )


def repeated(headings: Sequence[str]) -> list[str]:
    """Headings that appear more than once."""
    folded = [fold(heading) for heading in headings]
    return sorted({h for h, f in zip(headings, folded, strict=True) if f and folded.count(f) > 1})
