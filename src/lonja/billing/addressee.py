"""What goes under the name of whom a paper is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lonja.documents.words import Say
from lonja.parties.countries import country_name


def addressee_lines(recipient: Mapping[str, Any], say: Say, language: str) -> list[str]:
    """Its identification, its address and its country, in that language. `recipient` as
    `billing.snapshots.recipient_snapshot` gives it."""
    lines = list(recipient["address"])
    if lines and lines[-1] == recipient["country"] != "ES":
        lines[-1] = country_name(lines[-1], language)
    if recipient["nif"]:
        names = {"nif": "NIF", "02": say("NIF-IVA")}
        name = names.get(recipient["id_type"]) or say("Identificación")
        lines.insert(0, f"{name} {recipient['nif']}")
    return lines
