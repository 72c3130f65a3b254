"""What is asked ahead is answered as if it were asked where it is read."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lonja.accounts.ahead import asked_ahead
from lonja.accounts.models import Company
from lonja.accounts.prepared import Plain, Prepared, Slot
from lonja.accounts.scope import ScopeRequired, all_organisations, scope
from lonja.accounts.seen import Seen
from lonja.accounts.tests.test_isolation import scope_closed
from lonja.parties.models import Party

named = Prepared(lambda: Party.objects.filter(name=Slot("name")).order_by("pk"))
companies = Prepared(lambda: Company.objects.order_by("pk"))
seen = Seen(Party, lambda rows: rows.order_by("pk"))


@pytest.fixture
def hotels(lonja):
    return [Party.objects.create(name="Hotel"), Party.objects.create(name="Hotel")]


def test_each_question_has_its_own_answer_in_whatever_order_they_are_read(lonja, hotels):
    one = Party.objects.create(name="Uno")
    figures = Plain("SELECT %s + 1, 'a'", [41])
    with asked_ahead((named, {"name": "Hotel"}), (figures, {}), (named, {"name": "Uno"})):
        assert named.all(name="Uno") == [one]
        assert figures.first() == (42, "a")
        assert named.first(name="Hotel") == hotels[0]
        assert named.all(name="Hotel") == hotels
        assert named.get(name="Uno") == one


def test_in_the_block_anything_else_may_be_asked(lonja, hotels):
    with asked_ahead((named, {"name": "Hotel"})):
        assert [company.trade_name for company in companies.all()] == ["Clima Levante"]
        assert Party.objects.count() == 2
        assert named.all(name="Nadie") == []
        with transaction.atomic():
            assert Party.objects.filter(name="Hotel").exists()
        assert named.all(name="Hotel") == hotels


def test_what_was_asked_for_one_house_is_not_told_to_another(lonja, other_house, hotels):
    with asked_ahead((companies, {}), (named, {"name": "Hotel"})):
        with scope(other_house):
            assert [company.trade_name for company in companies.all()] == ["Otra Casa"]
            assert named.all(name="Hotel") == []
        with all_organisations():
            assert len(companies.all()) == 2
        with scope_closed(), pytest.raises(ScopeRequired):
            companies.all()
        assert [company.trade_name for company in companies.all()] == ["Clima Levante"]


def test_after_the_block_it_is_asked_anew(lonja, hotels):
    with asked_ahead((named, {"name": "Hotel"})):
        named.all(name="Hotel")
    Party.objects.filter(pk=hotels[0].pk).update(name="Otro")
    assert named.all(name="Hotel") == hotels[1:]


def test_on_postgresql_it_is_asked_when_the_block_begins_and_never_again(lonja, hotels):
    with CaptureQueriesContext(connection) as asked, asked_ahead((named, {"name": "Hotel"})):
        before = len(asked)
        named.all(name="Hotel")
        named.all(name="Hotel")
    on_postgresql = connection.vendor == "postgresql"
    assert (before, len(asked)) == ((1, 1) if on_postgresql else (0, 2))


def test_what_breaks_in_the_block_is_what_is_told_and_the_connection_goes_on(lonja, hotels):
    with pytest.raises(KeyError), asked_ahead((named, {"name": "Hotel"})):
        raise KeyError
    assert named.all(name="Hotel") == hotels


def test_a_question_that_the_database_refuses_is_told(lonja):
    wrong = Plain("SELECT 1 FROM nowhere", [])
    with pytest.raises(DatabaseError), transaction.atomic(), asked_ahead((wrong, {})):
        wrong.all()
    assert Party.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_told_whose_rows_they_are(lonja, hotels):
    with asked_ahead((named, {"name": "Hotel"}), (companies, {})):
        with transaction.atomic():
            assert Party.objects.count() == 2
        assert named.all(name="Hotel") == hotels
        assert [company.trade_name for company in companies.all()] == ["Clima Levante"]
    assert Party.objects.count() == 2


def test_who_sees_less_is_told_of_less(lonja, lucia, marcos):
    his = Party.objects.create(name="Suyo", agent=marcos)
    other = Party.objects.create(name="De nadie")
    for member, rows in ((lucia, [his, other]), (marcos, [his])):
        with asked_ahead(*seen.asked(member)):
            assert seen.all(member) == rows
