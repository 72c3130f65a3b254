"""Clients for the tests of this room."""

from __future__ import annotations

from typing import Any

from lonja.parties.models import Party


def make_client(name: str = "Hotel Mirador de la Bahía, S.L.", **fields: Any) -> Party:
    return Party.objects.create(name=name, **fields)


def new_client(**fields: Any) -> dict[str, Any]:
    """What the full form posts for a new client."""
    return {
        "name": "Hotel Mirador",
        "nif": "B12345674",
        "country": "ES",
        "id_type": "nif",
        "kind": "company",
        "payment_method": "transfer",
        "language": "es",
        **fields,
    }
