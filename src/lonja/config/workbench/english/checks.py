"""What is wrong with the catalogue: missing, left over, empty, or with other placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lonja.config.workbench.english import extract, po

CATALOGUE = Path("locale") / "en" / "LC_MESSAGES" / "django.po"
# %(name)s, %s, %%, {name}, HTML tags and line breaks: what a translation may not add or lose.
_KEPT = re.compile(
    r"%\([a-z_]+\)[+\-.\d]*[a-z]|%%|(?<!%)%s|\{%?\(?[a-zñ_]*\)?s?\}|</?[a-z][^>]*>|\n"
)


def problems(package: Path) -> list[str]:
    """Every fault of the English of the package, as «file: text: what»; empty when all is well."""
    return sorted(found for found in _problems(package))


def _problems(package: Path) -> Iterator[str]:
    wanted = extract.texts(package)
    try:
        known = po.read(package / CATALOGUE)
    except (OSError, ValueError) as error:
        yield f"{CATALOGUE.as_posix()}: no se puede leer: {error}"
        return
    for key, files in wanted.items():
        if not all(known.get(key, [""])):
            yield f"{files[0]}: «{_short(key)}» no está en inglés"
    for key in known.keys() - wanted.keys():
        yield f"{CATALOGUE.name}: «{_short(key)}» ya no lo dice nadie"
    for key, said in known.items():
        if all(said) and not agree(key, said):
            yield f"{CATALOGUE.name}: «{_short(key)}» no lleva los mismos huecos o etiquetas"


def agree(key: po.Key, said: list[str]) -> bool:
    """Whether a translation has the placeholders, tags and line breaks of its text."""
    _context, text, plural = key
    sources = [text, plural] if plural else [text]
    return len(sources) == len(said) and all(
        _kept(source) == _kept(one) for source, one in zip(sources, said, strict=True)
    )


def _kept(text: str) -> list[str]:
    return sorted(_KEPT.findall(text))


def _short(key: po.Key) -> str:
    return " ".join(key[1].split())[:90]


def update(package: Path) -> list[str]:
    """Put into the catalogue what is new, without its English, and take out what is gone.

    Returns «file: text» of everything that has no English.
    """
    path = package / CATALOGUE
    wanted = extract.texts(package)
    known = po.read(path) if path.exists() else {}
    catalogue = {key: known.get(key) or ([""] * (2 if key[2] else 1)) for key in wanted}
    po.write(path, catalogue)
    return sorted(
        f"{wanted[key][0]}: {_short(key)}" for key, said in catalogue.items() if not all(said)
    )
