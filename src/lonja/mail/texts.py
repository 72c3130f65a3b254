"""The words of each kind of mail, by language: ours, until the house writes its own.

A text has variables in braces («{numero}»). A line whose variables are all empty is not written:
an invoice without due date has no line «Vencimiento: …».
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from lonja.kit.errors import Refused
from lonja.kit.languages import DEFAULT, known
from lonja.mail.models import MailText

_VARIABLE = re.compile(r"\{([^{}\n]{1,40})\}")


@dataclass(frozen=True)
class Variable:
    """Something that changes from one mail to another; `sample` fills the preview."""

    name: str
    label: Any
    sample: str


@dataclass(frozen=True)
class Purpose:
    """A kind of mail. `texts`: our words, (subject, text) by language; Spanish always is."""

    code: str
    label: Any
    hint: Any
    variables: tuple[Variable, ...]
    texts: Mapping[str, tuple[str, str]]
    attaches: str = ""  # name of the sample attachment, shown in the preview
    order: int = field(default=100)

    def original(self, language: str) -> tuple[str, str]:
        """Our (subject, text) in a language, or in Spanish when there is none."""
        return self.texts.get(language) or self.texts[DEFAULT]

    @property
    def samples(self) -> dict[str, str]:
        return {variable.name: variable.sample for variable in self.variables}


_purposes: dict[str, Purpose] = {}


def declare(purpose: Purpose) -> None:
    """Add a kind of mail to the settings (from `apps.ready()`)."""
    _purposes[purpose.code] = purpose


def purposes() -> list[Purpose]:
    return sorted(_purposes.values(), key=lambda purpose: purpose.order)


def purpose_of(code: str) -> Purpose:
    """Raises KeyError."""
    return _purposes[code]


def check(purpose: Purpose, text: str, *, field: str = "text") -> None:
    """Raises Refused naming the first variable that this kind of mail does not have."""
    names = [variable.name for variable in purpose.variables]
    for found in _VARIABLE.findall(text):
        if found.strip() not in names:
            raise Refused(
                "unknown_variable",
                _("No existe la variable {%(name)s}. Puedes usar: %(known)s.")
                % {"name": found, "known": ", ".join(f"{{{name}}}" for name in names)},
                field=field,
            )


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables in place, without the lines that were left with nothing."""
    kept: list[str] = []
    for pieces, names in _lines_of(text):
        if names and not any(values.get(name) for name in names):
            continue
        # A piece in an odd place is the name of a variable.
        kept.append(
            "".join([values.get(piece, "") if n % 2 else piece for n, piece in enumerate(pieces)])
        )
    whole = "\n".join(kept)
    if "\n\n\n" in whole:
        whole = re.sub(r"\n{3,}", "\n\n", whole)
    return whole.strip() + "\n"


@lru_cache(maxsize=256)
def _lines_of(text: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Of each line, its pieces (text, variable, text, variable…, text) and its variables."""
    found = []
    for line in text.splitlines():
        pieces = _VARIABLE.split(line)
        pieces[1::2] = [name.strip() for name in pieces[1::2]]
        found.append((tuple(pieces), tuple(pieces[1::2])))
    return tuple(found)


class Composer:
    """The texts of one purpose, read once for a whole batch of mails."""

    def __init__(self, code: str) -> None:
        self.purpose = purpose_of(code)
        self._own: dict[str, tuple[str, str]] | None = None

    def read(self) -> None:
        """Ask the database now, and not with the first text."""
        if self._own is None:
            rows = MailText.objects.filter(purpose=self.purpose.code)
            found = rows.values_list("language", "subject", "text")
            self._own = {code: (subject, text) for code, subject, text in found}

    def text(self, language: str) -> tuple[str, str]:
        """(subject, text) with variables: the house's in that language, else ours."""
        self.read()
        language = known(language)
        return (self._own or {}).get(language) or self.purpose.original(language)

    def compose(self, language: str, values: Mapping[str, str]) -> tuple[str, str]:
        """(subject, text) ready to be sent."""
        subject, text = self.text(language)
        return " ".join(fill(subject, values).split()), fill(text, values)
