"""Queries written once answer as the ones they stand for, and stay in their organisation."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.db.models import F, Q

from lonja.accounts.models import Company, Membership
from lonja.accounts.prepared import Prepared, PreparedUpdate, Slot, ask_together
from lonja.accounts.scope import ScopeRequired, all_organisations, scope
from lonja.accounts.tests.test_isolation import scope_closed


def test_the_same_query_answers_each_house_with_its_own(lonja, other_house):
    companies = Prepared(lambda: Company.objects.order_by("pk"))
    assert [company.trade_name for company in companies.all()] == ["Clima Levante"]
    with scope(other_house):
        assert [company.trade_name for company in companies.all()] == ["Otra Casa"]
    with all_organisations():
        assert len(companies.all()) == 2
    assert [company.trade_name for company in companies.all()] == ["Clima Levante"]


def test_written_first_for_everybody_it_still_asks_for_one(lonja, other_house):
    companies = Prepared(lambda: Company.objects.order_by("pk").values_list("trade_name"))
    with all_organisations():
        companies.all()
    with scope(other_house):
        assert companies.all() == [("Otra Casa",)]


def test_without_a_scope_it_is_refused_even_after_answering(lonja):
    companies = Prepared(lambda: Company.objects.order_by("pk"))
    companies.all()
    with scope_closed(), pytest.raises(ScopeRequired):
        companies.all()


def test_values_and_related_rows_come_as_from_any_query(lucia, marcos):
    members = Prepared(
        lambda: Membership.objects.select_related("organisation", "user").filter(
            Q(user_id=Slot("user")) & Q(organisation__slug=Slot("slug"))
        )
    )
    for member in (lucia, marcos):
        found = members.get(user=member.user_id, slug="clima-levante")
        usual = Membership.objects.select_related("organisation", "user").get(pk=member.pk)
        assert vars(found).keys() == vars(usual).keys()
        for name in (field.attname for field in Membership._meta.concrete_fields):
            assert getattr(found, name) == getattr(usual, name)
        assert (found.organisation, found.user) == (usual.organisation, usual.user)
        assert found.user.email == member.user.email
    assert members.first(user=0, slug="clima-levante") is None
    with pytest.raises(Membership.DoesNotExist):
        members.get(user=lucia.user_id, slug="otra-casa")


def test_an_update_counts_its_rows_and_leaves_other_houses_alone(lonja, other_house):
    longer = PreparedUpdate(
        lambda: (
            Company.objects.filter(pk=Slot("pk")),
            {
                "payment_terms_days": F("payment_terms_days")
                + Slot("more", Company._meta.get_field("payment_terms_days")),
                "tagline": Slot("tagline"),
            },
        )
    )
    before = lonja.company.payment_terms_days
    assert longer(pk=lonja.company.pk, more=5, tagline="Frío y calor") == 1
    assert longer(pk=other_house.company.pk, more=5, tagline="De otros") == 0
    after = Company.objects.get(pk=lonja.company.pk)
    assert (after.payment_terms_days, after.tagline) == (before + 5, "Frío y calor")
    with scope(other_house):
        assert Company.objects.get().tagline != "De otros"


@pytest.mark.django_db(transaction=True)
def test_what_locks_has_to_be_in_a_transaction(lonja):
    locked = Prepared(lambda: Company.objects.select_for_update().filter(pk=Slot("pk")))
    with transaction.atomic():
        assert locked.get(pk=lonja.company.pk) == lonja.company
    with pytest.raises(transaction.TransactionManagementError):
        locked.get(pk=lonja.company.pk)


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_through_its_own_connection(lonja):
    names = Prepared(lambda: Company.objects.order_by("pk").values_list("trade_name"))
    told: list[object] = [names.all()]

    def elsewhere() -> None:
        with scope(lonja):
            told.append(names.all())
        told.append(connection.connection is not None)
        connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert told == [[("Clima Levante",)], [("Clima Levante",)], True]


def test_a_session_and_its_user_are_read_as_always(as_lucia, lucia):
    assert as_lucia.get("/facturas/").status_code == 200
    as_lucia.logout()
    assert as_lucia.get("/facturas/").status_code == 302
    assert type(lucia.user).objects.get(pk=str(lucia.user_id)) == lucia.user
    with pytest.raises(type(lucia.user).DoesNotExist):
        type(lucia.user).objects.get(pk=0)


def test_several_asked_together_answer_as_one_by_one(lonja, lucia, marcos):
    members = Prepared(
        lambda: Membership.objects.select_related("user").filter(user_id=Slot("user")),
        locked=lambda: Membership.objects.filter(user_id=Slot("user")),
    )
    names = Prepared(lambda: Company.objects.filter(pk=Slot("pk")).values_list("trade_name"))
    with transaction.atomic():
        found = ask_together(
            (members, {"user": lucia.user_id}),
            (names, {"pk": lonja.company.pk}),
            (members, {"user": marcos.user_id}),
            (names, {"pk": 0}),
        )
    assert found == [[lucia], [("Clima Levante",)], [marcos], []]
    assert found[0][0].user.email == lucia.user.email
