"""Figures of clients: what each says it asks is what it asks, so a page may ask for all at once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from lonja.accounts.ahead import asked_ahead
from lonja.parties.figures import ByParty
from lonja.parties.merging import one_family
from lonja.parties.models import Party
from lonja.ui import registry

ON_POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture
def hotel(lonja):
    return Party.objects.create(name="Hotel", stage="client")


def test_a_figure_asked_ahead_asks_nothing_when_it_is_read(lonja, lucia, hotel):
    told = [fact for fact in registry.client_facts_for(lucia) if fact.asks(lucia, [hotel.pk])]
    assert len(told) == 6
    for fact in told:
        with one_family([hotel.pk]):
            questions = fact.asks(lucia, [hotel.pk])
            with asked_ahead(*questions), CaptureQueriesContext(connection) as asked:
                fact.read(lucia, [hotel.pk])
        assert len(asked) == (0 if ON_POSTGRESQL else len(questions)), fact.label


def test_the_count_of_a_tab_asked_ahead_asks_nothing_when_it_is_read(lonja, lucia, hotel):
    with override_settings(ROOT_URLCONF="lonja.config.org_urls"):
        tabs = registry.client_tabs_for(lucia)
    told = [tab for tab in tabs if tab.asks(lucia, hotel.pk)]
    assert {tab.slug for tab in told} == {"presupuestos", "tareas", "servicios"}
    for tab in told:
        questions = tab.asks(lucia, hotel.pk)
        with asked_ahead(*questions), CaptureQueriesContext(connection) as asked:
            assert tab.count is not None and tab.count(lucia, hotel.pk) == 0
        assert len(asked) == (0 if ON_POSTGRESQL else len(questions)), tab.slug


def test_who_sees_less_is_asked_apart(lonja, marcos, hotel):
    for fact in registry.client_facts_for(marcos):
        assert not fact.asks(marcos, [hotel.pk]), fact.label


def test_what_is_of_a_merged_party_counts_for_the_one_it_was_merged_into(lonja, lucia, hotel):
    class Pairs:
        def all(self, member, *, parties):
            return [(pk, 100) for pk in parties]

    other = Party.objects.create(name="Fonda", stage="client", merged_into=hotel)
    alone = Party.objects.create(name="Pensión", stage="client")
    amounts = ByParty(Pairs())  # type: ignore[arg-type]
    assert amounts(lucia, [hotel.pk, alone.pk]) == {hotel.pk: 200, alone.pk: 100}
    assert other.pk not in amounts(lucia, [hotel.pk])
