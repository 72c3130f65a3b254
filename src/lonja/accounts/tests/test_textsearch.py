"""Search of text asks the index, and finds words as they were written."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lonja.accounts.textsearch import filter_text
from lonja.parties.models import Party


@pytest.mark.sqlite
def test_sqlite_answers_from_the_trigram_index(lonja):
    with CaptureQueriesContext(connection) as asked:
        assert not filter_text(Party.objects.all(), "ruzaf")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    # «M1» is FTS5 saying that it took the words; nothing after the colon is a full reading.
    assert "parties_party_fts VIRTUAL TABLE INDEX 0:M1" in plan


def test_a_row_that_only_has_the_letters_of_a_word_is_not_found(lonja):
    """The index is asked for three letters after another, wherever they are."""
    Party.objects.create(name="Zafiro y cruz")
    kept = Party.objects.create(name="Taller Ruzafa")
    assert list(filter_text(Party.objects.all(), "ruzaf")) == [kept]


@pytest.mark.parametrize("asked", ["a_b_c", "100%", "a\\b"])
def test_signs_of_patterns_are_only_signs(lonja, asked):
    Party.objects.create(name=f"Cliente {asked} exacto")
    Party.objects.create(name="Cliente axbxc 100 por cien a/b")
    (found,) = filter_text(Party.objects.all(), asked)
    assert found.name == f"Cliente {asked} exacto"


@pytest.mark.postgres
def test_postgresql_answers_from_the_trigram_index_under_row_level_security(lonja):
    """An index on the guarded table itself is never asked: LIKE may tell what it compares."""
    many = [
        Party(name=f"Cliente número {n}", search_text=f"cliente numero {n}") for n in range(3000)
    ]
    Party.objects.bulk_create(many)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM parties_party_words WHERE search_text LIKE '%numero 2917%'"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "parties_party_words_trgm" in plan
    assert [one.name for one in filter_text(Party.objects.all(), "numer 2917")] == [
        "Cliente número 2917"
    ]


def test_what_changes_and_what_goes_is_found_as_it_is(lonja):
    party = Party.objects.create(name="Hotel Miramar")
    party.name = "Hostal Bellavista"
    party.save()
    other = Party.objects.create(name="Hotel Playa")
    Party.objects.filter(pk=other.pk).delete()
    found = {
        word: list(filter_text(Party.objects.all(), word)) for word in ("mirama", "bellav", "ho")
    }
    assert found == {"mirama": [], "bellav": [party], "ho": [party]}


def test_when_many_are_found_they_are_walked_and_all_appear(lonja, monkeypatch):
    from lonja.accounts import textsearch

    monkeypatch.setattr(textsearch, "MOST_IDS", 3)
    for n in range(7):
        Party.objects.create(name=f"Frutería {n}")
    assert filter_text(Party.objects.all(), "fruteria").count() == 7
    assert filter_text(Party.objects.all(), "frut 5").count() == 1


def test_another_house_is_never_found(lonja, nuria):
    from lonja.accounts.scope import scope

    with scope(nuria.organisation):
        Party.objects.create(name="Secretos S.L.")
    Party.objects.create(name="Secretaría")
    assert [one.name for one in filter_text(Party.objects.all(), "secret")] == ["Secretaría"]
