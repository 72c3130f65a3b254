"""Is this client already with us? By NIF surely; by e-mail, phone or name, perhaps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from lonja.accounts.textsearch import filter_text
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_phone
from lonja.kit.text import search_text
from lonja.parties.models import Party

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

_FORMS = re.compile(
    r"\b(s\.?\s?l\.?(\s?u\.?)?|s\.?\s?a\.?(\s?u\.?)?|s\.?\s?coop\.?|c\.?\s?b\.?|s\.?\s?c\.?)$"
)


class DuplicateNif(Refused):
    """Another client has the NIF. `party` is that client, or None when the member may not see
    it."""

    def __init__(self, party: Party | None) -> None:
        if party is None:
            text = _("Ya existe un cliente con ese NIF, que lleva otra persona.")
        else:
            text = _("Ya existe %(name)s con ese NIF.") % {"name": party.display_name}
        super().__init__("nif_duplicate", text, field="nif")
        self.party = party


@dataclass(frozen=True)
class Lookalike:
    """A client that might be the same, and why."""

    party: Party
    why: str


def with_nif(nif: str, *, but: Party | None = None) -> Party | None:
    """The client with that (normalised) NIF, the oldest if there are several."""
    if not nif:
        return None
    found = Party.objects.filter(nif=nif, archived_at=None)
    if but is not None and but.pk:
        found = found.exclude(pk=but.pk)
    return found.order_by("pk").first()


def refuse_duplicate(nif: str, *, by: Membership | None, but: Party | None = None) -> None:
    """Raise `DuplicateNif` when another client has it."""
    other = with_nif(nif, but=but)
    if other is None:
        return
    visible = by is None or Party.objects.visible_to(by).filter(pk=other.pk).exists()
    raise DuplicateNif(other if visible else None)


def lookalikes(
    member: Membership, *, name: str = "", email: str = "", phone: str = "", but: Any = None
) -> list[Lookalike]:
    """At most three clients the member can see with the same e-mail, phone or name."""
    base = Party.objects.visible_to(member).filter(archived_at=None)
    if but:
        base = base.exclude(pk=but)
    found: dict[int, Lookalike] = {}
    email, phone = email.strip().lower(), _phone(phone)
    if email:
        for party in base.filter(email__iexact=email)[:3]:
            found.setdefault(party.pk, Lookalike(party, _("tiene el mismo correo")))
    if phone:
        for party in base.filter(phone=phone)[:3]:
            found.setdefault(party.pk, Lookalike(party, _("tiene el mismo teléfono")))
    core = _core(name)
    if len(core) >= 4:
        for party in filter_text(base, core)[:20]:
            if core in (_core(party.name), _core(party.trade_name)):
                found.setdefault(party.pk, Lookalike(party, _("se llama casi igual")))
    return list(found.values())[:3]


def _phone(text: str) -> str:
    try:
        return check_phone(text) if text.strip() else ""
    except Refused:
        return ""


def _core(name: str) -> str:
    """A name without its legal form: «Hotel Mirador, S.L.» → `hotel mirador`."""
    folded = search_text(name)[:120].strip(" ,.")
    return _FORMS.sub("", folded).strip(" ,.")
