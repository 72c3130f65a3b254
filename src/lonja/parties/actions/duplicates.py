"""Is this client already with us? By NIF surely; by e-mail, phone or name, perhaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from lonja.accounts.textsearch import filter_text
from lonja.kit.errors import Refused
from lonja.kit.identifiers import check_phone, normalise
from lonja.parties.models import Contact, Party
from lonja.parties.names import are_alike, fragments, name_key

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

MOST = 20
# How many names are compared at most for each piece of the one asked about.
CANDIDATES = 150
# How sure each reason is, to tell the surest first.
_WEIGHT = {"nif": 8, "email": 4, "phone": 3, "name": 2}


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


class LooksLike(Refused):
    """Somebody alike is here already. `told`: what the member may know about them."""

    def __init__(self, told: list[Told]) -> None:
        super().__init__("lead_duplicate", told[0].text)
        self.told = told


@dataclass(frozen=True)
class Duplicate:
    """A party that is or might be the same. `reasons`: `nif`, `email`, `phone`, `name`."""

    party: Party
    reasons: tuple[str, ...]

    @property
    def weight(self) -> int:
        return sum(_WEIGHT[reason] for reason in self.reasons)

    @property
    def why(self) -> str:
        """«tiene el mismo NIF y el mismo correo»."""
        return why(self.reasons)


@dataclass(frozen=True)
class Told:
    """A duplicate as a member may hear of it: `party` is None when somebody else's."""

    party: Party | None
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        if self.party is None:
            return _("Ya lo lleva otra persona: %(why)s.") % {"why": why(self.reasons)}
        return _("Ya existe %(name)s: %(why)s.") % {
            "name": self.party.display_name,
            "why": why(self.reasons),
        }


def why(reasons: Iterable[str]) -> str:
    words = {
        "nif": _("tiene el mismo NIF"),
        "email": _("tiene el mismo correo"),
        "phone": _("tiene el mismo teléfono"),
        "name": _("se llama casi igual"),
    }
    parts = [words[reason] for reason in reasons]
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s y %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def find_duplicates(
    nif: str = "", email: str = "", phone: str = "", name: str = "", exclude: Any = None
) -> list[Duplicate]:
    """Leads and clients of the organisation that share a NIF, an address or a phone (also of their
    contacts), or are called nearly the same. The surest first, at most twenty; whoever asks for
    a member passes them through `told`. `exclude`: a party, or its id.

    Texts come as typed. A bounded number of queries and of names compared.
    """
    base = Party.objects.filter(archived_at=None)
    if exclude is not None:
        base = base.exclude(pk=exclude.pk if isinstance(exclude, Party) else exclude)
    found: dict[int, tuple[Party, list[str]]] = {}

    def add(rows: Any, reason: str) -> None:
        for party in rows:
            reasons = found.setdefault(party.pk, (party, []))[1]
            if reason not in reasons:
                reasons.append(reason)

    if nif := normalise(nif)[:20]:
        add(base.filter(nif=nif).order_by("pk")[:MOST], "nif")
    if email := email.strip()[:254]:
        same = Q(email__in={email, email.lower()})
        add(_with(base, same)[:MOST], "email")
    if phone := phone_key(phone):
        add(_with(base, Q(phone=phone))[:MOST], "phone")
    if key := name_key(name):
        add(_called(base, key), "name")
    every = [Duplicate(party, tuple(reasons)) for party, reasons in found.values()]
    every.sort(key=lambda one: (-one.weight, one.party.pk))
    return every[:MOST]


def _with(base: Any, same: Q) -> Any:
    """Parties with that address or phone, of their own or of a contact."""
    people = Contact.objects.filter(same).values("party_id")
    return base.filter(same | Q(pk__in=people)).order_by("pk")


def _called(base: Any, key: str) -> list[Party]:
    """Those called the same or nearly."""
    if len(key) < 4:
        return list(base.filter(name_key=key).order_by("pk")[:MOST])
    names: dict[int, tuple[str, str]] = {}

    def look(rows: Any) -> None:
        fields = rows.order_by("pk").values_list("pk", "name_key", "trade_name")[:CANDIDATES]
        names.update({pk: (own, trade) for pk, own, trade in fields})

    look(base.filter(name_key=key))
    look(base.filter(name_key__gte=key[:5], name_key__lt=key[:5] + "\uffff"))
    for piece in fragments(key):
        look(filter_text(base, piece))
    same = [
        pk
        for pk, (own, trade) in names.items()
        if are_alike(key, own) or (trade and are_alike(key, name_key(trade)))
    ]
    return list(base.filter(pk__in=same[:MOST]).order_by("pk")) if same else []


def told(member: Membership | None, duplicates: Iterable[Duplicate]) -> list[Told]:
    """What a member may hear: those it does not see, without their data and once."""
    rows = list(duplicates)
    if member is None:
        return [Told(one.party, one.reasons) for one in rows]
    seen = set(
        Party.objects.visible_to(member)
        .filter(pk__in=[one.party.pk for one in rows])
        .values_list("pk", flat=True)
    )
    shown = [Told(one.party, one.reasons) for one in rows if one.party.pk in seen]
    hidden = [one for one in rows if one.party.pk not in seen]
    # Only what is sure is worth saying of somebody else's: a name alike tells nothing.
    sure = [one for one in hidden if set(one.reasons) & {"nif", "email", "phone"}]
    if sure:
        reasons = tuple(r for r in sure[0].reasons if r != "name")
        shown.append(Told(None, reasons))
    return shown


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


def phone_key(text: str) -> str:
    """The phone as it is stored; empty when it is none."""
    try:
        return check_phone(text) if text.strip() else ""
    except Refused:
        return ""
