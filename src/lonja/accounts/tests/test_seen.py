"""What is written once for those who see everything hides from the rest what is not theirs."""

from __future__ import annotations

import pytest

from lonja.accounts.prepared import Among, Slot
from lonja.accounts.scope import ScopeRequired, scope
from lonja.accounts.seen import Seen, how_many
from lonja.accounts.tests.test_isolation import scope_closed
from lonja.parties.models import Party

named = Seen(Party, lambda rows: rows.filter(name=Slot("name")).order_by("pk"))
among = Seen(Party, lambda rows: how_many(rows.filter(Among("pk", "ids"))))


def test_each_member_is_told_of_the_rows_it_may_see(lonja, lucia, marcos):
    his = Party.objects.create(name="Hotel", agent=marcos)
    other = Party.objects.create(name="Hotel")
    ids = [his.pk, other.pk, 10**9]
    assert named.all(lucia, name="Hotel") == [his, other]
    assert named.first(marcos, name="Hotel") == his
    assert (among.count(lucia, ids=ids), among.count(marcos, ids=ids)) == (2, 1)
    assert among.count(lucia, ids=[]) == 0


def test_what_was_written_for_one_house_asks_of_the_one_that_is_open(lonja, lucia, other_house):
    party = Party.objects.create(name="Hotel")
    assert named.all(lucia, name="Hotel") == [party]
    with scope(other_house):
        assert named.all(lucia, name="Hotel") == []
    with scope_closed(), pytest.raises(ScopeRequired):
        named.all(lucia, name="Hotel")
