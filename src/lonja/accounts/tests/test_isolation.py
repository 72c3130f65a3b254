"""The locks that keep organisations apart, each tried on its own."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from lonja.accounts import locks
from lonja.accounts.models import Company, Membership
from lonja.accounts.scope import ForeignRow, ScopeRequired, all_organisations, scope
from lonja.parties.models import Party


def test_a_query_without_a_scope_is_refused(lucia):
    with pytest.raises(ScopeRequired), scope_closed():
        Company.objects.count()


def scope_closed():
    from contextlib import contextmanager

    from lonja.accounts import scoping

    @contextmanager
    def closed():
        token = scoping._current.set(None)
        try:
            yield
        finally:
            scoping._current.reset(token)

    return closed()


def test_a_scope_sees_only_its_own_rows(lonja, other_house):
    assert [company.trade_name for company in Company.objects.all()] == ["Clima Levante"]
    with scope(other_house):
        assert [company.trade_name for company in Company.objects.all()] == ["Otra Casa"]
    with all_organisations():
        assert Company.objects.count() == 2


def test_what_a_form_keeps_from_the_first_visit_shows_the_next_house_only_its_own(
    lonja, other_house
):
    """Forms are read with the first request, in the scope of whoever makes it."""
    kept = Company.objects.order_by("pk")
    names = [company.trade_name for company in kept.all()]
    with scope(other_house):
        assert [company.trade_name for company in kept.all()] == ["Otra Casa"]
    with all_organisations():
        assert [company.trade_name for company in kept.all()] == names == ["Clima Levante"]


def test_saving_a_foreign_row_is_refused(lonja, other_house):
    foreign = other_house.company
    foreign.trade_name = "Robada"
    with pytest.raises(ForeignRow):
        foreign.save()
    with pytest.raises(ForeignRow):
        Company.objects.bulk_update([foreign], ["trade_name"])
    with pytest.raises(ForeignRow):
        foreign.delete()


def test_the_database_refuses_a_reference_to_another_organisation(lonja, lucia, nuria):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=lucia.pk).update(reports_to=nuria)
        connection.check_constraints()


def test_the_organisation_of_a_row_never_changes(lonja, other_house, lucia):
    with pytest.raises(ForeignRow):
        Membership.objects.update(organisation=other_house)


@pytest.mark.postgres
def test_row_level_security_hides_other_organisations_from_raw_sql(lonja, other_house):
    if connection.vendor != "postgresql":
        assert connection.vendor == "sqlite"  # SQLite has no row-level security
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT trade_name FROM accounts_company")
        assert cursor.fetchall() == [("Clima Levante",)]


@pytest.mark.postgres
@pytest.mark.no_scope
@pytest.mark.django_db(transaction=True)
def test_a_new_reference_is_put_where_there_are_rows_already(lonja):
    """As an installation with data does when it is brought up to date."""
    name = "parties_party_agent_id_org_fk"
    with scope(lonja):
        Party.objects.create(name="Hotel Mirador")
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE parties_party DROP CONSTRAINT "{name}"')
    locks.put_back()
    with connection.cursor() as cursor:
        cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = %s", [name])
        assert cursor.fetchone() == (True,)
