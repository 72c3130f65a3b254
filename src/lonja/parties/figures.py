"""Figures of clients that rooms above tell: what reads each also says what it asks, so that a page
may ask for all of them at once (`accounts.ahead`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lonja.accounts.ahead import Question
from lonja.accounts.seen import Seen
from lonja.parties.merging import family, gathered

if TYPE_CHECKING:
    from lonja.accounts.models import Membership


class ByParty:
    """An amount of each party, with that of those merged into it: {party: amount}, without those
    that have none. Of a `Seen` by `parties` that gives pairs of both."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def __call__(
        self, member: Membership, party_ids: Iterable[int], **values: Any
    ) -> dict[int, int]:
        members = family(party_ids)
        found = self._seen.all(member, parties=list(members), **values)
        return gathered(dict(found), members)

    def asked(
        self, member: Membership, party_ids: Iterable[int], **values: Any
    ) -> Sequence[Question]:
        return self._seen.asked(member, parties=list(family(party_ids)), **values)


class CountOfParty:
    """How many rows of a party a member sees: of some `Seen`s by `party` that count, added."""

    def __init__(self, *seen: Seen) -> None:
        self._seen = seen

    def __call__(self, member: Membership, party_id: int) -> int:
        return sum(one.count(member, party=party_id) for one in self._seen)

    def asked(self, member: Membership, party_id: int) -> Sequence[Question]:
        return [question for one in self._seen for question in one.asked(member, party=party_id)]
