"""For whom a new oferta or presupuesto is: a client chosen, or a potencial written there."""

from __future__ import annotations

from typing import Any

from lonja.accounts.models import Membership
from lonja.parties.actions.clients import create_client
from lonja.parties.models import Party, Stage


def party_of(data: dict[str, Any], *, agent: Membership, by: Membership) -> Party:
    """The party chosen in the form or, if none was, a new potencial with what was typed.

    `data` holds party, name, kind, nif, email, phone and contact. Raises `DuplicateNif`.
    """
    if data["party"] is not None:
        return data["party"]  # type: ignore[no-any-return]
    return create_client(
        Party(
            stage=Stage.LEAD,
            name=data["name"],
            kind=data["kind"] or "company",
            nif=data["nif"],
            email=data["email"],
            phone=data["phone"],
            agent=agent,
        ),
        by=by,
        contact=data["contact"],
    )
