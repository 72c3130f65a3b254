"""The screen «Posibles duplicados»: which pairs of parties a member sees look like the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from django.db.models import Count

from lonja.parties.actions.duplicates import Told, find_duplicates, told, why
from lonja.parties.models import NotDuplicate, Party
from lonja.parties.names import are_alike
from lonja.parties.reports import find

if TYPE_CHECKING:
    from lonja.accounts.models import Membership

SHOWN = 60
# Groups read of each kind, and parties of each.
GROUPS, OF_EACH = 100, 4
# Names compared with those that follow them in order.
NAMES, NEXT = 6000, 3
_ORDER = ("nif", "email", "phone", "name")


@dataclass
class Pair:
    """Two parties that may be one; `kept` is the one to keep unless somebody says otherwise."""

    kept: Party
    other: Party
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        words = why(self.reasons)
        return words[:1].upper() + words[1:]


def pairs(member: Membership) -> list[Pair]:
    """Pairs of parties the member sees, the surest first. A dozen queries, however many parties."""
    base = Party.objects.visible_to(member).filter(archived_at=None)
    reasons: dict[tuple[int, int], set[str]] = {}
    for field, reason in (("nif", "nif"), ("email", "email"), ("phone", "phone")):
        for group in _groups(base, field):
            for pair in combinations(group, 2):
                reasons.setdefault(pair, set()).add(reason)
    for pair in _alike(base):
        reasons.setdefault(pair, set()).add("name")
    apart = set(NotDuplicate.objects.values_list("first_id", "second_id"))
    asked = [pair for pair in reasons if pair not in apart]
    asked.sort(key=lambda pair: (_weight(reasons[pair]), pair))
    asked = asked[: SHOWN * 2]
    rows = Party.objects.select_related("agent__user").in_bulk(
        {pk for pair in asked for pk in pair}
    )
    return [
        Pair(*_ordered(rows[one], rows[two]), tuple(r for r in _ORDER if r in reasons[(one, two)]))
        for one, two in asked
        if one in rows and two in rows
    ]


def _groups(base: Any, field: str) -> Iterator[list[int]]:
    """Ids of those that share a value, a few of each."""
    shared = (
        base.exclude(**{field: ""})
        .order_by()
        .values(field)
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .order_by("-n", field)[:GROUPS]
    )
    values = [row[field] for row in shared]
    found: dict[str, list[int]] = {}
    rows = base.filter(**{f"{field}__in": values}).order_by("pk").values_list("pk", field)
    for pk, value in rows:
        group = found.setdefault(value, [])
        if len(group) < OF_EACH:
            group.append(pk)
    yield from found.values()


def _alike(base: Any) -> Iterator[tuple[int, int]]:
    """Neighbours in the order of names that say the same, give or take a slip."""
    rows = list(
        base.exclude(name_key="").order_by("name_key", "pk").values_list("pk", "name_key")[:NAMES]
    )
    for at, (pk, key) in enumerate(rows):
        for other, other_key in islice(rows, at + 1, at + 1 + NEXT):
            if abs(len(key) - len(other_key)) > 4 or key[:3] != other_key[:3]:
                continue
            if len(key) >= 4 and are_alike(key, other_key):
                yield (pk, other) if pk < other else (other, pk)


def _weight(reasons: Iterable[str]) -> tuple[int, int]:
    kinds = set(reasons)
    return (min(_ORDER.index(reason) for reason in kinds), -len(kinds))


def _ordered(one: Party, two: Party) -> tuple[Party, Party]:
    """The client before the lead, the one with a NIF, the older."""
    both = sorted((one, two), key=lambda p: (p.stage == "lead", not p.nif, p.pk))
    return both[0], both[1]


def of(member: Membership, party: Party) -> list[Told]:
    """Who may be the same as this party, as the member may hear it."""
    found = find_duplicates(
        nif=party.nif, email=party.email, phone=party.phone, name=party.name, exclude=party
    )
    apart = NotDuplicate.objects
    others = set(apart.filter(first=party).values_list("second_id", flat=True))
    others |= set(apart.filter(second=party).values_list("first_id", flat=True))
    return told(member, [one for one in found if one.party.pk not in others])


def search(member: Membership, text: str, *, but: Party) -> list[Party]:
    rows = Party.objects.visible_to(member).filter(archived_at=None).exclude(pk=but.pk)
    return list(find(rows, text).order_by("name", "pk")[:8])
